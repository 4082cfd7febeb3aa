import type { Activity } from '../activity/activity.ts'
import type { Days, Surprise } from './days.ts'
import type { Facts } from './facts.ts'
import type { MeasureId } from './measures.ts'
import type { Kept } from './table.ts'

/** An activity of somebody who is known, as the models see it. */
export interface Seen {
  readonly activity: Activity
  readonly person: string
  readonly timeMs: number
  readonly day: number
  readonly facts: Facts
  /** Days on which they were seen before this one, forgetting. */
  readonly daysKnown: number
  /** Counts towards a measure of this person's day, and tells whatever is surprising of it. */
  add(measure: MeasureId, amount: number): void
  /** As `add`, where the day's number is the highest one. */
  raise(measure: MeasureId, to: number): void
  /** As `raise` of somebody else whom it also concerns. */
  raiseOf(person: string, measure: MeasureId, to: number): void
  addOf(person: string, measure: MeasureId, amount: number): void
  /** What this person's day has come to. */
  value(measure: MeasureId): number
  /** A reason that no day is compared for. */
  tell(told: Told): void
}

/** A reason, as a model that compares for itself states it. */
export interface Told {
  readonly measure: MeasureId | 'canary'
  readonly nats: number
  readonly says: string
  readonly isCertain?: boolean
}

/** One kind of behaviour that is looked at. Keeps what it needs itself; the order of models matters to none. */
export interface Model extends Kept {
  look(seen: Seen): void
}

export type { Days, Surprise }
