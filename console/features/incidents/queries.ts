import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import { statusQuery } from '../../app/status.ts'
import { dueQuery } from '../scaling/queries.ts'
import type { MachineName } from './words.ts'

/** Under pressure nobody reloads a page. */
const OFTEN_MS = 5_000

export const incidentsQuery = (state: 'open' | 'closed' | undefined) =>
  infiniteQueryOptions({
    queryKey: ['models', 'incidents', state ?? 'any'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/response/incidents', { query: { state, limit: 100, after: pageParam ?? undefined } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: OFTEN_MS,
  })

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', 'incident', id],
    queryFn: () => call('GET /api/v1/response/incidents/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const caseQuery = (machine: MachineName, name: string) =>
  queryOptions({
    queryKey: ['models', 'case', machine, name],
    queryFn: () => call('GET /api/v1/response/cases/{machine}/{name}', { params: { machine, name } }),
    refetchInterval: OFTEN_MS,
  })

/** The definition that the server runs, which a release alone changes. */
export const machineQuery = (machine: 'training' | 'deployment') =>
  queryOptions({
    queryKey: ['machine', machine],
    queryFn: () => call('GET /api/v1/response/machines/{machine}', { params: { machine } }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const reachQuery = (of: { readonly model?: string; readonly deployment?: string }) =>
  queryOptions({
    queryKey: ['models', 'reach', of.model ?? '', of.deployment ?? ''],
    queryFn: async () => (await call('GET /api/v1/response/halts', { query: of })).items,
    retry: false,
  })

export const drillsQuery = queryOptions({
  queryKey: ['models', 'drills'],
  queryFn: async () => (await call('GET /api/v1/response/drills')).items,
})

export const drillQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', 'drill', id],
    queryFn: () => call('GET /api/v1/response/drills/{id}', { params: { id } }),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** What can be halted by name: model lines, and what the gateway serves. */
export function useModelNames(): readonly { readonly name: string; readonly note: string }[] {
  const { data: status } = useQuery(statusQuery)
  const { data: lines } = useQuery(dueQuery)
  const known = new Set((lines ?? []).map(({ model }) => model))
  const served = (status?.models ?? []).map(({ name }) => name).filter((name) => !known.has(name))
  return [
    ...[...known].map((name) => ({ name, note: 'a model line, with all its deployments' })),
    ...served.map((name) => ({ name, note: 'served by the gateway' })),
  ]
}
