import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Assessment,
  AssessmentState,
  CapabilityReport,
  Deviation,
  DueView,
  Forecast,
  ForecastCurve,
  NewAssessment,
  NewForecast,
  NewOrder,
  NewReceipt,
  NewShowing,
  NewSuite,
  NewThreatModel,
  Order,
  REPORT_STYLE_HASH,
  Result,
  reportHtml,
  reportMarkdown,
  ShowingName,
  Suite,
  ThreatModel,
  Timeline,
  VERDICTS,
  VerdictView,
  VouchedInput,
} from '../../models/evaluation/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  IdParam,
  listOf,
  ok,
  PageQuery,
  pageOf,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import { withBody } from './body-file.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** Where files of results come in. */
export const RESULTS_PATH = '/api/v1/evaluations/results'
export const MAX_RESULTS_BYTES = 8 * 1024 * 1024 * 1024

/** Results come in by the operator's token; what people answer for they answer for by name. */
export const EVALUATION_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/evaluations/due', { action: 'evaluations.read', operator: true }],
  ['GET /api/v1/evaluations/timelines/:model', { action: 'evaluations.read', operator: true }],
  ['GET /api/v1/evaluations/suites', { action: 'evaluations.read', operator: true }],
  ['POST /api/v1/evaluations/suites', { action: 'evaluations.import', operator: true }],
  ['GET /api/v1/evaluations/threats', { action: 'evaluations.read', operator: true }],
  ['POST /api/v1/evaluations/threats', { action: 'evaluations.import', operator: true }],
  ['POST /api/v1/evaluations/orders/:model', { action: 'evaluations.order' }],
  ['GET /api/v1/evaluations/forecasts/:model', { action: 'evaluations.read', operator: true }],
  ['GET /api/v1/evaluations/forecasts/:model/curve', { action: 'evaluations.read', operator: true }],
  ['POST /api/v1/evaluations/forecasts/:model', { action: 'evaluations.import' }],
  ['GET /api/v1/evaluations/deviations', { action: 'evaluations.read', operator: true }],
  ['GET /api/v1/evaluations/assessments', { action: 'evaluations.read', operator: true }],
  ['POST /api/v1/evaluations/assessments', { action: 'evaluations.import', operator: true }],
  ['GET /api/v1/evaluations/assessments/:id', { action: 'evaluations.read', operator: true }],
  ['GET /api/v1/evaluations/assessments/:id/verdict', { action: 'evaluations.read', operator: true }],
  ['GET /api/v1/evaluations/assessments/:id/report', { action: 'evaluations.read', operator: true }],
  ['PUT /api/v1/evaluations/assessments/:id/vouched/:suite', { action: 'evaluations.import' }],
  ['PUT /api/v1/evaluations/assessments/:id/showings/:showing', { action: 'evaluations.import' }],
  ['POST /api/v1/evaluations/assessments/:id/conclusion', { action: 'evaluations.import' }],
  ['POST /api/v1/evaluations/assessments/:id/withdrawal', { action: 'evaluations.import' }],
  ['POST /api/v1/evaluations/assessments/:id/receipts', { action: 'evaluations.order' }],
  [`POST ${RESULTS_PATH}`, { action: 'evaluations.import', operator: true }],
])

