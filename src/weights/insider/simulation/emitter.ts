import type { Activity } from '../index.ts'
import { compareMoments } from '../index.ts'

const DAY_MS = 86_400_000
/** Knuth's multiplicative hash: odd, so that every counter gives another id, in no order that would tell who asked for it. */
const SCATTER = 2_654_435_761
const NO_DATA = Object.freeze({})

/** What is told of an activity; the rest is nothing. */
export type Told = Pick<Activity, 'timeMs' | 'kind' | 'person'> & Partial<Activity>

/**
 * Collects what happens, in any order, and gives it out by days of UTC, in order. What lies after the last day is dropped: its activity is
 * made all the same, with an id that never comes up.
 */
export class Emitter {
  readonly #startMs: number
  readonly #days: number
  readonly #salt: number
  readonly #buckets = new Map<number, Activity[]>()
  #count = 0
  #nextDay = 0

  constructor(startMs: number, days: number, salt: number) {
    this.#startMs = startMs
    this.#days = days
    this.#salt = salt
  }

  /** @returns whether it is among what is given out: within the days of the simulation */
  holds({ timeMs }: Pick<Activity, 'timeMs'>): boolean {
    return timeMs < this.#startMs + this.#days * DAY_MS
  }

  /** @throws {RangeError} when its day was given out already */
  emit(told: Told): Activity {
    const { timeMs, kind, person, source = 'ledger', host = null, grant = null, version = null, file = null } = told
    const { start = null, bytes = 0, outcome = 'success', place = null, subject = null, data = NO_DATA } = told
    const whole = Math.max(this.#startMs, Math.round(timeMs))
    const activity: Activity = {
      ...{ id: this.#id(), timeMs: whole, source, kind, person, host, grant, version, file, start },
      ...{ bytes, outcome, place, subject, data },
    }
    const day = Math.floor((whole - this.#startMs) / DAY_MS)
    if (day < this.#nextDay) throw new RangeError(`${kind} would have happened on a day that is over`)
    if (!this.holds(activity)) return activity
    const bucket = this.#buckets.get(day)
    if (bucket === undefined) this.#buckets.set(day, [activity])
    else bucket.push(activity)
    return activity
  }

  /** Everything of the next day that was not given out, which is over by that. */
  nextDay(): Activity[] {
    const bucket = this.#buckets.get(this.#nextDay) ?? []
    this.#buckets.delete(this.#nextDay)
    this.#nextDay++
    return bucket.sort(compareMoments)
  }

  #id(): string {
    const scattered = (Math.imul(this.#count++, SCATTER) ^ this.#salt) >>> 0
    return `evt_${scattered.toString(36).padStart(7, '0')}`
  }
}
