import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { type Kept, restoreInto, snapshotOf, Table } from './table.ts'

const MOST_VERSIONS = 5_000
/** Of a version the last ones are enough: whoever divides it among them goes on soon. */
const MOST_STOPS = 60
const STOPS_MS = 30 * 86_400_000

const Side = z.enum(['begin', 'end'])
type Side = z.infer<typeof Side>
const Stops = z.array(z.tuple([z.number(), z.string(), z.number(), Side]))

/** Where people began and stopped reading a version, so that it shows when what others read fits exactly to it: how a copy is divided. */
export class Relays implements Kept {
  readonly #stops = new Table(Stops, MOST_VERSIONS)

  /** Somebody's run of reads began or ended there. */
  mark(version: string, person: string, at: number, timeMs: number, side: Side): void {
    const stops = this.#stops.get(version) ?? this.#stops.set(version, [])
    stops.push([at, person, timeMs, side])
    if (stops.length > MOST_STOPS) stops.shift()
  }

  /** Whether somebody else's lately ended where this one begins, or began where it ends. */
  meets(version: string, person: string, at: number, timeMs: number, side: Side): boolean {
    const stops = this.#stops.get(version)
    if (stops === undefined) return false
    return stops.some((one) => one[0] === at && one[3] !== side && one[1] !== person && timeMs - one[2] < STOPS_MS)
  }

  snapshot(): Json {
    return snapshotOf({ stops: this.#stops })
  }

  restore(snapshot: Json): void {
    restoreInto({ stops: this.#stops }, snapshot)
  }
}
