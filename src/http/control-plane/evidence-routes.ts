import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import { BundleRequest, Calendar, CalendarQuery, toIcs } from '../../controls/index.ts'
import { type Action, roleMay } from '../../staff/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  actorOf,
  identityOf,
  isOperator,
  ok,
  type RouteActions,
  SECURITY_OPERATOR as security,
} from '../staff/index.ts'
import { isConcealed } from './concealed.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const EVIDENCE_ACTIONS: RouteActions = new Map([
  ['POST /api/v1/evidence-bundles', { action: 'audit.export', operator: true }],
  ['GET /api/v1/calendar', { action: 'controls.read', operator: true }],
  ['GET /api/v1/calendar.ics', { action: 'controls.read', operator: true }],
])

const MOST_CONTROLS = 200

const makeBundle = createRoute({
  method: 'post',
  path: '/evidence-bundles',
  operationId: 'makeEvidenceBundle',
  summary: 'Evidence of controls in one file that others check offline; that it was made stands on the ledger',
  security,
  request: {
    query: z.object({
      profile: z.string().max(40).optional().meta({ description: 'the one in force, when left out' }),
      control: z
        .union([z.string().max(20), z.array(z.string().max(20)).max(MOST_CONTROLS)])
        .optional()
        .meta({ description: 'controls by name, instead of a profile' }),
    }),
  },
  responses: {
    200: {
      description: 'A zip file',
      content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
    },
    default: problemResponse,
  },
})
const readCalendar = createRoute({
  method: 'get',
  path: '/calendar',
  operationId: 'getCalendar',
  summary: 'Every clock of the product that the caller may hear of, the one that falls due first coming first',
  security,
  request: { query: CalendarQuery },
  responses: ok('The clocks', Calendar),
})
const feed = createRoute({
  method: 'get',
  path: '/calendar.ics',
  operationId: 'getCalendarFeed',
  summary: 'The same as a feed that calendar programs read (RFC 5545)',
  security,
  request: { query: CalendarQuery },
  responses: {
    200: { description: 'iCalendar', content: { 'text/calendar': { schema: z.string() } } },
    default: problemResponse,
  },
})

/** What shows others that controls hold, and all clocks in one list. */
export function evidenceRoutes({ controlEvidence, organisation, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(makeBundle, async (c) => {
      const { profile, control } = c.req.valid('query')
      const controls = typeof control === 'string' ? [control] : control
      const request = BundleRequest.safeParse({
        ...(profile === undefined ? {} : { profile }),
        ...(controls === undefined ? {} : { controls }),
      })
      if (!request.success) throw new AppError('REQUEST_INVALID', z.prettifyError(request.error))
      const zip = await controlEvidence.bundle(request.data, actorOf(c), isConcealed)
      return c.body(new Uint8Array(zip), 200, {
        'content-type': 'application/zip',
        'content-disposition': 'attachment; filename="evidence.zip"',
      })
    })
    .openapi(readCalendar, async (c) => c.json(await controlEvidence.calendar(c.req.valid('query'), allowed(c)), 200))
    .openapi(feed, async (c) => {
      const calendar = await controlEvidence.calendar(c.req.valid('query'), allowed(c))
      return c.body(toIcs(calendar, organisation), 200, { 'content-type': 'text/calendar; charset=utf-8' })
    })
}

/** The operator of the machine reads every clock; a person those of what they may read. */
function allowed(c: Parameters<typeof isOperator>[0]): (action: Action) => boolean {
  if (isOperator(c)) return () => true
  const { roles } = identityOf(c)
  return (action) => roleMay(roles, action)
}
