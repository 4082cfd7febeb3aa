import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Band,
  CLOSINGS,
  DisclosureAct,
  EARLY_RELEASE_ACTION,
  FACTORS,
  MessageInput,
  QueuedReport,
  REPORT_KINDS,
  REPORT_STATES,
  ReportAct,
  ReportDetail,
  ReportFile,
  Severity,
  SeverityFactors,
} from '../../intake/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  body,
  created,
  done,
  IdParam,
  identityOf,
  listOf,
  ok,
  PageQuery,
  pageOf,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const REPORT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/reports', { action: 'reports.read', operator: true }],
  ['GET /api/v1/reports/:id', { action: 'reports.read', operator: true }],
  ['GET /api/v1/severity-factors', { action: 'reports.read', operator: true }],
  ['POST /api/v1/reports/:id/read', { action: 'reports.read' }],
  ['POST /api/v1/reports/:id/files/:file', { action: 'reports.read' }],
  ['POST /api/v1/reports/:id/severity', { action: 'reports.read' }],
  ['POST /api/v1/reports/:id/answers', { action: 'reports.triage' }],
  ['POST /api/v1/reports/:id/acts', { action: 'reports.triage' }],
  ['POST /api/v1/reports/closings', { action: 'reports.triage' }],
  ['POST /api/v1/reports/:id/disclosure', { action: 'reports.disclose' }],
  ['POST /api/v1/reports/:id/disclosure/read', { action: 'reports.read' }],
  ['POST /api/v1/reports/:id/early-releases', { action: 'reports.disclose' }],
])

const params = IdParam
const When = z.iso.datetime()
const Written = z
  .object({
    text: z.string(),
    encryption: z.enum(['none', 'age', 'pgp']),
    opened: z.boolean().meta({ description: 'false: encrypted for somebody else; open it with tools of your own' }),
  })
  .meta({ id: 'WrittenText' })
const ReportWords = z
  .object({
    story: Written.nullable().meta({ description: 'null: not given, or erased' }),
    steps: Written.nullable(),
    output: Written.nullable(),
    contact: z.string().nullable(),
    credit: z.string().nullable(),
    files: z.array(ReportFile.extend({ name: z.string() })),
    messages: z.array(Written.extend({ from: z.enum(['reporter', 'staff']), by: z.string().nullable(), at: When })),
  })
  .meta({ id: 'ReportWords' })
const DisclosureWords = z
  .object({
    parties: z.array(
      z.object({ id: z.string(), name: z.string(), contact: z.string().nullable(), answer: z.string().nullable() }),
    ),
    title: z.string().nullable().meta({ description: 'of the advisory' }),
    text: z.string().nullable(),
  })
  .meta({ id: 'DisclosureWords' })
const FactorView = z
  .object({
    factor: z.string(),
    title: z.string(),
    asks: z.string(),
    levels: z.array(z.object({ level: z.string(), weight: z.number(), title: z.string(), means: z.string() })),
  })
  .meta({ id: 'SeverityFactor' })
const Closings = z
  .strictObject({
    reports: z.array(z.string().max(100)).min(1).max(200),
    as: z.enum(CLOSINGS).exclude(['duplicate', 'withdrawn', 'fixed']),
  })
  .meta({ id: 'ReportClosings' })
const Filed = z.object({ approval: z.string(), state: z.string() }).meta({ id: 'EarlyReleaseFiled' })
const query = PageQuery.extend({
  state: z
    .enum([...REPORT_STATES, 'open'])
    .optional()
    .meta({ description: '`open`: whatever is not closed' }),
  kind: z.enum(REPORT_KINDS).optional(),
  band: Band.optional(),
  assignee: z.string().max(100).optional().meta({ description: 'id of a person, or `nobody`' }),
})

