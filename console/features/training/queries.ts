import { queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'

export const coursesQuery = queryOptions({
  queryKey: ['training', 'courses'],
  queryFn: async () => (await call('GET /api/v1/staff/courses')).items,
  staleTime: 60_000,
})

export const ownTrainingQuery = queryOptions({
  queryKey: ['training', 'own'],
  queryFn: async () => (await call('GET /api/v1/staff/training')).items,
})

export const everybodyQuery = queryOptions({
  queryKey: ['training', 'everybody'],
  queryFn: async () => (await call('GET /api/v1/staff/training/people')).items,
})
