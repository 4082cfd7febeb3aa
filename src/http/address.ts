import { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { type ClientOrigin, originOf } from '../base/client-origin.ts'

const NOWHERE: ClientOrigin = { address: 'unknown', secure: false, host: null, proxied: false }

/** Where a request comes from. Without a socket (in tests) there is no telling: everybody then comes from one place. */
export function clientOf(c: Pick<Context, 'env'>): ClientOrigin {
  const env: unknown = c.env
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return NOWHERE
  return env.incoming instanceof IncomingMessage ? originOf(env.incoming) : NOWHERE
}
