import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { cover, FILE_ROOM, positionOf } from './intervals.ts'
import { mayTakeOut } from './kinds.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { Pieces, SITTING_MS } from './pieces.ts'
import { Relays } from './relays.ts'
import { Runs } from './runs.ts'
import { dayLevel, percent, shareLevel } from './shares.ts'
import { type Pair as Standing, Standings } from './standings.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const HOUR_MS = 3_600_000
const MOST = 20_000
/** Nothing that is smaller is anybody's model; without its size a version is taken to be as large as what was ever read of it. */
const LEAST_VERSION_BYTES = 2 ** 30
const WEEK_DAYS = 7
const MOST_VERSIONS = 50
const SLOW_DAYS = 14
/** What is carried out was mostly read within so long before. */
const LATE_MS = 36 * HOUR_MS
const MOST_AVOIDS = 20
/** Less than what the vault gives out at once: whoever wants a whole file takes no less. */
const SMALL_BYTES = 63 * 2 ** 20
/** What is given out in parts follows at once. */
const PART_MS = 60_000
/** A look at less than this divides nothing. */
const LEAST_RELAY = 256 * 2 ** 20
/** Who is about to leave still works: less than this of a version a day is no taking along. */
const LEAVERS_SHARE = 0.01

/** A range that was read. */
interface Read {
  readonly version: string
  readonly from: number
  readonly bytes: number
  readonly isPart: boolean
  readonly isSameSize: boolean
}

const Person = z.object({
  hour: z.int(),
  hourBytes: z.number(),
  /** What was read last, to see whether the next goes on from there. */
  version: z.string(),
  next: z.number(),
  /** How long that was, and when. */
  lastBytes: z.number(),
  lastMs: z.number(),
  rowBytes: z.number(),
  /** Versions of the last week, and the days on which they were last read. */
  versions: z.array(z.tuple([z.string(), z.int()])),
  /** What they read, forgetting by half in a day and a half. */
  lateBytes: z.number(),
  lateMs: z.number(),
  /** What was new to them, forgetting by half in two weeks. */
  slowBytes: z.number(),
  slowDay: z.int(),
})

type Person = z.infer<typeof Person>

const Pair = z.object({
  pieces: z.array(z.number()),
  bytes: z.number(),
  day: z.int(),
  freshToday: z.number(),
  readToday: z.number(),
  /** What was read today, by use of the grant. */
  runToday: z.number(),
  programToday: z.number(),
  /** When it was last read, and what was covered before this sitting. */
  lastMs: z.number(),
  before: z.number(),
  /** Where the last read ended, and whether it was one that took up an earlier sitting. */
  next: z.number(),
  isResumed: z.boolean(),
  /** Reads today that were new, and those that were not. */
  news: z.int(),
  olds: z.int(),
  /** How much they keep away from what they have read, in nats. */
  avoids: z.number(),
  /** Days on which nearly all that was read was new, forgetting by half in a month. */
  newDays: z.number(),
})
type Pair = z.infer<typeof Pair>

/** A range, and what became of it. */
interface Around {
  readonly from: number
  readonly bytes: number
  readonly fresh: number
  /** Of the version. */
  readonly size: number
  /** Whether it begins exactly where something earlier ended. */
  readonly follows: boolean
}

/**
 * What is taken of the weights: how much in a day and in an hour, how much of it for the first time, in what order, and how large a share of a
 * version somebody has come to, over all their grants and however long it took.
 */
export class Reading implements Model {
  readonly #people = new Table(Person, MOST)
  readonly #pairs = new Table(Pair, MOST)
  readonly #extents = new Table(z.number(), MOST)
  readonly #standings = new Standings()
  readonly #relays = new Relays()
  readonly #runs = new Runs()
  readonly #pieces = new Pieces(this.#standings)

  look(seen: Seen): void {
    const { activity } = seen
    if (activity.kind === 'weights.opened') seen.add('files_opened', 1)
    const out = mayTakeOut(activity)
    if (out > 0) this.#carried(seen, out)
    if (activity.kind !== 'weights.read') return
    const bytes = sane(activity.bytes)
    const version = activity.version ?? '?'
    const from = positionOf(activity.file, activity.start)
    seen.add('bytes_read', bytes)
    const grant = seen.facts.grant(activity.grant)
    if (grant?.kind === 'break_glass') seen.add('glass_bytes', bytes)
    if (grant?.use === 'export') seen.add('export_bytes', bytes)
    this.#covered(seen, { version, from, bytes, ...this.#inARow(seen, version, from, bytes) })
  }

