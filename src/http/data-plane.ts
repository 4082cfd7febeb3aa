import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Config } from '../base/config.ts'
import type { Gateway } from '../gateway/index.ts'
import type { Doors } from './door.ts'
import { SAFETY_PREFIX } from './safety-routes.ts'

/**
 * The data plane: `/v1/…` goes to the gateway, but for reports under `/v1/safety/…`; everything else to the public site. The gateway reads Node's own request, since
 * it needs the connection (cancellation, backpressure) and every microsecond.
 */
export function createDataPlane(
  gateway: Gateway,
  safety: Hono,
  site: Hono,
  limits: Config['limits'],
  doors: Pick<Doors, 'create' | 'publicTls'>,
): Server {
  const serveSite = getRequestListener(site.fetch, { overrideGlobalObjects: false })
  const serveSafety = getRequestListener(safety.fetch, { overrideGlobalObjects: false })
  const server = doors.create(
    doors.publicTls,
    {
      requestTimeout: limits.bodyTimeoutMs,
      headersTimeout: Math.min(limits.bodyTimeoutMs, 20_000),
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 5_000,
    },
    (req: IncomingMessage, res: ServerResponse) => {
      const url = req.url ?? '/'
      if (url.startsWith(SAFETY_PREFIX)) void serveSafety(req, res)
      else void (url.startsWith('/v1/') || url === '/v1' ? gateway.handle(req, res) : serveSite(req, res))
    },
  )
  server.maxRequestsPerSocket = 0
  return server
}
