import { z } from 'zod'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../base/page.ts'
import type { Db } from '../db/index.ts'
import type { Happening } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { APPROVAL } from './approvals/approval.ts'
import { withdrawal } from './approvals/transitions.ts'
import { conflict, DAY_MS, forbidden, notFound, type StaffContext } from './context.ts'
import type { Courses } from './courses/courses.ts'
import type { Change } from './journal.ts'
import { ALIAS, ASSIGNMENT, type Assignment, PASSKEY, PERSON, type Person, SESSION } from './records.ts'
import type { Sessions } from './sessions.ts'
import * as store from './store.ts'

/** A name that people give: personal data, so it stays in the store and never goes onto the ledger or into logs. */
export const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/\p{C}/u.test(text), 'no control characters')
export const Email = z.email().max(254)

export const NewPerson = z
  .strictObject({ displayName: DisplayName, email: Email.nullable().default(null) })
  .meta({ id: 'NewPerson' })
export type NewPerson = z.input<typeof NewPerson>

/** What the identity provider knows somebody by. */
export interface ProviderLinks {
  /** Issuer and subject of OpenID Connect. */
  readonly subject?: string | null
  /** Of SCIM. */
  readonly externalId?: string | null
  readonly provisioned?: boolean
}

/** Who works here. */
export class People {
  readonly #context: StaffContext
  readonly #sessions: Sessions
  readonly #courses: Courses
  constructor(context: StaffContext, sessions: Sessions, courses: Courses) {
    this.#context = context
    this.#sessions = sessions
    this.#courses = courses
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Person> {
    const person = await store.find(this.#context.db.db, PERSON, id)
    if (person === null) throw notFound('person')
    return person
  }

  /** Without those of the development login where that is off. */
  async list({ after, limit }: PageQuery): Promise<Page<Person>> {
    const { db, config } = this.#context
    const page = await readPage(limit, (most) => store.list(db.db, PERSON, { beyond: after, limit: most }))
    return { ...page, items: page.items.filter(({ development }) => !development || config.developmentLogin) }
  }

  /** Adds a person, who holds nothing yet. @throws {AppError} CONFLICT: the address belongs to somebody already */
  async add(input: NewPerson, by: Actor, links: ProviderLinks = {}): Promise<Person> {
    const given = NewPerson.parse(input)
    return this.#context.journal.make(by, (db) => this.adding(db, given, links))
  }

  /** The same, as part of a change that the caller makes. @throws {AppError} CONFLICT */
  async adding(
    db: Db,
    given: z.output<typeof NewPerson>,
    links: ProviderLinks = {},
    id?: string,
  ): Promise<Change<Person>> {
    const { subject = null, externalId = null, provisioned = false } = links
    const person: Person = {
      id: id ?? this.#context.ids.next('per'),
      ...given,
      active: true,
      development: false,
      subject: subject === null ? null : this.subjectDigest(subject),
      provisioned,
      externalId,
      groupRoles: [],
      createdAt: iso(this.#context.clock.now()),
      deactivatedAt: null,
    }
    const event = { kind: 'staff.person_added', subject: { type: 'person', id: person.id }, data: { provisioned } }
    return { events: [event], puts: [store.put(PERSON, person), ...(await this.aliases(db, person))], result: person }
  }

  /**
   * Claims the e-mail address and the subject for a person: each belongs to one, so that nobody is two people.
   *
   * @throws {AppError} CONFLICT
   */
  async aliases(db: Db, person: Person): Promise<store.Row[]> {
    const puts: store.Row[] = []
    for (const id of this.#aliasIds(person)) {
      const alias = await store.find(db, ALIAS, id)
      if (alias !== null && alias.personId !== person.id)
        throw conflict('this address or subject belongs to somebody already')
      puts.push(store.put(ALIAS, { id, personId: person.id }))
    }
    return puts
  }

  async findByEmail(db: Db, email: string): Promise<Person | null> {
    return this.#findByAlias(db, this.#emailAlias(email))
  }

  async findBySubject(db: Db, subject: string): Promise<Person | null> {
    return this.#findByAlias(db, `subject:${this.subjectDigest(subject)}`)
  }

  async findByExternalId(db: Db, externalId: string): Promise<Person | null> {
    return this.#findByAlias(db, this.#externalAlias(externalId))
  }

  subjectDigest(subject: string): string {
    return this.#context.digest(`staff-subject\n${subject}`)
  }

  /**
   * Somebody leaves: sessions, roles, security keys, what they asked for, and what others hold in their stead end in one step. Their votes on
   * open requests count no more. One person may do this to another.
   *
   * @throws {AppError} NOT_FOUND, FORBIDDEN (oneself)
   */
  async deactivate(id: string, by: Actor, reason: 'left' | 'restricted' | 'provisioning'): Promise<Person> {
    if (by.type === 'staff' && by.id === id) throw forbidden('somebody else must do this')
    return this.#context.journal.make(by, (db) => this.deactivating(db, id, reason))
  }

  /** The same, as part of a change that the caller makes. @throws {AppError} NOT_FOUND */
  async deactivating(db: Db, id: string, reason: string): Promise<Change<Person>> {
    const person = await store.find(db, PERSON, id)
    if (person === null) throw notFound('person')
    if (!person.active) return { events: [], result: person }
    const at = iso(this.#context.clock.now())
    const current = await store.list(db, ASSIGNMENT, { state: 'current' })
    const lost = current.filter(({ personId, deputyFor }) => personId === id || deputyFor === id)
    const sessions = this.#sessions.ending(await store.list(db, SESSION, { personId: id, state: 'open' }), reason)
    const keys = await store.list(db, PASSKEY, { personId: id, state: 'active' })
    const asked = await store.list(db, APPROVAL, { personId: id })
    const open = asked.filter(({ state }) => state === 'pending' || state === 'approved')
    const withdrawn = open.map((approval) => withdrawal(approval, { at, by: null, reason: 'who asked has left' }))
    const ended = { ...person, active: false, deactivatedAt: at, groupRoles: [] }
    const subject = { type: 'person', id }
    const data = { reason, sessions: sessions.puts.length, roles: lost.map(({ role }) => role), requests: open.length }
    return {
      events: [
        { kind: 'staff.person_deactivated', subject, data },
        ...lost.map((assignment) => endEvent(assignment, reason)),
        ...sessions.events,
        ...withdrawn.flatMap(({ events }) => events),
      ],
      puts: [
        store.put(PERSON, ended),
        ...lost.map((assignment) => store.put(ASSIGNMENT, { ...assignment, endedAt: at, endedReason: reason })),
        ...sessions.puts,
        ...keys.map((key) => store.put(PASSKEY, { ...key, removedAt: at })),
        ...withdrawn.flatMap(({ puts = [] }) => puts),
      ],
      result: ended,
    }
  }

  /** Somebody comes back, with nothing of what they held. */
  reactivating(person: Person): Change<Person> {
    const active = { ...person, active: true, deactivatedAt: null }
    const event = { kind: 'staff.person_reactivated', subject: { type: 'person', id: person.id } }
    return { events: [event], puts: [store.put(PERSON, active)], result: active }
  }

  /**
   * Notes a training that was done elsewhere: as completions of courses, and where all courses are meant the roles of this person hold for as long as a training is valid.
   *
   * @param completedAt Not in the future, not older than a training is valid.
   * @param courses only these; absent = all that their roles ask for
   * @throws {AppError} NOT_FOUND, REQUEST_INVALID, FORBIDDEN (one's own)
   */
  async recordTraining(id: string, completedAt: string, by: Actor, courses?: readonly string[]): Promise<void> {
    if (by.type === 'staff' && by.id === id) throw forbidden('somebody else must note your training')
    const nowMs = this.#context.clock.now()
    const dueMs = Date.parse(completedAt) + this.#context.config.trainingValidDays * DAY_MS
    if (!(Date.parse(completedAt) <= nowMs && dueMs > nowMs)) {
      throw new AppError('REQUEST_INVALID', 'completedAt: in the past, and recent enough to count')
    }
    await this.#context.journal.make(by, async (db) => {
      if ((await store.find(db, PERSON, id)) === null) throw notFound('person')
      const data = { completedAt, ...(courses === undefined ? {} : { courses: [...courses] }) }
      const event = { kind: 'staff.training_recorded', subject: { type: 'person', id }, data }
      const noted = await this.#courses.noting(db, id, Date.parse(completedAt), courses)
      return { events: [event, ...noted.events], puts: noted.puts ?? [], result: undefined }
    })
  }

  async #findByAlias(db: Db, id: string): Promise<Person | null> {
    const alias = await store.find(db, ALIAS, id)
    return alias === null ? null : store.find(db, PERSON, alias.personId)
  }

  #aliasIds({ email, subject, externalId }: Person): string[] {
    return [
      ...(email === null ? [] : [this.#emailAlias(email)]),
      ...(subject === null ? [] : [`subject:${subject}`]),
      ...(externalId === null ? [] : [this.#externalAlias(externalId)]),
    ]
  }

  #emailAlias(email: string): string {
    return `email:${this.#context.digest(`staff-email\n${email.trim().toLowerCase()}`)}`
  }

  #externalAlias(externalId: string): string {
    return `external:${this.#context.digest(`staff-external\n${externalId}`)}`
  }
}

/** What goes on the ledger when somebody loses a role. */
export function endEvent({ id, personId, role }: Assignment, reason: string): Happening {
  return { kind: 'staff.role_ended', subject: { type: 'assignment', id }, data: { person: personId, role, reason } }
}