  snapshot(): Json {
    return snapshotOf(this.#kept())
  }

  restore(snapshot: Json): void {
    restoreInto(this.#kept(), snapshot)
  }

  #kept() {
    return {
      people: this.#people,
      pairs: this.#pairs,
      extents: this.#extents,
      standings: this.#standings,
      relays: this.#relays,
      runs: this.#runs,
      pieces: this.#pieces,
    }
  }

  /** @returns whether it is only the rest of a range that was too long to be given out at once, and whether it is small and as long as the last one */
  #inARow(seen: Seen, version: string, from: number, bytes: number): Pick<Read, 'isPart' | 'isSameSize'> {
    const { person, timeMs, day } = seen
    const hour = Math.floor(timeMs / HOUR_MS)
    const none = { hourBytes: 0, version: '', next: 0, lastBytes: 0, lastMs: 0, rowBytes: 0, slowBytes: 0 }
    const fresh: Person = { ...none, hour, versions: [], slowDay: day, lateBytes: 0, lateMs: timeMs }
    const about = this.#people.get(person) ?? this.#people.set(person, fresh)
    about.hourBytes = about.hour === hour ? about.hourBytes + bytes : bytes
    about.hour = hour
    const isSame = about.version === version
    const goesOn = isSame && about.next === from
    if (!goesOn && about.rowBytes >= LEAST_RELAY && about.next % FILE_ROOM > 0)
      this.#relay(seen, about.version, about.next, about.lastMs, 'end')
    const isNextFile = isSame && from % FILE_ROOM === 0 && from - about.next < FILE_ROOM && from > about.next
    const isPart = goesOn && about.lastBytes >= SMALL_BYTES && timeMs - about.lastMs < PART_MS
    const isSameSize = isSame && about.lastBytes === bytes && bytes < SMALL_BYTES
    about.rowBytes = goesOn || isNextFile ? about.rowBytes + bytes : bytes
    Object.assign(about, { version, next: from + bytes, lastBytes: bytes, lastMs: timeMs })
    const begins = from + bytes - about.rowBytes
    if (about.rowBytes >= LEAST_RELAY && about.rowBytes - bytes < LEAST_RELAY && begins > 0 && begins % FILE_ROOM > 0)
      this.#relay(seen, version, begins, timeMs, 'begin')
    this.#versions(seen, about, version)
    about.lateBytes = lately(about, timeMs) + bytes
    about.lateMs = Math.max(timeMs, about.lateMs)
    seen.raise('bytes_hour', about.hourBytes)
    seen.raise('bytes_in_a_row', about.rowBytes)
    this.#runs.look(seen, version, from, bytes)
    const size = seen.facts.sizeOf(version)
    if (size !== null) seen.raise('row_share', dayLevel(about.rowBytes / size))
    return { isPart, isSameSize }
  }

  /** An end of a long run of reads, which may be exactly where one of somebody else's is. */
  #relay(seen: Seen, version: string, at: number, timeMs: number, side: 'begin' | 'end'): void {
    if (this.#relays.meets(version, seen.person, at, timeMs, side)) seen.add('relayed', 1)
    this.#relays.mark(version, seen.person, at, timeMs, side)
  }

