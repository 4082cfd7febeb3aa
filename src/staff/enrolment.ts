import { z } from 'zod'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import type { Happening } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { newAssignment } from './assignments.ts'
import { conflict, DAY_MS, notFound, type StaffContext } from './context.ts'
import { SYSTEM } from './journal.ts'
import type { LockOut } from './lock-out.ts'
import type { Passkeys, Started } from './passkeys.ts'
import { DisplayName, Email, type People } from './people.ts'
import { ASSIGNMENT, BOOTSTRAP, type Bootstrap, type OneTimeToken, PASSKEY, PERSON, TOKEN } from './records.ts'
import { createToken, hashToken, sameSecret } from './secret.ts'
import type { Origin, Sessions, StartedSession } from './sessions.ts'
import * as store from './store.ts'
import type { Attestation } from './webauthn.ts'

const SETUP_MS = 3_600_000
const ENROLMENT_MS = DAY_MS

/** What the first administrator tells of themselves. */
export const SetupInput = z
  .strictObject({ displayName: DisplayName, email: Email.nullable().default(null) })
  .meta({ id: 'SetupInput' })

export interface IssuedToken {
  readonly token: string
  readonly expiresAt: string
}

/** One-time links: by which the first administrator comes in, and by which people register their first security key. */
export class Enrolment {
  readonly #context: StaffContext
  readonly #parts: { people: People; passkeys: Passkeys; sessions: Sessions; lockOut: LockOut }

  constructor(
    context: StaffContext,
    parts: { people: People; passkeys: Passkeys; sessions: Sessions; lockOut: LockOut },
  ) {
    this.#context = context
    this.#parts = parts
  }

