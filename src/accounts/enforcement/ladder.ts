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

/**
 * What one strike does to one subject: the step that it newly reaches, or null.
 *
 * @param strikes of the subject up to and with `trigger`, in order of time.
 * @param standing steps of the ladder that were taken before, whether they have ended or not.
 */
export function nextStep(
  subject: Subject,
  strikes: readonly CountedStrike[],
  trigger: CountedStrike,
  standing: readonly Pick<AutomaticStep, 'step' | 'untilMs'>[],
  settings: LadderSettings,
): AutomaticStep | null {
  const atOnce = trigger.strike.immediate && innermostOf(trigger.strike).id === subject.id
  const most = gravestAllowed(subject, settings)
  const heldRank = Math.max(0, ...standing.filter((s) => s.untilMs > trigger.atMs).map((s) => rankOf(s.step)))
  if (!settings.automatic || heldRank >= Math.max(rankOf(most), atOnce ? rankOf('suspend') : 0)) return null
  const points = pointsOf(subject, strikes, trigger.atMs, settings)
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
  standing: readonly Pick<AutomaticStep, 'step' | 'untilMs'>[] = [],
): AutomaticStep[] {
  const taken: AutomaticStep[] = []
  strikes.forEach((trigger, index) => {
    if (trigger.atMs < from) return
    const next = nextStep(subject, strikes.slice(0, index + 1), trigger, [...standing, ...taken], settings)
    if (next !== null) taken.push(next)
  })
  return taken
}

function gravestAllowed({ type }: Subject, { automaticUpTo }: LadderSettings): Step | 'none' {
  return type === 'end_user' ? automaticUpTo.endUser : automaticUpTo[type]
}

function untilOf(step: Step, atMs: number, { durationDays }: LadderSettings): number {
  if (step === 'suspend' || step === 'ban') return Number.POSITIVE_INFINITY
  return atMs + durationDays[step] * DAY_MS
}
