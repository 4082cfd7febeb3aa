import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  AgreementReport,
  AllowanceInput,
  CaseDetail,
  CasePage,
  CaseQuery,
  CaseView,
  Claim,
  ExportInput,
  Exposure,
  Handoff,
  HandoffForm,
  HandoffSent,
  LabelledPage,
  QueueView,
  ReadingInput,
  Revealed,
  RevealInput,
  type Reviewer,
} from '../../review/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, body, done, identityOf, ok, type RouteActions, SECURITY, SECURITY_OPERATOR } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const REVIEW_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/review/queues', { action: 'review.read' }],
  ['GET /api/v1/review/cases', { action: 'review.read' }],
  ['GET /api/v1/review/cases/:id', { action: 'review.read' }],
  ['POST /api/v1/review/claims', { action: 'review.take_part' }],
  ['POST /api/v1/review/cases/:id/heartbeat', { action: 'review.take_part' }],
  ['POST /api/v1/review/cases/:id/release', { action: 'review.take_part' }],
  ['POST /api/v1/review/cases/:id/decision', { action: 'review.take_part' }],
  ['POST /api/v1/review/cases/:id/reveal', { action: 'review.take_part' }],
  ['POST /api/v1/review/cases/:id/restricted-reveal', { action: 'review.restricted' }],
  ['GET /api/v1/review/cases/:id/handoff', { action: 'review.restricted' }],
  ['POST /api/v1/review/cases/:id/handoff', { action: 'review.restricted' }],
  ['POST /api/v1/review/cases/:id/handoff/sent', { action: 'review.restricted' }],
  ['GET /api/v1/review/handoffs', { action: 'review.take_part' }],
  ['GET /api/v1/review/exposure', { action: 'review.take_part' }],
  ['POST /api/v1/review/exposure/acknowledge', { action: 'review.take_part' }],
  ['POST /api/v1/review/breaks', { action: 'review.take_part' }],
  ['GET /api/v1/review/people/:id/exposure', { action: 'review.assign' }],
  ['POST /api/v1/review/people/:id/allowance', { action: 'review.assign' }],
  ['GET /api/v1/review/agreement', { action: 'review.read' }],
  ['POST /api/v1/review/exports', { action: 'review.export', operator: true }],
])

const security = SECURITY
const params = z.object({ id: z.string().max(100) })
const ClaimRef = z.strictObject({ claim: z.string().max(100) }).meta({ id: 'ReviewClaimRef' })
const ClaimInput = z
  .strictObject({
    queue: z.string().max(200).nullable().default(null).meta({ description: 'the next of this queue' }),
    case: z.string().max(100).nullable().default(null).meta({ description: 'this case and no other' }),
  })
  .refine((input) => input.queue === null || input.case === null, { path: ['case'], message: 'stands alone' })
  .meta({ id: 'ReviewClaimInput' })

