import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { cover } from './intervals.ts'
import type { Seen } from './model.ts'
import { percent, shareLevel } from './shares.ts'
import type { Standings } from './standings.ts'
import { type Kept, restoreInto, snapshotOf, Table } from './table.ts'

const MOST = 20_000
const MOST_PIECES = 384
/** After so long a pause it is another sitting. */
export const SITTING_MS = 1_800_000
/** Fewer reads than this say nothing of a day. */
const LEAST_READS = 5
/** What one comes back to counts so much more than what is new: four of five looks of ordinary work do. */
const COMES_BACK = 4
const DAYS_HALF = 30

const Looked = z.object({
  pieces: z.array(z.number()),
  bytes: z.number(),
  lastMs: z.number(),
  /** Reads of this sitting that were new, and those that were not. */
  news: z.int(),
  olds: z.int(),
  day: z.int(),
  readsToday: z.int(),
  newsToday: z.int(),
  /** Days on which nearly all was new, forgetting by half in a month. */
  newDays: z.number(),
})
type Looked = z.infer<typeof Looked>

/** A small range that was read, and how large its version is. */
export interface Piece {
  readonly version: string
  readonly from: number
  readonly bytes: number
  /** As long as the one before. */
  readonly isSameSize: boolean
  readonly size: number
}

/**
 * What is looked at in small pieces. It is kept apart from what was ever read: whoever once loaded a model whole has read all of it, and a copy in small pieces
 * would be nothing new. Work comes back to the same pieces; a copy looks at each of them once.
 */
export class Pieces implements Kept {
  readonly #pairs = new Table(Looked, MOST)
  readonly #standings: Standings

  constructor(standings: Standings) {
    this.#standings = standings
  }

  /** @returns whether it begins exactly where an earlier piece ended, and is new */
  look(seen: Seen, piece: Piece): boolean {
    const { version, from, bytes, isSameSize } = piece
    const { person, day, timeMs } = seen
    const none = {
      pieces: [],
      bytes: 0,
      lastMs: timeMs,
      news: 0,
      olds: 0,
      day,
      readsToday: 0,
      newsToday: 0,
      newDays: 0,
    }
    const about = this.#pairs.get(`${person} ${version}`) ?? this.#pairs.set(`${person} ${version}`, none)
    if (about.day !== day) nextDay(about, day)
    if (timeMs - about.lastMs >= SITTING_MS) Object.assign(about, { news: 0, olds: 0 })
    about.lastMs = Math.max(timeMs, about.lastMs)
    const { fresh, fits, follows } = cover(about.pieces, from, bytes, MOST_PIECES)
    about.readsToday += 1
    if (fresh > 0.9 * bytes) {
      about.newsToday += 1
      about.news += 1
    } else about.olds += 1
    seen.raise('sweeps', about.news - COMES_BACK * about.olds)
    if (fresh === 0) return false
    about.bytes += fresh
    seen.add('small_bytes', fresh)
    if (isSameSize && fresh === bytes) seen.add('same_size', 1)
    if (fits) seen.add('small_tiles', 1)
    this.#stand(seen, about, piece)
    return follows
  }

  snapshot(): Json {
    return snapshotOf({ pairs: this.#pairs })
  }

  restore(snapshot: Json): void {
    restoreInto({ pairs: this.#pairs }, snapshot)
  }

  #stand(seen: Seen, about: Looked, { version, size }: Piece): void {
    const { person, facts, activity } = seen
    const group = `${facts.groupOf(person)}|${facts.grant(activity.grant)?.use ?? ''}`
    const of = { person, group, pair: `${person} ${version}` }
    const share = about.bytes / size
    this.#standings.tell(seen, 'small_share', of, {
      level: shareLevel(share),
      says: `has in small pieces read ${percent(share)} of a version`,
    })
    const days = about.newDays + (isNewDay(about) ? 1 : 0)
    if (days < 2) return
    this.#standings.tell(seen, 'small_days', of, {
      level: Math.floor(2 * Math.log2(days)),
      says: `looks for the ${Math.floor(days)}th day lately at pieces of a version that they had hardly ever looked at`,
    })
  }
}

function nextDay(about: Looked, day: number): void {
  if (isNewDay(about)) about.newDays += 1
  about.newDays *= 0.5 ** (Math.max(0, day - about.day) / DAYS_HALF)
  Object.assign(about, { day, readsToday: 0, newsToday: 0 })
}

function isNewDay({ readsToday, newsToday }: Looked): boolean {
  return readsToday >= LEAST_READS && newsToday > 0.7 * readsToday
}
