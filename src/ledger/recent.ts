import type { LedgerEvent } from './schema.ts'

/** An event and where it stands. */
export interface Recorded {
  readonly position: number
  /** Null once its body was erased. */
  readonly kind: string | null
  /** May be read anew each time it is asked for: look at `kind` first. Null once its body was erased. */
  readonly event: LedgerEvent | null
  /** About how much memory it takes, in characters of its canonical JSON. */
  readonly chars: number
}

/** What an event was recorded as. */
export interface WrittenBody {
  readonly kind: string
  /** Canonical JSON, as it was checked before it was written. */
  readonly body: string
}

/** For one that was read back: the exact length would cost writing it again. */
const READ_CHARS = 1_000

export function recordedEvent(position: number, event: LedgerEvent | null): Recorded {
  return { position, kind: event?.kind ?? null, event, chars: READ_CHARS }
}

/**
 * An event as it was written. Thousands of these are kept: as one string each, which the collector of garbage copies at once, where the hundred
 * objects of an event cost it pauses of 20 ms under load.
 */
export class WrittenEvent implements Recorded {
  readonly position: number
  readonly kind: string
  readonly #body: string

  constructor(position: number, { kind, body }: WrittenBody) {
    this.position = position
    this.kind = kind
    this.#body = body
  }

  get chars(): number {
    return this.#body.length
  }

  get event(): LedgerEvent {
    return JSON.parse(this.#body) as LedgerEvent
  }
}

const MAX_EVENTS = 16_384
const MAX_CHARS = 16 * 1024 * 1024

/** The latest events as they were recorded, without a gap: what follows the ledger reads no file. */
export class Recent {
  #events: Recorded[] = []
  #chars: number[] = []
  #sum = 0

  /** Position after the last event; null while there is none. */
  get end(): number | null {
    const last = this.#events.at(-1)
    return last === undefined ? null : last.position + 1
  }

  add(recorded: Recorded): void {
    const { position, chars } = recorded
    // What is missing in between stands in the files: nothing before it can be told from here.
    if (this.end !== null && position !== this.end) this.clear()
    this.#events.push(recorded)
    this.#chars.push(chars)
    this.#sum += chars
    // In one go by halves, so that letting go costs nothing for each event.
    if (this.#events.length > MAX_EVENTS || this.#sum > MAX_CHARS) this.#halve()
  }

  /** Up to `limit` events from `from` on; null when it has to be read from the files. */
  take(from: number, limit: number): readonly Recorded[] | null {
    const first = this.#events[0]
    if (first === undefined || from < first.position) return null
    const start = from - first.position
    return start < this.#events.length ? this.#events.slice(start, start + limit) : null
  }

  clear(): void {
    this.#events = []
    this.#chars = []
    this.#sum = 0
  }

  #halve(): void {
    const half = Math.ceil(this.#events.length / 2)
    for (let i = 0; i < half; i++) this.#sum -= this.#chars[i] ?? 0
    this.#events = this.#events.slice(half)
    this.#chars = this.#chars.slice(half)
  }
}
