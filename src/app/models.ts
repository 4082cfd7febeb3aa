import { join } from 'node:path'
import type { Config } from '../base/config.ts'
import { loadOrCreateKey } from '../base/keys.ts'
import type { Log } from '../base/log.ts'
import { type ModelDirectory, SANDBOX_MODEL } from '../gateway/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { DECIDE_ACTION, decideAction, Evaluations } from '../models/evaluation/index.ts'
import { Registry, type RegistryDeps } from '../models/registry/index.ts'
import {
  Machine,
  parseScalingConfig,
  Response,
  STEP_ACTION,
  stepAction,
  TRAINING_MACHINE,
} from '../models/response/index.ts'
import { LeaseSigner, Training } from '../models/training/index.ts'
import type { Staff } from '../staff/index.ts'
import { Officer } from './officer.ts'
import { configuredCadence, PROFILE_ACTION, Profiles } from './profiles.ts'
import { Verdicts } from './verdicts.ts'

/** The rooms that answer for models: what is trained, what is deployed, what follows when a threshold is met. */
export interface ModelRooms {
  readonly registry: Registry
  readonly evaluations: Evaluations
  readonly response: Response
  readonly training: Training
  readonly profiles: Profiles
  readonly officer: Officer
}

export interface ModelRoomsDeps extends RegistryDeps {
  readonly ledger: Ledger
  readonly log: Log
  readonly config: Pick<Config, 'controls' | 'scaling'>
  readonly keysDir: string
  readonly staff: Pick<Staff, 'approvals'>
  /** Whether a second judge is configured. */
  readonly hasJudge: boolean
}

const SEED_BYTES = 32

/** Opens them, lets people ask for their steps, and closes them with `resources`. @throws {AppError} CONFIG_INVALID, LEDGER_UNAVAILABLE */
export async function openModelRooms(
  deps: ModelRoomsDeps,
  directory: ModelDirectory,
  resources: AsyncDisposableStack,
): Promise<ModelRooms> {
  const config = parseScalingConfig(deps.config.scaling)
  const registry = await Registry.open(deps)
  const profiles = resources.use(
    await Profiles.open({
      ...deps,
      db: deps.db.db,
      configured: configuredCadence(config, deps.config.controls.profile),
    }),
  )
  deps.staff.approvals.registerAction(PROFILE_ACTION, profiles.switching())
  const officer = resources.use(await Officer.open({ ...deps, registry }))
  const evaluations = await Evaluations.open({ ...deps, registry, cadence: profiles.cadence })
  deps.staff.approvals.registerAction(DECIDE_ACTION, decideAction(evaluations))
  const response = resources.use(
    await Response.open({
      ...deps,
      registry,
      config,
      served: () => directory.list().map(({ name }) => name),
      isFixture: (model) => model === SANDBOX_MODEL,
      candidates: (roles) => officer.holders(roles),
      vault: () => 'the vault here gives out no byte of a model that is locked',
    }),
  )
  deps.staff.approvals.registerAction(STEP_ACTION, stepAction(response.cases))
  const machine = new Machine(TRAINING_MACHINE)
  /** Runs whose review is on record, where it stays. */
  const reviewed = new Set<string>()
  const training = resources.use(
    await Training.open({
      ...deps,
      registry,
      config,
      signer: new LeaseSigner(loadOrCreateKey(join(deps.keysDir, 'training-gate.key'), SEED_BYTES, deps.ids)),
      segments: evaluations.standings,
      stateOf: async (model) => {
        const { state } = response.trainingNow(model)
        return { state, effect: machine.effect({ state }) }
      },
      concernsOf: async (model, run) => {
        const vacant = officer.problem()
        const id = `${model}/${run}`
        if (!reviewed.has(id) && (await registry.runs.find(id))?.safetyReview != null) reviewed.add(id)
        const unreviewed = `no safety review of the run ${id} is on record: declare it with one, or file it (POST /api/v1/runs/${id}/review)`
        return [...(vacant === null ? [] : [vacant]), ...(reviewed.has(id) ? [] : [unreviewed])]
      },
    }),
  )
  const verdicts = resources.use(new Verdicts({ ...deps, db: deps.db.db, evaluations, response }))
  await verdicts.start()
  return { registry, evaluations, response, training, profiles, officer }
}
