import { expect, it } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const DATE = 'Thu, 01 Jan 2026 00:00:00 GMT'

it.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT', date: DATE }, 60_000],
  [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT', date: DATE }, 0],
  [{ 'retry-after-ms': '150', 'retry-after': '7' }, 150],
  [{ 'retry-after': '999999999999' }, 7 * 86_400_000],
])('waits for as long as a server asks, and a week at most: %j', (headers, ms) => {
  expect(retryAfterMs(headers)).toBe(ms)
})

it.each(['', 'soon', '-1', 'NaN', '1e300', '0x10', '9'.repeat(400), DATE])('reads no time in %j', (bad) => {
  expect(retryAfterMs({ 'retry-after': bad })).toBeNull()
  expect(retryAfterMs({ 'retry-after': ['7', bad] })).toBeNull()
})
