import { SKEW_MS } from '../../../base/clock.ts'
import type { Json } from '../signals/signal.ts'
import type { Activity } from './activity.ts'
import { compareMoments, type Moment, placeIn } from './order.ts'

/** What looks at activities in the order of their time and can be put back to where it was. `Answer` is told apart by its id. */
export interface Fold<Answer extends { readonly id: string }> {
  observe(activity: Activity): readonly Answer[]
  snapshot(): Json
  restore(snapshot: Json): void
}

export interface TimelineOptions {
  /** How late an activity may come and still count. */
  readonly windowMs?: number
  /** How far apart, in time of activities, the fold is kept so that it can be put back. */
  readonly stepMs?: number
  /** How many activities there must at least be between two such states: looking at so few again costs less than keeping one. */
  readonly stepActivities?: number
}

/** What came of a batch. An activity stands under one of them, or was taken. */
export interface Change<Answer> {
  /** Answers that hold now and did not before, in the order of their activities. */
  readonly stood: readonly Answer[]
  /** Answers that no longer hold: an earlier activity came late and changed them. */
  readonly fell: readonly Answer[]
  readonly duplicates: number
  /** Older than the window: they change nothing. */
  readonly late: readonly Activity[]
  /** Further ahead of the clock than clocks differ: taken, one would make everything after it late. */
  readonly ahead: readonly Activity[]
}

/** The fold as it was `windowMs` ago: what has come since is to be added again by who keeps it. */
export interface Checkpoint {
  /** The last activity that it has seen; null = none. */
  readonly after: Moment | null
  readonly fold: Json
}

interface Step {
  readonly after: Moment | null
  /** As text: it shares nothing with the fold that goes on, and is what comes back after a restart. */
  readonly fold: string
}

interface Given<Answer> {
  readonly at: Moment
  readonly answer: Answer
}

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000
const STEP_ACTIVITIES = 1_000

/**
 * Gives a fold its activities in order, however they come: a late one is put in its place, the fold goes back to before it and looks at
 * what follows again. So what it answers is what it would have answered to the same activities in order, once each.
 */
export class Timeline<Answer extends { readonly id: string }> {
  readonly #fold: Fold<Answer>
  readonly #windowMs: number
  readonly #stepMs: number
  readonly #stepActivities: number
  /** Those after the oldest step, in order. */
  #kept: Activity[] = []
  #ids = new Set<string>()
  #steps: Step[]
  #given: Given<Answer>[] = []

  constructor(fold: Fold<Answer>, options: TimelineOptions = {}) {
    const { windowMs = DAY_MS, stepMs = HOUR_MS, stepActivities = STEP_ACTIVITIES } = options
    this.#fold = fold
    this.#stepActivities = stepActivities
    this.#windowMs = windowMs
    this.#stepMs = stepMs
    this.#steps = [{ after: null, fold: JSON.stringify(fold.snapshot()) }]
  }

  /** Goes on from a checkpoint; what came after it is to be added again, and is answered again. */
  static from<Answer extends { readonly id: string }>(
    fold: Fold<Answer>,
    checkpoint: Checkpoint,
    options: TimelineOptions = {},
  ): Timeline<Answer> {
    fold.restore(checkpoint.fold)
    const timeline = new Timeline(fold, options)
    timeline.#steps = [{ after: checkpoint.after, fold: JSON.stringify(checkpoint.fold) }]
    return timeline
  }

  /** The oldest state that a late activity could still change. */
  checkpoint(): Checkpoint {
    const [oldest] = this.#steps
    return { after: oldest?.after ?? null, fold: JSON.parse(oldest?.fold ?? 'null') }
  }

  /** How many activities are kept so that they can be looked at again. */
  get kept(): number {
    return this.#kept.length
  }

