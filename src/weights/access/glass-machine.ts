import { iso } from '../../base/clock.ts'
import type { Glass } from './schema.ts'

/** How long what two people agreed to waits for its shares to be dealt. */
export const DEAL_MS = 86_400_000

/** What was dealt: what only checks shares, never the secret. */
export interface Dealt {
  readonly secretHash: string
  readonly shareHashes: readonly string[]
}

/** Why its shares can't be dealt by this person now; null = they can. */
export function dealFault({ state, requester, agreedAt }: Glass, personId: string, nowMs: number): string | null {
  if (state !== 'agreed') return `its shares were dealt already, or never will be: it is ${state}`
  if (requester !== personId) return 'only who asked for it deals its shares'
  return nowMs >= Date.parse(agreedAt) + DEAL_MS ? 'it was agreed to more than a day ago: ask again' : null
}

export function dealt(glass: Glass, { secretHash, shareHashes }: Dealt, nowMs: number): Glass {
  return { ...glass, state: 'armed', secretHash, shareHashes: [...shareHashes], dealtAt: iso(nowMs) }
}

/** Why nothing can be broken, whatever shares there are; null = it can. */
export function breakFault(all: readonly Glass[]): string | null {
  const owed = all.find(({ state }) => state === 'broken')
  if (owed !== undefined) return `the glass was broken at ${owed.brokenAt}, and that is not reviewed yet`
  return all.some(({ state }) => state === 'armed') ? null : 'no shares are out: nothing was set up'
}

export function broken(
  glass: Glass,
  by: { readonly personId: string; readonly grant: string; readonly reason: string },
  { nowMs, reviewMs }: { nowMs: number; reviewMs: number },
): Glass {
  return {
    ...glass,
    state: 'broken',
    brokenAt: iso(nowMs),
    brokenBy: by.personId,
    grant: by.grant,
    reason: by.reason,
    reviewDueAt: iso(nowMs + reviewMs),
  }
}

/** Why this person can't review it; null = they can. */
export function reviewFault({ state, brokenBy }: Glass, personId: string): string | null {
  if (state !== 'broken') return `there is nothing to review: it is ${state}`
  return brokenBy === personId ? 'who broke it does not review it' : null
}

export function reviewed(glass: Glass, by: { personId: string; findings: string }, nowMs: number): Glass {
  return { ...glass, state: 'reviewed', reviewedAt: iso(nowMs), reviewedBy: by.personId, findings: by.findings }
}
