import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { SpotVerdicts } from '../../refusal/constitution/index.ts'
import {
  KeptComparison,
  KeptDataset,
  KeptEvaluation,
  KeptRedTeamRun,
  Recorded,
  RedTeamRunNote,
  Standing,
} from '../../refusal/records/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  created,
  IdParam,
  ok,
  PageQuery,
  pageOf,
  type RouteAction,
  type RouteActions,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

const DATASETS = '/refusal/datasets'
const EVALUATIONS = '/refusal/evaluations'
const RED_TEAM_RUNS = '/refusal/red-team-runs'
const COMPARISONS = '/refusal/comparisons'

/** Where results come in: a line with the head, then rows. */
export const REFUSAL_PATHS = [DATASETS, EVALUATIONS, RED_TEAM_RUNS, COMPARISONS].map((path) => `/api/v1${path}`)
export const MAX_REFUSAL_BYTES = 2 * 1024 * 1024 * 1024

/** Results come in by the operator's token; words are for people, by name. */
export const REFUSAL_ACTIONS: RouteActions = new Map<string, RouteAction>([
  ...REFUSAL_PATHS.flatMap((path): [string, RouteAction][] => [
    [`POST ${path}`, { action: 'refusal.record', operator: true }],
    [`GET ${path}`, { action: 'refusal.read', operator: true }],
    [`GET ${path}/:id`, { action: 'refusal.read', operator: true }],
  ]),
  [`GET /api/v1${DATASETS}/:id/spot-checks`, { action: 'refusal.read', operator: true }],
  ['GET /api/v1/refusal/standing', { action: 'refusal.read', operator: true }],
])

const security = SECURITY_OPERATOR
/** A head, and rows. */
const LINES: string = 'application/x-ndjson'
const sent = {
  body: {
    required: true,
    content: {
      [LINES]: {
        schema: z.string().meta({ description: 'a line with the manifest or report, then a row a line' }),
      },
    },
  },
}

const recordDataset = createRoute({
  method: 'post',
  path: DATASETS,
  operationId: 'recordConstitutionDataset',
  summary: 'Keep a dataset of the constitution: its manifest, then its records',
  security,
  request: sent,
  responses: created('What is kept', Recorded),
})
const listDatasets = createRoute({
  method: 'get',
  path: DATASETS,
  operationId: 'listConstitutionDatasets',
  summary: 'Datasets of the constitution, newest first, without words',
  security,
  request: { query: PageQuery },
  responses: ok('One page', pageOf(KeptDataset, 'ConstitutionDatasetPage')),
})
const getDataset = createRoute({
  method: 'get',
  path: `${DATASETS}/{id}`,
  operationId: 'getConstitutionDataset',
  summary: 'One dataset, without words',
  security,
  request: { params: IdParam },
  responses: ok('The dataset', KeptDataset),
})
const recordEvaluation = createRoute({
  method: 'post',
  path: EVALUATIONS,
  operationId: 'recordRefusalEvaluation',
  summary: 'Keep an evaluation of refusals: its report, then its rows, which are counted again',
  security,
  request: sent,
  responses: created('What is kept', Recorded),
})
const listEvaluations = createRoute({
  method: 'get',
  path: EVALUATIONS,
  operationId: 'listRefusalEvaluations',
  summary: 'Evaluations of refusals, newest first',
  security,
  request: { query: PageQuery.extend({ checkpoint: z.string().max(200).optional() }) },
  responses: ok('One page', pageOf(KeptEvaluation, 'RefusalEvaluationPage')),
})
const getEvaluation = createRoute({
  method: 'get',
  path: `${EVALUATIONS}/{id}`,
  operationId: 'getRefusalEvaluation',
  summary: 'One evaluation of refusals',
  security,
  request: { params: IdParam },
  responses: ok('The evaluation', KeptEvaluation),
})
const recordRedTeamRun = createRoute({
  method: 'post',
  path: RED_TEAM_RUNS,
  operationId: 'recordRedTeamRun',
  summary: 'Keep a run of the red team: its report, then its finds',
  security,
  request: sent,
  responses: created('What is kept', Recorded),
})
const listRedTeamRuns = createRoute({
  method: 'get',
  path: RED_TEAM_RUNS,
  operationId: 'listRedTeamRuns',
  summary: 'Runs of the red team, newest first, without their matrices',
  security,
  request: { query: PageQuery },
  responses: ok('One page', pageOf(RedTeamRunNote, 'RedTeamRunPage')),
})
const getRedTeamRun = createRoute({
  method: 'get',
  path: `${RED_TEAM_RUNS}/{id}`,
  operationId: 'getRedTeamRun',
  summary: 'One run with its matrix',
  security,
  request: { params: IdParam },
  responses: ok('The run', KeptRedTeamRun),
})
const recordComparison = createRoute({
  method: 'post',
  path: COMPARISONS,
  operationId: 'recordRefusalComparison',
  summary: 'Keep the comparison of two evaluations of refusals',
  security,
  request: sent,
  responses: created('What is kept', Recorded),
})
const listComparisons = createRoute({
  method: 'get',
  path: COMPARISONS,
  operationId: 'listRefusalComparisons',
  summary: 'Comparisons, newest first',
  security,
  request: { query: PageQuery },
  responses: ok('One page', pageOf(KeptComparison, 'RefusalComparisonPage')),
})
const getComparison = createRoute({
  method: 'get',
  path: `${COMPARISONS}/{id}`,
  operationId: 'getRefusalComparison',
  summary: 'One comparison',
  security,
  request: { params: IdParam },
  responses: ok('The comparison', KeptComparison),
})
const getStanding = createRoute({
  method: 'get',
  path: '/refusal/standing',
  operationId: 'getRefusalStanding',
  summary: 'Whether a checkpoint is shown to refuse what it should, and no more: what the gate of deployments is told',
  security,
  request: { query: z.object({ checkpoint: z.string().min(1).max(200) }) },
  responses: ok('How it stands', Standing),
})

