import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { PersonView, Role } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'

const PAGE = 200

export const peopleQuery = infiniteQueryOptions({
  queryKey: ['people', 'list'],
  queryFn: ({ pageParam }) =>
    call('GET /api/v1/staff/people', { query: { limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) } }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
})

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'one', id],
    queryFn: () => call('GET /api/v1/staff/people/{id}', { params: { id } }),
  })

export const bootstrapQuery = queryOptions({
  queryKey: ['people', 'bootstrap'],
  queryFn: () => call('GET /api/v1/staff/bootstrap'),
})

export const recoveriesQuery = queryOptions({
  queryKey: ['people', 'recoveries'],
  queryFn: async () => (await call('GET /api/v1/staff/recoveries')).items,
})

/** Everybody by identifier, for names in other pages; empty for who may not see people. */
export function usePeople(): ReadonlyMap<string, PersonView> {
  const { may } = usePermissions()('people.read')
  const { data } = useQuery({
    queryKey: ['people', 'names'],
    queryFn: () => call('GET /api/v1/staff/people', { query: { limit: PAGE } }),
    enabled: may,
    staleTime: 60_000,
  })
  return new Map((data?.items ?? []).map((person) => [person.id, person]))
}

/** Roles of a person that are in force. */
export function rolesInForce(person: PersonView): Role[] {
  return person.assignments.filter(({ state }) => state === 'active').map(({ role }) => role)
}