  /**
   * A link for the first administrator: good once and for 60 minutes; earlier ones that were not used die with it.
   *
   * @param again After a recovery, though there was an administrator before.
   * @returns null when the installation has had its first administrator.
   */
  issueSetup({ again = false } = {}): Promise<IssuedToken | null> {
    return this.#context.journal.make<IssuedToken | null>(SYSTEM, async (db) => {
      const known = (await store.list(db, TOKEN)).filter(({ purpose }) => purpose === 'setup')
      if (!again && known.some(({ usedAt }) => usedAt !== null)) return { events: [], result: null }
      const issued = this.#issue('setup', null, SETUP_MS)
      const old = known.filter(({ usedAt }) => usedAt === null).map(({ id }) => store.remove(TOKEN, id))
      const event = { kind: 'staff.setup_link_issued', subject: { type: 'token', id: issued.record.id } }
      return { events: [event], puts: [store.put(TOKEN, issued.record)], removes: old, result: issued.shown }
    })
  }

  /**
   * A link by which a person registers their first security key; for one who has keys, see the action `staff.reset_passkeys`.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT
   */
  invite(personId: string, by: Actor): Promise<IssuedToken> {
    return this.#context.journal.make(by, async (db) => {
      const person = await store.find(db, PERSON, personId)
      if (!person?.active) throw notFound('person')
      if ((await store.list(db, PASSKEY, { personId, state: 'active' })).length > 0) {
        throw conflict('this person has a security key: a new link needs an approval')
      }
      const issued = this.#issue('enrolment', personId, ENROLMENT_MS)
      const old = await store.list(db, TOKEN, { personId, state: 'open' })
      const data = { person: personId }
      const event = { kind: 'staff.enrolment_link_issued', subject: { type: 'token', id: issued.record.id }, data }
      const removes = old.map(({ id }) => store.remove(TOKEN, id))
      return { events: [event], puts: [store.put(TOKEN, issued.record)], removes, result: issued.shown }
    })
  }

  /** @param about Of the first administrator; nobody else is asked. @throws {AppError} UNAUTHENTICATED, REQUEST_INVALID, RATE_LIMITED */
  async start(token: string, about: z.input<typeof SetupInput> | null, source: string): Promise<Started> {
    this.#parts.lockOut.start(source)
    const known = await this.#find(this.#context.db.db, token, source)
    if (known.purpose === 'enrolment') {
      return this.#parts.passkeys.startRegistration(await this.#parts.people.get(known.personId ?? ''), known.id)
    }
    if (about === null) throw new AppError('REQUEST_INVALID', 'say who the first administrator is')
    const person = { ...SetupInput.parse(about), id: this.#context.ids.next('per') }
    return this.#parts.passkeys.startRegistration(person, known.id)
  }

  /**
   * Registers the key, uses up the link and signs in. The first administrator gets that role, and the bootstrap begins.
   *
   * @param answer.bootstrapDays For how long a small team may give itself roles; 0 = not at all.
   * @throws {AppError} UNAUTHENTICATED, CONFLICT, REQUEST_INVALID, LEDGER_UNAVAILABLE
   */
  async finish(
    answer: { token: string; ceremony: string; attestation: Attestation; label: string; bootstrapDays: number },
    origin: Origin,
  ): Promise<StartedSession> {
    this.#parts.lockOut.checkSource(origin.source)
    const { passkeys, people, sessions } = this.#parts
    const ceremony = await passkeys.take(answer.ceremony, 'register')
    if (answer.bootstrapDays > this.#context.config.bootstrapMaxDays) {
      throw new AppError('REQUEST_INVALID', `bootstrapDays: at most ${this.#context.config.bootstrapMaxDays}`)
    }
    return this.#context.journal.make(SYSTEM, async (db) => {
      const token = await this.#find(db, answer.token, origin.source)
      if (ceremony.tokenId !== token.id || ceremony.personId === null) throw badLink()
      const key = await passkeys.register(db, ceremony, answer.attestation, answer.label)
      const session = sessions.begin({ id: ceremony.personId }, 'passkey', origin)
      const used: OneTimeToken = { ...token, usedAt: iso(this.#context.clock.now()) }
      const puts = [...(key.puts ?? []), ...(session.puts ?? []), store.put(TOKEN, used)]
      if (token.purpose === 'enrolment')
        return { events: [...key.events, ...session.events], puts, result: session.result }
      const about = { displayName: ceremony.displayName ?? '', email: ceremony.email }
      const person = await people.adding(db, about, {}, ceremony.personId)
      const first = this.#firstAdministrator(ceremony.personId, answer.bootstrapDays)
      return {
        events: [...person.events, ...key.events, ...first.events, ...session.events],
        puts: [...(person.puts ?? []), ...puts, ...first.puts],
        result: session.result,
      }
    })
  }

  #firstAdministrator(personId: string, bootstrapDays: number): { events: Happening[]; puts: store.Row[] } {
    const nowMs = this.#context.clock.now()
    const assignment = newAssignment(this.#context, { personId, role: 'administrator', source: 'setup' })
    const subject = { type: 'assignment', id: assignment.id }
    const granted = {
      kind: 'staff.role_granted',
      subject,
      data: { person: personId, role: 'administrator', source: 'setup' },
    }
    if (bootstrapDays <= 0) return { events: [granted], puts: [store.put(ASSIGNMENT, assignment)] }
    const endsAt = iso(nowMs + bootstrapDays * DAY_MS)
    const bootstrap: Bootstrap = { id: 'bootstrap', startedAt: iso(nowMs), endsAt, endedAt: null }
    const begun = { kind: 'staff.bootstrap_started', subject: { type: 'bootstrap', id: 'bootstrap' }, data: { endsAt } }
    return { events: [granted, begun], puts: [store.put(ASSIGNMENT, assignment), store.put(BOOTSTRAP, bootstrap)] }
  }

  #issue(purpose: OneTimeToken['purpose'], personId: string | null, validMs: number) {
    const { ids, clock } = this.#context
    const token = createToken(ids)
    const nowMs = clock.now()
    const record: OneTimeToken = {
      id: ids.next('otl'),
      purpose,
      tokenHash: hashToken(token),
      personId,
      createdAt: iso(nowMs),
      expiresAt: iso(nowMs + validMs),
      usedAt: null,
    }
    return { record, shown: { token, expiresAt: record.expiresAt } }
  }

  async #find(db: Db, token: string, source: string): Promise<OneTimeToken> {
    const known = await store.findBy(db, TOKEN, hashToken(token))
    const valid =
      known !== null &&
      sameSecret(hashToken(token), known.tokenHash) &&
      known.usedAt === null &&
      Date.parse(known.expiresAt) > this.#context.clock.now()
    if (!valid) {
      this.#parts.lockOut.failed(source, null)
      throw badLink()
    }
    return known
  }
}

function badLink(): AppError {
  return new AppError('UNAUTHENTICATED', 'this link was used, has expired or never was one: ask for a new one')
}
