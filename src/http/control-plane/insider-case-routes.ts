import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  CaseRead,
  CaseState,
  CaseView,
  NewAssignment,
  NewClosing,
  NewContainment,
  RiskBoard,
  type Viewer,
} from '../../weights/insider/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { body, IdParam, identityOf, ok, PageQuery, pageOf, type RouteActions, SECURITY } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { LedgerProof } from './schema.ts'

/** People alone: a token is nobody, and could be in the hands of whom a case is about. */
export const INSIDER_CASE_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/insider/board', { action: 'insider.read' }],
  ['GET /api/v1/insider/cases', { action: 'insider.read' }],
  ['GET /api/v1/insider/cases/:id', { action: 'insider.read' }],
  ['POST /api/v1/insider/cases/:id/read', { action: 'insider.read' }],
  ['GET /api/v1/insider/cases/:id/proofs/:position', { action: 'insider.read' }],
  ['POST /api/v1/insider/cases/:id/assignment', { action: 'insider.contain' }],
  ['POST /api/v1/insider/cases/:id/containment', { action: 'insider.contain' }],
  ['POST /api/v1/insider/cases/:id/closing', { action: 'insider.decide' }],
])

const security = SECURITY
const params = IdParam

const board = createRoute({
  method: 'get',
  path: '/insider/board',
  operationId: 'getInsiderBoard',
  summary: 'How risk stands of people, hosts and grants, by pseudonyms; without you',
  security,
  responses: ok('The board', RiskBoard),
})
const list = createRoute({
  method: 'get',
  path: '/insider/cases',
  operationId: 'listInsiderCases',
  summary: 'Cases, newest first; those about you are not there',
  security,
  request: { query: PageQuery.extend({ state: CaseState.optional() }) },
  responses: ok('One page; may have fewer than asked for', pageOf(CaseView, 'InsiderCasePage')),
})
const get = createRoute({
  method: 'get',
  path: '/insider/cases/{id}',
  operationId: 'getInsiderCase',
  summary: 'One case without what it rests on',
  security,
  request: { params },
  responses: ok('The case', CaseView),
})
const read = createRoute({
  method: 'post',
  path: '/insider/cases/{id}/read',
  operationId: 'readInsiderCase',
  summary: 'One case with its alerts and timeline; that you read it is recorded first',
  security,
  request: { params },
  responses: ok('The case', CaseRead),
})
const proof = createRoute({
  method: 'get',
  path: '/insider/cases/{id}/proofs/{position}',
  operationId: 'proveInsiderEvidence',
  summary: 'A proof of an entry that an opened case rests on; verifies offline, and discloses the event',
  security,
  request: {
    params: params.extend({
      position: z
        .string()
        .regex(/^\d{1,15}$/, 'a position, counted from 0')
        .transform(Number),
    }),
  },
  responses: ok('The proof', LedgerProof),
})
const assign = createRoute({
  method: 'post',
  path: '/insider/cases/{id}/assignment',
  operationId: 'assignInsiderCase',
  summary: 'Take a case to work on it, or let go of it',
  security,
  request: { params, body: body(NewAssignment) },
  responses: ok('The case', CaseView),
})
const contain = createRoute({
  method: 'post',
  path: '/insider/cases/{id}/containment',
  operationId: 'containInsider',
  summary: 'Do something about the person at once, without learning who it is; also what the policy held back',
  security,
  request: { params, body: body(NewContainment) },
  responses: ok('The case', CaseView),
})
const close = createRoute({
  method: 'post',
  path: '/insider/cases/{id}/closing',
  operationId: 'closeInsiderCase',
  summary: 'Say what came of it; confirmed only once two people have opened it',
  security,
  request: { params, body: body(NewClosing) },
  responses: ok('The case', CaseView),
})

/** Cases about people at work. What concerns somebody is not there for them, whatever they ask. */
export function insiderCaseRoutes({ insider, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { cases } = insider
  return createRouter(log)
    .openapi(board, async (c) => c.json(await insider.board(viewerOf(c)), 200))
    .openapi(list, async (c) => c.json(await cases.list(viewerOf(c), c.req.valid('query')), 200))
    .openapi(get, async (c) => c.json(await cases.get(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(read, async (c) => c.json(await cases.read(c.req.valid('param').id, viewerOf(c)), 200))
    .openapi(proof, async (c) => {
      const { id, position } = c.req.valid('param')
      const made = await cases.proof(id, position, viewerOf(c))
      return c.json({ ...made, inclusion: [...made.inclusion] }, 200)
    })
    .openapi(assign, async (c) => {
      const { take } = c.req.valid('json')
      return c.json(await cases.assign(c.req.valid('param').id, take, viewerOf(c)), 200)
    })
    .openapi(contain, async (c) => {
      const { steps } = c.req.valid('json')
      return c.json(await cases.contain(c.req.valid('param').id, steps, viewerOf(c)), 200)
    })
    .openapi(close, async (c) => {
      const { outcome } = c.req.valid('json')
      return c.json(await cases.close(c.req.valid('param').id, outcome, viewerOf(c)), 200)
    })
}

export function viewerOf(c: Context<HttpEnv>): Viewer {
  const { person, roles, standing } = identityOf(c)
  const principals = standing.active.flatMap(({ deputyFor }) => (deputyFor === null ? [] : [deputyFor]))
  return { personId: person.id, roles, principals }
}
