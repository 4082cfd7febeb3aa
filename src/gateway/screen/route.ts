/** `decide` on an exchange, `open` a session for an answer that streams, `append` to it. */
export interface ScreenRoute {
  readonly kind: 'screen'
  /** Whose error bodies are sent: one form, whatever is screened. */
  readonly dialect: 'openai-chat'
  readonly operation: 'decide' | 'open' | 'append'
  /** Of the session; null where there is none yet. */
  readonly session: string | null
}

const PATH = /^\/v1\/screen(\/sessions(?:\/(scs_[0-9A-HJKMNP-TV-Z]{26})\/append)?)?$/

/** Null for a path that is none of these. */
export function matchScreenRoute(method: string, path: string): ScreenRoute | 'method not allowed' | null {
  const match = PATH.exec(path)
  if (match === null) return null
  if (method !== 'POST') return 'method not allowed'
  const [, sessions, session = null] = match
  const operation = session !== null ? 'append' : sessions === undefined ? 'decide' : 'open'
  return { kind: 'screen', dialect: 'openai-chat', operation, session }
}
