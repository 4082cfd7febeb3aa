import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { ContentScope } from '../../content/index.ts'
import { ErasureReport, Hold, KeptExchange, NewHold, Reason } from '../../content/index.ts'
import { AsJudged, asJudged } from '../../review/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  body,
  created,
  done,
  IdParam,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { jsonLines } from './json-lines.ts'

export const CONTENT_ACTIONS: RouteActions = new Map([
  ['POST /api/v1/decisions/:id/content', { action: 'content.reveal' }],
  ['POST /api/v1/content/exports', { action: 'content.export' }],
  ['POST /api/v1/content/erasures', { action: 'content.erase' }],
  ['GET /api/v1/content/holds', { action: 'content.hold' }],
  ['POST /api/v1/content/holds', { action: 'content.hold' }],
  // Lifting one lets the clock delete: as grave as deleting.
  ['DELETE /api/v1/content/holds/:id', { action: 'content.erase' }],
  ['GET /api/v1/content/projects/:id', { action: 'accounts.read', operator: true }],
  ['PUT /api/v1/content/projects/:id', { action: 'content.erase' }],
  ['POST /api/v1/content/keys', { action: 'content.rotate_key', operator: true }],
])

const HoldPage = z.object({ items: z.array(Hold), next: z.string().nullable() }).meta({ id: 'HoldPage' })
const ProjectContent = z
  .strictObject({ zeroRetention: z.boolean().meta({ description: 'nothing of what is said is kept' }) })
  .meta({ id: 'ProjectContent' })

const ReadExchange = KeptExchange.extend({
  asJudged: z.array(AsJudged).meta({ description: 'how disguised parts read once the disguise is undone' }),
}).meta({ id: 'ReadExchange' })

/** Whose data: one of a customer's own end users, by the identifier that the customer sends. */
const DataSubject = z
  .strictObject({
    organisation: z.string().max(100),
    endUser: z.string().min(1).max(1_000).meta({ description: 'as the customer sends it; not stored, not recorded' }),
    reason: Reason.default('data_subject_request'),
  })
  .meta({ id: 'DataSubject' })

const revealContent = createRoute({
  method: 'post',
  path: '/decisions/{id}/content',
  operationId: 'revealContent',
  summary: 'Read what was said; that, why and by whom it was read stands on the ledger first',
  security: SECURITY,
  request: { params: IdParam, body: body(z.strictObject({ reason: Reason })) },
  responses: ok('What was said', ReadExchange),
})
const exportContent = createRoute({
  method: 'post',
  path: '/content/exports',
  operationId: 'exportContent',
  summary: 'Everything that is kept of one end user, one JSON object a line',
  security: SECURITY,
  request: { body: body(DataSubject) },
  responses: {
    200: { description: 'JSON lines: application/x-ndjson, a KeptExchange a line' },
    default: problemResponse,
  },
})
const eraseContent = createRoute({
  method: 'post',
  path: '/content/erasures',
  operationId: 'eraseContent',
  summary: 'Delete everything that is kept of one end user, but for what is under a legal hold',
  security: SECURITY,
  request: { body: body(DataSubject) },
  responses: ok('What was deleted', ErasureReport),
})
const listHolds = createRoute({
  method: 'get',
  path: '/content/holds',
  operationId: 'listHolds',
  summary: 'Legal holds, newest first',
  security: SECURITY,
  request: {
    query: PageQuery.extend({
      lifted: z.enum(['true', 'false']).default('false').meta({ description: 'lifted ones too' }),
    }),
  },
  responses: ok('One page', HoldPage),
})
const placeHold = createRoute({
  method: 'post',
  path: '/content/holds',
  operationId: 'placeHold',
  summary: 'Keep what was said from being deleted',
  security: SECURITY,
  request: { body: body(NewHold) },
  responses: created('The hold', Hold),
})
const liftHold = createRoute({
  method: 'delete',
  path: '/content/holds/{id}',
  operationId: 'liftHold',
  summary: 'Lift a legal hold: from then on what has expired is deleted',
  security: SECURITY,
  request: { params: IdParam },
  responses: ok('The hold', Hold),
})
const getProjectContent = createRoute({
  method: 'get',
  path: '/content/projects/{id}',
  operationId: 'getProjectContent',
  summary: 'Whether anything of what a project says is kept',
  security: SECURITY_OPERATOR,
  request: { params: IdParam },
  responses: ok('The setting', ProjectContent),
})
const setProjectContent = createRoute({
  method: 'put',
  path: '/content/projects/{id}',
  operationId: 'setProjectContent',
  summary: 'Keep nothing of what a project says, and delete what is kept; or end that',
  security: SECURITY,
  request: { params: IdParam, body: body(ProjectContent) },
  responses: { ...done },
})
const rotateContentKey = createRoute({
  method: 'post',
  path: '/content/keys',
  operationId: 'rotateContentKey',
  summary: 'Wrap every data key anew and destroy the old content key: backups of deleted content become unreadable',
  security: SECURITY_OPERATOR,
  responses: ok('The new key', z.object({ key: z.string(), rewrapped: z.int() }).meta({ id: 'ContentKeyRotation' })),
})

/** What was said: read, held, given out and deleted by people alone. */
export function contentRoutes({ content, accounts, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const scopeOf = ({ organisation, endUser }: { organisation: string; endUser: string }): ContentScope => ({
    scope: 'end_user',
    scopeId: accounts.endUserId({ organisationId: organisation }, endUser),
  })
  return createRouter(log)
    .openapi(revealContent, async (c) => {
      const { reason } = c.req.valid('json')
      const kept = await content.read(c.req.valid('param').id, { by: actorOf(c), reason })
      return c.json({ ...kept, asJudged: asJudged(kept) }, 200)
    })
    .openapi(exportContent, async (c) => {
      const subject = c.req.valid('json')
      const lines = content.exportScope(scopeOf(subject), { by: actorOf(c), reason: subject.reason })
      // The first is fetched before the answer begins, so that what can't be recorded is refused with a reason.
      const stream = jsonLines(lines, await lines.next())
      return c.body(stream, 200, { 'content-type': 'application/x-ndjson' })
    })
    .openapi(eraseContent, async (c) => {
      const subject = c.req.valid('json')
      return c.json(await content.erase(scopeOf(subject), { by: actorOf(c), reason: subject.reason }), 200)
    })
    .openapi(listHolds, async (c) => {
      const { lifted, ...page } = c.req.valid('query')
      return c.json(await content.holds({ ...page, lifted: lifted === 'true' }), 200)
    })
    .openapi(placeHold, async (c) => c.json(await content.placeHold(c.req.valid('json'), actorOf(c)), 201))
    .openapi(liftHold, async (c) => c.json(await content.liftHold(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(getProjectContent, (c) => c.json({ zeroRetention: content.zeroRetention(c.req.valid('param').id) }, 200))
    .openapi(setProjectContent, async (c) => {
      await content.setZeroRetention(c.req.valid('param').id, c.req.valid('json').zeroRetention, actorOf(c))
      return c.body(null, 204)
    })
    .openapi(rotateContentKey, async (c) => c.json(await content.rotateKey(actorOf(c)), 200))
}