const listReports = createRoute({
  method: 'get',
  path: '/reports',
  operationId: 'listReports',
  summary: 'Reports without their words, newest first, with severity and the clock that runs out next',
  security: SECURITY_OPERATOR,
  request: { query },
  responses: ok('One page', pageOf(QueuedReport, 'ReportPage')),
})
const getReport = createRoute({
  method: 'get',
  path: '/reports/{id}',
  operationId: 'getReport',
  summary: 'One report without its words: severity, clocks, what is like it, reproductions, cases, the chain',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The report', ReportDetail),
})
const listFactors = createRoute({
  method: 'get',
  path: '/severity-factors',
  operationId: 'listSeverityFactors',
  summary: 'What severity is computed from: each factor with its steps and what they weigh',
  security: SECURITY_OPERATOR,
  responses: ok('The factors, in the order in which they are multiplied', listOf(FactorView, 'SeverityFactorList')),
})
const readReport = createRoute({
  method: 'post',
  path: '/reports/{id}/read',
  operationId: 'readReport',
  summary: 'Read what was written; that you did is recorded first',
  security: SECURITY,
  request: { params },
  responses: ok('Its words', ReportWords),
})
const openFile = createRoute({
  method: 'post',
  path: '/reports/{id}/files/{file}',
  operationId: 'openReportFile',
  summary: 'A file that came with a report, for your own machine; that you opened it is recorded first',
  security: SECURITY,
  request: { params: params.extend({ file: z.string().max(100) }) },
  responses: {
    200: { description: 'Its bytes', content: { 'application/octet-stream': { schema: z.string() } } },
    default: problemResponse,
  },
})
const previewSeverity = createRoute({
  method: 'post',
  path: '/reports/{id}/severity',
  operationId: 'previewSeverity',
  summary: 'What these factors come to; without effect',
  security: SECURITY,
  request: { params, body: body(SeverityFactors) },
  responses: ok('The computation', Severity),
})
const answerReport = createRoute({
  method: 'post',
  path: '/reports/{id}/answers',
  operationId: 'answerReport',
  summary: 'Write to who reported; they read it under their receipt',
  security: SECURITY,
  request: { params, body: body(MessageInput) },
  responses: done,
})
const actOnReport = createRoute({
  method: 'post',
  path: '/reports/{id}/acts',
  operationId: 'actOnReport',
  summary: 'Take, assess, confirm, close, mitigate, reopen; say when one became aware and which duties apply',
  security: SECURITY,
  request: { params, body: body(ReportAct) },
  responses: ok('The report as it is now', ReportDetail),
})
const closeReports = createRoute({
  method: 'post',
  path: '/reports/closings',
  operationId: 'closeReports',
  summary: 'Close several at once, such as spam: all of them or none',
  security: SECURITY,
  request: { body: body(Closings) },
  responses: done,
})
const disclose = createRoute({
  method: 'post',
  path: '/reports/{id}/disclosure',
  operationId: 'discloseReport',
  summary: 'Tell others, agree on the day, write, review and publish the advisory, credit, bounty',
  security: SECURITY,
  request: { params, body: body(DisclosureAct) },
  responses: ok('The report as it is now', ReportDetail),
})
const readDisclosure = createRoute({
  method: 'post',
  path: '/reports/{id}/disclosure/read',
  operationId: 'readDisclosure',
  summary: 'Who is told, and what the advisory says; that you read it is recorded first',
  security: SECURITY,
  request: { params },
  responses: ok('The words', DisclosureWords),
})
const releaseEarly = createRoute({
  method: 'post',
  path: '/reports/{id}/early-releases',
  operationId: 'requestEarlyRelease',
  summary: 'Ask that the advisory is published before the agreed day; a second person must agree',
  security: SECURITY,
  request: {
    params,
    body: body(z.strictObject({ reason: z.string().trim().min(1).max(2_000) }).meta({ id: 'EarlyReleaseRequest' })),
  },
  responses: created('What was filed', Filed),
})

/** What people have reported, and what becomes of it. */
export function reportRoutes({ intake, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { reports, triage } = intake
  return createRouter(log)
    .openapi(listReports, async (c) => c.json(await triage.queue(c.req.valid('query')), 200))
    .openapi(listFactors, async (c) => {
      const items = Object.entries(FACTORS).map(([factor, { title, asks, levels }]) => ({
        factor,
        title,
        asks,
        levels: [...levels],
      }))
      return c.json({ items }, 200)
    })
    .openapi(getReport, async (c) => c.json(await triage.detail(c.req.valid('param').id), 200))
    .openapi(readReport, async (c) => {
      const { report: _, files, messages, ...words } = await reports.read(c.req.valid('param').id, actorOf(c))
      return c.json({ ...words, files: [...files], messages: [...messages] }, 200)
    })
    .openapi(openFile, async (c) => {
      const { id, file } = c.req.valid('param')
      const { name, bytes } = await reports.openFile(id, file, actorOf(c))
      // Never shown by a browser, whatever it is: it comes from a stranger.
      return c.body(Uint8Array.from(bytes), 200, {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encodeName(name)}`,
        'content-security-policy': "sandbox; default-src 'none'",
      })
    })
    .openapi(previewSeverity, async (c) =>
      c.json(await triage.preview(c.req.valid('param').id, c.req.valid('json')), 200),
    )
    .openapi(answerReport, async (c) => {
      await reports.answer(c.req.valid('param').id, c.req.valid('json').text, actorOf(c))
      return c.body(null, 204)
    })
    .openapi(closeReports, async (c) => {
      const { reports: ids, as } = c.req.valid('json')
      await reports.close(ids, as, actorOf(c))
      return c.body(null, 204)
    })
    .openapi(actOnReport, async (c) => {
      const { id } = c.req.valid('param')
      await triage.act(id, c.req.valid('json'), actorOf(c))
      return c.json(await triage.detail(id), 200)
    })
    .openapi(disclose, async (c) => {
      const { id } = c.req.valid('param')
      await triage.disclosures.act(id, c.req.valid('json'), actorOf(c))
      return c.json(await triage.detail(id), 200)
    })
    .openapi(readDisclosure, async (c) =>
      c.json(await triage.disclosures.read(c.req.valid('param').id, actorOf(c)), 200),
    )
    .openapi(releaseEarly, async (c) => {
      const { reason } = c.req.valid('json')
      const payload = { report: c.req.valid('param').id, reason }
      const requester = identityOf(c).person.id
      const { id, state } = await staff.approvals.request({ action: EARLY_RELEASE_ACTION, payload, reason, requester })
      return c.json({ approval: id, state }, 201)
    })
}

/** RFC 8187: whatever a stranger called it, no header ends there. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed().slice(0, 120)).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  )
}
