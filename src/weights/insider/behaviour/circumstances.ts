import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { isUse } from './kinds.ts'
import { sane } from './levels.ts'
import type { MeasureId } from './measures.ts'
import type { Model, Seen } from './model.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const HOUR_MS = 3_600_000
/** Whoever signed in within so long may still be at it. */
const SIGNED_MS = 14 * HOUR_MS
/** Fewer things than these besides weights are no day at work. */
const WORKDAY_ACTS = 4

const Person = z.object({ signedMs: z.number(), day: z.int(), others: z.int(), host: z.string(), switches: z.int() })

/** What is not wrong by itself, and from which height on it is strange. */
const STRANGE: readonly (readonly [MeasureId, number])[] = [
  ...([
    ['new_host', 2],
    ['new_place', 2],
    ['new_reader', 2],
    ['travel', 1],
    ['failures', 3],
    ['hours', 3],
  ] as const),
  ...([
    ['dormant', 1],
    ['new_use', 2],
    ['new_version', 2],
    ['fresh_access', 1],
    ['loosening', 1],
    ['tampering', 1],
  ] as const),
]

/** What goes along with the use of weights: how much about the day is strange, whether it is a day at work at all, and who is known to be there. */
export class Circumstances implements Model {
  readonly #people = new Table(Person, 100_000)

  look(seen: Seen): void {
    const { activity, person, day, timeMs } = seen
    const { kind, host } = activity
    const fresh = { signedMs: 0, day, others: 0, host: '', switches: 0 }
    const about = this.#people.get(person) ?? this.#people.set(person, fresh)
    if (about.day !== day) Object.assign(about, { day, others: 0, switches: 0 })
    if (kind === 'staff.signed_in') about.signedMs = timeMs
    if (!kind.startsWith('weights.')) {
      about.others += 1
      if (kind !== 'approvals.requested') return
    }
    if (kind !== 'weights.read') {
      if (isUse(kind) || kind === 'weights.grant_given' || kind === 'approvals.requested') this.#compare(seen)
      return
    }
    if (host !== null && host !== about.host) {
      about.switches += 1
      about.host = host
      seen.raise('host_switches', about.switches - 1)
    }
    // A server loads when it starts, whoever looks after it.
    if (seen.facts.grant(activity.grant)?.use === 'serve') return
    if (timeMs - about.signedMs > SIGNED_MS) seen.add('unsigned_bytes', sane(activity.bytes))
    if (about.others < WORKDAY_ACTS) seen.add('lonely_bytes', sane(activity.bytes))
  }

  snapshot(): Json {
    return snapshotOf({ people: this.#people })
  }

  restore(snapshot: Json): void {
    restoreInto({ people: this.#people }, snapshot)
  }

  #compare(seen: Seen): void {
    let strange = 0
    for (const [measure, from] of STRANGE) if (seen.value(measure) >= from) strange += 1
    if (strange > 1) seen.raise('strangeness', strange)
  }
}