  /**
   * Adds activities in any order; together they cost one going back, so give what has come as one batch.
   *
   * @param nowMs the wall clock; null in a replay, where nothing is ahead
   */
  add(batch: readonly Activity[], nowMs: number | null): Change<Answer> {
    const late: Activity[] = []
    const ahead: Activity[] = []
    const taken: Activity[] = []
    let duplicates = 0
    // Against the newest before this batch: which of them is late must not hang on their order within it.
    const oldestMs = (this.#kept.at(-1)?.timeMs ?? -Infinity) - this.#windowMs
    const base = this.#steps[0]?.after ?? null
    for (const activity of batch) {
      if (this.#ids.has(activity.id)) duplicates++
      else if (nowMs !== null && activity.timeMs > nowMs + SKEW_MS) ahead.push(activity)
      else if (activity.timeMs < oldestMs || (base !== null && compareMoments(activity, base) <= 0)) late.push(activity)
      else {
        this.#ids.add(activity.id)
        taken.push(activity)
      }
    }
    const changed = taken.length === 0 ? { stood: [], fell: [] } : this.#take(taken.sort(compareMoments))
    return { ...changed, duplicates, late, ahead }
  }

  #take(sorted: readonly Activity[]): { stood: Answer[]; fell: Answer[] } {
    const [first] = sorted
    const last = this.#kept.at(-1)
    if (first === undefined) return { stood: [], fell: [] }
    const fell = last !== undefined && compareMoments(first, last) < 0 ? this.#goBack(first) : []
    const again = this.#kept.splice(this.#seen())
    const stood = this.#observe(merge(again, sorted))
    this.#forget()
    return settle(stood, fell)
  }

  /** Puts the fold back to the last step before `moment`; returns what it had answered since then. */
  #goBack(moment: Moment): Given<Answer>[] {
    while (this.#steps.length > 1 && !isBefore(this.#steps.at(-1)?.after ?? null, moment)) this.#steps.pop()
    const step = this.#steps.at(-1)
    if (step === undefined) return []
    this.#fold.restore(JSON.parse(step.fold))
    this.#seenUpTo = step.after
    this.#sinceStep = 0
    const from = this.#given.findIndex(({ at }) => isBefore(step.after, at))
    return from === -1 ? [] : this.#given.splice(from)
  }

  /** The last activity that the fold has seen. */
  #seenUpTo: Moment | null = null
  /** How many it has seen since the last step. */
  #sinceStep = 0

  /** How many of those kept the fold has seen. */
  #seen(): number {
    if (this.#seenUpTo === null) return 0
    const at = placeIn(this.#kept, this.#seenUpTo)
    return this.#kept[at]?.id === this.#seenUpTo.id ? at + 1 : at
  }

  #observe(activities: readonly Activity[]): Given<Answer>[] {
    const stood: Given<Answer>[] = []
    for (const activity of activities) {
      this.#step(activity)
      for (const answer of this.#fold.observe(activity)) stood.push({ at: activity, answer })
      this.#kept.push(activity)
      this.#seenUpTo = activity
      this.#sinceStep++
    }
    for (const given of stood) this.#given.push(given)
    return stood
  }

  /** Keeps the fold as it is before `next`, where the last time was a step ago. */
  #step(next: Moment): void {
    if (this.#seenUpTo === null || this.#sinceStep < this.#stepActivities) return
    const since = this.#steps.at(-1)?.after?.timeMs ?? this.#kept[0]?.timeMs ?? next.timeMs
    if (next.timeMs - since < this.#stepMs) return
    this.#steps.push({ after: this.#seenUpTo, fold: JSON.stringify(this.#fold.snapshot()) })
    this.#sinceStep = 0
  }

  /** Lets go of steps that no activity can go back to any more, and of what they kept. */
  #forget(): void {
    const oldestMs = (this.#kept.at(-1)?.timeMs ?? 0) - this.#windowMs
    // The step that stays is the last one wholly before the window.
    let keep = 0
    while ((this.#steps[keep + 1]?.after?.timeMs ?? Infinity) < oldestMs) keep++
    if (keep === 0) return
    this.#steps.splice(0, keep)
    const base = this.#steps[0]?.after ?? null
    if (base === null) return
    const gone = this.#kept.splice(0, placeIn(this.#kept, base) + 1)
    for (const { id } of gone) this.#ids.delete(id)
    const from = this.#given.findIndex(({ at }) => isBefore(base, at))
    this.#given.splice(0, from === -1 ? this.#given.length : from)
  }
}

function isBefore(moment: Moment | null, other: Moment): boolean {
  return moment === null || compareMoments(moment, other) < 0
}

/** Two sorted lists as one. */
function merge(a: readonly Activity[], b: readonly Activity[]): Activity[] {
  const merged: Activity[] = []
  let at = 0
  for (const next of b) {
    for (let other = a[at]; other !== undefined && compareMoments(other, next) < 0; other = a[++at]) merged.push(other)
    merged.push(next)
  }
  for (const other of a.slice(at)) merged.push(other)
  return merged
}

/** What was answered before and is answered again, word for word, is no news. */
function settle<Answer extends { readonly id: string }>(
  now: readonly Given<Answer>[],
  before: readonly Given<Answer>[],
): { stood: Answer[]; fell: Answer[] } {
  const was = new Map(before.map(({ answer }) => [answer.id, JSON.stringify(answer)]))
  const is = new Set(now.map(({ answer }) => answer.id))
  return {
    stood: now.map(({ answer }) => answer).filter((answer) => was.get(answer.id) !== JSON.stringify(answer)),
    fell: before.map(({ answer }) => answer).filter(({ id }) => !is.has(id)),
  }
}
