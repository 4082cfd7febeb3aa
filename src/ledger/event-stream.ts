import { kindFits } from './kinds.ts'
import type { Ledger } from './ledger.ts'
import type { LedgerEntry } from './schema.ts'

const PAGE = 200
/** Entries that other processes recorded are looked for so often; this one's own wake the reader. */
const LOOK_MS = 500
const HEARTBEAT_MS = 15_000
/** A reader comes back by itself, and is then let in anew: nobody goes on reading for longer than this after losing the right to. */
const LONGEST_MS = 10 * 60_000

export type FollowedLedger = Pick<Ledger, 'size' | 'entries' | 'listen'>

/**
 * The ledger's entries as server-sent events (`event: entry`, `id:` the position), from a position on and then as they are recorded. It is
 * read as fast as the reader takes it, so nothing is left out, and a reader that comes back with the last id misses nothing.
 *
 * @param options.from the first position
 * @param options.kinds which events: a kind, `room.*` or `*`. Entries whose event was erased are left out.
 * @param options.signal ends it
 */
export function eventStream(
  ledger: FollowedLedger,
  options: { readonly from: number; readonly kinds: readonly string[]; readonly signal: AbortSignal },
): ReadableStream<Uint8Array> {
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(LONGEST_MS)])
  const encoder = new TextEncoder()
  const chunks = follow(ledger, { ...options, signal: stop })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await chunks.return()
      },
    },
    { highWaterMark: 0 },
  )
}

async function* follow(
  ledger: FollowedLedger,
  { from, kinds, signal }: { from: number; kinds: readonly string[]; signal: AbortSignal },
): AsyncGenerator<string, void, undefined> {
  yield 'retry: 1000\n\n'
  let next = from
  let quietMs = 0
  while (!signal.aborted) {
    const entries = next < ledger.size ? await ledger.entries(next, PAGE) : []
    next += entries.length
    const text = entries.map((entry) => toText(entry, kinds)).join('')
    if (text !== '') {
      quietMs = 0
      yield text
    } else if (quietMs >= HEARTBEAT_MS) {
      quietMs = 0
      yield ': heartbeat\n\n'
    }
    if (entries.length === 0) {
      await soon(ledger, signal)
      quietMs += LOOK_MS
    }
  }
}

function toText(entry: LedgerEntry, kinds: readonly string[]): string {
  if (entry.event === null || !kindFits(entry.event.kind, kinds)) return ''
  return `id: ${entry.position}\nevent: entry\ndata: ${JSON.stringify(entry)}\n\n`
}

/** Until something is recorded here, or it is time to look for what others have. */
function soon(ledger: FollowedLedger, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stopListening()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, LOOK_MS)
    const stopListening = ledger.listen(done)
    signal.addEventListener('abort', done)
  })
}
