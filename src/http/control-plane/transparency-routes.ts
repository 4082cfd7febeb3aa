import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { QuarterId } from '../../base/quarter.ts'
import { CORRECT_ACTION, Correction, EditionView, NewCorrection, TransparencyReport } from '../../transparency/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  identityOf,
  listOf,
  ok,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const TRANSPARENCY_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/transparency/running', { action: 'transparency.read', operator: true }],
  ['GET /api/v1/transparency/editions', { action: 'transparency.read', operator: true }],
  ['GET /api/v1/transparency/editions/:quarter/:edition', { action: 'transparency.read', operator: true }],
  ['GET /api/v1/transparency/differences/:quarter', { action: 'transparency.read', operator: true }],
  ['POST /api/v1/transparency/editions', { action: 'transparency.publish', operator: true }],
  ['POST /api/v1/transparency/corrections', { action: 'transparency.correct' }],
])

const security = SECURITY_OPERATOR
const quarter = z.object({ quarter: QuarterId })
const Editions = listOf(EditionView, 'TransparencyEditionList')
const PublishedEdition = z
  .object({ about: EditionView, report: TransparencyReport })
  .meta({ id: 'PublishedTransparencyReport' })
const Filed = z.object({ approval: z.string(), state: z.string() }).meta({ id: 'TransparencyCorrectionFiled' })

const running = createRoute({
  method: 'get',
  path: '/transparency/running',
  operationId: 'getRunningTransparencyReport',
  summary: 'The numbers of the quarter that runs, at most a minute old',
  security,
  responses: ok('The numbers', TransparencyReport),
})
const list = createRoute({
  method: 'get',
  path: '/transparency/editions',
  operationId: 'listTransparencyReports',
  summary: 'Every edition of every transparency report, the newest quarter first',
  security,
  responses: ok('All', Editions),
})
const read = createRoute({
  method: 'get',
  path: '/transparency/editions/{quarter}/{edition}',
  operationId: 'getTransparencyReport',
  summary: 'A transparency report as it was published',
  security,
  request: { params: quarter.extend({ edition: z.coerce.number().int().positive().max(999_999) }) },
  responses: ok('The report', PublishedEdition),
})
const differences = createRoute({
  method: 'get',
  path: '/transparency/differences/{quarter}',
  operationId: 'getTransparencyDifferences',
  summary: 'What the records say otherwise than the newest edition: what a correction would change',
  security,
  request: { params: quarter },
  responses: ok(
    'By figure; empty = nothing',
    z.object({ items: Correction.shape.changes }).meta({ id: 'TransparencyDifferences' }),
  ),
})
const publish = createRoute({
  method: 'post',
  path: '/transparency/editions',
  operationId: 'publishTransparencyReports',
  summary: 'Publish the reports of quarters that are over and have none, without waiting for the clock',
  security,
  responses: created('What was published; empty = nothing was due', Editions),
})
const correct = createRoute({
  method: 'post',
  path: '/transparency/corrections',
  operationId: 'correctTransparencyReport',
  summary: 'Ask that a report is compiled anew and published as its next edition; a second person must agree',
  security: SECURITY,
  request: { body: body(NewCorrection) },
  responses: created('What was filed', Filed),
})

/** The numbers of each quarter. */
export function transparencyRoutes({ transparency, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(running, async (c) => c.json(await transparency.running(), 200))
    .openapi(list, async (c) => c.json({ items: await transparency.editions() }, 200))
    .openapi(read, async (c) => {
      const { quarter: of, edition } = c.req.valid('param')
      const { about, report } = await transparency.edition(of, edition)
      return c.json({ about, report }, 200)
    })
    .openapi(differences, async (c) =>
      c.json({ items: await transparency.differences(c.req.valid('param').quarter) }, 200),
    )
    .openapi(publish, async (c) => c.json({ items: await transparency.publish(actorOf(c)) }, 201))
    .openapi(correct, async (c) => {
      const payload = c.req.valid('json')
      const requester = identityOf(c).person.id
      const { reason } = payload
      const { id, state } = await staff.approvals.request({ action: CORRECT_ACTION, payload, reason, requester })
      return c.json({ approval: id, state }, 201)
    })
}