const listQueues = createRoute({
  method: 'get',
  path: '/review/queues',
  operationId: 'listReviewQueues',
  summary: 'What waits in which queue, those with something overdue first',
  security,
  responses: ok('The queues', z.object({ items: z.array(QueueView) })),
})
const listCases = createRoute({
  method: 'get',
  path: '/review/cases',
  operationId: 'listReviewCases',
  summary: 'Open cases in the order of work; decided ones the latest first',
  security,
  request: { query: CaseQuery },
  responses: ok('One page', CasePage),
})
const getCase = createRoute({
  method: 'get',
  path: '/review/cases/{id}',
  operationId: 'getReviewCase',
  summary: 'One case, with the readings that may be known to who asks',
  security,
  request: { params },
  responses: ok('The case', CaseDetail),
})
const claimCase = createRoute({
  method: 'post',
  path: '/review/claims',
  operationId: 'claimReviewCase',
  summary: 'Take the next case, or a certain one; the claim runs out without a heartbeat',
  security,
  request: { body: body(ClaimInput) },
  responses: ok('The case, or null when nothing waits', z.object({ case: CaseView.nullable() })),
})
const heartbeat = createRoute({
  method: 'post',
  path: '/review/cases/{id}/heartbeat',
  operationId: 'keepReviewClaim',
  summary: 'Say that one is still there',
  security,
  request: { params, body: body(ClaimRef) },
  responses: ok('The claim', Claim),
})
const release = createRoute({
  method: 'post',
  path: '/review/cases/{id}/release',
  operationId: 'releaseReviewCase',
  summary: 'Give a case back for others',
  security,
  request: { params, body: body(ClaimRef) },
  responses: done,
})
const decide = createRoute({
  method: 'post',
  path: '/review/cases/{id}/decision',
  operationId: 'decideReviewCase',
  summary: 'Uphold, overturn, escalate, or say that one is not sure',
  security,
  request: { params, body: body(ReadingInput) },
  responses: ok('The case as it stands now', CaseView),
})
const reveal = createRoute({
  method: 'post',
  path: '/review/cases/{id}/reveal',
  operationId: 'revealReviewContent',
  summary: 'Show one side of one exchange; recorded and counted before it is shown',
  security,
  request: { params, body: body(RevealInput) },
  responses: ok('What was said', Revealed),
})
const revealRestricted = createRoute({
  method: 'post',
  path: '/review/cases/{id}/restricted-reveal',
  operationId: 'revealRestrictedContent',
  summary: 'The same in the restricted queue, after a fresh touch of the security key',
  security,
  request: { params, body: body(RevealInput) },
  responses: ok('What was said', Revealed),
})
const getHandoff = createRoute({
  method: 'get',
  path: '/review/cases/{id}/handoff',
  operationId: 'getReviewHandoff',
  summary: 'The report of a restricted case to the authority',
  security,
  request: { params },
  responses: ok('The form, and whether it was sent', Handoff),
})
const draftHandoff = createRoute({
  method: 'post',
  path: '/review/cases/{id}/handoff',
  operationId: 'draftReviewHandoff',
  summary: 'Fill in the form (fields of the CyberTipline). Nothing is sent from here: a person does that',
  security,
  request: { params, body: body(HandoffForm) },
  responses: ok('The form', Handoff),
})
const sentHandoff = createRoute({
  method: 'post',
  path: '/review/cases/{id}/handoff/sent',
  operationId: 'recordReviewHandoffSent',
  summary: 'Record that a person has sent the report, with its number',
  security,
  request: { params, body: body(HandoffSent) },
  responses: ok('The form', Handoff),
})
const listHandoffs = createRoute({
  method: 'get',
  path: '/review/handoffs',
  operationId: 'listOwedHandoffs',
  summary: 'Restricted cases whose report is owed, the oldest first',
  security,
  responses: ok('The cases', z.object({ items: z.array(CaseView) })),
})
const ownExposure = createRoute({
  method: 'get',
  path: '/review/exposure',
  operationId: 'getOwnExposure',
  summary: 'What one has been shown today, and what is left',
  security,
  responses: ok('The budget', Exposure),
})
const acknowledge = createRoute({
  method: 'post',
  path: '/review/exposure/acknowledge',
  operationId: 'acknowledgeAllowance',
  summary: 'Agree to more than the budget, after somebody has allowed it',
  security,
  responses: ok('The budget', Exposure),
})
const startBreak = createRoute({
  method: 'post',
  path: '/review/breaks',
  operationId: 'startReviewBreak',
  summary: 'Take a break: all cases that one holds go back',
  security,
  responses: ok('How many went back', z.object({ released: z.int() })),
})
const exposureOf = createRoute({
  method: 'get',
  path: '/review/people/{id}/exposure',
  operationId: 'getExposure',
  summary: 'What a person has been shown today',
  security,
  request: { params },
  responses: ok('The budget', Exposure),
})
const allow = createRoute({
  method: 'post',
  path: '/review/people/{id}/allowance',
  operationId: 'allowExposure',
  summary: 'Allow somebody else more for today; it counts once they agree',
  security,
  request: { params, body: body(AllowanceInput) },
  responses: ok('The budget', Exposure),
})
const getAgreement = createRoute({
  method: 'get',
  path: '/review/agreement',
  operationId: 'getReviewAgreement',
  summary: 'How far first and second readers agree: Cohen’s kappa with its interval, by queue and label',
  security,
  request: { query: z.object({ since: z.iso.datetime({ offset: true }) }) },
  responses: ok('The report', AgreementReport),
})
const exportLabels = createRoute({
  method: 'post',
  path: '/review/exports',
  operationId: 'exportReviewLabels',
  summary: 'Decided cases as labelled data; with text for people alone. Never restricted ones',
  security: SECURITY_OPERATOR,
  request: { body: body(ExportInput) },
  responses: ok('One page', LabelledPage),
})

