import type { Decisions } from './decisions.ts'
import { type DecisionFilter, EXACT_FILTERS, type RecordedDecision } from './schema.ts'

const MAX_WAITING = 1_000
const MAX_MISSED = 1_000
const HEARTBEAT_MS = 15_000
/** A reader comes back by itself, and is then let in anew: nobody goes on reading for longer than this after losing the right to. */
const LONGEST_MS = 10 * 60_000

/** Whether a decision is one that a filter asks for, but for its times and prefix. */
function matches(filter: DecisionFilter, decision: RecordedDecision): boolean {
  return EXACT_FILTERS.every((name) => filter[name] === undefined || filter[name] === decision[name])
}

/**
 * Decisions as server-sent events (`event: decision`, `id:` the ledger position), as they are recorded. A reader that comes back with the
 * last id gets what it missed. Who reads too slowly, or missed more than a thousand, is told how much (`event: gap`): memory is bounded.
 *
 * @param lastPosition the last that the reader has; null for one that begins now
 * @param signal ends it
 */
export function liveStream(
  decisions: Decisions,
  options: { readonly filter: DecisionFilter; readonly lastPosition: number | null; readonly signal: AbortSignal },
): ReadableStream<Uint8Array> {
  const reader = new LiveReader(options.filter)
  const encoder = new TextEncoder()
  let finish = () => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const unsubscribe = decisions.subscribe((decision) => reader.hear(decision))
        const heartbeat = setInterval(() => reader.beat(), HEARTBEAT_MS).unref()
        const longest = setTimeout(() => finish(), LONGEST_MS).unref()
        finish = () => {
          unsubscribe()
          clearInterval(heartbeat)
          clearTimeout(longest)
          options.signal.removeEventListener('abort', finish)
          reader.end()
          try {
            controller.close()
          } catch {
            // the reader went away first
          }
        }
        options.signal.addEventListener('abort', finish)
        if (options.signal.aborted) finish()
        else void catchUp(decisions, reader, options.lastPosition)
      },
      async pull(controller) {
        const text = await reader.next()
        if (text !== null) controller.enqueue(encoder.encode(text))
      },
      cancel: () => finish(),
    },
    { highWaterMark: 0 },
  )
}

async function catchUp(decisions: Decisions, reader: LiveReader, lastPosition: number | null): Promise<void> {
  if (lastPosition === null) return reader.begin([], false)
  try {
    await decisions.catchUp()
    const missed = await decisions.since(lastPosition + 1, MAX_MISSED + 1)
    reader.begin(missed.slice(-MAX_MISSED), missed.length > MAX_MISSED)
  } catch {
    reader.begin([], true) // the store is away: what is heard from now on is told all the same
  }
  return undefined
}

/** What waits for one reader. */
class LiveReader {
  readonly #filter: DecisionFilter
  #waiting: string[] = ['retry: 1000\n\n']
  #heard: RecordedDecision[] | null = []
  #told = -1
  #dropped = 0
  #wake: (() => void) | null = null
  #ended = false

  constructor(filter: DecisionFilter) {
    this.#filter = filter
  }

  hear(decision: RecordedDecision): void {
    // Until it is known what was missed, what is new stands behind it.
    if (this.#heard !== null) {
      if (this.#heard.length < MAX_WAITING) this.#heard.push(decision)
      else this.#dropped++
    } else this.#tell(decision)
  }

  begin(missed: readonly RecordedDecision[], gap: boolean): void {
    if (gap) this.#push('event: gap\ndata: {"dropped":null}\n\n')
    const heard = this.#heard ?? []
    this.#heard = null
    for (const decision of [...missed, ...heard]) this.#tell(decision)
    this.#wake?.()
  }

  beat(): void {
    if (this.#waiting.length === 0) this.#push(': heartbeat\n\n')
  }

  end(): void {
    this.#ended = true
    this.#waiting = []
    this.#wake?.()
  }

  /** All that waits; null at the end. */
  async next(): Promise<string | null> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#ended) return null
    const gap = this.#dropped === 0 ? '' : `event: gap\ndata: {"dropped":${this.#dropped}}\n\n`
    const text = this.#waiting.join('') + gap
    this.#waiting = []
    this.#dropped = 0
    return text
  }

  #tell(decision: RecordedDecision): void {
    if (decision.position <= this.#told) return
    this.#told = decision.position
    if (!matches(this.#filter, decision)) return
    if (this.#waiting.length >= MAX_WAITING) this.#dropped++
    else this.#push(`id: ${decision.position}\nevent: decision\ndata: ${JSON.stringify(decision)}\n\n`)
  }

  #push(text: string): void {
    this.#waiting.push(text)
    this.#wake?.()
    this.#wake = null
  }
}
