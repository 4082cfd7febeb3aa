import { queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'

export const passkeysQuery = queryOptions({
  queryKey: ['account', 'passkeys'],
  queryFn: async () => (await call('GET /api/v1/staff/passkeys')).items,
})

export const sessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: async () => (await call('GET /api/v1/staff/sessions')).items,
})
