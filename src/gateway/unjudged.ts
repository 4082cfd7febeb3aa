import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { EventLog, LedgerEvent } from '../ledger/index.ts'
import type { DecisionRecord } from './decision-record.ts'

const RECORDED_PER_SECOND = 20
const FLUSH_INTERVAL_MS = 1_000
/** Projects that one event counts apart. */
const COUNTED_PROJECTS = 200

/**
 * Records requests that nothing had to be judged in: those that were turned away before they were judged, and those that only ask which
 * models there are. A flood of them must not fill the ledger. Of the first, which anyone can send, 20 a second are recorded and the rest
 * counted; the second decide nothing and are counted, by project. The counts are recorded each second.
 */
export class Unjudged {
  readonly #log: EventLog
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #logger: Log
  readonly #timer: NodeJS.Timeout
  #windowStartMs = Number.NEGATIVE_INFINITY
  #recorded = 0
  #counts = new Map<string, number>()
  #listings = new Map<string, number>()

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
    await this.#append(record.event('gateway.decision', 'reject', this.#clock.now()))
  }

  /** A project asked which models there are. */
  listed(projectId: string): void {
    const counted = this.#listings.has(projectId) || this.#listings.size < COUNTED_PROJECTS ? projectId : 'others'
    this.#listings.set(counted, (this.#listings.get(counted) ?? 0) + 1)
  }

  /** Writes the counts since the last time, if there are any. */
  async flush(): Promise<void> {
    const rejections = this.#counts
    const listings = this.#listings
    this.#counts = new Map()
    this.#listings = new Map()
    await this.#appendCounts('rejections', rejections)
    await this.#appendCounts('listings', listings)
  }

  async #appendCounts(what: 'rejections' | 'listings', counts: ReadonlyMap<string, number>): Promise<void> {
    if (counts.size === 0) return
    await this.#append({
      id: this.#ids.next('evt'),
      time: new Date(this.#clock.now()).toISOString(),
      kind: `gateway.${what}`,
      actor: { type: 'system', id: 'gateway' },
      subject: { type: 'gateway', id: what },
      digests: {},
      data: { counts: Object.fromEntries(counts) },
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
      this.#logger.error({ err: error }, 'requests that were not judged could not be recorded')
    }
  }
}
