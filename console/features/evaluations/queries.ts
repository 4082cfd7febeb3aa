import { queryOptions } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'

const OFTEN_MS = 10_000

export const assessmentQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', 'assessment', id],
    queryFn: () => call('GET /api/v1/evaluations/assessments/{id}', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const verdictQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', 'verdict', id],
    queryFn: () => call('GET /api/v1/evaluations/assessments/{id}/verdict', { params: { id } }),
    refetchInterval: OFTEN_MS,
  })

export const threatsQuery = queryOptions({
  queryKey: ['models', 'threats'],
  queryFn: async () => (await call('GET /api/v1/evaluations/threats')).items,
})

export const reportQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', 'report', id],
    queryFn: async () => {
      const report = await call('GET /api/v1/evaluations/assessments/{id}/report', {
        params: { id },
        query: { format: 'json' },
      })
      if (typeof report === 'string') throw new Error('the report did not come as JSON')
      return report
    },
  })
