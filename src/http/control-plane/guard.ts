import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { isOperatorToken } from '../../accounts/index.ts'
import { isLoopback } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { clientOf } from '../address.ts'
import type { HttpEnv } from '../router.ts'
import { STYLE_HASH } from './status-page.ts'

const HEADERS: Record<string, string> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** Names the request and sets the security headers, on refusals too. */
export function identify(ids: Ids): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const requestId = ids.next('req')
    c.set('requestId', requestId)
    c.header('x-request-id', requestId)
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
    await next()
  }
}

/**
 * Bounds what a request may carry. Over a socket a body without `content-length` comes in chunks, which no client of this API has a reason
 * to send, and a request with neither header has none (RFC 9112, 6.3): Hono's own limit would wrap Node's request in a way that fails.
 */
export function limitBody(maxBytes: number): MiddlewareHandler<HttpEnv> {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new AppError('REQUEST_TOO_LARGE', `a body has at most ${maxBytes} bytes here`)
    },
  })
  return async (c, next) => {
    if (c.req.header('transfer-encoding') !== undefined)
      throw new AppError('REQUEST_INVALID', 'send the body in one piece, with its content-length')
    const bodiless = isFromSocket(c.env) && c.req.header('content-length') === undefined
    return bodiless ? await next() : await limit(c, next)
  }
}

/** Tests ask without a socket, and then no header says whether there is a body. */
function isFromSocket(env: unknown): boolean {
  return typeof env === 'object' && env !== null && 'incoming' in env
}

/**
 * Refuses requests that were meant for another host: a page on the web can make its own name point at this machine (DNS rebinding), but
 * then the browser still says that name. Bound to loopback, only loopback names pass; else also the bound name and plain addresses,
 * which can't be rebound.
 *
 * @param consoleName Under which people reach the console, perhaps through a proxy.
 */
export function checkHost(boundHost: string, consoleName: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const header = clientOf(c).host ?? c.req.header('host') ?? new URL(c.req.url).host
    const isConsole = hostName(header) === consoleName
    if (!isConsole && !isOurHost(header, boundHost))
      throw new AppError('FORBIDDEN', 'this host name is not served here')
    await next()
  }
}

export function isOurHost(header: string, boundHost: string): boolean {
  const name = hostName(header)
  if (name === null) return false
  // By address, not by its look: 127.0.0.1.example.com is a name that anybody can own.
  if (name === 'localhost' || (isIP(name) !== 0 && isLoopback(name))) return true
  return !isLoopback(boundHost) && (name === boundHost.toLowerCase() || isIP(name) !== 0)
}

/** The name in a Host header without port and brackets; null when it is none. */
function hostName(header: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header)
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null
}

/**
 * Pages that hold no customer data: free to read on this machine; from elsewhere with the operator token, which a browser sends as the
 * password of its login box.
 */
export function requireOperatorUnlessLocal(token: string, boundHost: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    if (!isLocal(c, boundHost) && !isOperatorToken(bearer(c) ?? basicPassword(c) ?? '', token)) {
      c.header('www-authenticate', 'Basic realm="Safelevel: the operator token is the password"')
      return c.text('The operator token is needed here.\n', 401)
    }
    await next()
    return undefined
  }
}

/** Bound to loopback, a plane is still open to whoever comes through a proxy on this machine. */
function isLocal(c: Context<HttpEnv>, boundHost: string): boolean {
  const { proxied, address } = clientOf(c)
  return isLoopback(boundHost) && (!proxied || isLoopback(address))
}

function bearer(c: Context<HttpEnv>): string | null {
  return /^Bearer +(\S{1,200})$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? null
}

function basicPassword(c: Context<HttpEnv>): string | null {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,400})$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? null : text.slice(colon + 1)
}
