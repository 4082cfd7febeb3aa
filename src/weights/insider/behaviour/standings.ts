import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import type { MeasureId } from './measures.ts'
import type { Seen } from './model.ts'
import { type Kept, restoreInto, snapshotOf, Table } from './table.ts'

const MOST = 50_000
const MOST_LEVEL = 64
const PEER_PAIRS = 2
const ALL_PAIRS = 5
/** So many pairs, unseen, of which half a one goes as high. */
const NEVER_SEEN_PAIRS = 20
const ORDINARY_NATS = 3
const MOST_NATS = 6

const Level = z.object({ level: z.int(), said: z.number(), group: z.string() })
const Counts = z.array(z.number())

/** Whose it is, among whom, and of what. */
export interface Pair {
  readonly person: string
  readonly group: string
  readonly pair: string
}

/**
 * How far somebody has come with something that only ever grows, such as how much they know of a version, against how far the same person has come with other
 * ones, and people with the same work with theirs.
 */
export class Standings implements Kept {
  readonly #levels = new Table(Level, MOST)
  /** By measure and group, person or everybody: how many pairs stand at which level. */
  readonly #counts = new Table(Counts, 3 * MOST)

  /** @returns how surprising it is, beyond what was said of this pair before; null where it isn't */
  reach(measure: string, { person, group, pair }: Pair, to: number): { nats: number; says: string } | null {
    const level = Math.min(MOST_LEVEL, to)
    const key = `${measure} ${pair}`
    const known = this.#levels.get(key) ?? this.#levels.set(key, { level: -1, said: ORDINARY_NATS, group })
    if (level <= known.level) return null
    const [mine, ours, all] = [`${measure} p ${person}`, `${measure} g ${known.group}`, `${measure} *`]
    for (const name of [mine, ours, all]) this.#move(name, known.level, level)
    known.level = level
    // This pair itself counts in each.
    const own = this.#atLeast(mine, level)
    const peers = this.#atLeast(ours, level)
    const everybody = this.#atLeast(all, level)
    const ofAll = (everybody.high - own.high + 0.5) / (everybody.all - own.all + NEVER_SEEN_PAIRS)
    const ofPeers =
      (Math.max(0, peers.high - own.high) + ALL_PAIRS * ofAll) / (Math.max(0, peers.all - own.all) + ALL_PAIRS)
    const chance = (own.high - 1 + PEER_PAIRS * ofPeers) / (own.all - 1 + PEER_PAIRS)
    const nats = Math.min(MOST_NATS, -Math.log(Math.min(1, chance)))
    if (nats <= known.said + 0.1) return null
    const added = nats - known.said
    known.said = nats
    const others = Math.max(0, peers.all - own.all)
    return {
      nats: added,
      says: `: so far came ${own.high - 1} of ${own.all - 1} others of their own, and ${Math.max(0, peers.high - own.high)} of ${others} of people with the same work`,
    }
  }

  /** Tells of it, if it is surprising. */
  tell(seen: Seen, measure: MeasureId, of: Pair, { level, says }: { level: number; says: string }): void {
    const told = this.reach(measure, of, level)
    if (told !== null) seen.tell({ measure, nats: told.nats, says: `${says}${told.says}` })
  }

  snapshot(): Json {
    return snapshotOf({ levels: this.#levels, counts: this.#counts })
  }

  restore(snapshot: Json): void {
    restoreInto({ levels: this.#levels, counts: this.#counts }, snapshot)
  }

  #move(name: string, from: number, to: number): void {
    const counts = this.#counts.get(name) ?? this.#counts.set(name, [])
    while (counts.length <= to) counts.push(0)
    if (from >= 0) counts[from] = Math.max(0, (counts[from] ?? 0) - 1)
    counts[to] = (counts[to] ?? 0) + 1
  }

  #atLeast(name: string, level: number): { high: number; all: number } {
    let all = 0
    let high = 0
    for (const [at, count] of (this.#counts.get(name) ?? []).entries()) {
      all += count
      if (at >= level) high += count
    }
    return { high, all }
  }
}
