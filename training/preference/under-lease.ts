import { setTimeout as wait } from 'node:timers/promises'
import type { SignedLease } from '../../src/models/training/index.ts'

/** Well before the shortest lease ends that is worth having. */
const RENEW_MS = 5 * 60_000

/**
 * Trains for as long as the gate lets it: asks before, and again while it goes on. What the gate stops is ended.
 *
 * @param ask the gate @param work ends when its signal fires
 * @returns the last receipt, which the checkpoint names
 * @throws {Error} when the gate doesn't answer `continue`; whatever the work throws
 */
export async function underLease(
  ask: () => Promise<SignedLease>,
  work: (signal: AbortSignal) => Promise<unknown>,
  renewMs = RENEW_MS,
): Promise<string> {
  const stop = new AbortController()
  let { id } = await letThrough(ask)
  const done = work(stop.signal).finally(() => stop.abort())
  const renewing = (async () => {
    for (;;) {
      await wait(renewMs, undefined, { signal: stop.signal }).catch(() => {})
      if (stop.signal.aborted) return
      id = (await letThrough(ask)).id
    }
  })().catch((error: unknown) => {
    stop.abort()
    throw error
  })
  const [worked, renewed] = await Promise.allSettled([done, renewing])
  if (renewed.status === 'rejected') throw renewed.reason
  if (worked.status === 'rejected') throw worked.reason
  return id
}

async function letThrough(ask: () => Promise<SignedLease>): Promise<SignedLease> {
  const lease = await ask()
  if (lease.answer === 'continue') return lease
  throw new Error(`the training gate says ${lease.answer}: ${lease.reasons.join('; ')}`)
}
