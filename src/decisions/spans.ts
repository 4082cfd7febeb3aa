import { base32Time, timeOfId } from '../base/ids.ts'

const DAY_MS = 86_400_000
const LONGEST_DAYS = 32

/** Ids from `from` (inclusive) up to `to` (exclusive); null = no bound. */
export interface Span {
  readonly from: string | null
  readonly to: string | null
}

/** What a reader wants of the view, and which days it has. */
export interface Wanted {
  /** Bounds as they were asked for. */
  readonly from: string | null
  readonly to: string | null
  readonly nowMs: number
  /** Start of the oldest day that has a partition of its own. */
  readonly oldestMs: number
}

/**
 * The wanted ids in pieces of 2, 4, 8 … 32 days, newest first, the last one without a bound below. A database that is asked for all days at
 * once locks every one of them with all its indexes; a page is nearly always found in the first piece.
 */
export function* spansBack({ from, to, nowMs, oldestMs }: Wanted): Generator<Span> {
  let topMs = Math.min(timeOfBound(to, 'Z') ?? Number.POSITIVE_INFINITY, nowMs)
  const floorMs = Math.max(timeOfBound(from, '0') ?? 0, oldestMs)
  let upper = to
  for (let days = 2; topMs > floorMs; days = Math.min(days * 2, LONGEST_DAYS)) {
    topMs = Math.floor(topMs / DAY_MS) * DAY_MS - (days - 1) * DAY_MS
    const lower = idAt(topMs)
    if (topMs <= floorMs || (from !== null && lower <= from)) break
    if (!isBelow(lower, to)) continue
    yield { from: lower, to: upper }
    upper = lower
  }
  // What is older than every day stands in one partition: by itself, since most installations have none.
  const border = idAt(oldestMs)
  if (isBelow(border, upper) && (from === null || from < border)) {
    yield { from: border, to: upper }
    yield { from, to: border }
  } else yield { from, to: upper }
}

/** The same, oldest first, in pieces of 32 days. */
export function* spansForward({ from, to, nowMs, oldestMs }: Wanted): Generator<Span> {
  const endMs = Math.min(timeOfBound(to, 'Z') ?? Number.POSITIVE_INFINITY, nowMs)
  let lower = from
  for (
    let ms = Math.max(timeOfBound(from, '0') ?? 0, oldestMs) + LONGEST_DAYS * DAY_MS;
    ms < endMs;
    ms += LONGEST_DAYS * DAY_MS
  ) {
    const upper = idAt(Math.floor(ms / DAY_MS) * DAY_MS)
    if (!isBelow(upper, to)) break
    if (from !== null && upper <= from) continue
    yield { from: lower, to: upper }
    lower = upper
  }
  yield { from: lower, to }
}

/** The first id that a request of this millisecond can have. */
export function idAt(ms: number): string {
  return `dec_${base32Time(ms)}`
}

function isBelow(id: string, bound: string | null): boolean {
  return bound === null || id < bound
}

/** A prefix of an id, or one with a `~` at its end, has a time as far as it goes, and `rest` after that. */
function timeOfBound(bound: string | null, rest: '0' | 'Z'): number | null {
  return bound?.startsWith('dec_') ? timeOfId(bound.replace(/~$/, '').padEnd(14, rest)) : null
}
