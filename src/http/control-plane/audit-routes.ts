import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  AcceptWords,
  AuditSampleRow,
  AuditSampleView,
  ClosingWords,
  DrawRequest,
  EvidenceRequest,
  NewAuditFinding,
  NewAuditSample,
  NewEvidenceAnswer,
  NewEvidenceRequest,
  POPULATIONS,
  StepWords,
} from '../../audit/index.ts'
import { REGIMES, RegimeView, regimeView } from '../../controls/index.ts'
import { LedgerEntry } from '../../ledger/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  listOf,
  ok,
  IdParam as params,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import { isConcealed, shown } from './concealed.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const AUDIT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/audit/populations', { action: 'audit.read', operator: true }],
  ['GET /api/v1/audit/samples', { action: 'audit.read', operator: true }],
  ['POST /api/v1/audit/samples', { action: 'audit.sample', operator: true }],
  ['GET /api/v1/audit/samples/:id', { action: 'audit.read', operator: true }],
  ['GET /api/v1/audit/samples/:id/entries', { action: 'ledger.read', operator: true }],
  ['POST /api/v1/audit/samples/:id/draw', { action: 'audit.sample', operator: true }],
  ['PUT /api/v1/audit/samples/:id/findings/:entry', { action: 'audit.examine' }],
  ['POST /api/v1/audit/samples/:id/conclusion', { action: 'audit.examine' }],
  ['POST /api/v1/audit/samples/:id/bundle', { action: 'audit.export', operator: true }],
  ['GET /api/v1/audit/requests', { action: 'audit.read', operator: true }],
  ['POST /api/v1/audit/requests', { action: 'audit.request', operator: true }],
  ['GET /api/v1/audit/requests/:id', { action: 'audit.read', operator: true }],
  ['POST /api/v1/audit/requests/:id/answers', { action: 'audit.answer' }],
  ['POST /api/v1/audit/requests/:id/acceptance', { action: 'audit.judge' }],
  ['POST /api/v1/audit/requests/:id/return', { action: 'audit.judge' }],
  ['POST /api/v1/audit/requests/:id/withdrawal', { action: 'audit.judge' }],
  ['GET /api/v1/regimes/:id', { action: 'controls.read', operator: true }],
])

const PAGE = 100
const Population = z
  .object({ name: z.string(), title: z.string(), kinds: z.array(z.string()) })
  .meta({ id: 'AuditPopulation' })
const EntryPage = z
  .object({ items: z.array(LedgerEntry), next: z.number().int().nullable() })
  .meta({ id: 'AuditEntryPage' })

const populations = createRoute({
  method: 'get',
  path: '/audit/populations',
  operationId: 'listAuditPopulations',
  summary: 'Populations that have a name',
  security: SECURITY_OPERATOR,
  responses: ok('The populations', listOf(Population, 'AuditPopulationList')),
})
const listSamples = createRoute({
  method: 'get',
  path: '/audit/samples',
  operationId: 'listAuditSamples',
  summary: 'Samples of the ledger, newest first, at most 200',
  security: SECURITY_OPERATOR,
  responses: ok('The samples, without what was drawn', listOf(AuditSampleRow, 'AuditSampleList')),
})
const order = createRoute({
  method: 'post',
  path: '/audit/samples',
  operationId: 'orderAuditSample',
  summary: 'Order a sample: what it is drawn from, and how many, are fixed and recorded before anybody can know which',
  security: SECURITY_OPERATOR,
  request: { body: body(NewAuditSample) },
  responses: created('The order', AuditSampleView),
})
const getSample = createRoute({
  method: 'get',
  path: '/audit/samples/{id}',
  operationId: 'getAuditSample',
  summary: 'A sample: how it was ordered and drawn, what was found, and what that shows',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The sample', AuditSampleView),
})
const getEntries = createRoute({
  method: 'get',
  path: '/audit/samples/{id}/entries',
  operationId: 'listAuditSampleEntries',
  summary: 'The entries that were drawn, as the caller may read them',
  security: SECURITY_OPERATOR,
  request: { params, query: z.object({ from: z.coerce.number().int().min(0).default(0) }) },
  responses: ok(`Up to ${PAGE}, from this one of the sample on`, EntryPage),
})
const drawSample = createRoute({
  method: 'post',
  path: '/audit/samples/{id}/draw',
  operationId: 'drawAuditSample',
  summary:
    'Draw it: which entries follows from the tree that ends with the order, and from the secret that it is bound to',
  security: SECURITY_OPERATOR,
  request: { params, body: body(DrawRequest) },
  responses: ok('The sample', AuditSampleView),
})
const examine = createRoute({
  method: 'put',
  path: '/audit/samples/{id}/findings/{entry}',
  operationId: 'putAuditFinding',
  summary: 'Say what was found in an entry that was drawn',
  security: SECURITY,
  request: {
    params: params.extend({
      entry: z
        .string()
        .regex(/^\d{1,15}$/, 'a position, counted from 0')
        .transform(Number),
    }),
    body: body(NewAuditFinding),
  },
  responses: ok('The sample', AuditSampleView),
})
const conclude = createRoute({
  method: 'post',
  path: '/audit/samples/{id}/conclusion',
  operationId: 'concludeAuditSample',
  summary: 'Close a sample of which every entry is examined, with a conclusion',
  security: SECURITY,
  request: { params, body: body(ClosingWords) },
  responses: created('The sample', AuditSampleView),
})
const bundle = createRoute({
  method: 'post',
  path: '/audit/samples/{id}/bundle',
  operationId: 'makeAuditSampleBundle',
  summary: 'The sample in one file that others check offline, and draw again; that it was made stands on the ledger',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: {
    200: {
      description: 'A zip file',
      content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
    },
    default: problemResponse,
  },
})
const listRequests = createRoute({
  method: 'get',
  path: '/audit/requests',
  operationId: 'listEvidenceRequests',
  summary: 'What auditors asked for, newest first, at most 500',
  security: SECURITY_OPERATOR,
  responses: ok('The requests', listOf(EvidenceRequest, 'EvidenceRequestList')),
})
const ask = createRoute({
  method: 'post',
  path: '/audit/requests',
  operationId: 'askForEvidence',
  summary: 'Ask those who answer for something to show it, by a date',
  security: SECURITY_OPERATOR,
  request: { body: body(NewEvidenceRequest) },
  responses: created('The request', EvidenceRequest),
})
const getRequest = createRoute({
  method: 'get',
  path: '/audit/requests/{id}',
  operationId: 'getEvidenceRequest',
  summary: 'A request with all that was said',
  security: SECURITY_OPERATOR,
  request: { params },
  responses: ok('The request', EvidenceRequest),
})
const answer = createRoute({
  method: 'post',
  path: '/audit/requests/{id}/answers',
  operationId: 'answerEvidenceRequest',
  summary: 'Answer a request, for who holds the role that is asked',
  security: SECURITY,
  request: { params, body: body(NewEvidenceAnswer) },
  responses: created('The request', EvidenceRequest),
})
const accept = createRoute({
  method: 'post',
  path: '/audit/requests/{id}/acceptance',
  operationId: 'acceptEvidence',
  summary: 'Accept an answer',
  security: SECURITY,
  request: { params, body: body(AcceptWords) },
  responses: created('The request', EvidenceRequest),
})
const giveBack = createRoute({
  method: 'post',
  path: '/audit/requests/{id}/return',
  operationId: 'returnEvidence',
  summary: 'Send an answer back, with a reason',
  security: SECURITY,
  request: { params, body: body(StepWords) },
  responses: created('The request', EvidenceRequest),
})
const withdraw = createRoute({
  method: 'post',
  path: '/audit/requests/{id}/withdrawal',
  operationId: 'withdrawEvidenceRequest',
  summary: 'Ask for it no longer',
  security: SECURITY,
  request: { params, body: body(StepWords) },
  responses: created('The request', EvidenceRequest),
})
const getRegime = createRoute({
  method: 'get',
  path: '/regimes/{id}',
  operationId: 'getRegime',
  summary:
    'What another regime asks for, by clause: the controls that answer to each and how they stand, and what none answers to',
  security: SECURITY_OPERATOR,
  request: { params: z.object({ id: z.enum(REGIMES) }) },
  responses: ok('The clauses', RegimeView),
})

