import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { NewInsiderReplay } from '../../app/api/schema.ts'
import { checkProof } from '../ledger/proof.ts'
import type { CaseState } from './words.ts'

const ROOT = 'insider'
const OFTEN_MS = 3_000
const SELDOM_MS = 30_000
const PAGE = 200

export const watchQuery = queryOptions({
  queryKey: [ROOT, 'watch'],
  queryFn: () => call('GET /api/v1/insider/watch'),
  refetchInterval: OFTEN_MS,
})

export const boardQuery = queryOptions({
  queryKey: [ROOT, 'board'],
  queryFn: () => call('GET /api/v1/insider/board'),
  refetchInterval: OFTEN_MS,
})

export const casesQuery = (state?: CaseState) =>
  infiniteQueryOptions({
    queryKey: [ROOT, 'cases', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/insider/cases', { query: { state, limit: PAGE, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: OFTEN_MS,
  })

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, 'case', id],
    queryFn: () => call('GET /api/v1/insider/cases/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

/**
 * What a case rests on. Each reading is recorded: it stays until somebody asks again, and is not among what a change makes the page read anew.
 *
 * @param opened Whether two people have opened it, by which more is told.
 */
export const readingQuery = (id: string, opened: boolean, nth: number) =>
  queryOptions({
    queryKey: ['insider-reading', id, opened, nth],
    queryFn: () => call('POST /api/v1/insider/cases/{id}/read', { params: { id } }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })

/** That an entry stands on the ledger, checked in this browser. */
export const evidenceProofQuery = (id: string, position: number) =>
  queryOptions({
    queryKey: ['insider-proof', id, position],
    queryFn: async () => {
      const params = { id, position: String(position) }
      return await checkProof(await call('GET /api/v1/insider/cases/{id}/proofs/{position}', { params }))
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })

/** Only another release has others. */
export const rulesQuery = queryOptions({
  queryKey: ['insider-rules'],
  queryFn: () => call('GET /api/v1/insider/rules'),
  staleTime: Number.POSITIVE_INFINITY,
})

export const ruleQuery = (cause: string) =>
  queryOptions({
    queryKey: ['insider-rules', cause],
    queryFn: () => call('GET /api/v1/insider/rules/{cause}', { params: { cause } }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const settingsQuery = queryOptions({
  queryKey: [ROOT, 'settings'],
  queryFn: () => call('GET /api/v1/insider/settings'),
  refetchInterval: SELDOM_MS,
})

/** @param waits Whether one is under way, which takes seconds. */
export const drillsQuery = queryOptions({
  queryKey: [ROOT, 'drills'],
  queryFn: async () => (await call('GET /api/v1/insider/drills')).items,
  refetchInterval: ({ state }) => (state.data?.some(({ ok }) => ok === null) === true ? 1_000 : SELDOM_MS),
})

export const statementQuery = queryOptions({
  queryKey: [ROOT, 'statement'],
  queryFn: async () => (await call('GET /api/v1/insider/statement')).sections,
})

/** Takes seconds; the same question has the same answer for a while. */
export const replayQuery = (body: NewInsiderReplay) =>
  queryOptions({
    queryKey: ['insider-replay', body],
    queryFn: () => call('POST /api/v1/insider/replays', { body }),
    staleTime: 300_000,
    retry: false,
    refetchOnWindowFocus: false,
  })

/** What a reason is called: a rule by its title, a model by what it says. */
export function useCauseNames(): (cause: string) => string {
  const { data } = useQuery(rulesQuery)
  const titles = new Map(data?.items.map(({ cause, title }) => [cause, title]))
  const says = new Map(data?.models.map((model) => [model.cause, model.says]))
  return (cause) => titles.get(cause) ?? says.get(cause) ?? cause.slice(cause.indexOf('.') + 1).replaceAll('_', ' ')
}

/** After a change: everything about cases is read anew, but for what a case rests on. */
export function useInsiderChanged(): AfterChange {
  return useAfterChange([[ROOT], ['approvals'], ['ledger'], ['weights']], { session: true })
}
