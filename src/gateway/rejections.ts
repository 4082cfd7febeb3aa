import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { LedgerEvent } from '../ledger/index.ts'
import type { DecisionRecord } from './decision-record.ts'

/** What the gateway needs of the ledger: resolves when the event is durable. */
export interface EventLog {
  append(event: LedgerEvent): Promise<{ position: number }>
}

const RECORDED_PER_SECOND = 20
const FLUSH_INTERVAL_MS = 1_000

/**
 * Records requests that were turned away before they were judged. Anyone can send those, so a flood of them must not fill the ledger:
 * beyond 20 a second they are counted, and the counts are recorded each second.
 */
export class Rejections {
  readonly #log: EventLog
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #logger: Log
  readonly #timer: NodeJS.Timeout
  #windowStartMs = Number.NEGATIVE_INFINITY
  #recorded = 0
  #counts = new Map<string, number>()

  constructor(log: EventLog, clock: Clock, ids: Ids, logger: Log) {
    this.#log = log
    this.#clock = clock
    this.#ids = ids
    this.#logger = logger
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS).unref()
  }

  /** Never throws: the error that the client gets matters more than its record. */
  async record(record: DecisionRecord, code: string): Promise<void> {
    const now = this.#clock.monotonic()
    if (now - this.#windowStartMs >= 1_000) {
      this.#windowStartMs = now
      this.#recorded = 0
    }
    if (this.#recorded >= RECORDED_PER_SECOND) {
      this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
      return
    }
    this.#recorded++
    record.set('code', code)
    await this.#append(record.event('gateway.decision', 'reject', true, this.#clock.now()))
  }

  /** Writes the counts since the last time, if there are any. */
  async flush(): Promise<void> {
    if (this.#counts.size === 0) return
    const counts = Object.fromEntries(this.#counts)
    this.#counts = new Map()
    await this.#append({
      id: this.#ids.next('evt'),
      time: new Date(this.#clock.now()).toISOString(),
      kind: 'gateway.rejections',
      actor: { type: 'system', id: 'gateway' },
      subject: { type: 'gateway', id: 'rejections' },
      digests: {},
      data: { counts },
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  async #append(event: LedgerEvent): Promise<void> {
    try {
      await this.#log.append(event)
    } catch (error) {
      this.#logger.error({ err: error }, 'a rejection could not be recorded')
    }
  }
}