/** The report opens in a browser: its own style, and no script, no source, no frame. */
const REPORT_POLICY = `default-src 'none'; style-src 'sha256-${REPORT_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const Name = z.string().max(100)
const ModelParam = z.object({ model: Name })
const OfModel = z.object({ model: Name.optional() })
const security = SECURITY_OPERATOR
const path = (of: string) => `/evaluations/${of}`

export const AssessmentVerdictView = z
  .object({
    verdict: z.enum(VERDICTS),
    snapshots: z.array(z.object({ suite: z.string(), snapshot: z.string(), verdict: VerdictView })),
    missing: z.array(z.object({ suite: z.string().nullable(), code: z.string(), words: z.string() })),
  })
  .meta({ id: 'AssessmentVerdict' })

const listDue = createRoute({
  method: 'get',
  path: path('due'),
  operationId: 'listDueEvaluations',
  summary: 'Whether an evaluation is due, of one model line or of all',
  security,
  request: { query: OfModel },
  responses: ok('Each line', listOf(DueView, 'EvaluationDueList')),
})
const getTimeline = createRoute({
  method: 'get',
  path: path('timelines/{model}'),
  operationId: 'getEvaluationTimeline',
  summary: 'A model line as it is drawn: growth of its checkpoints, what was assessed, what is planned',
  security,
  request: { params: ModelParam },
  responses: ok('The timeline', Timeline),
})
const listSuites = createRoute({
  method: 'get',
  path: path('suites'),
  operationId: 'listSuites',
  summary: 'Frozen suites',
  security,
  responses: ok('All of them', listOf(Suite, 'SuiteList')),
})
const freezeSuite = createRoute({
  method: 'post',
  path: path('suites'),
  operationId: 'freezeSuite',
  summary: 'Freeze a suite; a changed one is a new one',
  security,
  request: { body: body(NewSuite) },
  responses: created('The suite', Suite),
})
const listThreats = createRoute({
  method: 'get',
  path: path('threats'),
  operationId: 'listThreatModels',
  summary: 'Threat models, with the evaluations that they lead to',
  security,
  responses: ok('All of them', listOf(ThreatModel, 'ThreatModelList')),
})
const mapThreat = createRoute({
  method: 'post',
  path: path('threats'),
  operationId: 'mapThreat',
  summary: 'Write down a threat model',
  security,
  request: { body: body(NewThreatModel) },
  responses: created('The threat model', ThreatModel),
})
const orderEvaluation = createRoute({
  method: 'post',
  path: path('orders/{model}'),
  operationId: 'orderEvaluation',
  summary: 'Order an evaluation, as the RSO may at any time',
  security: SECURITY,
  request: { params: ModelParam, body: body(NewOrder) },
  responses: created('The order', Order),
})
const listForecasts = createRoute({
  method: 'get',
  path: path('forecasts/{model}'),
  operationId: 'listForecasts',
  summary: 'What was expected, newest first',
  security,
  request: { params: ModelParam },
  responses: ok('All of them', listOf(Forecast, 'ForecastList')),
})
const getForecastCurve = createRoute({
  method: 'get',
  path: path('forecasts/{model}/curve'),
  operationId: 'getForecastCurve',
  summary: 'What compute to come is expected to come to, as far as the measured curve may be read',
  security,
  request: {
    params: ModelParam,
    query: z.object({
      flops: z.coerce
        .number()
        .positive()
        .max(1e40)
        .optional()
        .meta({ description: 'cumulative; the open run that is planned furthest, when left out' }),
      run: Name.optional().meta({ description: 'what this run is planned to come to' }),
    }),
  },
  responses: ok('The forecast', ForecastCurve),
})
const makeForecast = createRoute({
  method: 'post',
  path: path('forecasts/{model}'),
  operationId: 'makeForecast',
  summary: 'Say what is expected before a run or until the next evaluation',
  security: SECURITY,
  request: { params: ModelParam, body: body(NewForecast) },
  responses: created('The forecast', Forecast),
})
const listDeviations = createRoute({
  method: 'get',
  path: path('deviations'),
  operationId: 'listDeviations',
  summary: 'What was not done as it should have been: lateness, changed suites',
  security,
  request: { query: OfModel },
  responses: ok('Newest first', listOf(Deviation, 'DeviationList')),
})
const listAssessments = createRoute({
  method: 'get',
  path: path('assessments'),
  operationId: 'listAssessments',
  summary: 'Assessments, oldest first',
  security,
  request: { query: PageQuery.extend({ model: Name.optional(), state: AssessmentState.optional() }) },
  responses: ok('One page', pageOf(Assessment, 'AssessmentPage')),
})
const openAssessment = createRoute({
  method: 'post',
  path: path('assessments'),
  operationId: 'openAssessment',
  summary: 'Begin a comprehensive assessment of a checkpoint',
  security,
  request: { body: body(NewAssessment) },
  responses: created('The assessment', Assessment),
})
const getAssessment = createRoute({
  method: 'get',
  path: path('assessments/{id}'),
  operationId: 'getAssessment',
  summary: 'One assessment with its results',
  security,
  request: { params: IdParam },
  responses: ok(
    'The assessment',
    z.object({ assessment: Assessment, results: z.array(Result) }).meta({ id: 'AssessmentWithResults' }),
  ),
})
const getVerdict = createRoute({
  method: 'get',
  path: path('assessments/{id}/verdict'),
  operationId: 'getAssessmentVerdict',
  summary: 'What an assessment comes to now, and what would move it',
  security,
  request: { params: IdParam },
  responses: ok('The verdict', AssessmentVerdictView),
})
const getReport = createRoute({
  method: 'get',
  path: path('assessments/{id}/report'),
  operationId: 'getCapabilityReport',
  summary: 'The capability report, as JSON, Markdown or a page to print',
  security,
  request: { params: IdParam, query: z.object({ format: z.enum(['json', 'markdown', 'html']).default('json') }) },
  responses: {
    ...ok('The report', CapabilityReport),
    200: {
      description: 'The report',
      content: {
        'application/json': { schema: CapabilityReport },
        'text/markdown': { schema: z.string() },
        'text/html': { schema: z.string() },
      },
    },
  },
})
const vouch = createRoute({
  method: 'put',
  path: path('assessments/{id}/vouched/{suite}'),
  operationId: 'vouchForResults',
  summary: 'Answer for elicitation, transcripts, contamination, grader and spending of one suite',
  security: SECURITY,
  request: { params: IdParam.extend({ suite: Name }), body: body(VouchedInput) },
  responses: ok('The assessment', Assessment),
})
const makeShowing = createRoute({
  method: 'put',
  path: path('assessments/{id}/showings/{showing}'),
  operationId: 'makeShowing',
  summary: 'Make one of the four showings',
  security: SECURITY,
  request: { params: IdParam.extend({ showing: ShowingName }), body: body(NewShowing) },
  responses: ok('The assessment', Assessment),
})
const conclude = createRoute({
  method: 'post',
  path: path('assessments/{id}/conclusion'),
  operationId: 'concludeAssessment',
  summary: 'Say what an assessment has come to, for good',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The assessment', Assessment),
})
const withdraw = createRoute({
  method: 'post',
  path: path('assessments/{id}/withdrawal'),
  operationId: 'withdrawAssessment',
  summary: 'End an assessment without a verdict; nothing is counted from it',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The assessment', Assessment),
})
const deliver = createRoute({
  method: 'post',
  path: path('assessments/{id}/receipts'),
  operationId: 'deliverReport',
  summary: 'Say that a governing body has the decision; the board’s receipt clears the assessment',
  security: SECURITY,
  request: { params: IdParam, body: body(NewReceipt) },
  responses: ok('The assessment', Assessment),
})
const importResults = createRoute({
  method: 'post',
  path: path('results'),
  operationId: 'importResults',
  summary: 'Read a file of results: an Inspect log, instances of Every Eval Ever, or lines of JSON',
  security,
  request: {
    query: z.object({
      assessment: Name,
      suite: Name,
      snapshot: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/)
        .meta({ description: 'which variant was tried: `helpful-only`' }),
      scorer: z.string().max(200).optional(),
    }),
    body: {
      required: true,
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
  },
  responses: created('What was read', Result),
})

/** What may have become too capable: what is due, what was found, what it comes to. */
export function evaluationRoutes({ models: { evaluations }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { suites, assessments } = evaluations
  return createRouter(log)
    .openapi(listDue, async (c) => {
      const { model } = c.req.valid('query')
      return c.json({ items: model === undefined ? await evaluations.dueList() : [await evaluations.due(model)] }, 200)
    })
    .openapi(getTimeline, async (c) => c.json(await evaluations.timeline(c.req.valid('param').model), 200))
    .openapi(listSuites, async (c) => c.json({ items: await suites.list() }, 200))
    .openapi(freezeSuite, async (c) => c.json(await suites.freeze(c.req.valid('json'), actorOf(c)), 201))
    .openapi(listThreats, async (c) => c.json({ items: await suites.threats() }, 200))
    .openapi(mapThreat, async (c) => c.json(await suites.mapThreat(c.req.valid('json'), actorOf(c)), 201))
    .openapi(orderEvaluation, async (c) =>
      c.json(await suites.order(c.req.valid('param').model, c.req.valid('json'), actorOf(c)), 201),
    )
    .openapi(listForecasts, async (c) => c.json({ items: await suites.forecasts(c.req.valid('param').model) }, 200))
    .openapi(getForecastCurve, async (c) =>
      c.json(await evaluations.forecast(c.req.valid('param').model, c.req.valid('query')), 200),
    )
    .openapi(makeForecast, async (c) =>
      c.json(await suites.forecast(c.req.valid('param').model, c.req.valid('json'), actorOf(c)), 201),
    )
    .openapi(listDeviations, async (c) =>
      c.json({ items: await assessments.deviations(c.req.valid('query').model) }, 200),
    )
    .openapi(listAssessments, async (c) => c.json(await assessments.list(c.req.valid('query')), 200))
    .openapi(openAssessment, async (c) => c.json(await assessments.open(c.req.valid('json'), actorOf(c)), 201))
    .openapi(getAssessment, async (c) => {
      const { id } = c.req.valid('param')
      return c.json({ assessment: await assessments.get(id), results: await assessments.results(id) }, 200)
    })
    .openapi(getVerdict, async (c) => {
      const { verdict, snapshots, missing } = await assessments.verdict(c.req.valid('param').id)
      const found = snapshots.map((one) => ({ ...one, verdict: { ...one.verdict, missing: [...one.verdict.missing] } }))
      return c.json({ verdict, snapshots: found, missing: [...missing] }, 200)
    })
    .openapi(getReport, async (c) => {
      const report = await evaluations.report(c.req.valid('param').id)
      const { format } = c.req.valid('query')
      if (format === 'markdown') return c.text(reportMarkdown(report), 200)
      if (format === 'json') return c.json(report, 200)
      c.header('content-security-policy', REPORT_POLICY)
      return c.html(reportHtml(report), 200)
    })
    .openapi(vouch, async (c) => {
      const { id, suite } = c.req.valid('param')
      return c.json(await assessments.vouch(id, suite, c.req.valid('json'), actorOf(c)), 200)
    })
    .openapi(makeShowing, async (c) => {
      const { id, showing } = c.req.valid('param')
      return c.json(await assessments.show(id, showing, c.req.valid('json'), actorOf(c)), 200)
    })
    .openapi(conclude, async (c) => c.json(await evaluations.conclude(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(withdraw, async (c) => c.json(await assessments.withdraw(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(deliver, async (c) =>
      c.json(await assessments.deliver(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(importResults, async (c) => {
      const { assessment, suite, snapshot, scorer = null } = c.req.valid('query')
      const by = actorOf(c)
      const read = (file: string) => evaluations.importFile(assessment, file, { suite, snapshot, scorer }, by)
      return c.json(await withBody(c.req.raw, read), 201)
    })
}
