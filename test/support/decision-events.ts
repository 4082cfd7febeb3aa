import { ManualClock } from '../../src/base/clock.ts'
import { createIds } from '../../src/base/ids.ts'
import { type EventData, type LedgerEvent, type Recorded, recordedEvent } from '../../src/ledger/index.ts'

export interface DecisionParts {
  readonly id?: string
  /** When the request came in and was decided. */
  readonly atMs?: number
  readonly outcome?: string
  readonly enforced?: boolean
  readonly key?: string
  readonly policyVersion?: string
  readonly data?: EventData
}

const START_MS = Date.UTC(2026, 0, 1)
const clock = new ManualClock(START_MS)
const ids = createIds(clock)

/** A decision as the gateway records it; refused under `chemical` unless `data` says otherwise. */
export function decisionEvent(parts: DecisionParts = {}): LedgerEvent {
  const { atMs = START_MS, outcome = 'refuse', enforced = true, key = 'key_1', policyVersion = '1.0.0' } = parts
  clock.jump(atMs - clock.now())
  const id = parts.id ?? ids.next('dec')
  return {
    id,
    time: new Date(atMs).toISOString(),
    kind: 'gateway.decision',
    actor: { type: 'key', id: key },
    subject: { type: 'request', id },
    digests: { request: 'ab'.repeat(32) },
    policy: { version: policyVersion, digest: 'cd'.repeat(32) },
    data: {
      route: 'generate',
      organisation: 'org_1',
      project: 'prj_1',
      dialect: 'openai-chat',
      model: 'm-1',
      surface: 'api',
      stream: false,
      choices: 1,
      turns: 1,
      endUser: 'eu_1',
      durationMs: 1.5,
      usage: { inputTokens: 10, outputTokens: 20 },
      prompt: {
        action: 'refuse',
        classifiers: ['screen@1'],
        label: 'chemical',
        clause: '2.1',
        score: 0.9,
        threshold: 0.5,
        severity: 'extreme',
        reason: 'threshold',
        scores: { chemical: 0.9, general_harm: 0.2 },
      },
      ...parts.data,
      outcome,
      enforced,
    },
  }
}

/** What an allowed request says of its prompt: nothing found. */
export const HARMLESS: EventData = { action: 'allow', classifiers: ['screen@1'] }

/** The same events as a ledger would hold them, in memory: `size`, `recorded` and `listen` of one. */
export class EventList {
  readonly origin: string
  readonly events: (LedgerEvent | null)[] = []
  /** Appends tell nobody, as when a process was down. */
  deaf = false
  #listener: ((recorded: Recorded) => void) | null = null

  constructor(origin = 'test.example/log') {
    this.origin = origin
  }

  get size(): number {
    return this.events.length
  }

  async refresh(): Promise<number> {
    return this.size
  }

  append(...events: LedgerEvent[]): void {
    for (const event of events) {
      const position = this.events.push(event) - 1
      if (!this.deaf) this.#listener?.(recordedEvent(position, event))
    }
  }

  async recorded(from: number, limit: number): Promise<Recorded[]> {
    return this.events.slice(from, from + limit).map((event, i) => recordedEvent(from + i, event))
  }

  listen(listener: (recorded: Recorded) => void): () => void {
    this.#listener = listener
    return () => {
      this.#listener = null
    }
  }
}
