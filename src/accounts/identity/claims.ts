import type { Claim, IssuerConfig, Mapped } from '../../base/edge-config.ts'
import { AppError } from '../../base/errors.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Which organisation or project a token means: one that is there, or one that its first token makes. */
export interface Named {
  readonly id: string
  /** The issuer's word for it, where it may be made. */
  readonly word: string | null
}

/** What the claims of a verified token say. */
export interface TokenSubject {
  readonly organisation: Named
  readonly project: Named
  /** The program that holds the token, in the issuer's words. */
  readonly client: string
  readonly endUser: string | null
}

const LONGEST_CHARS = 500
const CLIENT_CLAIMS = ['azp', 'client_id', 'sub'] as const
const NO_MAP: Readonly<Record<string, string>> = {}

/**
 * Maps verified claims. A word that makes its own organisation gives an id that follows from it, so that every replica makes the same one;
 * such a word is never taken for an id, and so never names somebody else's.
 *
 * @param derive from what makes a thing unique to 26 characters of `A-Z0-9`.
 * @throws {AppError} FORBIDDEN naming the claim that is missing or unknown; never its value
 */
export function mapClaims(claims: Claims, issuer: IssuerConfig, derive: (...parts: string[]) => string): TokenSubject {
  const organisation = named(claims, issuer.organisation, 'organisation', (word) =>
    derive('organisation', issuer.issuer, word),
  )
  const project = named(claims, issuer.project, 'project', (word) =>
    derive('project', issuer.issuer, organisation.id, word),
  )
  return {
    organisation,
    project,
    client: clientOf(claims, issuer),
    endUser: issuer.endUser === undefined ? null : (text(claims, issuer.endUser) ?? missing('endUser', issuer.endUser)),
  }
}

/** Whether the token has the scope that is asked for: `scope` of RFC 8693, or `scp` as text or list. */
export function hasScope(claims: Claims, scope: string): boolean {
  return [claims.scope, claims.scp].some((value) => {
    if (typeof value === 'string') return value.split(' ').includes(scope)
    return Array.isArray(value) && value.includes(scope)
  })
}

const PREFIX = { organisation: 'org', project: 'prj' } as const

function named(
  claims: Claims,
  mapped: Mapped,
  what: 'organisation' | 'project',
  derive: (word: string) => string,
): Named {
  if (typeof mapped === 'string') return { id: mapped, word: null }
  const { claim, map = NO_MAP, create } = mapped
  const word = text(claims, claim) ?? missing(what, claim)
  const known = Object.hasOwn(map, word) ? map[word] : undefined
  if (known !== undefined) return { id: known, word: null }
  if (create) return { id: `${PREFIX[what]}_${derive(word)}`, word }
  if (mapped.map === undefined) return { id: word.slice(0, 100), word: null }
  throw new AppError('FORBIDDEN', `the ${what} that the token names in "${nameOf(claim)}" is not known here`)
}

function clientOf(claims: Claims, { client }: IssuerConfig): string {
  if (client !== undefined) return text(claims, client) ?? missing('client', client)
  for (const claim of CLIENT_CLAIMS) {
    const found = text(claims, claim)
    if (found !== null) return found
  }
  throw new AppError('FORBIDDEN', `the token names no client: it has none of ${CLIENT_CLAIMS.join(', ')}`)
}

/** A claim's text; null when it is not there or is something else. */
function text(claims: Claims, claim: Claim): string | null {
  let value: unknown = claims
  for (const name of typeof claim === 'string' ? [claim] : claim) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = Reflect.get(value, name)
  }
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_CHARS ? value : null
}

function nameOf(claim: Claim): string {
  return typeof claim === 'string' ? claim : claim.join('.')
}

function missing(what: string, claim: Claim): never {
  throw new AppError('FORBIDDEN', `the token names no ${what}: it lacks the claim "${nameOf(claim)}"`)
}
