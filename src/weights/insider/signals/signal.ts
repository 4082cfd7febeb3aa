import type { Activity } from '../activity/activity.ts'

/** One reason why something looks wrong, as a person would give it. */
export interface Signal {
  /** The rule's id, or `behaviour.<model>`. What caps how much one reason can add up to. */
  readonly cause: string
  /** The activity that gave it. */
  readonly activity: string
  readonly timeMs: number
  readonly person: string
  readonly host: string | null
  readonly grant: string | null
  /** How much it says, in nats: about the logarithm of how much likelier it is of an insider than of others. Positive, finite. */
  readonly weight: number
  /** In plain words, with the figures that it rests on; says nobody's name. */
  readonly says: string
  /** Raised at once, whatever else is known: a touched canary. */
  readonly isCertain: boolean
}

/** What rules and models of behaviour have in common: they look at activities in the order of their time, one after the other. */
export interface Observer {
  /** @param activity not before the last one by `(timeMs, id)` */
  observe(activity: Activity): readonly Signal[]
  /** All that later answers depend on, as JSON. */
  snapshot(): Json
  /** @throws {AppError} VERIFICATION_FAILED when it is no snapshot of this observer */
  restore(snapshot: Json): void
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
