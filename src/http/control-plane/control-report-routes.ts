import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  CONTROL_REPORT_STYLE_HASH,
  ControlReportId,
  controlReportHtml,
  controlReportMarkdown,
  documentDigest,
  NewControlReport,
  NewReportRedaction,
  ReportDocument,
  ReportKind,
  ReportSigning,
  ReportSummary,
  ReportWriting,
} from '../../controls/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  json,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const CONTROL_REPORT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/control-reports', { action: 'controls.read', operator: true }],
  ['POST /api/v1/control-reports', { action: 'controls.report', operator: true }],
  ['GET /api/v1/control-reports/:id', { action: 'controls.read', operator: true }],
  ['GET /api/v1/control-reports/:id/draft', { action: 'controls.report' }],
  ['PUT /api/v1/control-reports/:id/sections/:section', { action: 'controls.report' }],
  ['POST /api/v1/control-reports/:id/redactions', { action: 'controls.report' }],
  ['DELETE /api/v1/control-reports/:id/redactions/:redaction', { action: 'controls.report' }],
  ['POST /api/v1/control-reports/:id/signature', { action: 'controls.sign_report' }],
  ['POST /api/v1/control-reports/:id/open', { action: 'controls.open_report' }],
  ['GET /api/v1/control-reports/:id/public', { action: 'controls.read', operator: true }],
])

