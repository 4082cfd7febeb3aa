import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const DAY_MS = 86_400_000
const LONG_SILENCE_DAYS = 21

const Person = z.object({ day: z.int(), grants: z.int(), spent: z.int(), weightsDay: z.int() })
const Used = z.object({ day: z.int(), wasSpent: z.boolean(), near: z.number(), early: z.number() })

/** Grants: how large they are, whether they are used as they were given, and who turns to weights after a long silence. */
export class GrantUse implements Model {
  readonly #people = new Table(Person, 100_000)
  readonly #used = new Table(Used, 100_000)

  look(seen: Seen): void {
    const { activity, day, person } = seen
    if (!activity.kind.startsWith('weights.')) return
    const fresh = { day, grants: 0, spent: 0, weightsDay: day }
    const about = this.#people.get(person) ?? this.#people.set(person, fresh)
    if (about.day !== day) Object.assign(about, { day, grants: 0, spent: 0 })
    if (activity.kind === 'weights.grant_given') this.#given(seen, about)
    if (activity.kind !== 'weights.read') return
    const silent = day - about.weightsDay
    if (silent >= LONG_SILENCE_DAYS) seen.raise('dormant', silent >= 2 * LONG_SILENCE_DAYS ? 2 : 1)
    about.weightsDay = day
    this.#read(seen, about)
  }

  snapshot(): Json {
    return snapshotOf({ people: this.#people, used: this.#used })
  }

  restore(snapshot: Json): void {
    restoreInto({ people: this.#people, used: this.#used }, snapshot)
  }

  #given(seen: Seen, about: z.infer<typeof Person>): void {
    about.grants += 1
    seen.raise('grants', about.grants)
    const { grant, subject } = seen.activity
    const given = seen.facts.grant(grant ?? subject?.id ?? null)
    const bytes = given?.budgetBytes ?? 0
    seen.raise('asked_bytes', bytes)
    const size = given?.version == null ? null : seen.facts.sizeOf(given.version)
    if (size !== null && given?.use !== 'serve')
      seen.raise('asked_share', Math.max(0, Math.floor(8 + 2 * Math.log2(bytes / size))))
  }

  #read(seen: Seen, about: z.infer<typeof Person>): void {
    const { activity, timeMs, facts, day, person } = seen
    const grant = facts.grant(activity.grant)
    if (grant === undefined || activity.grant === null) return
    const isOther =
      grant.person !== person ||
      (grant.host !== null && activity.host !== null && grant.host !== activity.host) ||
      (grant.version !== null && activity.version !== null && grant.version !== activity.version) ||
      (grant.expiresMs > grant.givenMs && timeMs > grant.expiresMs + 3_600_000)
    if (isOther) seen.add('off_grant', 1)
    const none = { day, wasSpent: false, near: 0, early: 0 }
    const used = this.#used.get(activity.grant) ?? this.#used.set(activity.grant, none)
    const bytes = sane(activity.bytes)
    const spanMs = grant.expiresMs - grant.givenMs
    if (spanMs >= DAY_MS / 24 && timeMs > grant.expiresMs - 0.1 * spanMs) {
      used.near += bytes
      if (used.near > 10 * used.early) seen.raise('near_end', used.near)
    } else used.early += bytes
    if (used.wasSpent || grant.budgetBytes === 0 || grant.readBytes < 0.95 * grant.budgetBytes) return
    used.wasSpent = true
    about.spent += 1
    seen.raise('budget_spent', about.spent)
  }
}
