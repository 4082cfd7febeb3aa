import type { Accounts, Identity, SharedLimits } from '../accounts/index.ts'
import type { Restoration } from '../backup/index.ts'
import type { Conditions } from '../base/conditions.ts'
import type { Canaries } from '../canaries/index.ts'
import type { Decisions } from '../decisions/index.ts'
import type { Gateway } from '../gateway/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Witnessing } from '../witness/index.ts'
import type { Credentials } from './credentials.ts'
import type { ModelRooms } from './models.ts'

const STALE_ACCOUNTS_MS = 5_000
const SLOW_VIEW_MS = 30_000
const SHOWN_IDS = 5

/** What is asked of the rooms, in memory and at once. */
export interface ConditionSources {
  readonly conditions: Conditions
  readonly ledger: Pick<Ledger, 'health'>
  readonly witnessing: Pick<Witnessing, 'state'> | null
  readonly gateway: Pick<Gateway, 'draining'>
  readonly accounts: Pick<Accounts, 'stalenessMs'>
  readonly decisions: Pick<Decisions, 'lag'>
  readonly canaries: Pick<Canaries, 'list'>
  readonly sharedLimits: Pick<SharedLimits, 'state'> | null
  readonly identity: Pick<Identity, 'health'>
  readonly credentials: Pick<Credentials, 'problem'>
  readonly modelRooms: Pick<ModelRooms, 'training' | 'officer'>
  readonly restoration: Pick<Restoration, 'words'>
  /** Surfaces on which the policy is not enforced. */
  observed(): readonly string[]
}

/** What must hold for an installation to serve, and what should. */
export function watchConditions(sources: ConditionSources): void {
  const {
    conditions,
    ledger,
    witnessing,
    gateway,
    accounts,
    decisions,
    canaries,
    identity,
    credentials,
    sharedLimits,
  } = sources
  conditions.watch('ledger_stopped', 'unready', () => {
    const { state, reason } = ledger.health()
    return state === 'sealed' || state === 'closed' ? `the ledger can't record: ${reason}` : null
  })
  conditions.watch('ledger_degraded', 'degraded', () => {
    const { state, reason } = ledger.health()
    return state === 'degraded' ? `the ledger records, but does not publish: ${reason}` : null
  })
  conditions.watch('ledger_unwitnessed', 'degraded', () => {
    const { witnessed = true, problems = [] } = witnessing?.state() ?? {}
    if (witnessed) return null
    const why = problems.map(({ witness, words }) => `${witness} ${words}`).join('; ')
    return `too few witnesses have cosigned the newest checkpoints of the ledger${why === '' ? '' : `: ${why}`}`
  })
  conditions.watch('witness_failing', 'degraded', () => {
    const { witnessed = false, problems = [] } = witnessing?.state() ?? {}
    if (!witnessed || problems.length === 0) return null
    return `the ledger is witnessed, but ${problems.map(({ witness, words }) => `${witness} ${words}`).join('; ')}`
  })
  conditions.watch('ledger_restored', 'degraded', () => sources.restoration.words())
  conditions.watch('stopping', 'unready', () => (gateway.draining ? 'the server is stopping' : null))
  conditions.watch('database_away', 'unready', () =>
    accounts.stalenessMs() > STALE_ACCOUNTS_MS ? 'the database can’t be reached: revocations may be missed' : null,
  )
  conditions.watch('decisions_behind', 'degraded', () => {
    const { failing, ms } = decisions.lag()
    if (!failing && ms < SLOW_VIEW_MS) return null
    return `the view over decisions is ${Math.round(ms / 1_000)} s behind the ledger: searches and strikes are late`
  })
  conditions.watch('limits_alone', 'degraded', () => {
    const { state = 'together', replicas = 1 } = sharedLimits?.state() ?? {}
    if (state === 'together') return null
    return `Valkey can’t be reached: each of ${replicas} replicas gives out 1/${replicas} of every rate limit`
  })
  conditions.watch('canary_missed', 'degraded', () => {
    const missed = canaries.list().filter(({ state }) => state === 'missed' || state === 'silent')
    return missed.length === 0 ? null : `screening is not proven on ${missed.map(({ id }) => id).join(', ')}`
  })
  conditions.watch('issuer_keys', 'degraded', () => {
    const failing = identity.health().filter(({ problem }) => problem !== null)
    if (failing.length === 0) return null
    return failing
      .map(({ id, state, problem }) => {
        const effect = state === 'down' ? 'its tokens are refused' : 'the keys known so far still serve'
        return `the keys of the issuer "${id}" can’t be read (${problem}): ${effect}`
      })
      .join('; ')
  })
  conditions.watch('upstream_credentials', 'degraded', () => credentials.problem())
  conditions.watch('officer_vacant', 'degraded', () => sources.modelRooms.officer.problem())
  conditions.watch('checkpoint_without_receipt', 'degraded', () => {
    const ids = sources.modelRooms.training.openAlarms()
    if (ids.length === 0) return null
    const more = ids.length > SHOWN_IDS ? ` and ${ids.length - SHOWN_IDS} more` : ''
    return `the training gate let none of these checkpoints through: ${ids.slice(0, SHOWN_IDS).join(', ')}${more}`
  })
  conditions.watch('observed_only', 'degraded', () => {
    const surfaces = sources.observed()
    if (surfaces.length === 0) return null
    return `observed only: what the policy refuses is recorded and passed on all the same on ${surfaces.join(', ')}`
  })
}
