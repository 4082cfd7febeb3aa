import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { levelOf, MOST_LEVEL } from './levels.ts'
import { MEASURES, type Measure, type MeasureId } from './measures.ts'
import { type Kept, parsed, Table } from './table.ts'

const DAY_MS = 86_400_000
/** What was usual half a year ago says little of today. */
const FORGETS_PER_DAY = 0.5 ** (1 / 75)
/** How many of a person's own days the habits of their peers are worth. */
const PEER_DAYS = 4
/** How many days of peers the habits of everybody are worth. */
const ALL_DAYS = 30
/** What anybody does now and then says nothing: one day in twenty. */
const ORDINARY_NATS = 3
/** What nobody has ever been seen to do is as likely as half a day of all that were watched: of a house that has just begun nothing is surprising. */
const NEVER_SEEN_DAYS = 1
/** So little more is not worth saying. */
const LEAST_MORE = 0.1
/** What is rare says half as much where it is about so few bytes, and hardly anything where it is about a few tensors. */
const HALF_BYTES = 128 * 2 ** 20
const MOST_PEOPLE = 100_000
const EVERYBODY = '*'

const Numbers = z.array(z.number())
const PersonDays = z.object({
  group: z.string(),
  day: z.int(),
  /** Days before this one on which they did anything, forgetting. */
  days: z.number(),
  values: Numbers,
  /** What today was already said, in nats. */
  said: Numbers,
  /** By measure: level, days, level, days, … ; a day without any is in none. */
  past: z.array(Numbers),
})
type PersonDays = z.infer<typeof PersonDays>

const GroupDays = z.object({
  day: z.int(),
  days: z.number(),
  /** By measure and level. */
  past: z.array(Numbers),
  /** People seen today, and by measure how many are at which level. */
  people: z.number(),
  today: z.array(Numbers),
})
type GroupDays = z.infer<typeof GroupDays>

/** How often it was so before. */
export interface Surprise {
  readonly measure: Measure
  readonly value: number
  /** Of the day, in nats. */
  readonly nats: number
  /** How much more than was said of the same day before. */
  readonly added: number
  readonly own: { readonly atLeast: number; readonly days: number }
  readonly peers: { readonly atLeast: number; readonly days: number }
}

const INDEX = new Map<string, number>(MEASURES.map(({ id }, index) => [id, index]))

/**
 * For each measure how often a person, people with the same roles, and everybody have a day that goes so high. A day is compared while it goes on,
 * with what there is of it: what it lacks can only raise it. What a person does teaches what is usual of them only when the day is over, and
 * what they have never done is judged by how often their peers do it; so that somebody who does a little more every week is at a new height
 * every week.
 */
export class Days implements Kept {
  readonly #people = new Table(PersonDays, MOST_PEOPLE)
  readonly #groups = new Table(GroupDays, MOST_PEOPLE)

  /** To be called with each activity, before anything is counted of it. @returns days on which they were seen before, forgetting */
  begin(person: string, timeMs: number, group: string): number {
    const day = Math.floor(timeMs / DAY_MS)
    const known = this.#people.get(person)
    if (known !== undefined && known.day >= day) return known.days
    if (known !== undefined) this.#close(known)
    const fresh = known ?? { group, day, days: 0, values: zeros(), said: zeros(), past: MEASURES.map(() => []) }
    if (known === undefined) this.#people.set(person, fresh)
    fresh.group = group
    fresh.day = day
    for (const name of [group, EVERYBODY]) this.#group(name, day).people += 1
    return fresh.days
  }

  /** @returns null unless it makes the day one that is seldom as high */
  add(person: string, id: MeasureId, amount: number): Surprise | null {
    return this.#put(person, id, (value) => value + amount)
  }

  /** As `add`, where the day's number is the highest one. */
  raise(person: string, id: MeasureId, to: number): Surprise | null {
    return this.#put(person, id, (value) => Math.max(value, to))
  }

  /** What today has come to. */
  value(person: string, id: MeasureId): number {
    return this.#people.get(person)?.values[INDEX.get(id) ?? -1] ?? 0
  }

  snapshot(): Json {
    return { measures: MEASURES.map(({ id }) => id), people: this.#people.snapshot(), groups: this.#groups.snapshot() }
  }

  restore(snapshot: Json): void {
    const { measures, people, groups } = parsed(Snapshot, snapshot)
    parsed(z.literal(MEASURES.map(({ id }) => id).join()), measures.join())
    this.#people.restore(people)
    this.#groups.restore(groups)
  }

  #put(person: string, id: MeasureId, change: (value: number) => number): Surprise | null {
    const about = this.#people.get(person)
    const index = INDEX.get(id) ?? -1
    const measure: Measure | undefined = MEASURES[index]
    if (about === undefined || measure === undefined) return null
    const was = about.values[index] ?? 0
    const value = change(was)
    about.values[index] = value
    const level = levelOf(measure.scale, value)
    const before = levelOf(measure.scale, was)
    if (level <= before) return null
    for (const name of [about.group, EVERYBODY]) {
      const today = this.#group(name, about.day).today[index]
      if (today !== undefined) move(today, before, level)
    }
    return this.#surprise(about, measure, index, level, value)
  }