const getSpotChecks = createRoute({
  method: 'get',
  path: `${DATASETS}/{id}/spot-checks`,
  operationId: 'getConstitutionSpotChecks',
  summary: 'What people made of the records that were drawn for them: the review queue `constitution`',
  security,
  request: { params: IdParam },
  responses: ok('What they found so far', SpotVerdicts),
})

/** What was made and measured about refusals: figures alone. */
export function refusalRoutes({ refusal: { records, spotChecks }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(recordDataset, async (c) => {
      const recorded = await records.record('dataset', c.req.raw.body, actorOf(c))
      // Told again after a crash, it opens what is missing.
      await spotChecks.open(recorded.id)
      return c.json(recorded, 201)
    })
    .openapi(getSpotChecks, async (c) => c.json(await spotChecks.verdicts(c.req.valid('param').id), 200))
    .openapi(listDatasets, async (c) => c.json(await records.datasets(c.req.valid('query')), 200))
    .openapi(getDataset, async (c) => c.json(await records.dataset(c.req.valid('param').id), 200))
    .openapi(recordEvaluation, async (c) => c.json(await records.record('evaluation', c.req.raw.body, actorOf(c)), 201))
    .openapi(listEvaluations, async (c) => c.json(await records.evaluations(c.req.valid('query')), 200))
    .openapi(getEvaluation, async (c) => c.json(await records.evaluation(c.req.valid('param').id), 200))
    .openapi(recordRedTeamRun, async (c) =>
      c.json(await records.record('red_team_run', c.req.raw.body, actorOf(c)), 201),
    )
    .openapi(listRedTeamRuns, async (c) => c.json(await records.redTeamRuns(c.req.valid('query')), 200))
    .openapi(getRedTeamRun, async (c) => c.json(await records.redTeamRun(c.req.valid('param').id), 200))
    .openapi(recordComparison, async (c) => c.json(await records.record('comparison', c.req.raw.body, actorOf(c)), 201))
    .openapi(listComparisons, async (c) => c.json(await records.comparisons(c.req.valid('query')), 200))
    .openapi(getComparison, async (c) => c.json(await records.comparison(c.req.valid('param').id), 200))
    .openapi(getStanding, async (c) => c.json(await records.standing(c.req.valid('query').checkpoint), 200))
}