  #versions(seen: Seen, about: Person, version: string): void {
    const { day } = seen
    const known = about.versions.find(([id]) => id === version)
    if (known?.[1] === day) return
    about.versions = about.versions.filter(([id, last]) => id !== version && day - last < WEEK_DAYS)
    if (about.versions.length < MOST_VERSIONS) about.versions.push([version, day])
    seen.raise('versions_read', about.versions.length)
  }

  #slowly(seen: Seen, fresh: number): void {
    const { person, day } = seen
    const about = this.#people.get(person)
    if (about === undefined) return
    about.slowBytes = about.slowBytes * 0.5 ** (Math.max(0, day - about.slowDay) / SLOW_DAYS) + fresh
    about.slowDay = Math.max(day, about.slowDay)
    seen.raise('bytes_slow', about.slowBytes)
  }

  /** Whatever leaves, by whatever way, after something was taken. */
  #carried(seen: Seen, most: number): void {
    const about = this.#people.get(seen.person)
    if (about !== undefined) seen.add('carried', Math.min(most, lately(about, seen.timeMs)))
  }

  #covered(seen: Seen, read: Read): void {
    const { version, from, bytes, isPart, isSameSize } = read
    const { person, day, timeMs, facts, activity } = seen
    const key = `${person} ${version}`
    const none = {
      ...{ pieces: [], bytes: 0, day, freshToday: 0, readToday: 0, runToday: 0, programToday: 0, newDays: 0 },
      ...{ lastMs: timeMs, before: 0, next: -1, isResumed: false, news: 0, olds: 0, avoids: 0 },
    }
    const pair = this.#pairs.get(key) ?? this.#pairs.set(key, none)
    if (pair.day !== day) nextDay(pair, day)
    const { fresh, fits, follows } = cover(pair.pieces, from, bytes)
    pair.bytes += fresh
    pair.freshToday += fresh
    pair.readToday += bytes
    if (fits) seen.add('tiles', 1)
    if (!fits && fresh > 0.9 * bytes && bytes >= SMALL_BYTES / 4) seen.add('shuffled_bytes', fresh)
    const size = this.#size(seen, version, pair.bytes)
    const isPiece = bytes < SMALL_BYTES && !isPart
    const isOn = isPiece && this.#pieces.look(seen, { version, from, bytes, isSameSize, size })
    this.#around(seen, pair, { from, bytes, fresh, size, follows: follows || isOn })
    this.#byUse(seen, pair, bytes, size)
    if (fresh === 0) return
    seen.add('bytes_new', fresh)

    this.#slowly(seen, fresh)
    for (const approver of facts.grant(activity.grant)?.approvers ?? [])
      if (approver !== person) seen.addOf(approver, 'approved_bytes', fresh)
    const of = { person, group: `${facts.groupOf(person)}|${facts.grant(activity.grant)?.use ?? ''}`, pair: key }
    const share = pair.bytes / size
    const isMuch = pair.freshToday > LEAVERS_SHARE * size
    if (isMuch && facts.isLeaving(person, timeMs)) seen.raise('leaver_bytes', pair.freshToday)
    seen.raise('new_share', dayLevel(pair.freshToday / size))
    this.#standings.tell(seen, 'share', of, {
      level: shareLevel(share),
      says: `has by now read ${percent(share)} of a version`,
    })
    this.#dayAfterDay(seen, pair, share, of)
  }

  /** Whether they keep away from what they have read before: work comes back to the same places, a copy never does. */
  #around(seen: Seen, pair: Pair, read: Around): void {
    const { timeMs } = seen
    const isSitting = timeMs - pair.lastMs < SITTING_MS
    pair.lastMs = Math.max(timeMs, pair.lastMs)
    if (!isSitting) pair.before = pair.bytes - read.fresh
    const isNew = read.fresh > 0.9 * read.bytes
    if (isNew) pair.news += 1
    else pair.olds += 1
    if (pair.next === read.from && pair.isResumed) seen.add('resumed', 1)
    pair.isResumed = read.follows && !isSitting
    pair.next = read.from + read.bytes
    if (pair.before > 0) seen.raise('new_only', pair.news - 5 * pair.olds)
    const chance = Math.min(0.9, pair.before / read.size)
    pair.avoids = Math.max(0, isNew ? Math.min(MOST_AVOIDS, pair.avoids - Math.log(1 - chance)) : pair.avoids - 2)
    seen.raise('avoids', 2 * pair.avoids)
  }

  /** How much of a version, whether they know it or not. */
  #byUse(seen: Seen, pair: Pair, bytes: number, size: number): void {
    const use = seen.facts.grant(seen.activity.grant)?.use
    if (use === 'run') {
      pair.runToday += bytes
      seen.raise('run_share', dayLevel(pair.runToday / size))
    } else if (use === 'program') {
      pair.programToday += bytes
      seen.raise('program_share', dayLevel(pair.programToday / size))
    }
  }

  #dayAfterDay(seen: Seen, pair: Pair, share: number, of: Standing): void {
    const isNew = pair.freshToday > 0.7 * pair.readToday
    const days = pair.newDays + (isNew ? 1 : 0)
    if (days < 3) return
    const says = `reads for the ${Math.floor(days)}th day lately hardly anything but what is new to them of a version, ${percent(share)} of it so far`
    this.#standings.tell(seen, 'new_days', of, { level: Math.floor(2 * Math.log2(days)), says })
  }

  #size({ facts }: Seen, version: string, covered: number): number {
    const known = facts.sizeOf(version)
    if (known !== null) return known
    const extent = Math.max(this.#extents.get(version) ?? LEAST_VERSION_BYTES, covered)
    this.#extents.set(version, extent)
    return extent
  }
}

function nextDay(pair: Pair, day: number): void {
  if (pair.readToday > 0 && pair.freshToday > 0.7 * pair.readToday) pair.newDays += 1
  pair.newDays *= 0.5 ** (Math.max(0, day - pair.day) / 30)
  pair.day = day
  pair.freshToday = 0
  pair.readToday = 0
  pair.runToday = 0
  pair.programToday = 0
  pair.news = 0
  pair.olds = 0
}

/** What somebody read lately, in bytes. */
function lately({ lateBytes, lateMs }: Person, timeMs: number): number {
  return lateBytes * 0.5 ** (Math.max(0, timeMs - lateMs) / LATE_MS)
}
