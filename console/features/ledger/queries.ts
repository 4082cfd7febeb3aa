import { queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { LedgerEntry } from '../../app/api/schema.ts'

export interface Stretch {
  /** Newest first. */
  readonly entries: readonly LedgerEntry[]
  readonly size: number
}

/** @param to Position of the newest entry wanted; null = the newest there is. */
export const stretchQuery = (to: number | null, length: number) =>
  queryOptions({
    queryKey: ['ledger', 'stretch', to, length],
    queryFn: () => readStretch(to, length),
    ...(to === null ? { refetchInterval: 5_000 } : {}),
  })

async function readStretch(to: number | null, length: number): Promise<Stretch> {
  const end = to === null ? (await call('GET /api/v1/ledger/entries', { query: { from: 0, limit: 1 } })).size : to + 1
  const from = Math.max(0, end - length)
  if (end === 0) return { entries: [], size: 0 }
  const { items, size } = await call('GET /api/v1/ledger/entries', { query: { from, limit: end - from } })
  return { entries: items.toReversed(), size }
}

export const entryQuery = (position: number) =>
  queryOptions({
    queryKey: ['ledger', 'entry', position],
    queryFn: () => call('GET /api/v1/ledger/entries/{position}', { params: { position: String(position) } }),
  })

export const proofQuery = (position: number) =>
  queryOptions({
    queryKey: ['ledger', 'proof', position],
    queryFn: () => call('GET /api/v1/ledger/proof/{position}', { params: { position: String(position) } }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const checkpointQuery = queryOptions({
  queryKey: ['ledger', 'checkpoint'],
  queryFn: () => call('GET /api/v1/ledger/checkpoint'),
  refetchInterval: 5_000,
})
