import { systemClock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { OwnGrant, VaultClient } from './vault-client.ts'

const EVERY_MS = 1_000
/** So long a run goes on while nobody can be asked whether it still may. */
const PATIENCE_MS = 60_000

/**
 * Asks every second whether a grant still holds.
 *
 * @returns a signal that comes when it doesn't any more, or when the server has been away for a minute, with the reason
 */
export function watchGrant(
  client: Pick<VaultClient, 'grant'>,
  id: string,
  { everyMs = EVERY_MS, patienceMs = PATIENCE_MS, clock = systemClock } = {},
): { readonly signal: AbortSignal; close(): void } {
  const ended = new AbortController()
  let silentMs = 0
  let timer: NodeJS.Timeout
  const ask = async () => {
    try {
      const fault = faultOf(await client.grant(id), clock.now())
      silentMs = 0
      if (fault !== null) return ended.abort(new AppError('FORBIDDEN', `${fault}: nothing was let out`))
    } catch (error) {
      silentMs += everyMs
      if (!isSilence(error) || silentMs >= patienceMs) return ended.abort(error)
    }
    if (!ended.signal.aborted) timer = setTimeout(() => void ask(), everyMs)
  }
  timer = setTimeout(() => void ask(), everyMs)
  return {
    signal: ended.signal,
    close: () => {
      ended.abort(new AppError('SHUTTING_DOWN', 'no longer watched'))
      clearTimeout(timer)
    },
  }
}

/** One that is spent has given all that it could: what was read under it may be worked with until its window ends. */
function faultOf({ grant, locked }: OwnGrant, nowMs: number): string | null {
  if (grant.state === 'expired' || Date.parse(grant.expiresAt) <= nowMs) return 'the window of the grant is over'
  if (grant.state === 'revoked') return 'the grant was revoked'
  return locked === null ? null : 'the model was locked'
}

/** Nobody answered, or nobody could: that says nothing of the grant. */
function isSilence(error: unknown): boolean {
  const passing = ['UPSTREAM_UNAVAILABLE', 'OVERLOADED', 'SHUTTING_DOWN', 'RATE_LIMITED', 'INTERNAL']
  return error instanceof AppError && passing.includes(error.code)
}
