import { z } from 'zod'
import type { Replica } from './replica.ts'
import { until } from './replica.ts'

const NewKey = z.object({ key: z.string(), apiKey: z.object({ id: z.string() }).optional(), id: z.string().optional() })

/** Longest that one replica went on serving what another had stopped. */
export interface Spread {
  readonly revokedMs: number | null
  readonly restrictedMs: number | null
}

const PATIENCE_MS = 10_000

async function statusOf(replica: Replica, key: string): Promise<number> {
  try {
    const response = await fetch(`${replica.url}/v1/models`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(2_000),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

async function everywhere(replicas: readonly Replica[], key: string, status: number): Promise<number | null> {
  const times = await Promise.all(
    replicas.map((replica) => until(async () => (await statusOf(replica, key)) === status, PATIENCE_MS, 20)),
  )
  return times.reduce((longest, ms) => (longest === null || ms === null ? null : Math.max(longest, ms)), 0)
}

/**
 * Gives out two keys by one replica, revokes one and suspends the other by another, and asks all of them.
 *
 * @param replicas that run and reach the database
 * @returns ms after which the last replica refused; null where one did not within 10 s
 */
export async function measureSpread(replicas: readonly Replica[]): Promise<Spread> {
  const [first, last] = [replicas[0], replicas.at(-1)]
  if (first === undefined || last === undefined) throw new Error('no replica runs')
  const [revoked, suspended] = [await newKey(first), await newKey(first)]
  for (const { key } of [revoked, suspended]) {
    if ((await everywhere(replicas, key, 200)) === null)
      throw new Error('a new key is not known everywhere within 10 s')
  }
  await last.operate('DELETE', `/keys/${revoked.id}`)
  const revokedMs = await everywhere(replicas, revoked.key, 401)
  await last.operate('POST', '/enforcement/actions', {
    subject: { type: 'key', id: suspended.id },
    step: 'suspend',
    reason: 'scaled_abuse',
  })
  const restrictedMs = await everywhere(replicas, suspended.key, 403)
  return { revokedMs, restrictedMs }
}

async function newKey(replica: Replica): Promise<{ key: string; id: string }> {
  const { key, id, apiKey } = NewKey.parse(await replica.operate('POST', '/keys', {}))
  return { key, id: id ?? apiKey?.id ?? '' }
}
