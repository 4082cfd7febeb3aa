import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type AfterChange, useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'

const OFTEN_MS = 15_000

export const cardsQuery = infiniteQueryOptions({
  queryKey: ['cards', 'list'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/cards', { query: { limit: 100, ...(pageParam === null ? {} : { after: pageParam }) } }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
  refetchInterval: OFTEN_MS,
})

export const cardQuery = (model: string) =>
  queryOptions({
    queryKey: ['cards', 'one', model],
    queryFn: () => call('GET /api/v1/cards/{model}', { params: { model } }),
    refetchInterval: OFTEN_MS,
  })

/** @param version `draft`, `current` or a number */
export const cardVersionQuery = (model: string, version: string) =>
  queryOptions({
    queryKey: ['cards', 'version', model, version],
    queryFn: () => call('GET /api/v1/cards/{model}/versions/{version}', { params: { model, version } }),
  })

export const cardDiffQuery = (model: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['cards', 'diff', model, from, to],
    queryFn: () => call('GET /api/v1/cards/{model}/diff', { params: { model }, query: { from, to } }),
  })

/** After a change: everything about cards is read anew. */
export function useCardsChanged(): AfterChange {
  return useAfterChange([['cards'], ['approvals']])
}