/** What an auditor works with. */
export function auditRoutes(deps: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { audit, controls, controlEvidence, ledger, log } = deps
  const { samples, requests } = audit
  return createRouter(log)
    .openapi(populations, (c) => {
      const items = Object.entries(POPULATIONS).map(([name, { title, kinds }]) => ({ name, title, kinds: [...kinds] }))
      return c.json({ items }, 200)
    })
    .openapi(listSamples, async (c) => c.json({ items: await samples.list() }, 200))
    .openapi(order, async (c) => c.json(await samples.order(c.req.valid('json'), actorOf(c), isConcealed), 201))
    .openapi(getSample, async (c) => c.json(await samples.view(c.req.valid('param').id), 200))
    .openapi(getEntries, async (c) => {
      const { entries } = await samples.view(c.req.valid('param').id)
      const { from } = c.req.valid('query')
      const wanted = entries.slice(from, from + PAGE)
      const items: LedgerEntry[] = []
      for (const position of wanted) items.push(shown(await ledger.entry(position)))
      const end = from + wanted.length
      return c.json({ items, next: wanted.length > 0 && end < entries.length ? end : null }, 200)
    })
    .openapi(drawSample, async (c) =>
      c.json(await samples.draw(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(examine, async (c) => {
      const { id, entry } = c.req.valid('param')
      return c.json(await samples.examine(id, entry, c.req.valid('json'), identityOf(c).person.id), 200)
    })
    .openapi(conclude, async (c) =>
      c.json(await samples.close(c.req.valid('param').id, c.req.valid('json'), identityOf(c).person.id), 201),
    )
    .openapi(bundle, async (c) => {
      const zip = await controlEvidence.sample(c.req.valid('param').id, actorOf(c), isConcealed)
      return c.body(new Uint8Array(zip), 200, {
        'content-type': 'application/zip',
        'content-disposition': 'attachment; filename="sample.zip"',
      })
    })
    .openapi(listRequests, async (c) => c.json({ items: await requests.list() }, 200))
    .openapi(ask, async (c) => c.json(await requests.ask(c.req.valid('json'), actorOf(c)), 201))
    .openapi(getRequest, async (c) => c.json(await requests.get(c.req.valid('param').id), 200))
    .openapi(answer, async (c) => {
      const { person, roles } = identityOf(c)
      const by = { person: person.id, roles }
      return c.json(await requests.answer(c.req.valid('param').id, c.req.valid('json'), by), 201)
    })
    .openapi(accept, async (c) =>
      c.json(await requests.accept(c.req.valid('param').id, c.req.valid('json'), identityOf(c).person.id), 201),
    )
    .openapi(giveBack, async (c) =>
      c.json(await requests.giveBack(c.req.valid('param').id, c.req.valid('json'), identityOf(c).person.id), 201),
    )
    .openapi(withdraw, async (c) =>
      c.json(await requests.withdraw(c.req.valid('param').id, c.req.valid('json'), identityOf(c).person.id), 201),
    )
    .openapi(getRegime, async (c) =>
      c.json(regimeView(controls.catalogue, await controls.board(), c.req.valid('param').id), 200),
    )
}
