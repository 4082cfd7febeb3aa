import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import { KeptNote } from '../../content/index.ts'
import { DecisionFilter, DecisionSummary, liveStream, RecordedDecision, SummaryStep } from '../../decisions/index.ts'
import { allClauses, type Policies } from '../../policy/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  EVENT_STREAM_HEADERS,
  eventStreamResponses,
  ok,
  PageQuery,
  type RouteActions,
  SECURITY_OPERATOR as SECURITY,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const DECISION_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/decisions', { action: 'decisions.read', operator: true }],
  ['GET /api/v1/decisions/summary', { action: 'decisions.read', operator: true }],
  ['GET /api/v1/decisions/live', { action: 'decisions.read', operator: true }],
  ['GET /api/v1/decisions/:id', { action: 'decisions.read', operator: true }],
])

const DecisionPage = z
  .object({
    items: z.array(RecordedDecision),
    next: z.string().nullable().meta({ description: '`after` of the next page' }),
  })
  .meta({ id: 'DecisionPage' })
const DecisionView = RecordedDecision.extend({
  entry: z.string().meta({ description: 'path of its ledger entry' }),
  proof: z.string().meta({ description: 'path of the proof that the ledger holds it' }),
  rule: z.object({ title: z.string(), wording: z.string() }).nullable().meta({
    description: 'the clause as its version of the policy words it; null without one, or when that text is not kept',
  }),
  content: KeptNote.nullable().meta({ description: 'whether what was said is kept; null when it is not' }),
}).meta({ id: 'DecisionView' })

const listDecisions = createRoute({
  method: 'get',
  path: '/decisions',
  operationId: 'listDecisions',
  summary: 'Find decisions, newest first',
  security: SECURITY,
  request: { query: z.object({ ...DecisionFilter.shape, ...PageQuery.shape }) },
  responses: ok('One page', DecisionPage),
})
const summariseDecisions = createRoute({
  method: 'get',
  path: '/decisions/summary',
  operationId: 'summariseDecisions',
  summary: 'Requests, refusals and cuts by the hour or by the day, for charts; canaries left out',
  security: SECURITY,
  request: {
    query: z.object({
      since: z.iso.datetime({ offset: true }),
      until: z.iso.datetime({ offset: true }),
      step: SummaryStep.default('hour'),
    }),
  },
  responses: ok('The numbers', DecisionSummary),
})
const followDecisions = createRoute({
  method: 'get',
  path: '/decisions/live',
  operationId: 'followDecisions',
  summary: 'Decisions as they are recorded, as server-sent events; takes the filters of the list, and Last-Event-ID',
  security: SECURITY,
  request: {
    query: DecisionFilter.omit({ since: true, until: true, idPrefix: true }),
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^\d{1,15}$/, 'a ledger position')
        .optional(),
    }),
  },
  responses: eventStreamResponses,
})
const getDecision = createRoute({
  method: 'get',
  path: '/decisions/{id}',
  operationId: 'getDecision',
  summary: 'Read one decision',
  security: SECURITY,
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: ok('The decision', DecisionView),
})

/** What the gateway decided; not what was said. */
export function decisionRoutes({ decisions, content, policy, stopping, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listDecisions, async (c) => c.json(await decisions.list(c.req.valid('query')), 200))
    .openapi(summariseDecisions, async (c) => c.json(await decisions.summary(c.req.valid('query')), 200))
    .openapi(followDecisions, (c) => {
      const last = c.req.valid('header')['last-event-id']
      const lastPosition = last === undefined ? null : Number(last)
      const signal = AbortSignal.any([c.req.raw.signal, ...(stopping === undefined ? [] : [stopping])])
      const stream = liveStream(decisions, { filter: c.req.valid('query'), lastPosition, signal })
      return c.body(stream, 200, EVENT_STREAM_HEADERS)
    })
    .openapi(getDecision, async (c) => {
      const decision = await decisions.get(c.req.valid('param').id)
      const [kept = null] = await content.notes([decision.id])
      const { position } = decision
      const links = { entry: `/api/v1/ledger/entries/${position}`, proof: `/api/v1/ledger/proof/${position}` }
      return c.json({ ...decision, ...links, rule: await ruleOf(decision, policy.policies), content: kept }, 200)
    })
}

async function ruleOf(
  { clause, policyDigest }: RecordedDecision,
  policies: Pick<Policies, 'version'>,
): Promise<{ title: string; wording: string } | null> {
  if (clause === null || policyDigest === null) return null
  try {
    const { document } = await policies.version(policyDigest)
    const found = allClauses(document).find(({ id }) => id === clause)
    return found === undefined ? null : { title: found.title, wording: found.wording }
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