/** The report opens in a browser: its own style, and no script, no source, no frame. */
const REPORT_POLICY = `default-src 'none'; style-src 'sha256-${CONTROL_REPORT_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const params = z.object({ id: ControlReportId })
const query = z.object({ format: z.enum(['json', 'markdown', 'html']).default('json') })
const Draft = z
  .object({
    document: ReportDocument,
    digest: z.hash('sha256').meta({ description: 'of the document: what is signed' }),
  })
  .meta({ id: 'ControlReportDraft' })
const Opened = z.object({ summary: ReportSummary, document: ReportDocument }).meta({ id: 'OpenedControlReport' })
const shown = (description: string, schema: z.ZodType) => ({
  200: {
    description,
    content: {
      ...json(description, schema).content,
      'text/markdown': { schema: z.string() },
      'text/html': { schema: z.string() },
    },
  },
  default: problemResponse,
})

const list = createRoute({
  method: 'get',
  path: '/control-reports',
  operationId: 'listControlReports',
  summary: 'Reports on how the commitments are kept, newest first, at most 200: who signed, who has received them',
  security: SECURITY_OPERATOR,
  request: { query: z.object({ kind: ReportKind.optional() }) },
  responses: ok('The reports, without what they say', listOf(ReportSummary, 'ControlReportList')),
})
const compile = createRoute({
  method: 'post',
  path: '/control-reports',
  operationId: 'compileControlReport',
  summary: 'Compile a report of a quarter; a draft that there is already keeps what people wrote',
  security: SECURITY_OPERATOR,
  request: { body: body(NewControlReport) },
  responses: created('The draft', ReportSummary),
})
const read = createRoute({
  method: 'get',
  path: '/control-reports/{id}',
  operationId: 'getControlReport',
  summary: 'How a report stands: what is missing, who signed it, whom it waits for',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('Without what it says', ReportSummary),
})
const draft = createRoute({
  method: 'get',
  path: '/control-reports/{id}/draft',
  operationId: 'readControlReportDraft',
  summary: 'What a draft says, and the digest that would be signed',
  security: SECURITY,
  request: { params },
  responses: ok('The draft', Draft),
})
const write = createRoute({
  method: 'put',
  path: '/control-reports/{id}/sections/{section}',
  operationId: 'writeControlReportSection',
  summary: 'Say something where people must',
  security: SECURITY,
  request: { params: params.extend({ section: z.string().max(40) }), body: body(ReportWriting) },
  responses: ok('How the report stands then', ReportSummary),
})
const redact = createRoute({
  method: 'post',
  path: '/control-reports/{id}/redactions',
  operationId: 'redactControlReport',
  summary: 'Take a passage, or a section, out of the public edition, with a reason; what is signed keeps it',
  security: SECURITY,
  request: { params, body: body(NewReportRedaction) },
  responses: created('How the report stands then', ReportSummary),
})
const unredact = createRoute({
  method: 'delete',
  path: '/control-reports/{id}/redactions/{redaction}',
  operationId: 'unredactControlReport',
  summary: 'Take a redaction back',
  security: SECURITY,
  request: { params: params.extend({ redaction: z.string().max(100) }) },
  responses: ok('How the report stands then', ReportSummary),
})
const sign = createRoute({
  method: 'post',
  path: '/control-reports/{id}/signature',
  operationId: 'signControlReport',
  summary: 'Sign what was read, by its digest, after a fresh touch of the security key',
  security: SECURITY,
  request: { params, body: body(ReportSigning) },
  responses: created('How the report stands then', ReportSummary),
})
const open = createRoute({
  method: 'post',
  path: '/control-reports/{id}/open',
  operationId: 'openControlReport',
  summary: 'Read what was signed; for who must receive it, that is the receipt',
  security: SECURITY,
  request: { params, query },
  responses: shown('The report', Opened),
})
const published = createRoute({
  method: 'get',
  path: '/control-reports/{id}/public',
  operationId: 'readPublicControlReport',
  summary: 'The public edition of what was signed, with the register of what is left out',
  security: SECURITY_OPERATOR,
  request: { params, query },
  responses: shown('The public edition', Opened),
})

/** Reports on how the commitments are kept. */
export function controlReportRoutes({ controlEvidence: { reports }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(list, async (c) => c.json({ items: await reports.list(c.req.valid('query').kind) }, 200))
    .openapi(compile, async (c) => c.json(await reports.compile(c.req.valid('json'), actorOf(c)), 201))
    .openapi(read, async (c) => c.json(await reports.summary(c.req.valid('param').id), 200))
    .openapi(draft, async (c) => {
      const document = await reports.draft(c.req.valid('param').id)
      return c.json({ document, digest: documentDigest(document) }, 200)
    })
    .openapi(write, async (c) => {
      const { id, section } = c.req.valid('param')
      return c.json(await reports.write(id, section, c.req.valid('json'), actorOf(c)), 200)
    })
    .openapi(redact, async (c) =>
      c.json(await reports.redact(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 201),
    )
    .openapi(unredact, async (c) => {
      const { id, redaction } = c.req.valid('param')
      return c.json(await reports.unredact(id, redaction, actorOf(c)), 200)
    })
    .openapi(sign, async (c) => {
      const { person, roles } = identityOf(c)
      const reader = { person: person.id, roles: new Set(roles) }
      return c.json(await reports.sign(c.req.valid('param').id, c.req.valid('json'), reader), 201)
    })
    .openapi(open, async (c) => {
      const { person, roles } = identityOf(c)
      const { id } = c.req.valid('param')
      const opened = await reports.open(id, { person: person.id, roles: new Set(roles) })
      return answer(c, c.req.valid('query').format, opened, false)
    })
    .openapi(published, async (c) => {
      const { format } = c.req.valid('query')
      return answer(c, format, await reports.public(c.req.valid('param').id), true)
    })
}

type Shown = z.infer<typeof Opened>

/** In the form that was asked for. @param isPublic whether it is the edition without what is redacted */
function answer(c: Context<HttpEnv>, format: z.infer<typeof query>['format'], shown: Shown, isPublic: boolean) {
  const { summary, document } = shown
  const standing = { digest: summary.signature?.digest ?? null, isPublic }
  if (format === 'markdown') return c.text(controlReportMarkdown(document, standing), 200)
  if (format === 'json') return c.json(shown, 200)
  c.header('content-security-policy', REPORT_POLICY)
  return c.html(controlReportHtml(document, standing), 200)
}
