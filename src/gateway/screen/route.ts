import type { DialectId } from '../dialects/dialect.ts'

/**
 * `decide` on an exchange, `open` a session for an answer that streams, `append` to it; `authorize` a request as proxies ask it, `webhook`
 * as Portkey asks it.
 */
export interface ScreenRoute {
  readonly kind: 'screen'
  /** Whose error bodies are sent: one form, but for what goes on to a dialect's own clients. */
  readonly dialect: DialectId
  readonly operation: 'decide' | 'open' | 'append' | 'authorize' | 'webhook'
  /** Of the session; null where there is none. */
  readonly session: string | null
}

const PATH = /^\/v1\/screen(?:\/(sessions|portkey)(?:\/(scs_[0-9A-HJKMNP-TV-Z]{26})\/append)?)?$/
/** What stands before the path of the request that a proxy asks about. */
const AUTHORIZE = '/v1/screen/authorize'

/**
 * Null for a path that is none of these.
 *
 * @param generates the dialect in which a path of ours generates; null for every other path.
 */
export function matchScreenRoute(
  method: string,
  path: string,
  generates: (path: string) => DialectId | null,
): ScreenRoute | 'method not allowed' | null {
  if (path.startsWith(`${AUTHORIZE}/`)) {
    const dialect = generates(path.slice(AUTHORIZE.length))
    if (dialect === null) return null
    return method === 'POST' ? screenRoute('authorize', null, dialect) : 'method not allowed'
  }
  const match = PATH.exec(path)
  if (match === null || (match[1] === 'portkey' && match[2] !== undefined)) return null
  if (method !== 'POST') return 'method not allowed'
  const [, place, session = null] = match
  if (session !== null) return screenRoute('append', session)
  return screenRoute(place === undefined ? 'decide' : place === 'portkey' ? 'webhook' : 'open')
}

function screenRoute(
  operation: ScreenRoute['operation'],
  session: string | null = null,
  dialect: DialectId = 'openai-chat',
): ScreenRoute {
  return { kind: 'screen', dialect, operation, session }
}
