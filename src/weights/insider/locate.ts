import type { Ledger, LedgerEntry } from '../../ledger/index.ts'

/** An event is recorded soon after the time that it bears; clocks of replicas differ. */
const BEFORE_MS = 10_000
const AFTER_MS = 60_000
const PAGE = 500
const MAX_PAGES = 20

/**
 * The entry of an event that happened at about `timeMs`. Positions follow time, so that a few reads find it in a ledger of any length.
 *
 * @returns null where it isn't there, or its body was erased
 */
export async function locate(
  ledger: Pick<Ledger, 'size' | 'entries'>,
  eventId: string,
  timeMs: number,
): Promise<LedgerEntry | null> {
  let from = await firstSince(ledger, timeMs - BEFORE_MS)
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const entries = await ledger.entries(from, PAGE)
    const found = entries.find(({ event }) => event?.id === eventId)
    if (found !== undefined) return found
    const last = entries.at(-1)
    if (last === undefined || Date.parse(last.recordedAt) > timeMs + AFTER_MS) return null
    from = last.position + 1
  }
  return null
}

async function firstSince(ledger: Pick<Ledger, 'size' | 'entries'>, ms: number): Promise<number> {
  let [low, high] = [0, ledger.size]
  while (low < high) {
    const middle = (low + high) >>> 1
    const [entry] = await ledger.entries(middle, 1)
    if (entry !== undefined && Date.parse(entry.recordedAt) < ms) low = middle + 1
    else high = middle
  }
  return low
}
