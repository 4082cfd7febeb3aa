import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { eventStream } from '../../ledger/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  EVENT_STREAM_HEADERS,
  eventStreamResponses,
  type RouteActions,
  SECURITY_OPERATOR as SECURITY,
} from '../staff/index.ts'
import { shown } from './concealed.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const EVENT_ACTIONS: RouteActions = new Map([['GET /api/v1/events', { action: 'ledger.read', operator: true }]])

const position = z.string().regex(/^\d{1,15}$/, 'a ledger position')
const KINDS = /^(\*|[a-z]+(\.[a-z_]+)*(\.\*)?)(,(\*|[a-z]+(\.[a-z_]+)*(\.\*)?))*$/

const followEvents = createRoute({
  method: 'get',
  path: '/events',
  operationId: 'followEvents',
  summary: 'Every event as it is recorded, as server-sent events: a ledger entry each; takes Last-Event-ID',
  security: SECURITY,
  request: {
    query: z.object({
      kinds: z
        .string()
        .max(2_000)
        .regex(KINDS, 'kinds of events, with commas between: gateway.decision,enforcement.*')
        .default('*')
        .meta({ description: 'a kind, `room.*` or `*`, with commas between' }),
      from: position.optional().meta({ description: 'the first position; without it what comes from now on' }),
    }),
    headers: z.object({ 'last-event-id': position.optional() }),
  },
  responses: eventStreamResponses,
})

/** What happens, for programs that act on it at once. */
export function eventRoutes({ ledger, stopping, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log).openapi(followEvents, (c) => {
    const { kinds, from } = c.req.valid('query')
    const last = c.req.valid('header')['last-event-id']
    const first = last !== undefined ? Number(last) + 1 : from !== undefined ? Number(from) : ledger.size
    const signal = AbortSignal.any([c.req.raw.signal, ...(stopping === undefined ? [] : [stopping])])
    const followed = {
      listen: ledger.listen.bind(ledger),
      entries: async (start: number, limit: number) => (await ledger.entries(start, limit)).map(shown),
      get size() {
        return ledger.size
      },
    }
    const stream = eventStream(followed, { from: first, kinds: kinds.split(','), signal })
    return c.body(stream, 200, EVENT_STREAM_HEADERS)
  })
}
