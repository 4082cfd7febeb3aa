import type { Principal } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Call } from './call.ts'
import { readBody, sendJson } from './replies.ts'
import type { ServeContext } from './serve-context.ts'

/** What a customer can ask about its own account, with its key. */
export type CustomerOperation =
  | 'get_decision'
  | 'list_statements'
  | 'file_appeal'
  | 'list_appeals'
  | 'get_appeal'
  | 'withdraw_appeal'
  | 'get_acceptance'
  | 'accept_policy'

export interface CustomerRoute {
  readonly kind: 'customer'
  readonly dialect: 'openai-chat'
  readonly operation: CustomerOperation
  /** What the path names; null where it names nothing. */
  readonly id: string | null
}

export interface CustomerRequest {
  readonly operation: CustomerOperation
  readonly principal: Principal
  readonly id: string | null
  readonly query: URLSearchParams
  /** null of a request without one. */
  readonly body: JsonObject | null
}

/** Who answers; what it changes it records itself, with the key as the actor. */
export interface CustomerDesk {
  /** @throws {AppError} what the customer can act on */
  serve(request: CustomerRequest): Promise<{ readonly status: number; readonly body: JsonObject }>
}

const MAX_BODY_BYTES = 64 * 1024
const MAX_DEPTH = 8
const PREFIX = '/v1/safelevel/'

/** Path below the prefix, `:id` for a name, to the operations by method. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, CustomerOperation>>>> = {
  'decisions/:id': { GET: 'get_decision' },
  statements: { GET: 'list_statements' },
  appeals: { GET: 'list_appeals', POST: 'file_appeal' },
  'appeals/:id': { GET: 'get_appeal' },
  'appeals/:id/withdraw': { POST: 'withdraw_appeal' },
  'policy-acceptance': { GET: 'get_acceptance', POST: 'accept_policy' },
}
const ID = /^[A-Za-z0-9_]{1,100}$/

export function matchCustomerRoute(method: string, path: string): CustomerRoute | 'not found' | 'method not allowed' {
  if (!path.startsWith(PREFIX)) return 'not found'
  const [room = '', id, ...rest] = path.slice(PREFIX.length).split('/')
  if (id !== undefined && !ID.test(id)) return 'not found'
  const pattern = id === undefined ? room : [room, ':id', ...rest].join('/')
  const methods = Object.hasOwn(ROUTES, pattern) ? ROUTES[pattern] : undefined
  if (methods === undefined) return 'not found'
  const operation = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (operation === undefined) return 'method not allowed'
  return { kind: 'customer', dialect: 'openai-chat', operation, id: id ?? null }
}

/** @throws {AppError} NOT_FOUND where nobody answers such requests here, REQUEST_INVALID, REQUEST_TOO_LARGE, and what the desk throws */
export async function serveCustomer(
  context: ServeContext,
  call: Call,
  principal: Principal,
  { operation, id }: CustomerRoute,
): Promise<void> {
  const { customer } = context
  if (customer === undefined) throw new AppError('NOT_FOUND', 'this installation does not answer such requests')
  const body = call.req.method === 'GET' ? null : await readObject(call)
  const query = new URL(call.req.url ?? '/', 'http://localhost').searchParams
  const answer = await customer.serve({ operation, principal, id, query, body })
  sendJson(call.req, call.res, answer.status, answer.body, { ...call.headers, 'cache-control': 'no-store' })
}

/** An empty body is an empty object: some of these take nothing. */
async function readObject({ req }: Call): Promise<JsonObject> {
  const bytes = await readBody(req, MAX_BODY_BYTES)
  if (bytes.length === 0) return {}
  const body = parseStrictJson(bytes, { maxDepth: MAX_DEPTH })
  if (!isJsonObject(body)) throw new AppError('REQUEST_INVALID', 'the body must be a JSON object')
  return body
}
