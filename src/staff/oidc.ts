import * as client from 'openid-client'
import { z } from 'zod'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import type { OidcConfig } from './config.ts'
import { conflict, forbidden, notFound, type StaffContext } from './context.ts'
import { syncGroups } from './groups.ts'
import { type Change, SYSTEM } from './journal.ts'
import type { LockOut } from './lock-out.ts'
import type { Passkeys } from './passkeys.ts'
import { DisplayName, Email, type People } from './people.ts'
import { CEREMONY, type Ceremony, PERSON, type Person } from './records.ts'
import type { Origin, Sessions, StartedSession } from './sessions.ts'
import * as store from './store.ts'
import { relyingParty } from './webauthn.ts'

const CEREMONY_MS = 600_000
const CALLBACK_PATH = '/login/oidc/callback'
const MAX_GROUPS = 1_000

const Claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
})
const Groups = z.array(z.string().max(500)).max(MAX_GROUPS)

interface OidcUser {
  /** Issuer and subject: what a person is known by over there, for good. */
  readonly subject: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly name: string
  readonly groups: readonly string[]
}

/** Sign-in at an identity provider by OpenID Connect: authorization code, PKCE, nonce and state. */
export class Oidc {
  readonly #context: StaffContext
  readonly #config: OidcConfig
  readonly #parts: { people: People; passkeys: Passkeys; sessions: Sessions; lockOut: LockOut }
  #provider: Promise<client.Configuration> | null = null

  constructor(
    context: StaffContext,
    config: OidcConfig,
    parts: { people: People; passkeys: Passkeys; sessions: Sessions; lockOut: LockOut },
  ) {
    this.#context = context
    this.#config = config
    this.#parts = parts
  }

  /**
   * Where to send the browser, and what its cookie must hold when it comes back.
   *
   * @param link Who is signed in and wants to be known over there; null = whoever comes back signs in.
   * @throws {AppError} RATE_LIMITED, UPSTREAM_UNAVAILABLE
   */
  async start(source: string, link: string | null): Promise<{ url: string; ceremony: string }> {
    this.#parts.lockOut.start(source)
    const provider = await this.#discover()
    const verifier = client.randomPKCECodeVerifier()
    const ceremony: Ceremony = {
      id: this.#context.ids.next('cer'),
      purpose: 'oidc',
      challenge: client.randomState(),
      personId: link,
      tokenId: null,
      displayName: null,
      email: null,
      oidc: { nonce: client.randomNonce(), verifier, returnTo: '/' },
      expiresAt: iso(this.#context.clock.now() + CEREMONY_MS),
    }
    await store.keep(this.#context.db.db, CEREMONY, ceremony)
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.#redirectUri(),
      scope: this.#config.scopes.join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: ceremony.challenge,
      nonce: ceremony.oidc?.nonce ?? '',
    })
    return { url: url.href, ceremony: ceremony.id }
  }

