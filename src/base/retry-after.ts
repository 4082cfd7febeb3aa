/** Longer than any timer takes, and than anybody should be believed. */
const MOST_MS = 7 * 86_400_000

/** Of an answer, names in lower case. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * How long a server asks to be left alone: in seconds or until a date (RFC 9110 §10.2.3), which counts from the `date` of the same answer,
 * since its clock may not be ours; or in milliseconds, as OpenAI gives them.
 *
 * @returns milliseconds, at most a week; null where it says nothing that can be read. Hostile: who waits sets a bound of its own.
 */
export function retryAfterMs(headers: Headers): number | null {
  const ms = asked(headers)
  return ms === null ? null : Math.min(ms, MOST_MS)
}

function asked(headers: Headers): number | null {
  const ms = numberOf(headers['retry-after-ms'])
  if (ms !== null) return ms
  const seconds = numberOf(headers['retry-after'])
  if (seconds !== null) return seconds * 1_000
  const waitMs = dateOf(headers['retry-after']) - dateOf(headers.date)
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs)
}

/** Whole or decimal, as some servers say it; never negative. */
function numberOf(header: Headers[string]): number | null {
  return typeof header === 'string' && /^\s*\d{1,15}(\.\d{1,15})?\s*$/.test(header) ? Number(header) : null
}

/** NaN where it is none: `-1` and the like are dates to `Date.parse`. */
function dateOf(header: Headers[string]): number {
  return typeof header === 'string' && /^[A-Za-z]/.test(header) ? Date.parse(header) : Number.NaN
}
