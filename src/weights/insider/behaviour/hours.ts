import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { isSensitive } from './kinds.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const HOUR_MS = 3_600_000
const BINS = 48
/** How many hours of work the habits of peers are worth. */
const PEER_HOURS = 20
/** An hour that nobody ever worked at is as likely as this. */
const NEVER = 1 / 400
/** Half nats less than an hour chosen at random. */
const ODD_LEVEL = 3
const FORGETS_PER_HOUR_WORKED = 0.5 ** (1 / 1_500)

const Habit = z.object({ hour: z.int(), worked: z.number(), bins: z.array(z.number()) })
type Habit = z.infer<typeof Habit>

/** At which hours of weekdays and of weekends somebody works: each hour counts once, however much is done in it. */
export class Hours implements Model {
  readonly #people = new Table(Habit, 100_000)
  readonly #groups = new Table(Habit, 10_000)

  look(seen: Seen): void {
    const { activity, person, facts, timeMs } = seen
    const hour = Math.floor(timeMs / HOUR_MS)
    const own = this.#habit(this.#people, person)
    if (own.hour >= hour) {
      if (own.hour === hour && isSensitive(activity.kind)) this.#compare(seen, own, hour)
      return
    }
    own.hour = hour
    if (isSensitive(activity.kind)) this.#compare(seen, own, hour)
    work(own, binOf(hour))
    work(this.#habit(this.#groups, facts.groupOf(person)), binOf(hour))
  }

  snapshot(): Json {
    return snapshotOf({ people: this.#people, groups: this.#groups })
  }

  restore(snapshot: Json): void {
    restoreInto({ people: this.#people, groups: this.#groups }, snapshot)
  }

  #habit(table: Table<Habit>, name: string): Habit {
    return table.get(name) ?? table.set(name, { hour: 0, worked: 0, bins: new Array<number>(BINS).fill(0) })
  }

  #compare(seen: Seen, own: Habit, hour: number): void {
    if (own.worked < 30 || seen.facts.isOnCall(seen.person)) return
    // A server loads when it starts, whoever looks after it.
    if (seen.facts.grant(seen.activity.grant)?.use === 'serve') return
    const group = this.#habit(this.#groups, seen.facts.groupOf(seen.person))
    const bin = binOf(hour)
    const ofPeers = (around(group, bin) + 1_000 * NEVER) / (group.worked + 1_000)
    const chance = (around(own, bin) + PEER_HOURS * ofPeers) / (own.worked + PEER_HOURS)
    const level = Math.floor(2 * -Math.log(chance * 24))
    if (level > 0) seen.raise('hours', level)
    if (level >= ODD_LEVEL && seen.activity.kind === 'weights.read') seen.add('odd_bytes', sane(seen.activity.bytes))
  }
}

function work(habit: Habit, bin: number): void {
  habit.worked = habit.worked * FORGETS_PER_HOUR_WORKED + 1
  for (let at = 0; at < BINS; at++) habit.bins[at] = (habit.bins[at] ?? 0) * FORGETS_PER_HOUR_WORKED
  habit.bins[bin] = (habit.bins[bin] ?? 0) + 1
}

/** An hour counts for the ones beside it too: nobody keeps to the minute. */
function around({ bins }: Habit, bin: number): number {
  const first = bin < 24 ? 0 : 24
  const at = bin - first
  const beside = (bins[first + ((at + 1) % 24)] ?? 0) + (bins[first + ((at + 23) % 24)] ?? 0)
  return ((bins[bin] ?? 0) + 0.5 * beside) / 2
}

/** Hours of weekdays, then those of weekends, UTC. */
function binOf(hour: number): number {
  const weekday = (Math.floor(hour / 24) + 4) % 7
  return (hour % 24) + (weekday === 0 || weekday === 6 ? 24 : 0)
}
