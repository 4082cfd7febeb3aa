import type { IncomingHttpHeaders } from 'node:http'
import { type CustomerRoute, matchCustomerRoute } from './customer.ts'
import type { DialectId } from './dialects/dialect.ts'
import { matchScreenRoute, type ScreenRoute } from './screen/route.ts'

/** Every route of the data plane's API. What is not here is denied, never passed through. */
export type Route =
  | { readonly kind: 'generate'; readonly dialect: DialectId }
  | { readonly kind: 'moderations'; readonly dialect: DialectId }
  | { readonly kind: 'models'; readonly dialect: DialectId }
  | ScreenRoute
  | CustomerRoute

const ROUTES: Readonly<Record<string, { method: 'GET' | 'POST'; route: Route }>> = {
  '/v1/chat/completions': { method: 'POST', route: { kind: 'generate', dialect: 'openai-chat' } },
  '/v1/responses': { method: 'POST', route: { kind: 'generate', dialect: 'openai-responses' } },
  '/v1/completions': { method: 'POST', route: { kind: 'generate', dialect: 'openai-completions' } },
  '/v1/embeddings': { method: 'POST', route: { kind: 'generate', dialect: 'openai-embeddings' } },
  '/v1/messages': { method: 'POST', route: { kind: 'generate', dialect: 'anthropic-messages' } },
  '/v1/messages/count_tokens': { method: 'POST', route: { kind: 'generate', dialect: 'anthropic-count-tokens' } },
  '/v1/moderations': { method: 'POST', route: { kind: 'moderations', dialect: 'openai-chat' } },
  '/v1/models': { method: 'GET', route: { kind: 'models', dialect: 'openai-chat' } },
}
const ONE_MODEL = /^\/v1\/models\/[^/]{1,200}$/

/** The route, or how the request misses: no such path, or a path that takes another method. */
export function matchRoute(method: string, path: string): Route | 'not found' | 'method not allowed' {
  const entry = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
  if (entry !== undefined) return entry.method === method ? entry.route : 'method not allowed'
  if (ONE_MODEL.test(path)) return method === 'GET' ? { kind: 'models', dialect: 'openai-chat' } : 'method not allowed'
  return matchScreenRoute(method, path, generatesAt) ?? matchCustomerRoute(method, path)
}

function generatesAt(path: string): DialectId | null {
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path]?.route : undefined
  return route?.kind === 'generate' ? route.dialect : null
}

/** The dialect in which to answer a request that was not understood: by its path, then by the header that Anthropic's clients send. */
export function dialectOf(path: string, headers: IncomingHttpHeaders): DialectId {
  if (path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined) return 'anthropic-messages'
  if (path.startsWith('/v1/responses')) return 'openai-responses'
  return 'openai-chat'
}
