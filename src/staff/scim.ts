import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import type { Actor } from '../ledger/index.ts'
import { notFound, type StaffContext } from './context.ts'
import { syncGroups } from './groups.ts'
import type { Change } from './journal.ts'
import { DisplayName, Email, type People } from './people.ts'
import { GROUP, type Group, PERSON, type Person } from './records.ts'
import { sameSecret } from './secret.ts'
import * as store from './store.ts'

const SCIM: Actor = { type: 'system', id: 'scim' }
const MAX_LISTED = 1_000

/** A user as the identity provider keeps it here. */
export interface ScimUser {
  readonly userName?: string | undefined
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  readonly externalId?: string | undefined
  readonly active?: boolean | undefined
}

/** Provisioning by SCIM 2.0 (RFC 7643, 7644), the part that identity providers use: who joins, who leaves, who is in which group. */
export class Scim {
  readonly #context: StaffContext
  readonly #people: People
  constructor(context: StaffContext, people: People) {
    this.#context = context
    this.#people = people
  }

  /** Whether this is the token of the provisioning client; takes the same time whatever it is. */
  admits(token: string): boolean {
    const { scimToken } = this.#context.secrets
    return sameSecret(token, scimToken ?? '') && scimToken !== null
  }

  /** @throws {AppError} CONFLICT (the address or id is somebody's), REQUEST_INVALID */
  createUser(user: ScimUser): Promise<Person> {
    const given = this.#read(user)
    const links = { externalId: user.externalId ?? null, provisioned: true }
    return this.#context.journal.make(SCIM, async (db) => {
      const added = await this.#people.adding(db, given, links)
      return user.active === false ? { ...added, ...inactive(added) } : added
    })
  }

  /** What is absent stays. Leaving takes effect before this resolves, on every replica. @throws {AppError} NOT_FOUND, CONFLICT, REQUEST_INVALID */
  async updateUser(id: string, user: ScimUser): Promise<Person> {
    const person = await this.getUser(id)
    if (user.active === false && person.active) await this.#people.deactivate(id, SCIM, 'provisioning')
    const changesName = user.displayName !== undefined || user.email !== undefined || user.userName !== undefined
    if (changesName || (user.active === true && !person.active)) {
      await this.#context.journal.make(SCIM, (db) => this.#update(db, id, user))
    }
    return this.getUser(id)
  }

  /** @throws {AppError} NOT_FOUND */
  async getUser(id: string): Promise<Person> {
    const person = await store.find(this.#context.db.db, PERSON, id)
    if (!person?.provisioned) throw notFound('user')
    return person
  }

  /** @param filter By address or by the provider's id; all when absent. */
  async listUsers(filter: { userName?: string; externalId?: string } = {}): Promise<Person[]> {
    const { db } = this.#context.db
    if (filter.userName !== undefined) return only(await this.#people.findByEmail(db, filter.userName))
    if (filter.externalId !== undefined) return only(await this.#people.findByExternalId(db, filter.externalId))
    return (await store.list(db, PERSON, { limit: MAX_LISTED })).filter(({ provisioned }) => provisioned)
  }

  createGroup(group: Omit<Group, 'id'>): Promise<Group> {
    return this.#setGroup({ ...group, id: this.#context.ids.next('grp') }, [])
  }

  /** @param change From the group as it is. @throws {AppError} NOT_FOUND */
  async updateGroup(id: string, change: (group: Group) => Group): Promise<Group> {
    const before = await this.getGroup(id)
    return this.#setGroup({ ...change(before), id }, before.members)
  }

  /** @throws {AppError} NOT_FOUND */
  async deleteGroup(id: string): Promise<void> {
    const group = await this.getGroup(id)
    await this.#setGroup({ ...group, members: [] }, group.members)
    await this.#context.journal.make(SCIM, async () => ({
      events: [{ kind: 'staff.group_removed', subject: { type: 'group', id } }],
      removes: [store.remove(GROUP, id)],
      result: undefined,
    }))
  }

  /** @throws {AppError} NOT_FOUND */
  async getGroup(id: string): Promise<Group> {
    const group = await store.find(this.#context.db.db, GROUP, id)
    if (group === null) throw notFound('group')
    return group
  }

  async listGroups(displayName?: string): Promise<Group[]> {
    const groups = await store.list(this.#context.db.db, GROUP, { limit: MAX_LISTED })
    return groups.filter((group) => displayName === undefined || group.displayName === displayName)
  }

  #setGroup(group: Group, before: readonly string[]): Promise<Group> {
    return this.#context.journal.make(SCIM, async (db) => {
      const others = (await store.list(db, GROUP)).filter(({ id }) => id !== group.id)
      const members = [...new Set(group.members)]
      const changes: Change<unknown>[] = []
      for (const id of new Set([...before, ...members])) {
        const person = await store.find(db, PERSON, id)
        if (person === null && members.includes(id)) throw new AppError('REQUEST_INVALID', 'a member is not known here')
        if (!person?.active) continue
        const groups = [...others, { ...group, members }].filter((g) => g.members.includes(id))
        changes.push(await syncGroups(this.#context, { db, person, groups: groups.map((g) => g.displayName) }))
      }
      const stored = { ...group, members }
      const event = {
        kind: 'staff.group_set',
        subject: { type: 'group', id: group.id },
        data: { members: members.length },
      }
      return {
        events: [event, ...changes.flatMap(({ events }) => events)],
        puts: [store.put(GROUP, stored), ...changes.flatMap(({ puts = [] }) => puts)],
        result: stored,
      }
    })
  }

  async #update(db: Db, id: string, user: ScimUser): Promise<Change<Person>> {
    const person = await store.find(db, PERSON, id)
    if (person === null) throw notFound('user')
    const given = this.#read({ ...user, displayName: user.displayName ?? person.displayName })
    const displayName = given.displayName
    const email = given.email ?? person.email
    const named: Person = { ...person, displayName, email }
    const back = user.active === true && !person.active ? this.#people.reactivating(named) : null
    const changed = back?.result ?? named
    const event = { kind: 'staff.person_changed', subject: { type: 'person', id } }
    const puts = [store.put(PERSON, changed), ...(await this.#people.aliases(db, changed))]
    return { events: back?.events ?? [event], puts, result: changed }
  }

  #read({ userName, displayName, email }: ScimUser): { displayName: string; email: string | null } {
    const address = email ?? (userName?.includes('@') ? userName : undefined)
    const parsed = Email.safeParse(address)
    if (address !== undefined && !parsed.success) throw new AppError('REQUEST_INVALID', 'the e-mail address is not one')
    const name = DisplayName.safeParse(displayName ?? userName ?? address)
    if (!name.success) throw new AppError('REQUEST_INVALID', 'displayName or userName is missing')
    return { displayName: name.data, email: parsed.data ?? null }
  }
}

function inactive(added: Change<Person>): Pick<Change<Person>, 'puts' | 'result'> {
  const result = { ...added.result, active: false }
  return { puts: [...(added.puts ?? []), store.put(PERSON, result)], result }
}

function only(person: Person | null): Person[] {
  return person?.provisioned ? [person] : []
}