  /**
   * Takes the answer of the provider.
   *
   * @param query The callback's query, `?` included.
   * @throws {AppError} UNAUTHENTICATED, FORBIDDEN (has left), CONFLICT (the address is somebody else's), UPSTREAM_UNAVAILABLE
   */
  async finish(ceremonyId: string, query: string, origin: Origin): Promise<StartedSession> {
    const { passkeys, sessions, lockOut } = this.#parts
    lockOut.checkSource(origin.source)
    try {
      const ceremony = await passkeys.take(ceremonyId, 'oidc')
      const user = await this.#exchange(ceremony, query)
      return await this.#context.journal.make(SYSTEM, async (db) => {
        const known = await this.#person(db, ceremony, user)
        const synced = await syncGroups(this.#context, { db, person: known.result, groups: user.groups })
        const session = sessions.begin(synced.result, 'oidc', origin)
        return {
          events: [...known.events, ...synced.events, ...session.events],
          puts: [...(known.puts ?? []), ...(synced.puts ?? []), ...(session.puts ?? [])],
          result: session.result,
        }
      })
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAUTHENTICATED') lockOut.failed(origin.source, null)
      throw error
    }
  }

  async #exchange(ceremony: Ceremony, query: string): Promise<OidcUser> {
    const provider = await this.#discover()
    try {
      const url = new URL(`${this.#redirectUri()}${query}`)
      const tokens = await client.authorizationCodeGrant(provider, url, {
        pkceCodeVerifier: ceremony.oidc?.verifier ?? '',
        expectedState: ceremony.challenge,
        expectedNonce: ceremony.oidc?.nonce ?? '',
        idTokenExpected: true,
      })
      const idToken = tokens.claims()
      const claims = Claims.parse(idToken)
      const info = await client.fetchUserInfo(provider, tokens.access_token, claims.sub).catch(() => ({}))
      return toUser(this.#config, { ...info, ...idToken })
    } catch (cause) {
      if (cause instanceof client.ClientError && isUnreachable(cause)) throw unavailable(cause)
      throw new AppError('UNAUTHENTICATED', 'the sign-in at the identity provider did not succeed: start again', {
        cause,
      })
    }
  }

  async #person(db: Db, { personId }: Ceremony, user: OidcUser): Promise<Change<Person>> {
    const { people } = this.#parts
    const known = await people.findBySubject(db, user.subject)
    if (personId !== null) {
      if (known !== null && known.id !== personId) throw conflict('this account belongs to somebody else here')
      const person = await store.find(db, PERSON, personId)
      if (!person?.active) throw notFound('person')
      return this.#link(db, person, user)
    }
    if (known !== null) {
      if (!known.active) throw forbidden('this person is not on the staff')
      return { events: [], result: known }
    }
    const namesake = user.email === null ? null : await people.findByEmail(db, user.email)
    if (namesake === null) {
      return people.adding(db, { displayName: user.name, email: user.email }, { subject: user.subject })
    }
    // Only an account that the provider itself made, and an address that it has verified: else an address would be enough to become somebody.
    if (!namesake.provisioned || !user.emailVerified || namesake.subject !== null) {
      throw conflict('somebody here has this address: sign in with your security key and link the account')
    }
    if (!namesake.active) throw forbidden('this person is not on the staff')
    return this.#link(db, namesake, user)
  }

  async #link(db: Db, person: Person, user: OidcUser): Promise<Change<Person>> {
    const subject = this.#parts.people.subjectDigest(user.subject)
    if (person.subject !== null && person.subject !== subject) throw conflict('this person is known by another account')
    const linked = { ...person, subject }
    const event = { kind: 'staff.subject_linked', subject: { type: 'person', id: person.id } }
    const puts = [store.put(PERSON, linked), ...(await this.#parts.people.aliases(db, linked))]
    return { events: person.subject === null ? [event] : [], puts, result: linked }
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, allowInsecure } = this.#config
    const { oidcClientSecret } = this.#context.secrets
    const authentication = oidcClientSecret === null ? client.None() : client.ClientSecretBasic(oidcClientSecret)
    const options = { timeout: 10, ...(allowInsecure ? { execute: [client.allowInsecureRequests] } : {}) }
    this.#provider ??= client.discovery(new URL(issuer), clientId, undefined, authentication, options)
    return this.#provider.catch((cause: unknown) => {
      this.#provider = null
      throw unavailable(cause)
    })
  }

  #redirectUri(): string {
    return `${relyingParty(this.#context.config).origin}${CALLBACK_PATH}`
  }
}

function toUser(config: OidcConfig, raw: Record<string, unknown>): OidcUser {
  const claims = Claims.parse(raw)
  const email = Email.safeParse(claims.email).data ?? null
  const name = DisplayName.safeParse(claims.name ?? claims.preferred_username ?? email).data ?? 'Unnamed'
  return {
    subject: `${config.issuer}|${claims.sub}`,
    email,
    emailVerified: claims.email_verified === true,
    name,
    groups: Groups.safeParse(raw[config.groupsClaim]).data ?? [],
  }
}

function isUnreachable(error: client.ClientError): boolean {
  return error.code === 'OAUTH_TIMEOUT' || error.cause instanceof TypeError
}

function unavailable(cause: unknown): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', 'the identity provider can’t be reached: try again later', { cause })
}
