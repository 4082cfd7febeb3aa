import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { Sets } from './sets.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const EARTH_KM = 6_371
/** What an airliner flies, and a bit. */
const FASTEST_KM_PER_HOUR = 900
/** Below this, places by address are too vague to say anything. */
const LEAST_KM = 300
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Where so many go out, it is an office or a VPN, and nobody need be there. */
const SHARED_BY = 6

const Last = z.object({
  timeMs: z.number(),
  latitude: z.number(),
  longitude: z.number(),
  isShared: z.boolean(),
  farMs: z.number(),
})

/** Two places one after the other that nobody gets between so fast. */
export class Travel implements Model {
  readonly #last = new Table(Last, 100_000)
  readonly #users = new Sets(50_000, SHARED_BY)

  look(seen: Seen): void {
    const { activity, person, timeMs } = seen
    const { place } = activity
    if (activity.kind === 'weights.read') this.#read(seen)
    if (place === null || place.latitude === null || place.longitude === null) return
    const { latitude, longitude } = place
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return
    const where = `${latitude.toFixed(1)} ${longitude.toFixed(1)}`
    this.#users.add(where, person)
    const isShared = this.#users.count(where) >= SHARED_BY
    const last = this.#last.get(person)
    const farMs = last?.farMs ?? 0
    const now = this.#last.set(person, { timeMs, latitude, longitude, isShared, farMs })
    if (last === undefined) return
    const km = distanceKm(last, { latitude, longitude })
    const hours = Math.max(timeMs - last.timeMs, 60_000) / HOUR_MS
    if (km < LEAST_KM || km / hours <= FASTEST_KM_PER_HOUR) return
    now.farMs = timeMs
    seen.raise('travel', isShared || last.isShared ? 1 : 3)
  }

  #read(seen: Seen): void {
    const farMs = this.#last.get(seen.person)?.farMs ?? 0
    if (farMs > 0 && seen.timeMs - farMs < DAY_MS) seen.add('travel_bytes', sane(seen.activity.bytes))
  }

  snapshot(): Json {
    return snapshotOf({ last: this.#last, users: this.#users })
  }

  restore(snapshot: Json): void {
    restoreInto({ last: this.#last, users: this.#users }, snapshot)
  }
}

interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** Great-circle distance in kilometres, by the haversine formula on a sphere of the mean radius. */
export function distanceKm(from: Point, to: Point): number {
  const radians = Math.PI / 180
  const across = Math.sin(((to.latitude - from.latitude) * radians) / 2) ** 2
  const along = Math.sin(((to.longitude - from.longitude) * radians) / 2) ** 2
  const square = across + Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * along
  return 2 * EARTH_KM * Math.asin(Math.sqrt(Math.min(1, square)))
}