/** What people judge. */
export function reviewRoutes(deps: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { review } = deps
  const { claims, readings } = review
  const router = createRouter(deps.log)
    .openapi(listQueues, async (c) => c.json({ items: await review.queues(reviewerOf(c)) }, 200))
    .openapi(listCases, async (c) => c.json(await review.cases(reviewerOf(c), c.req.valid('query')), 200))
    .openapi(getCase, async (c) => c.json(await readings.get(reviewerOf(c), c.req.valid('param').id), 200))
    .openapi(claimCase, async (c) => {
      const { queue, case: id } = c.req.valid('json')
      const claimed = id === null ? await claims.next(reviewerOf(c), queue) : await claims.take(reviewerOf(c), id)
      return c.json({ case: claimed }, 200)
    })
    .openapi(heartbeat, async (c) => {
      const { claim } = c.req.valid('json')
      return c.json(await claims.heartbeat(reviewerOf(c), c.req.valid('param').id, claim), 200)
    })
    .openapi(release, async (c) => {
      await claims.release(reviewerOf(c), c.req.valid('param').id, c.req.valid('json').claim)
      return c.body(null, 204)
    })
    .openapi(decide, async (c) =>
      c.json(await review.decide(reviewerOf(c), c.req.valid('param').id, c.req.valid('json')), 200),
    )
    .openapi(reveal, async (c) =>
      c.json(await review.reveals.reveal(reviewerOf(c), c.req.valid('param').id, c.req.valid('json'), false), 200),
    )
    .openapi(getAgreement, async (c) => c.json(await review.agreement(reviewerOf(c), c.req.valid('query').since), 200))
    .openapi(exportLabels, async (c) => c.json(await review.labels.page(actorOf(c), c.req.valid('json')), 200))
  exposureRoutes(router, deps)
  restrictedRoutes(router, deps)
  return router
}

function exposureRoutes(router: OpenAPIHono<HttpEnv>, { review: { exposure } }: ControlPlaneDeps): void {
  router
    .openapi(ownExposure, async (c) => c.json(await exposure.of(reviewerOf(c).id), 200))
    .openapi(acknowledge, async (c) => c.json(await exposure.acknowledge(reviewerOf(c)), 200))
    .openapi(startBreak, async (c) => c.json(await exposure.startBreak(reviewerOf(c)), 200))
    .openapi(exposureOf, async (c) => c.json(await exposure.of(c.req.valid('param').id), 200))
    .openapi(allow, async (c) =>
      c.json(await exposure.allow(reviewerOf(c), c.req.valid('param').id, c.req.valid('json')), 200),
    )
}

function restrictedRoutes(router: OpenAPIHono<HttpEnv>, { review }: ControlPlaneDeps): void {
  const { handoffs, reveals } = review
  router
    .openapi(revealRestricted, async (c) =>
      c.json(await reveals.reveal(reviewerOf(c), c.req.valid('param').id, c.req.valid('json'), true), 200),
    )
    .openapi(getHandoff, async (c) => c.json(await handoffs.get(reviewerOf(c), c.req.valid('param').id), 200))
    .openapi(draftHandoff, async (c) =>
      c.json(await handoffs.draft(reviewerOf(c), c.req.valid('param').id, c.req.valid('json')), 200),
    )
    .openapi(sentHandoff, async (c) =>
      c.json(await handoffs.sent(reviewerOf(c), c.req.valid('param').id, c.req.valid('json')), 200),
    )
    .openapi(listHandoffs, async (c) => c.json({ items: await handoffs.owed(reviewerOf(c)) }, 200))
}

function reviewerOf(c: Context<HttpEnv>): Reviewer {
  const { person, roles } = identityOf(c)
  return { id: person.id, roles }
}
