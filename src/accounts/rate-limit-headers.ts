import type { Admission } from './rate-limiter.ts'

/**
 * The headers that clients of either provider read. `retry-after` (whole seconds, RFC 9110 §10.2.3) only on a refusal that waiting helps.
 *
 * @param nowMs wall clock, for Anthropic's points in time (RFC 3339).
 * @see https://platform.openai.com/docs/guides/rate-limits and https://docs.anthropic.com/en/api/rate-limits
 */
export function rateLimitHeaders(
  admission: Admission,
  provider: 'openai' | 'anthropic',
  nowMs: number,
): Record<string, string> {
  const { requestState: requests, tokenState: tokens, retryAfterMs } = admission
  const retry: Record<string, string> =
    retryAfterMs === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }
  if (provider === 'openai') {
    return {
      'x-ratelimit-limit-requests': String(requests.limit),
      'x-ratelimit-remaining-requests': String(requests.remaining),
      'x-ratelimit-reset-requests': duration(requests.resetMs),
      'x-ratelimit-limit-tokens': String(tokens.limit),
      'x-ratelimit-remaining-tokens': String(tokens.remaining),
      'x-ratelimit-reset-tokens': duration(tokens.resetMs),
      ...retry,
    }
  }
  return {
    'anthropic-ratelimit-requests-limit': String(requests.limit),
    'anthropic-ratelimit-requests-remaining': String(requests.remaining),
    'anthropic-ratelimit-requests-reset': pointInTime(nowMs + requests.resetMs),
    'anthropic-ratelimit-tokens-limit': String(tokens.limit),
    'anthropic-ratelimit-tokens-remaining': String(tokens.remaining),
    'anthropic-ratelimit-tokens-reset': pointInTime(nowMs + tokens.resetMs),
    ...retry,
  }
}

/** As OpenAI writes it: `120ms`, `1.5s`, `1m59.94s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  const seconds = `${(ms % 60_000) / 1000}s`
  return minutes === 0 ? seconds : `${minutes}m${seconds}`
}

/** Whole seconds, rounded up: a client that waits until then is not too early. */
function pointInTime(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
