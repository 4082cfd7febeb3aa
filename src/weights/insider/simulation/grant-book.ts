import type { Grant, Use } from './campaign.ts'
import type { Host, ModelFile, ModelVersion, Person } from './world/world.ts'

/** A grant while it stands: what was read under it, and in which session. */
export class LiveGrant implements Grant {
  readonly id: string
  readonly person: Person
  readonly version: ModelVersion
  readonly use: Use
  readonly kind: Grant['kind']
  readonly host: Host
  readonly files: readonly ModelFile[]
  readonly budgetBytes: number
  readonly givenMs: number
  readonly expiresMs: number
  spentBytes = 0
  isEnded = false
  /** Files opened in the session that is open on a host; null while there is none. */
  session: { readonly host: string; readonly startedMs: number; readonly opened: Set<number> } | null = null

  constructor(given: Omit<Grant, 'spentBytes'>) {
    this.id = given.id
    this.person = given.person
    this.version = given.version
    this.use = given.use
    this.kind = given.kind
    this.host = given.host
    this.files = given.files
    this.budgetBytes = given.budgetBytes
    this.givenMs = given.givenMs
    this.expiresMs = given.expiresMs
  }

  /** How many of so many bytes the vault would give out at this moment. */
  allowed(bytes: number, atMs: number): number {
    if (this.isEnded || atMs < this.givenMs || atMs >= this.expiresMs) return 0
    return Math.max(0, Math.min(bytes, this.budgetBytes - this.spentBytes))
  }
}

/** Grants that stand, by person. */
export class GrantBook {
  readonly #byPerson = new Map<string, LiveGrant[]>()
  readonly #byId = new Map<string, LiveGrant>()

  add(grant: LiveGrant): void {
    const before = this.#byPerson.get(grant.person.id) ?? []
    this.#byPerson.set(grant.person.id, [...before, grant])
    this.#byId.set(grant.id, grant)
  }

  /** The live one of what a campaign holds in its hands. @throws {RangeError} for a grant that nobody gave */
  live(grant: Grant): LiveGrant {
    const live = grant instanceof LiveGrant ? grant : this.#byId.get(grant.id)
    if (live === undefined) throw new RangeError('nobody gave this grant')
    return live
  }

  /** Those that have not ended by then, whether begun or not; oldest first. */
  of(person: Person, atMs: number): LiveGrant[] {
    return (this.#byPerson.get(person.id) ?? []).filter((one) => !one.isEnded && one.expiresMs > atMs)
  }

  all(atMs: number): LiveGrant[] {
    return [...this.#byId.values()].filter((one) => !one.isEnded && one.expiresMs > atMs)
  }

  /** Lets go of what ended before; returns those that ran out by themselves. */
  prune(atMs: number): LiveGrant[] {
    const gone = [...this.#byId.values()].filter((one) => one.isEnded || one.expiresMs <= atMs)
    for (const grant of gone) {
      this.#byId.delete(grant.id)
      const rest = (this.#byPerson.get(grant.person.id) ?? []).filter((one) => one !== grant)
      if (rest.length > 0) this.#byPerson.set(grant.person.id, rest)
      else this.#byPerson.delete(grant.person.id)
    }
    return gone.filter((one) => !one.isEnded)
  }
}
