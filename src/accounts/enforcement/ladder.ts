import { type EnforcementConfig, LADDER } from '../../base/enforcement-config.ts'
import { type CountedStrike, pointsOf } from './points.ts'
import { rankOf, type Step, type Subject } from './schema.ts'

const DAY_MS = 86_400_000
/** Sums of shares must not miss a threshold by the last bit of a float. */
const EPSILON = 1e-9

export type LadderSettings = Pick<
  EnforcementConfig,
  'automatic' | 'settleSeconds' | 'shares' | 'childCap' | 'thresholds' | 'automaticUpTo' | 'durationDays'
>

/** A step that the ladder takes by itself, and the strike that reached it. */
export interface AutomaticStep {
  readonly step: Step
  readonly strikeId: string
  readonly atMs: number
  /** Infinity = until it is lifted. */
  readonly untilMs: number
  readonly points: number
  /** Null when the strike suspends at once, whatever the points. */
  readonly threshold: number | null
}

/** The gravest step that the points reach. */
export function stepFor(points: number, thresholds: LadderSettings['thresholds']): Step | 'none' {
  return LADDER.findLast((step) => points + EPSILON >= thresholds[step]) ?? 'none'
}

/** Who is innermost: the end user where one is named, else the key. */
export function innermostOf(strike: { readonly endUserId: string | null; readonly keyId: string }): Subject {
  return strike.endUserId === null ? { type: 'key', id: strike.keyId } : { type: 'end_user', id: strike.endUserId }
}

/** The four levels that a strike counts on, from the inside out; three where no end user is named. */
export function levelsOf(strike: {
  readonly endUserId: string | null
  readonly keyId: string
  readonly projectId: string
  readonly organisationId: string
}): Subject[] {
  const { endUserId, keyId, projectId, organisationId } = strike
  const levels: Subject[] = [
    { type: 'key', id: keyId },
    { type: 'project', id: projectId },
    { type: 'organisation', id: organisationId },
  ]
  return endUserId === null ? levels : [{ type: 'end_user', id: endUserId }, ...levels]
}

type Held = Pick<AutomaticStep, 'step' | 'untilMs'>

/**
 * Takes one subject up the ladder, strike by strike. Points fall by themselves and rise by no more than a new strike is worth, so where even
 * that could reach no new step they are not added up again.
 */
export class Climber {
  readonly #subject: Subject
  readonly #settings: LadderSettings
  /** Most points that the subject can have, from `#sinceMs` on. */
  #ceiling = Number.POSITIVE_INFINITY
  #sinceMs = Number.POSITIVE_INFINITY

  constructor(subject: Subject, settings: LadderSettings) {
    this.#subject = subject
    this.#settings = settings
  }

  /**
   * What one strike does: the step that it newly reaches, or null. To be told of every strike of the subject.
   *
   * @param strikes of the subject up to and with `trigger`, in order of time.
   * @param standing steps of the ladder that were taken before, whether they have ended or not.
   */
  next(strikes: readonly CountedStrike[], trigger: CountedStrike, standing: readonly Held[]): AutomaticStep | null {
    const settings = this.#settings
    this.#ceiling += gainOf(trigger, this.#subject, settings)
    const atOnce = trigger.strike.immediate && innermostOf(trigger.strike).id === this.#subject.id
    const most = gravestAllowed(this.#subject, settings)
    const heldRank = Math.max(0, ...standing.filter((s) => s.untilMs > trigger.atMs).map((s) => rankOf(s.step)))
    if (!settings.automatic || heldRank >= Math.max(rankOf(most), atOnce ? rankOf('suspend') : 0)) return null
    if (!atOnce && trigger.atMs >= this.#sinceMs && heldRank >= rankOf(stepFor(this.#ceiling, settings.thresholds)))
      return null
    const points = this.#points(strikes, trigger.atMs)
    const earned = stepFor(points, settings.thresholds)
    const reached = rankOf(earned) > rankOf(most) ? most : earned
    const step = atOnce && rankOf(reached) < rankOf('suspend') ? 'suspend' : reached
    if (step === 'none' || rankOf(step) <= heldRank) return null
    return {
      step,
      strikeId: trigger.strike.id,
      atMs: trigger.atMs,
      untilMs: untilOf(step, trigger.atMs, settings),
      points,
      threshold: step === reached ? settings.thresholds[step] : null,
    }
  }

  #points(strikes: readonly CountedStrike[], atMs: number): number {
    const points = pointsOf(this.#subject, strikes, atMs, this.#settings)
    const latest = strikes.at(-1)?.atMs ?? atMs
    // A strike that came late says nothing about now.
    this.#ceiling = latest > atMs ? Number.POSITIVE_INFINITY : points
    this.#sinceMs = atMs
    return points
  }
}

/** Most that a strike can add to a subject's points. */
function gainOf({ strike }: CountedStrike, { type }: Subject, { shares }: LadderSettings): number {
  if (type === 'end_user') return strike.weight
  const key = strike.endUserId === null ? strike.weight : strike.weight * shares.key
  if (type === 'key') return key
  return type === 'project' ? key * shares.project : key * shares.project * shares.organisation
}

/**
 * The steps that the ladder takes over a history of strikes.
 *
 * @param strikes of the subject, none undone, in order of time.
 * @param from only what strikes from this time on do; `standing` holds what was there before.
 * @returns the new steps alone, in order of time.
 */
export function climb(
  subject: Subject,
  strikes: readonly CountedStrike[],
  settings: LadderSettings,
  from: number = Number.NEGATIVE_INFINITY,
  standing: readonly Held[] = [],
): AutomaticStep[] {
  const taken: AutomaticStep[] = []
  const climber = new Climber(subject, settings)
  const history: CountedStrike[] = []
  for (const trigger of strikes) {
    history.push(trigger)
    if (trigger.atMs < from) continue
    const next = climber.next(history, trigger, [...standing, ...taken])
    if (next !== null) taken.push(next)
  }
  return taken
}

function gravestAllowed({ type }: Subject, { automaticUpTo }: LadderSettings): Step | 'none' {
  return type === 'end_user' ? automaticUpTo.endUser : automaticUpTo[type]
}

function untilOf(step: Step, atMs: number, { durationDays }: LadderSettings): number {
  if (step === 'suspend' || step === 'ban') return Number.POSITIVE_INFINITY
  return atMs + durationDays[step] * DAY_MS
}
