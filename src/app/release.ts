import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Canaries } from '../canaries/index.ts'
import type { DbHandle } from '../db/index.ts'
import type { ModelDirectory } from '../gateway/index.ts'
import type { EventLog } from '../ledger/index.ts'
import type { Registry } from '../models/registry/index.ts'
import { EXCEPTION_ACTION, Release } from '../models/release/index.ts'
import { gatewayModelsOf, type Response, type ResponseConfig } from '../models/response/index.ts'
import type { SegmentPort } from '../models/training/index.ts'
import type { Policies } from '../policy/index.ts'
import type { RefusalRecords } from '../refusal/records/index.ts'
import type { Staff } from '../staff/index.ts'
import type { Disclosure } from './disclosure.ts'
import type { Officer } from './officer.ts'
import type { WeightsRooms } from './weights.ts'

export interface OpenReleaseDeps {
  readonly registry: Registry
  readonly response: Response
  readonly config: ResponseConfig
  readonly segments: SegmentPort
  readonly officer: Officer
  readonly disclosure: Pick<Disclosure, 'cards' | 'intake' | 'reporting'>
  readonly weights: { readonly access: Pick<WeightsRooms['access'], 'finding'> }
  readonly refusal: { readonly records: Pick<RefusalRecords, 'finding'> }
  readonly policies: Pick<Policies, 'current'>
  readonly canaries: Pick<Canaries, 'list'>
  readonly models: Pick<ModelDirectory, 'get'>
  readonly staff: Staff
  readonly clock: Clock
  readonly log: Log
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly ids: Ids
  /** Why nobody can say that what staff do is watched; null while it is. */
  readonly watched: () => Promise<string | null>
  /** Whether what the policy refuses on a surface is withheld. */
  readonly enforces: (surface: string) => boolean
}

/** The release gate with what the rooms that there are answer for. */
export function openRelease(deps: OpenReleaseDeps): Release {
  const { registry, response, segments, policies, canaries, models, staff, enforces, officer } = deps
  const release = new Release(deps)
  const surfacesOf = (deployment: Parameters<typeof gatewayModelsOf>[0]) => [
    ...new Set(gatewayModelsOf(deployment).flatMap((name) => models.get(name)?.surface ?? [])),
  ]
  release.preconditions.register({
    id: 'policy',
    title: 'the acceptable use policy is in force',
    source: 'RSP 1.0 D; 2.2 D1',
    check: async () => ({ met: true, says: `version ${policies.current().version}` }),
  })
  release.preconditions.register({
    id: 'officer',
    title: 'somebody holds the role of Responsible Scaling Officer',
    source: 'RSP 1.0 PC7; 2.2 7.1.1',
    check: async () => {
      const held = await officer.holders(['rso'])
      return { met: held > 0, says: held > 0 ? `${held} hold it` : 'nobody does: grant it to somebody' }
    },
  })
  release.preconditions.register({
    id: 'enforcement',
    title: 'what the policy refuses is withheld on its surfaces',
    source: 'RSP 1.0 D; 2.2 D2',
    check: async (deployment) => {
      const observed = surfacesOf(deployment).filter((surface) => !enforces(surface))
      return observed.length === 0
        ? { met: true, says: 'enforced' }
        : { met: false, says: `only observed on ${observed.join(', ')}: set mode: enforce` }
    },
  })
  release.preconditions.register({
    id: 'screening',
    title: 'canaries prove that its surfaces are screened',
    source: 'RSP 1.0 D',
    check: async (deployment) => {
      const surfaces = surfacesOf(deployment)
      const sent = canaries.list().filter(({ surface }) => surfaces.includes(surface))
      const silent = sent.filter(({ state }) => state !== 'holds').map(({ id }) => id)
      const uncovered = surfaces.filter((surface) => !sent.some((one) => one.surface === surface))
      const missing = [...silent, ...uncovered]
      return missing.length === 0
        ? { met: true, says: `${sent.length} canaries were refused` }
        : { met: false, says: `not proven on ${missing.join(', ')}` }
    },
  })
  release.preconditions.register({
    id: 'served',
    title: 'what it is to be served as is configured',
    source: 'ours',
    check: async (deployment) => {
      const absent = gatewayModelsOf(deployment).filter((name) => models.get(name) === undefined)
      return absent.length === 0
        ? { met: true, says: 'every model of the gateway that it names is there' }
        : { met: false, says: `the gateway serves no ${absent.join(', ')}` }
    },
  })
  release.preconditions.register({
    id: 'evaluation',
    title: 'its model has been evaluated, and no evaluation is due',
    source: 'RSP 1.0 EP; 2.2 3, 6.1',
    check: async ({ model, checkpoint }) => {
      const { flops, loss, lossSet } = await registry.checkpoints.get(checkpoint)
      const [stands] = await segments.segments(model, [{ model, flops, loss, lossSet, endMs: null }])
      if (stands === undefined) return { met: false, says: 'nobody can say' }
      const { answer, standing } = stands
      if (standing.reference?.basis !== 'cleared')
        return { met: false, says: 'no assessment of this line has cleared as BELOW' }
      if (answer.answer !== 'continue') return { met: false, says: answer.words }
      return { met: true, says: `counted from ${standing.reference.checkpoint}` }
    },
  })
  release.preconditions.register({
    id: 'training',
    title: 'its model line is not paused, held or locked',
    source: 'RSP 1.0 EP(2); 2.2 6.1',
    check: async ({ model }) => {
      const { state } = await response.trainingOf(model)
      return { met: STEADY.has(state), says: `training of ${model} is ${state}` }
    },
  })
  release.preconditions.register({
    id: 'card',
    title: 'a model card is published, and holds',
    source: 'RSP 1.0 D; 2.2 D1',
    check: (deployment) => deps.disclosure.cards.finding(deployment),
  })
  release.preconditions.register({
    id: 'refusal',
    title: 'it is shown to refuse what it should, and no more',
    source: 'RSP 1.0 D; 2.2 D2',
    check: (deployment) => deps.refusal.records.finding(deployment),
  })
  release.preconditions.register({
    id: 'reporting',
    title: 'the ways to report answer, and somebody reads what comes',
    source: 'RSP 1.0 D; 2.2 D4',
    check: () => deps.disclosure.reporting.finding(),
  })
  release.preconditions.register({
    id: 'regressions',
    title: 'what was reported and confirmed does not come through any more',
    source: 'RSP 2.2 D4; ours',
    check: (deployment) => deps.disclosure.intake.triage.cases.finding(deployment),
  })
  release.preconditions.register({
    id: 'containment',
    title: 'containment of the weights holds',
    source: 'RSP 1.0 C; 2.2 S',
    check: async ({ model, checkpoint }) => {
      const { weightsDigest } = await registry.checkpoints.get(checkpoint)
      const found = await deps.weights.access.finding({ model, checkpoint, weightsDigest })
      const unwatched = await deps.watched()
      if (unwatched === null) return found
      return { met: false, says: found.met ? unwatched : `${found.says}; ${unwatched}` }
    },
  })
  release.preconditions.register({
    id: 'partners',
    title: 'surfaces of others are bound to the same safeguards',
    source: 'RSP 1.0 PC2; 2.2 7.1.1(3)',
    check: (deployment) => release.partners.finding(deployment),
  })
  staff.approvals.registerAction(EXCEPTION_ACTION, release.exception())
  return release
}

const STEADY: ReadonlySet<string> = new Set([
  'training',
  'due',
  'evaluating',
  'below',
  'reported',
  'decided',
  'notified',
])
