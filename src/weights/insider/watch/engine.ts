import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import {
  type Activity,
  activityOf,
  compareMoments,
  Fault,
  type Fold,
  isRecord,
  type Moment,
  Timeline,
} from '../activity/index.ts'
import type { RaisedAlert } from '../cases/raised.ts'

/** How risk stands now, for the board: by ids as the sources have them. */
export interface Standing {
  readonly of: 'person' | 'host' | 'grant'
  readonly id: string
  /** Nats, decayed to the time of the last activity. */
  readonly risk: number
  readonly causes: readonly { readonly cause: string; readonly risk: number; readonly says: string }[]
}

/** What finds alerts: rules, models of behaviour and risk, as one fold over activities in order. */
export interface Detection extends Fold<RaisedAlert> {
  /** The riskiest, most first. */
  standings(most: number): readonly Standing[]
}

/** What came of a batch. */
export interface Fed {
  readonly stood: readonly RaisedAlert[]
  /** Ids of alerts that no longer hold. */
  readonly fell: readonly string[]
  readonly duplicates: number
  readonly late: number
  readonly ahead: number
}

const State = z.object({
  format: z.literal('safelevel-insider-state/v1'),
  after: z.object({ timeMs: z.number(), id: z.string() }).nullable(),
  fold: z.json(),
  since: z.array(z.unknown()),
})

/**
 * The watch's memory: detection over a timeline, with what is needed to go on after a restart as if nothing had happened. Runs on a thread of
 * its own: reading a year anew must not hold up those who are served.
 */
export class Engine {
  readonly #detection: Detection
  #timeline: Timeline<RaisedAlert>
  /** Taken since the state that the timeline would go back to at most. */
  #since = new Map<string, Activity>()
  #newestMs = 0

  constructor(detection: Detection) {
    this.#detection = detection
    this.#timeline = new Timeline(detection)
  }

  /** @param nowMs the wall clock; what lies ahead of it is refused */
  feed(activities: readonly Activity[], nowMs: number): Fed {
    const { stood, fell, duplicates, late, ahead } = this.#timeline.add(activities, nowMs)
    const refused = new Set([...late, ...ahead])
    for (const activity of activities) {
      if (refused.has(activity)) continue
      if (!this.#since.has(activity.id)) this.#since.set(activity.id, activity)
      this.#newestMs = Math.max(this.#newestMs, activity.timeMs)
    }
    return { stood, fell: fell.map(({ id }) => id), duplicates, late: late.length, ahead: ahead.length }
  }

  standings(most: number): readonly Standing[] {
    return this.#detection.standings(most)
  }

  /** Time of the newest activity, milliseconds since 1970; 0 = there was none. */
  get newestMs(): number {
    return this.#newestMs
  }

  /** All that later answers depend on, as text. */
  snapshot(): string {
    const { after, fold } = this.#timeline.checkpoint()
    for (const [id, activity] of this.#since)
      if (after !== null && compareMoments(activity, after) <= 0) this.#since.delete(id)
    return JSON.stringify({ format: 'safelevel-insider-state/v1', after, fold, since: [...this.#since.values()] })
  }

  /**
   * Goes on from a snapshot.
   *
   * @returns what was found after its checkpoint, again
   * @throws {AppError} VERIFICATION_FAILED when it is no snapshot of this detection
   */
  restore(text: string): Fed {
    const parsed = State.safeParse(JSON.parse(text))
    if (!parsed.success) throw new AppError('VERIFICATION_FAILED', 'this is no state of the watch')
    const { after, fold, since } = parsed.data
    const checkpoint: { after: Moment | null; fold: typeof fold } = { after, fold }
    this.#timeline = Timeline.from(this.#detection, checkpoint)
    this.#since.clear()
    const kept = since.flatMap((one) => {
      const read = isRecord(one) ? activityOf(one) : new Fault('no activity')
      return read instanceof Fault ? [] : [read]
    })
    return this.feed(kept, Number.MAX_SAFE_INTEGER)
  }
}
