import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  FiledFind,
  KeptComparison,
  KeptDataset,
  KeptEvaluation,
  KeptRedTeamRun,
  NewExport,
  NewFindReports,
  NewReveal,
  RevealedRow,
  RowFacets,
  RowPage,
  RowQuery,
} from '../../refusal/records/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { jsonLines } from './json-lines.ts'

export const REFUSAL_ROW_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/refusal/results/:id/rows', { action: 'refusal.read', operator: true }],
  ['GET /api/v1/refusal/results/:id/facets', { action: 'refusal.read', operator: true }],
  ['POST /api/v1/refusal/results/:id/reveal', { action: 'refusal.reveal' }],
  ['POST /api/v1/refusal/results/:id/erasure', { action: 'refusal.erase' }],
  ['POST /api/v1/refusal/datasets/:id/exports', { action: 'refusal.export' }],
  // A report shows no words to who files it.
  ['POST /api/v1/refusal/red-team-runs/:id/reports', { action: 'reports.triage', operator: true }],
])

const params = IdParam
const Result = z
  .discriminatedUnion('kind', [KeptDataset, KeptEvaluation, KeptRedTeamRun, KeptComparison])
  .meta({ id: 'RefusalResult' })

const listRows = createRoute({
  method: 'get',
  path: '/refusal/results/{id}/rows',
  operationId: 'listRefusalRows',
  summary: 'What the rows of a result are found by; none of their words',
  security: SECURITY_OPERATOR,
  request: {
    params,
    query: RowQuery.extend({
      from: z.coerce
        .number()
        .int()
        .min(0)
        .max(10_000_000)
        .default(0)
        .meta({ description: '`next` of the page before' }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: ok('One page', RowPage),
})
const getFacets = createRoute({
  method: 'get',
  path: '/refusal/results/{id}/facets',
  operationId: 'getRefusalFacets',
  summary: 'By what rows can be found, and how many there are of each',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('Counts', RowFacets),
})
const reveal = createRoute({
  method: 'post',
  path: '/refusal/results/{id}/reveal',
  operationId: 'revealRefusalRows',
  summary: 'Read chosen rows; that, why and by whom they were read stands on the ledger first',
  security: SECURITY,
  request: { params, body: body(NewReveal) },
  responses: ok('Their words', listOf(RevealedRow, 'RevealedRefusalRows')),
})
const erase = createRoute({
  method: 'post',
  path: '/refusal/results/{id}/erasure',
  operationId: 'eraseRefusalRows',
  summary: 'Delete the rows of a result before their time; its figures stay',
  security: SECURITY,
  request: { params },
  responses: ok('What is left', Result),
})
const exportDataset = createRoute({
  method: 'post',
  path: '/refusal/datasets/{id}/exports',
  operationId: 'exportConstitutionDataset',
  summary: 'A dataset in a trainer’s format, a JSON object a line; that it is given out stands on the ledger first',
  security: SECURITY,
  request: { params, body: body(NewExport) },
  responses: {
    200: { description: 'JSON lines: application/x-ndjson, as the trainer reads them' },
    default: problemResponse,
  },
})
const fileFinds = createRoute({
  method: 'post',
  path: '/refusal/red-team-runs/{id}/reports',
  operationId: 'fileRedTeamFinds',
  summary: 'Make reports of finds, and try them again where that is asked for; the same find makes one report',
  security: SECURITY_OPERATOR,
  request: { params, body: body(NewFindReports) },
  responses: created('One a find', listOf(FiledFind, 'FiledFinds')),
})

/** Rows of results: found in the open, read on record. */
export function refusalRowRoutes({ refusal: { records, finds }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listRows, async (c) => {
      const { from, limit, ...query } = c.req.valid('query')
      return c.json(await records.rows.list(c.req.valid('param').id, query, from, limit), 200)
    })
    .openapi(getFacets, async (c) => c.json(await records.rows.facets(c.req.valid('param').id), 200))
    .openapi(reveal, async (c) =>
      c.json({ items: await records.rows.reveal(c.req.valid('param').id, c.req.valid('json'), actorOf(c)) }, 200),
    )
    .openapi(erase, async (c) => c.json(await records.erase(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(exportDataset, async (c) => {
      const lines = records.rows.exported(c.req.valid('param').id, c.req.valid('json').format, actorOf(c))
      const stream = jsonLines(lines, await lines.next())
      return c.body(stream, 200, { 'content-type': 'application/x-ndjson' })
    })
    .openapi(fileFinds, async (c) =>
      c.json({ items: await finds.file(c.req.valid('param').id, c.req.valid('json'), actorOf(c)) }, 201),
    )
}
