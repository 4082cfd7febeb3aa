import type { Problem, Routes } from './schema.ts'

/** A refusal or failure as the API tells it, or as the network does. What somebody typed stays where it is. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  /** Stable; `NETWORK` when there was no answer. */
  readonly code: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly requestId: string | null
  constructor({
    code,
    status,
    detail,
    requestId,
  }: Pick<Problem, 'code' | 'status' | 'detail'> & { requestId: string | null }) {
    super(detail)
    this.code = code
    this.status = status
    this.requestId = requestId
  }
}

export type Route = keyof Routes
export type Answer<R extends Route> = Routes[R]['response']

type Fields<R extends Route> = Omit<Routes[R], 'response'>
/** `query` may be left out where nothing in it is required. */
type Input<R extends Route> = {
  [K in keyof Fields<R> as object extends Fields<R>[K] ? never : K]: Fields<R>[K]
} & { [K in keyof Fields<R> as object extends Fields<R>[K] ? K : never]?: Fields<R>[K] }
type Arguments<R extends Route> = object extends Input<R> ? [input?: Input<R>] : [input: Input<R>]

interface AnyInput {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

const CSRF_HEADER = 'x-safelevel-csrf'
let csrf: string | null = null

/** The token of this session, which every change carries; null when nobody is signed in. */
export function setCsrf(token: string | null): void {
  csrf = token
}

/**
 * Calls the API of the control plane that served this page.
 *
 * @param route `METHOD /path/{parameter}`, as in docs/openapi.json.
 * @throws {ApiProblem}
 */
export async function call<R extends Route>(route: R, ...[input]: Arguments<R>): Promise<Answer<R>> {
  const [method = 'GET', path = ''] = route.split(' ')
  const given: AnyInput = input ?? {}
  const response = await send(method, addressOf(path, given), given.body)
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as Answer<R>
  const type = response.headers.get('content-type') ?? ''
  return (type.includes('json') ? await response.json() : await response.text()) as Answer<R>
}

/** The same where a file comes back: its bytes, which are never shown. @throws {ApiProblem} */
export async function callFile<R extends Route>(route: R, ...[input]: Arguments<R>): Promise<Blob> {
  const [method = 'GET', path = ''] = route.split(' ')
  const given: AnyInput = input ?? {}
  const response = await send(method, addressOf(path, given), given.body)
  if (!response.ok) throw await problemOf(response)
  return await response.blob()
}

async function send(method: string, url: string, body: unknown): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' || csrf === null ? {} : { [CSRF_HEADER]: csrf }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    const detail = 'The server did not answer. What you typed is still here; try again.'
    throw Object.assign(new ApiProblem({ code: 'NETWORK', status: 0, detail, requestId: null }), { cause })
  }
}

function addressOf(path: string, { params = {}, query = {} }: AnyInput): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? filled : `${filled}?${search}`
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const { status } = response
  const read: unknown = await response.json().catch(() => null)
  const problem: Partial<Problem> = typeof read === 'object' && read !== null ? read : {}
  const { code = 'INTERNAL', detail = `The server answered ${status}.`, requestId = null } = problem
  return new ApiProblem({ code, status, detail, requestId })
}
