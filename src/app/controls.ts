import { setImmediate } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import type { ControlsConfig } from '../base/controls-config.ts'
import { Controls, type ControlsDeps, loadCatalogue, readCatalogue, STATES, type World } from '../controls/index.ts'
import type { Staff } from '../staff/index.ts'
import type { Disclosure } from './disclosure.ts'
import type { ModelRooms } from './models.ts'
import type { WeightsRooms } from './weights.ts'

export interface ControlsRoomDeps extends Omit<ControlsDeps, 'catalogue' | 'prepare' | 'config'> {
  readonly config: ControlsConfig
  readonly staff: Pick<Staff, 'approvals'>
}

/** Opens what is kept of controls, and closes it with `resources`. The catalogue is read when somebody asks. @throws {AppError} LEDGER_UNAVAILABLE */
export async function openControls(deps: ControlsRoomDeps, resources: AsyncDisposableStack): Promise<Controls> {
  let loaded: ReturnType<typeof loadCatalogue> | undefined
  const catalogue = () => {
    loaded ??= loadCatalogue()
    return loaded
  }
  const prepare = async () => {
    for (const steps = readCatalogue(); loaded === undefined; await setImmediate()) {
      const { value } = steps.next()
      // Somebody may have asked for it meanwhile.
      loaded ??= value ?? undefined
    }
  }
  const controls = resources.use(await Controls.open({ ...deps, catalogue, prepare }))
  controls.register(deps.staff.approvals)
  return controls
}

type Rooms = 'entries' | 'attestations' | 'holders' | 'registry' | 'evaluations' | 'training' | 'response' | 'scaling'
type Told = 'cards' | 'intake' | 'reporting' | 'noncompliance' | 'transparency'
type Kept = 'vault' | 'access' | 'reading'

/** The rooms as `app.ts` has them. */
export type WorldSources = Omit<World, Rooms | Told | Kept> & {
  readonly modelRooms: ModelRooms
  readonly disclosure: Pick<Disclosure, Told>
  readonly weights: WeightsRooms
}

/** The rooms as probes look at them. */
export function worldOf({ modelRooms, disclosure, weights, ...rooms }: WorldSources, controls: Controls): World {
  const { registry, evaluations, training, response, profiles, officer } = modelRooms
  return {
    ...rooms,
    ...{ entries: controls.entries, attestations: controls.attestations },
    ...{ registry, evaluations, training, response, scaling: profiles },
    ...{ cards: disclosure.cards, intake: disclosure.intake, reporting: disclosure.reporting },
    ...{ noncompliance: disclosure.noncompliance, transparency: disclosure.transparency },
    ...{ vault: weights.vault, access: weights.access, reading: weights.reading },
    holders: (roles) => officer.holders(roles),
  }
}

/** How many commitments of the profile in force hold; nothing before somebody has looked. */
export function measureControls(registry: Registry, controls: Controls): void {
  new Gauge({
    name: 'safelevel_controls',
    help: 'Controls of the profile in force by how they stand; only holds is good news',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset()
      const counts = await controls.counts()
      if (counts !== null) for (const state of STATES) this.set({ state }, counts[state])
    },
  })
}