  #surprise(about: PersonDays, measure: Measure, index: number, level: number, value: number): Surprise | null {
    const own = ownAtLeast(about.past[index] ?? [], level)
    const group = this.#group(about.group, about.day)
    const all = this.#group(EVERYBODY, about.day)
    const others = Math.max(0, atLeast(group.past[index] ?? [], level) - own.atLeast)
    const otherDays = Math.max(0, group.days - about.days)
    const ofAll =
      (Math.max(0, atLeast(all.past[index] ?? [], level) - own.atLeast) + 0.5) / (all.days + NEVER_SEEN_DAYS)
    const ofPeers = (others + ALL_DAYS * ofAll) / (otherDays + ALL_DAYS)
    // A little more than ever is nothing much; a hundred times as much is.
    const record = 0.5 * 2 ** (-Math.max(0, level - own.highest) / 4)
    const chance =
      (own.atLeast + record * ofPeersWeight(about.days) + PEER_DAYS * ofPeers) / (about.days + 1 + PEER_DAYS)
    const nats = Math.min(measure.most, -Math.log(Math.min(1, chance)) - crowd(group, index, level, ofPeers))
    const says = (nats - ORDINARY_NATS) * (measure.scale === 'bytes' ? value / (value + HALF_BYTES) : 1)
    const said = about.said[index] ?? 0
    if (says <= said + LEAST_MORE) return null
    about.said[index] = says
    const peers = { atLeast: others, days: otherDays }
    return { measure, value, nats, added: says - said, own: { atLeast: own.atLeast, days: about.days }, peers }
  }

  #close(person: PersonDays): void {
    const { day, group, values } = person
    for (const name of [group, EVERYBODY]) this.#group(name, day).days += 1
    person.days = person.days + 1
    for (const [index, { scale }] of MEASURES.entries()) {
      const level = levelOf(scale, values[index] ?? 0)
      if (level === 0) continue
      count(person.past[index] ?? [], level)
      for (const name of [group, EVERYBODY]) raise(this.#group(name, day).past[index] ?? [], level, 1)
      values[index] = 0
      person.said[index] = 0
    }
  }

  #group(name: string, day: number): GroupDays {
    const known = this.#groups.get(name)
    if (known === undefined) {
      const made = { day, days: 0, past: MEASURES.map(() => []), people: 0, today: MEASURES.map(() => []) }
      return this.#groups.set(name, made)
    }
    if (day > known.day) {
      forget(known, FORGETS_PER_DAY ** Math.min(1_000, day - known.day))
      known.day = day
      known.people = 0
      known.today = MEASURES.map(() => [])
    }
    return known
  }
}

const Snapshot = z.object({ measures: z.array(z.string()), people: z.json(), groups: z.json() })

/** Of a newcomer nothing is a record: their peers say what is usual. */
function ofPeersWeight(days: number): number {
  return Math.min(1, days / 10)
}

/** Where many do it on the same day (a launch, a drill), it says less of each. */
function crowd({ people, today }: GroupDays, index: number, level: number, chance: number): number {
  const others = Math.max(0, atLeast(today[index] ?? [], level) - 1)
  return Math.max(0, Math.log((1 + others) / (1 + chance * people)))
}

function zeros(): number[] {
  return MEASURES.map(() => 0)
}

function atLeast(counts: readonly number[], level: number): number {
  let sum = 0
  for (let at = level; at < counts.length; at++) sum += counts[at] ?? 0
  return sum
}

function ownAtLeast(pairs: readonly number[], level: number): { atLeast: number; highest: number } {
  let sum = 0
  let highest = 0
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const of = pairs[at] ?? 0
    if (of >= level) sum += pairs[at + 1] ?? 0
    if (of > highest) highest = of
  }
  return { atLeast: sum, highest }
}

function count(pairs: number[], level: number): void {
  for (let at = 0; at + 1 < pairs.length; at += 2)
    if (pairs[at] === level) {
      pairs[at + 1] = (pairs[at + 1] ?? 0) + 1
      return
    }
  pairs.push(level, 1)
}

function raise(counts: number[], level: number, by: number): void {
  while (counts.length <= Math.min(level, MOST_LEVEL)) counts.push(0)
  counts[level] = Math.max(0, (counts[level] ?? 0) + by)
}

function move(counts: number[], from: number, to: number): void {
  if (from > 0) raise(counts, from, -1)
  raise(counts, to, 1)
}

function forget(group: GroupDays, share: number): void {
  group.days *= share
  for (const counts of group.past) for (let at = 0; at < counts.length; at++) counts[at] = (counts[at] ?? 0) * share
}
