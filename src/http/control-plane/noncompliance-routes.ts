import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { QuarterId, quarterOf } from '../../base/quarter.ts'
import {
  ConcernView,
  ConcernWithWords,
  Digest,
  digestMarkdown,
  NewAction,
  Proposal,
  type Viewer,
  Words,
} from '../../intake/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  body,
  created,
  identityOf,
  ok,
  PageQuery,
  pageOf,
  type RouteAction,
  type RouteActions,
  SECURITY,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

const BASE = '/api/v1/noncompliance'
const READ: RouteAction = { action: 'noncompliance.read' }
const WORK: RouteAction = { action: 'noncompliance.work' }

export const NONCOMPLIANCE_ACTIONS: RouteActions = new Map<string, RouteAction>([
  [`GET ${BASE}`, READ],
  [`GET ${BASE}/digest`, READ],
  [`GET ${BASE}/waiting`, READ],
  [`GET ${BASE}/:id`, READ],
  [`POST ${BASE}/:id/read`, READ],
  [`POST ${BASE}/:id/take`, WORK],
  [`POST ${BASE}/:id/messages`, WORK],
  [`POST ${BASE}/:id/material`, WORK],
  [`POST ${BASE}/:id/actions`, WORK],
  [`POST ${BASE}/:id/actions/:number/done`, WORK],
  [`POST ${BASE}/:id/closing`, WORK],
  [`POST ${BASE}/:id/closing/agree`, WORK],
  [`POST ${BASE}/:id/closing/send-back`, WORK],
])

const params = z.object({ id: z.string().max(100) })
const Said = z.strictObject({ text: Words }).meta({ id: 'ConcernAnswer' })
const Waiting = z.object({ waiting: z.int().nonnegative() }).meta({ id: 'ConcernsWaiting' })

const list = createRoute({
  method: 'get',
  path: '/noncompliance',
  operationId: 'listConcerns',
  summary: 'Reports of noncompliance that were made to you, newest first; those about you are not there',
  security: SECURITY,
  request: { query: PageQuery },
  responses: ok('One page', pageOf(ConcernView, 'ConcernPage')),
})
const waiting = createRoute({
  method: 'get',
  path: '/noncompliance/waiting',
  operationId: 'countConcernsWaiting',
  summary: 'How many wait for an answer',
  security: SECURITY,
  responses: ok('How many', Waiting),
})
const digest = createRoute({
  method: 'get',
  path: '/noncompliance/digest',
  operationId: 'getNoncomplianceDigest',
  summary: 'A quarter in numbers, for the board: of what you may see',
  security: SECURITY,
  request: {
    query: z.object({
      quarter: QuarterId.optional(),
      format: z.enum(['json', 'markdown']).default('json'),
    }),
  },
  responses: {
    200: {
      description: 'The digest',
      content: { 'application/json': { schema: Digest }, 'text/markdown': { schema: z.string() } },
    },
    default: problemResponse,
  },
})
const get = createRoute({
  method: 'get',
  path: '/noncompliance/{id}',
  operationId: 'getConcern',
  summary: 'One without its words',
  security: SECURITY,
  request: { params },
  responses: ok('The concern', ConcernView),
})
const read = createRoute({
  method: 'post',
  path: '/noncompliance/{id}/read',
  operationId: 'readConcern',
  summary: 'One with its words; that you read it is recorded first',
  security: SECURITY,
  request: { params },
  responses: ok('The concern', ConcernWithWords),
})

function act<Path extends string>(path: Path, operationId: string, summary: string) {
  return createRoute({
    method: 'post',
    path,
    operationId,
    summary,
    security: SECURITY,
    request: { params },
    responses: ok('As it stands now', ConcernView),
  })
}

const take = act('/noncompliance/{id}/take', 'takeConcern', 'Look into it')
const material = act(
  '/noncompliance/{id}/material',
  'declareConcernMaterial',
  'Say that it is a material risk: the board sees it from now on',
)
const agree = act(
  '/noncompliance/{id}/closing/agree',
  'agreeToCloseConcern',
  'The second of two people who close it, one of them from outside the officer’s line',
)
const sendBack = act('/noncompliance/{id}/closing/send-back', 'sendConcernBack', 'Not closed yet')
const answer = createRoute({
  method: 'post',
  path: '/noncompliance/{id}/messages',
  operationId: 'answerConcern',
  summary: 'Write to whoever filed it',
  security: SECURITY,
  request: { params, body: body(Said) },
  responses: created('As it stands now', ConcernView),
})
const setAction = createRoute({
  method: 'post',
  path: '/noncompliance/{id}/actions',
  operationId: 'setCorrectiveAction',
  summary: 'Say who corrects what, and until when',
  security: SECURITY,
  request: { params, body: body(NewAction) },
  responses: created('As it stands now', ConcernView),
})
const finishAction = createRoute({
  method: 'post',
  path: '/noncompliance/{id}/actions/{number}/done',
  operationId: 'finishCorrectiveAction',
  summary: 'It has been corrected',
  security: SECURITY,
  request: { params: params.extend({ number: z.coerce.number().int().min(1).max(1_000) }) },
  responses: ok('As it stands now', ConcernView),
})
const propose = createRoute({
  method: 'post',
  path: '/noncompliance/{id}/closing',
  operationId: 'proposeToCloseConcern',
  summary: 'The first of two people who close it, with what whoever filed it is told',
  security: SECURITY,
  request: { params, body: body(Proposal) },
  responses: created('As it stands now', ConcernView),
})

/** Reports of noncompliance. What somebody may not see is not there for them, whatever they ask. */
export function noncomplianceRoutes({ noncompliance, clock, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(list, async (c) => c.json(await noncompliance.list(viewerOf(c), c.req.valid('query')), 200))
    .openapi(waiting, async (c) => c.json({ waiting: await noncompliance.waiting(viewerOf(c)) }, 200))
    .openapi(digest, async (c) => {
      const { quarter = quarterOf(clock.now()), format } = c.req.valid('query')
      const made = await noncompliance.digest(viewerOf(c), quarter)
      if (format === 'json') return c.json(made, 200)
      return c.body(digestMarkdown(made), 200, { 'content-type': 'text/markdown; charset=utf-8' })
    })
    .openapi(get, async (c) => c.json(await noncompliance.get(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(read, async (c) => c.json(await noncompliance.read(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(take, async (c) => c.json(await noncompliance.take(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(material, async (c) =>
      c.json(await noncompliance.declareMaterial(c.req.valid('param').id, viewerOf(c)), 200),
    )
    .openapi(agree, async (c) => c.json(await noncompliance.agree(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(sendBack, async (c) => c.json(await noncompliance.sendBack(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(answer, async (c) => {
      const { text } = c.req.valid('json')
      return c.json(await noncompliance.answer(c.req.valid('param').id, viewerOf(c), text), 201)
    })
    .openapi(setAction, async (c) =>
      c.json(await noncompliance.setAction(c.req.valid('param').id, c.req.valid('json'), viewerOf(c)), 201),
    )
    .openapi(finishAction, async (c) => {
      const { id, number } = c.req.valid('param')
      return c.json(await noncompliance.finishAction(id, number, viewerOf(c)), 200)
    })
    .openapi(propose, async (c) =>
      c.json(await noncompliance.propose(c.req.valid('param').id, c.req.valid('json'), viewerOf(c)), 201),
    )
}

function viewerOf(c: Context<HttpEnv>): Viewer {
  const { person, roles } = identityOf(c)
  return { personId: person.id, roles }
}
