import { hash } from 'node:crypto'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import { conflict, forbidden, notFound, type StaffContext, staffActor } from './context.ts'
import type { Change } from './journal.ts'
import { CEREMONY, type Ceremony, PASSKEY, type Passkey, type Person } from './records.ts'
import { FRESH_MS, type StaffIdentity } from './sessions.ts'
import * as store from './store.ts'
import {
  type Assertion,
  type Attestation,
  assertionOptions,
  registrationOptions,
  verifyAssertion,
  verifyAttestation,
} from './webauthn.ts'

const CEREMONY_MS = 300_000
const CHALLENGE_BYTES = 32
const MAX_PASSKEYS = 20

export interface Started {
  /** Send it back with the answer. */
  readonly ceremony: string
  /** For navigator.credentials. */
  readonly options: Record<string, unknown>
}

/** Security keys: several for each person, so that one that is lost locks nobody out. */
export class Passkeys {
  readonly #context: StaffContext
  constructor(context: StaffContext) {
    this.#context = context
  }

  /** Begins to register a key for a person, who may not exist yet. */
  async startRegistration(
    person: Pick<Person, 'id' | 'displayName' | 'email'>,
    tokenId: string | null = null,
  ): Promise<Started> {
    const known = await store.list(this.#context.db.db, PASSKEY, { personId: person.id, state: 'active' })
    if (known.length >= MAX_PASSKEYS) throw conflict(`a person has at most ${MAX_PASSKEYS} security keys`)
    const { displayName, email } = person
    const started = await this.#start('register', { personId: person.id, tokenId, displayName, email })
    const challenge = Buffer.from(started.challenge, 'base64url')
    const about = { person, challenge, known, rpName: this.#context.installation }
    return { ceremony: started.id, options: await registrationOptions(this.#context.config, about) }
  }

  /**
   * Checks a new key, as part of a change that the caller makes.
   *
   * @throws {AppError} UNAUTHENTICATED, CONFLICT (registered already)
   */
  async register(db: Db, ceremony: Ceremony, attestation: Attestation, label: string): Promise<Change<Passkey>> {
    const verified = await verifyAttestation(this.#context.config, ceremony.challenge, attestation)
    if ((await store.findBy(db, PASSKEY, verified.credentialId)) !== null) {
      throw conflict('this security key is registered already')
    }
    const passkey: Passkey = {
      ...verified,
      id: this.#context.ids.next('pk'),
      personId: ceremony.personId ?? '',
      label,
      createdAt: iso(this.#context.clock.now()),
      lastUsedAt: null,
      removedAt: null,
    }
    const keyDigest = hash('sha256', Buffer.from(passkey.publicKey, 'base64url'), 'hex')
    const data = { person: passkey.personId, key: keyDigest, deviceType: passkey.deviceType }
    const event = { kind: 'staff.passkey_added', subject: { type: 'passkey', id: passkey.id }, data }
    return { events: [event], puts: [store.put(PASSKEY, passkey)], result: passkey }
  }

  /**
   * Begins to add a key for who is signed in: after a touch of one they have, or, when they have none yet, within five minutes after they
   * signed in.
   *
   * @throws {AppError} CONFLICT, TOUCH_REQUIRED
   */
  async startAdding({ person, session, fresh }: StaffIdentity): Promise<Started> {
    const first = (await this.list(person.id)).length === 0
    const ageMs = this.#context.clock.now() - Date.parse(session.createdAt)
    if (first && ageMs > FRESH_MS) throw conflict('sign in again first')
    if (!first && !fresh) throw new AppError('TOUCH_REQUIRED', 'touch one of your security keys first')
    return this.startRegistration(person)
  }

  /** Adds another key for who is signed in. @throws {AppError} as `register` */
  async add(personId: string, ceremonyId: string, attestation: Attestation, label: string): Promise<Passkey> {
    const ceremony = await this.take(ceremonyId, 'register')
    if (ceremony.personId !== personId || ceremony.tokenId !== null) throw forbidden('this was begun by somebody else')
    return this.#context.journal.make(staffActor(personId), (db) => this.register(db, ceremony, attestation, label))
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT: the last key of a person stays, or they could neither sign in nor approve */
  remove(personId: string, id: string): Promise<void> {
    return this.#context.journal.make(staffActor(personId), async (db) => {
      const passkeys = await store.list(db, PASSKEY, { personId, state: 'active' })
      const passkey = passkeys.find((key) => key.id === id)
      if (passkey === undefined) throw notFound('security key')
      if (passkeys.length === 1) throw conflict('this is the last security key: add another one first')
      const removed = { ...passkey, removedAt: iso(this.#context.clock.now()) }
      const event = { kind: 'staff.passkey_removed', subject: { type: 'passkey', id }, data: { person: personId } }
      return { events: [event], puts: [store.put(PASSKEY, removed)], result: undefined }
    })
  }

  list(personId: string): Promise<Passkey[]> {
    return store.list(this.#context.db.db, PASSKEY, { personId, state: 'active' })
  }

  /** @param personId Whose keys may answer; null = whoever has one. */
  async startAssertion(purpose: 'sign_in' | 'reauthenticate', personId: string | null): Promise<Started> {
    const passkeys = personId === null ? [] : await this.list(personId)
    if (personId !== null && passkeys.length === 0) throw conflict('register a security key first')
    const started = await this.#start(purpose, { personId, tokenId: null, displayName: null, email: null })
    const challenge = Buffer.from(started.challenge, 'base64url')
    return { ceremony: started.id, options: await assertionOptions(this.#context.config, challenge, passkeys) }
  }

  /**
   * Checks an answer against its challenge and notes the key's use, as part of a change that the caller makes.
   *
   * @throws {AppError} UNAUTHENTICATED, CONFLICT (the counter went back)
   */
  async use(db: Db, ceremony: Ceremony, assertion: Assertion): Promise<{ passkey: Passkey; puts: store.Row[] }> {
    const passkey = await store.findBy(db, PASSKEY, assertion.id)
    if (passkey === null || passkey.removedAt !== null) throw unknownKey()
    if (ceremony.personId !== null && ceremony.personId !== passkey.personId) throw unknownKey()
    const counter = await verifyAssertion(this.#context.config, ceremony.challenge, assertion, passkey)
    const used = { ...passkey, counter, lastUsedAt: iso(this.#context.clock.now()) }
    return { passkey: used, puts: [store.put(PASSKEY, used)] }
  }

  /** Takes a challenge that waits, so that nobody can answer it twice. @throws {AppError} UNAUTHENTICATED */
  async take(id: string, purpose: Ceremony['purpose']): Promise<Ceremony> {
    const ceremony = await store.take(this.#context.db.db, CEREMONY, id)
    if (ceremony?.purpose !== purpose || Date.parse(ceremony.expiresAt) <= this.#context.clock.now()) {
      throw new AppError('UNAUTHENTICATED', 'this took too long or was answered before: start again')
    }
    return ceremony
  }

  /** Forgets challenges that nobody answered. */
  sweep(): Promise<void> {
    return store.sweep(this.#context.db.db, CEREMONY, iso(this.#context.clock.now()))
  }

  async #start(
    purpose: Ceremony['purpose'],
    about: Pick<Ceremony, 'personId' | 'tokenId' | 'displayName' | 'email'>,
  ): Promise<Ceremony> {
    const { ids, clock, db } = this.#context
    const ceremony: Ceremony = {
      ...about,
      id: ids.next('cer'),
      purpose,
      challenge: ids.bytes(CHALLENGE_BYTES).toString('base64url'),
      oidc: null,
      expiresAt: iso(clock.now() + CEREMONY_MS),
    }
    await store.keep(db.db, CEREMONY, ceremony)
    return ceremony
  }
}

function unknownKey(): AppError {
  return new AppError('UNAUTHENTICATED', 'this security key is not known here')
}
