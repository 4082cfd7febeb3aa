import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { text } from './facts.ts'
import { isUse, loosens, touchesLogs, undoesWatching } from './kinds.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const DAY_MS = 86_400_000
const LOOSENED_MS = 7 * DAY_MS
const TAMPERED_MS = 2 * DAY_MS
const GLASS_MS = 30 * DAY_MS
const LEAST_USE = 2 ** 20

const Person = z.object({ loosenedMs: z.number(), tamperedMs: z.number(), readMs: z.number(), glassMs: z.number() })

/** What keeps weights and watches people: loosened and then used, tampered with, broken open, or touched where nobody has any business. */
export class Guarding implements Model {
  readonly #people = new Table(Person, 100_000)

  look(seen: Seen): void {
    const { activity, person, timeMs } = seen
    const { kind, data } = activity
    if (kind === 'weights.canary_touched' && data.drill !== true)
      seen.tell({
        measure: 'canary',
        nats: 12,
        says: 'touched a canary, which nobody has any business with',
        isCertain: true,
      })
    if (kind.startsWith('weights.glass_') && kind !== 'weights.glass_reviewed') this.#glass(seen)
    if (undoesWatching(kind) || touchesLogs(kind, data)) this.#tampered(seen)
    else if (loosens(kind, data)) {
      seen.add('loosening', 1)
      if (person === text(data.person) || person === text(data.id)) seen.add('own_favour', 1)
      this.#person(person).loosenedMs = timeMs
    }
    if (isUse(kind)) this.#used(seen)
  }

  snapshot(): Json {
    return snapshotOf({ people: this.#people })
  }

  restore(snapshot: Json): void {
    restoreInto({ people: this.#people }, snapshot)
  }

  #person(id: string) {
    return this.#people.get(id) ?? this.#people.set(id, { loosenedMs: 0, tamperedMs: 0, readMs: 0, glassMs: 0 })
  }

  /** In an emergency whoever is on call does; else, and again, it is less and less likely to be one. */
  #glass(seen: Seen): void {
    const about = this.#person(seen.person)
    const isAgain = about.glassMs > 0 && seen.timeMs - about.glassMs < GLASS_MS
    about.glassMs = seen.timeMs
    seen.raise('glass', 1 + (seen.facts.isOnCall(seen.person) ? 0 : 2) + (isAgain ? 1 : 0))
  }

  #tampered(seen: Seen): void {
    seen.add('tampering', 1)
    const about = this.#person(seen.person)
    about.tamperedMs = seen.timeMs
    if (about.readMs > 0 && seen.timeMs - about.readMs < TAMPERED_MS) seen.add('tampered_used', LEAST_USE)
  }

  #used(seen: Seen): void {
    const { person, timeMs, activity } = seen
    const about = this.#person(person)
    about.readMs = timeMs
    const bytes = Math.max(LEAST_USE, sane(activity.bytes))
    if (about.loosenedMs > 0 && timeMs - about.loosenedMs < LOOSENED_MS) seen.add('loosened_used', bytes)
    if (about.tamperedMs > 0 && timeMs - about.tamperedMs < TAMPERED_MS) seen.add('tampered_used', bytes)
  }
}
