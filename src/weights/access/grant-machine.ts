import { iso, SKEW_MS } from '../../base/clock.ts'
import type { Grant } from './grant-schema.ts'

export type GrantEnd = 'revoked' | 'expired' | 'spent'

/**
 * The grant after its end; one that has ended stays as it ended. But one that is spent can still be revoked: it opens nothing more either way,
 * and what was opened under it, such as a command in a sandbox, runs until then.
 */
export function endGrant(
  grant: Grant,
  { state, at, by, reason }: { state: GrantEnd; at: string; by: string; reason: string },
): Grant {
  const isRecalled = grant.state === 'spent' && state === 'revoked'
  if (grant.state !== 'active' && !isRecalled) return grant
  return { ...grant, state, endedAt: at, endedBy: by, endedReason: reason }
}

/** The grant with no more time left than until `untilMs`: time is only ever taken away. */
export function shortenGrant(grant: Grant, untilMs: number): Grant {
  if (grant.state !== 'active' || Date.parse(grant.expiresAt) <= untilMs) return grant
  return { ...grant, expiresAt: iso(untilMs) }
}

/** Why a grant opens nothing at this instant, by itself; null = it does. Clocks that went back open nothing. */
export function grantFault({ state, startsAt, expiresAt, endedReason }: Grant, nowMs: number): string | null {
  if (state !== 'active') return endedReason === null ? `it is ${state}` : `it is ${state}: ${endedReason}`
  if (nowMs >= Date.parse(expiresAt)) return `its window ended at ${expiresAt}`
  return nowMs < Date.parse(startsAt) - SKEW_MS ? `its window begins at ${startsAt}: a clock is wrong` : null
}
