import { Counter, Gauge, type Registry } from 'prom-client'
import type { Accounts, Enforcement, SharedLimits } from '../accounts/index.ts'
import type { Conditions } from '../base/conditions.ts'
import type { Canaries } from '../canaries/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Witnessing } from '../witness/index.ts'

/** What is asked of the rooms at each reading of the metrics, in memory and at once. */
export interface MetricSources {
  readonly conditions: Conditions
  readonly ledger: Pick<Ledger, 'health'>
  readonly witnessing: Pick<Witnessing, 'state'> | null
  readonly accounts: Pick<Accounts, 'stalenessMs'>
  readonly enforcement: Pick<Enforcement, 'inForce'>
  readonly canaries: Pick<Canaries, 'list'>
  readonly sharedLimits: Pick<SharedLimits, 'state'> | null
}

const CANARY_STATES = ['holds', 'missed', 'silent', 'waiting'] as const

/** Adds what the installation as a whole knows of itself. Labels have few values, and none comes from a request. */
export function measureApp(registry: Registry, sources: MetricSources): void {
  const { conditions, accounts, enforcement } = sources
  const registers = [registry]
  new Gauge({
    name: 'safelevel_condition',
    help: '1 while the condition stands, by its code as in /readyz; severity unready: requests are refused meanwhile',
    labelNames: ['code', 'severity'],
    registers,
    collect() {
      const standing = new Set(conditions.readiness().conditions.map(({ code }) => code))
      for (const { code, severity } of conditions.codes()) this.set({ code, severity }, standing.has(code) ? 1 : 0)
    },
  })
  new Gauge({
    name: 'safelevel_accounts_staleness_seconds',
    help: 'How long ago it was certain that revocations and limits of other replicas are known here',
    registers,
    collect() {
      this.set(accounts.stalenessMs() / 1_000)
    },
  })
  new Gauge({
    name: 'safelevel_enforcement_actions_in_force',
    help: 'Subjects that are warned, throttled, restricted, suspended or banned now, by step',
    labelNames: ['step'],
    registers,
    collect() {
      for (const [step, count] of Object.entries(enforcement.inForce())) this.set({ step }, count)
    },
  })
  measureCanaries(registry, sources)
  measureLedger(registry, sources)
  measureSharedLimits(registry, sources)
}

function measureCanaries(registry: Registry, { canaries }: MetricSources): void {
  new Gauge({
    name: 'safelevel_canaries',
    help: 'Coverage canaries by how they stand; only holds is good news',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const all = canaries.list()
      for (const state of CANARY_STATES) this.set({ state }, all.filter((one) => one.state === state).length)
    },
  })
}

function measureLedger(registry: Registry, { ledger, witnessing }: MetricSources): void {
  const gauge = (name: string, help: string, read: (health: ReturnType<Ledger['health']>) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(ledger.health()))
      },
    })
  gauge('safelevel_ledger_entries', 'Recorded events that have their place', ({ size }) => size)
  gauge('safelevel_ledger_unproven_entries', 'Recorded events that no checkpoint covers yet', (health) =>
    Math.max(0, health.size - health.publishedSize),
  )
  gauge('safelevel_ledger_queue_entries', 'Events that wait to be recorded', ({ queued }) => queued)
  gauge('safelevel_ledger_recording', '1 while events can be recorded', ({ state }) =>
    state === 'ok' || state === 'degraded' ? 1 : 0,
  )
  gauge(
    'safelevel_ledger_witnessed',
    '1 while the newest checkpoint has the cosignatures that the trust policy wants',
    () => (witnessing?.state().witnessed ? 1 : 0),
  )
  gauge(
    'safelevel_sequencer_here',
    '1 while this replica orders and publishes; always 1 where one process does all',
    (health) => (health.sequencer === null || health.sequencer.here ? 1 : 0),
  )
  gauge('safelevel_sequencer_held', '1 while some replica orders and publishes', ({ sequencer }) =>
    sequencer === null || sequencer.held ? 1 : 0,
  )
  gauge(
    'safelevel_sequencer_epoch',
    'Takeovers so far; 0 where one process does all',
    ({ sequencer }) => sequencer?.epoch ?? 0,
  )
}

function measureSharedLimits(registry: Registry, { sharedLimits }: MetricSources): void {
  const registers = [registry]
  const state = () => sharedLimits?.state() ?? null
  new Gauge({
    name: 'safelevel_shared_limits_share',
    help: 'Part of every rate limit that this replica gives out: 1 where replicas count together, or where it is alone',
    registers,
    collect() {
      this.set(state()?.share ?? 1)
    },
  })
  new Gauge({
    name: 'safelevel_shared_limits_replicas',
    help: 'Replicas that count rate limits together, as far as this one knows',
    registers,
    collect() {
      this.set(state()?.replicas ?? 1)
    },
  })
  const counted = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  counted(
    'safelevel_shared_limits_exchanges_total',
    'Exchanges with Valkey that succeeded',
    () => state()?.exchanges ?? 0,
  )
  counted('safelevel_shared_limits_failures_total', 'Exchanges with Valkey that failed', () => state()?.failures ?? 0)
}
