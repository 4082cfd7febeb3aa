import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Config } from '../base/config.ts'
import type { Gateway } from '../gateway/index.ts'
import type { Doors } from './door.ts'

/**
 * The data plane: `/v1/…` goes to the gateway, everything else to the public site. The gateway reads Node's own request, since
 * it needs the connection (cancellation, backpressure) and every microsecond.
 */
export function createDataPlane(
  gateway: Gateway,
  site: Hono,
  limits: Config['limits'],
  doors: Pick<Doors, 'create' | 'publicTls'>,
): Server {
  const serveSite = getRequestListener(site.fetch, { overrideGlobalObjects: false })
  const server = doors.create(
    doors.publicTls,
    {
      requestTimeout: limits.bodyTimeoutMs,
      headersTimeout: Math.min(limits.bodyTimeoutMs, 20_000),
      keepAliveTimeout: 65_000, // longer than the 60 s of common reverse proxies, so that they close first
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 5_000,
    },
    (req: IncomingMessage, res: ServerResponse) => {
      const url = req.url ?? '/'
      void (url.startsWith('/v1/') || url === '/v1' ? gateway.handle(req, res) : serveSite(req, res))
    },
  )
  server.maxRequestsPerSocket = 0
  return server
}
