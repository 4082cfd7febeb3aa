import type { Db } from '../../db/index.ts'
import { Bounded } from './patterns/bounded.ts'
import type { Traffic } from './patterns/traffic.ts'
import type { Subject } from './schema.ts'
import { keysUnder, namesakes, placeOf } from './store.ts'

/** Why two subjects may be one: a hint for people. Nothing acts on it. */
export interface Link {
  readonly subject: Subject
  readonly signal: 'same_end_user' | 'same_project' | 'same_organisation_name' | 'same_address'
}

const MOST_END_USERS = 50_000
const MOST_ADDRESSES = 50_000
const MOST_EACH = 16
const MOST_SHOWN = 100

/**
 * Which subjects may belong together: an end user who comes with several keys, keys of one project, organisations of one name, and, where
 * the settings allow it, subjects behind one client address (a keyed digest, in memory only). Bounded; starts anew with the process.
 */
export class Links {
  readonly #digestOf: ((address: string) => string) | null
  readonly #keysOfUser = new Bounded<Set<string>>(MOST_END_USERS)
  readonly #usersOfKey = new Bounded<Set<string>>(MOST_END_USERS)
  readonly #behind = new Bounded<Map<string, Subject>>(MOST_ADDRESSES)
  readonly #addressesOf = new Bounded<Set<string>>(MOST_ADDRESSES)

  /** @param digestOf keyed digest of an address; null = addresses are not looked at */
  constructor(digestOf: ((address: string) => string) | null) {
    this.#digestOf = digestOf
  }

  observe({ principal, endUserId, address }: Traffic): void {
    const key: Subject = { type: 'key', id: principal.keyId }
    if (endUserId !== null) {
      const keys = this.#keysOfUser.use(endUserId, () => new Set())
      if (keys.size < MOST_EACH) keys.add(principal.keyId)
      // Only users who came with several keys link those keys.
      if (keys.size > 1) for (const id of keys) this.#remember(id, endUserId)
    }
    if (this.#digestOf === null || address === null) return
    const digest = this.#digestOf(address)
    this.#seenBehind(digest, key)
    if (endUserId !== null) this.#seenBehind(digest, { type: 'end_user', id: endUserId })
  }

  /** At most 100. */
  async of(subject: Subject, db: Db): Promise<Link[]> {
    const links: Link[] = []
    const add = (to: Subject, signal: Link['signal']) => {
      if (to.id !== subject.id && links.length < MOST_SHOWN) links.push({ subject: to, signal })
    }
    if (subject.type === 'end_user') for (const id of this.keysOf(subject.id)) add({ type: 'key', id }, 'same_end_user')
    if (subject.type === 'key') {
      for (const user of this.#usersOfKey.peek(subject.id) ?? []) {
        for (const id of this.keysOf(user)) add({ type: 'key', id }, 'same_end_user')
      }
      const place = await placeOf(db, 'key', subject.id)
      const { keys } = place === undefined ? { keys: [] } : await keysUnder(db, 'project', place.projectId, MOST_SHOWN)
      for (const id of keys) add({ type: 'key', id }, 'same_project')
    }
    if (subject.type === 'organisation') {
      for (const id of await namesakes(db, subject.id, MOST_SHOWN))
        add({ type: 'organisation', id }, 'same_organisation_name')
    }
    for (const digest of this.#addressesOf.peek(subject.id) ?? []) {
      for (const other of this.#behind.peek(digest)?.values() ?? []) add(other, 'same_address')
    }
    return links
  }

  /** Keys with which an end user was seen. */
  keysOf(endUserId: string): readonly string[] {
    return [...(this.#keysOfUser.peek(endUserId) ?? [])]
  }

  #remember(keyId: string, endUserId: string): void {
    const users = this.#usersOfKey.use(keyId, () => new Set())
    if (users.size < MOST_EACH) users.add(endUserId)
  }

  #seenBehind(digest: string, subject: Subject): void {
    const behind = this.#behind.use(digest, () => new Map())
    if (behind.size < MOST_EACH) behind.set(subject.id, subject)
    const addresses = this.#addressesOf.use(subject.id, () => new Set())
    if (addresses.size < MOST_EACH) addresses.add(digest)
  }
}
