import { decodeJwt, errors, jwtVerify } from 'jose'
import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import type { IssuerConfig } from '../../base/edge-config.ts'
import type { Egress } from '../../base/egress.ts'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Principal, Tenant } from '../schema.ts'
import { TokenBucket } from '../token-bucket.ts'
import { type Claims, hasScope, mapClaims, type TokenSubject } from './claims.ts'
import { type IssuerHealth, IssuerKeys } from './issuer-keys.ts'
import { VerifiedTokens } from './verified-tokens.ts'

/** What this asks of the accounts. */
export interface Tenants {
  /** Whose project it is; null when there is no such project. In memory. */
  tenantOf(projectId: string): { readonly organisationId: string; readonly tier: string | null } | null
  /** The program that stands among the keys under this id; null while none does. In memory. */
  tokenHolder(client: Pick<Tenant['client'], 'id' | 'secretHash'>): Principal | 'revoked' | null
  /** Makes what is missing. Idempotent. */
  ensureTenant(tenant: Tenant, issuerId: string): Promise<void>
}

export interface IdentityDeps {
  readonly issuers: readonly IssuerConfig[]
  readonly tenants: Tenants
  readonly egress: Pick<Egress, 'fetchSmall'>
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly clock: Clock
  readonly log: Log
}

interface Issuer {
  readonly config: IssuerConfig
  readonly keys: IssuerKeys
  /** Clients that it may name for the first time in a minute. */
  readonly makings: TokenBucket
}

/** Three parts of base64url; the first begins as `{"` does. */
const TOKEN = /^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/
const LONGEST_TOKEN_CHARS = 12 * 1024
const REFRESH_TICK_MS = 10_000
const MAKINGS_PER_MINUTE = 600
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Tokens of identity providers (JWT, RFC 7519) in place of keys. Nothing of a token is kept, logged or shown. */
export class Identity implements AsyncDisposable {
  readonly #deps: IdentityDeps
  readonly #issuers = new Map<string, Issuer>()
  readonly #chores: Chores
  readonly #verified: VerifiedTokens

  constructor(deps: IdentityDeps) {
    this.#deps = deps
    this.#verified = new VerifiedTokens(deps.clock)
    this.#chores = new Chores(deps.log)
    for (const config of deps.issuers) {
      const makings = new TokenBucket(MAKINGS_PER_MINUTE, deps.clock.monotonic())
      this.#issuers.set(config.issuer, { config, keys: new IssuerKeys(config, deps), makings })
    }
  }

