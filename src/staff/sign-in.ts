import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { conflict, forbidden, type StaffContext, staffActor, unauthenticated } from './context.ts'
import { SYSTEM } from './journal.ts'
import type { LockOut } from './lock-out.ts'
import type { Passkeys, Started } from './passkeys.ts'
import { ASSIGNMENT, type Assignment, PASSKEY, PERSON, type Person, SESSION } from './records.ts'
import { conflictsWith, type Role } from './roles.ts'
import type { Origin, Sessions, StaffIdentity, StartedSession } from './sessions.ts'
import * as store from './store.ts'
import type { Assertion } from './webauthn.ts'

/** Signing in with a security key, and touching it again before something grave. */
export class SignIn {
  readonly #context: StaffContext
  readonly #passkeys: Passkeys
  readonly #sessions: Sessions
  readonly #lockOut: LockOut

  constructor(context: StaffContext, parts: { passkeys: Passkeys; sessions: Sessions; lockOut: LockOut }) {
    this.#context = context
    this.#passkeys = parts.passkeys
    this.#sessions = parts.sessions
    this.#lockOut = parts.lockOut
  }

  /** Nobody is named: the key knows whose it is, so that this tells nobody who works here. @throws {AppError} RATE_LIMITED */
  async start(source: string): Promise<Started> {
    this.#lockOut.start(source)
    return this.#passkeys.startAssertion('sign_in', null)
  }

  /** @throws {AppError} UNAUTHENTICATED, CONFLICT (a copied key), RATE_LIMITED, LEDGER_UNAVAILABLE */
  async finish(ceremonyId: string, assertion: Assertion, origin: Origin): Promise<StartedSession> {
    const { source } = origin
    this.#lockOut.checkSource(source)
    const passkey = await store.findBy(this.#context.db.db, PASSKEY, assertion.id)
    const personId = passkey?.personId ?? null
    if (personId !== null) {
      this.#lockOut.checkPerson(personId, await this.#sessions.knows(personId, source))
    }
    try {
      const ceremony = await this.#passkeys.take(ceremonyId, 'sign_in')
      const started = await this.#context.journal.make(SYSTEM, async (db) => {
        const { passkey, puts } = await this.#passkeys.use(db, ceremony, assertion)
        const person = await store.find(db, PERSON, passkey.personId)
        if (!person?.active) throw unauthenticated('this person is not on the staff')
        const session = this.#sessions.begin(person, 'passkey', origin)
        return { ...session, puts: [...puts, ...(session.puts ?? [])] }
      })
      this.#lockOut.succeeded(source, started.session.personId)
      return started
    } catch (error) {
      if (error instanceof AppError && error.status < 500) await this.#failed(source, personId, error)
      throw error
    }
  }

  /** Begins a fresh touch of the key for who is signed in. */
  startAgain({ person }: StaffIdentity): Promise<Started> {
    return this.#passkeys.startAssertion('reauthenticate', person.id)
  }

  /** @throws {AppError} UNAUTHENTICATED, CONFLICT (a copied key), RATE_LIMITED */
  async finishAgain(
    { person, session }: StaffIdentity,
    ceremonyId: string,
    assertion: Assertion,
    source: string,
  ): Promise<void> {
    this.#lockOut.checkSource(source)
    try {
      const ceremony = await this.#passkeys.take(ceremonyId, 'reauthenticate')
      if (ceremony.personId !== person.id) throw unauthenticated('this was begun by somebody else')
      await this.#context.journal.make(staffActor(person.id), async (db) => {
        const { passkey, puts } = await this.#passkeys.use(db, ceremony, assertion)
        const current = await store.find(db, SESSION, session.id)
        if (current === null || current.endedAt !== null) throw unauthenticated('this session has ended')
        const fresh = { ...current, freshAt: iso(this.#context.clock.now()) }
        const data = { person: person.id, passkey: passkey.id }
        const event = { kind: 'staff.reauthenticated', subject: { type: 'session', id: session.id }, data }
        return { events: [event], puts: [...puts, store.put(SESSION, fresh)], result: undefined }
      })
    } catch (error) {
      if (error instanceof AppError && error.status < 500) await this.#failed(source, person.id, error)
      throw error
    }
  }

  /**
   * Signs in without proof, as a made-up person with these roles. Only where the configuration says so, on this machine; everything that
   * such a person touches is marked.
   *
   * @throws {AppError} FORBIDDEN when it isn't configured
   */
  async developmentSignIn(roles: readonly Role[], origin: Origin): Promise<StartedSession> {
    if (!this.#context.config.developmentLogin) throw forbidden('there is no development login here')
    if (roles.some((role) => conflictsWith(role, roles).length > 0)) throw conflict('nobody holds these roles together')
    const { ids, clock } = this.#context
    const nowMs = clock.now()
    const person: Person = {
      id: ids.next('per'),
      displayName: `Development (${roles.join(', ') || 'no role'})`,
      email: null,
      active: true,
      development: true,
      subject: null,
      provisioned: false,
      externalId: null,
      groupRoles: [],
      createdAt: iso(nowMs),
      deactivatedAt: null,
    }
    const until = iso(nowMs + this.#context.config.sessionMaxMs)
    const assignments = roles.map(
      (role): Assignment => ({
        id: ids.next('asg'),
        personId: person.id,
        role,
        source: 'development',
        grantedAt: iso(nowMs),
        expiresAt: until,
        trainingDueAt: until,
        reviewDueAt: until,
        deputyFor: null,
        approvalId: null,
        endedAt: null,
        endedReason: null,
      }),
    )
    return this.#context.journal.make(SYSTEM, async () => {
      const session = this.#sessions.begin(person, 'development', origin)
      const subject = { type: 'person', id: person.id }
      const made = { kind: 'staff.development_person_made', subject, data: { roles: [...roles] } }
      const puts = [
        store.put(PERSON, person),
        ...assignments.map((a) => store.put(ASSIGNMENT, a)),
        ...(session.puts ?? []),
      ]
      return { events: [made, ...session.events], puts, result: session.result }
    })
  }

  /** Counts it; on the ledger only where a key that we know was used, so that strangers can't fill it. */
  async #failed(source: string, personId: string | null, error: AppError): Promise<void> {
    this.#lockOut.failed(source, personId)
    if (personId === null) return
    const subject = { type: 'person', id: personId }
    const copied = error.code === 'CONFLICT'
    const kind = copied ? 'staff.passkey_counter_went_back' : 'staff.sign_in_failed'
    if (copied) this.#context.notify({ kind, id: personId, at: iso(this.#context.clock.now()) })
    const event = { kind, subject, data: { code: error.code } }
    await this.#context.journal.make(SYSTEM, async () => ({ events: [event], result: undefined }))
  }
}