  /** Reads the keys now and then at intervals: the first request waits for nobody. */
  start(): void {
    if (this.#issuers.size === 0) return
    this.#chores.every(REFRESH_TICK_MS, 'keys of issuers not read', () => this.refresh(), { first: 'now' })
  }

  /** Reads again what is due. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#issuers.values()].map(({ keys }) => keys.refresh()))
  }

  /** Whether this looks like a token for here, rather than like a key. */
  takes(secret: string): boolean {
    return this.#issuers.size > 0 && secret.startsWith('eyJ') && TOKEN.test(secret)
  }

  /**
   * On whose behalf a request with this token runs.
   *
   * @throws {AppError} UNAUTHENTICATED saying what is wrong with the token, FORBIDDEN when it is good but means nobody here,
   *   IDENTITY_UNAVAILABLE, RATE_LIMITED (too many new clients), LEDGER_UNAVAILABLE
   */
  async authenticate(token: string): Promise<Principal> {
    const issuer = this.#issuerOf(token)
    const claims = this.#verified.find(token, issuer.keys.generation) ?? (await this.#verify(token, issuer))
    const { config } = issuer
    if (config.scope !== undefined && !hasScope(claims, config.scope))
      throw new AppError('FORBIDDEN', `the token lacks the scope "${config.scope}"`)
    const subject = mapClaims(claims, config, (...parts) => this.#derive(parts))
    const holder = await this.#holder(subject, issuer)
    return {
      ...holder,
      testString: config.testString,
      issuer: config.id,
      ...(subject.endUser === null ? {} : { endUser: subject.endUser }),
    }
  }

  /** Reads the keys of every issuer now. @throws {AppError} IDENTITY_UNAVAILABLE for the first that fails */
  async check(): Promise<void> {
    for (const { keys } of this.#issuers.values()) await keys.check()
  }

  health(): IssuerHealth[] {
    return [...this.#issuers.values()].map(({ keys }) => keys.health())
  }

  close(): Promise<void> {
    return this.#chores.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** By the claim `iss`, read before anything is verified: it only says by whose keys to verify. */
  #issuerOf(token: string): Issuer {
    if (token.length > LONGEST_TOKEN_CHARS) throw unauthenticated('is too long')
    let name: unknown
    try {
      name = decodeJwt(token).iss
    } catch {
      throw unauthenticated('can’t be read')
    }
    const issuer = typeof name === 'string' ? this.#issuers.get(name) : undefined
    if (issuer === undefined) throw unauthenticated('comes from an issuer that is not trusted here')
    return issuer
  }

  async #verify(token: string, { config, keys }: Issuer): Promise<Claims> {
    try {
      const { payload } = await jwtVerify(token, keys.key, {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: config.algorithms,
        clockTolerance: config.clockToleranceSeconds,
        currentDate: new Date(this.#deps.clock.now()),
        requiredClaims: ['exp'],
        ...(config.maxTokenAgeSeconds === undefined ? {} : { maxTokenAge: config.maxTokenAgeSeconds }),
      })
      this.#verified.keep(token, payload, keys.generation, config)
      return payload
    } catch (error) {
      if (error instanceof AppError) throw error
      // No cause: some of these errors hold the claims.
      throw unauthenticated(problemOf(error))
    }
  }

  /** The program that holds the token: it stands among the keys of its project, from its first token on. */
  async #holder({ organisation, project, client }: TokenSubject, issuer: Issuer): Promise<Principal> {
    const { tenants, digest } = this.#deps
    const id = `jwt_${this.#derive(['client', issuer.config.issuer, project.id, client])}`
    const named = { id, word: client, secretHash: digest(`token client\n${id}`) }
    let holder = tenants.tokenHolder(named)
    if (holder === null) {
      if (project.word === null) checkProject(tenants.tenantOf(project.id), organisation.id)
      this.#admitMaking(issuer)
      await tenants.ensureTenant({ organisation, project, client: named }, issuer.config.id)
      holder = tenants.tokenHolder(named)
    }
    if (holder === 'revoked') throw unauthenticated('comes from a client that was revoked here')
    if (holder === null) throw new AppError('FORBIDDEN', 'the project that the token means does not exist here')
    if (holder.organisationId !== organisation.id) throw notOfOrganisation()
    return holder
  }

  #admitMaking({ makings, config }: Issuer): void {
    const now = this.#deps.clock.monotonic()
    if (makings.waitMs(1, now) > 0)
      throw new AppError('RATE_LIMITED', `the issuer "${config.id}" names too many new clients: try again in a minute`)
    makings.take(1)
  }

  /** 26 characters that follow from these parts for this installation alone: 130 bits of an HMAC. */
  #derive(parts: readonly string[]): string {
    const bytes = Buffer.from(this.#deps.digest(`token\n${JSON.stringify(parts)}`), 'hex')
    return Array.from(bytes.subarray(0, 26), (byte) => BASE32[byte & 31]).join('')
  }
}

function checkProject(found: { readonly organisationId: string } | null, organisationId: string): void {
  if (found === null) throw new AppError('FORBIDDEN', 'the project that the token means does not exist here')
  if (found.organisationId !== organisationId) throw notOfOrganisation()
}

function notOfOrganisation(): AppError {
  return new AppError('FORBIDDEN', 'the project that the token means is not one of its organisation')
}

function unauthenticated(what: string): AppError {
  return new AppError('UNAUTHENTICATED', `the token ${what}`)
}

/** What is wrong with a token, in public words. */
function problemOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'is for another audience'
    if (error.claim === 'nbf') return 'is not valid yet'
    return `fails at its claim "${error.claim}"`
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed by an algorithm that is not allowed here'
  if (error instanceof errors.JWKSNoMatchingKey) return 'is signed by a key that its issuer does not have'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'does not say which key it is signed by'
  return 'is not valid: its signature or form is wrong'
}
