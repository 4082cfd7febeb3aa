import { type Peak, RISING } from '../../index.ts'
import type { Planted } from './run.ts'

const DAY_MS = 86_400_000
/** A campaign can still be found so long after its last step. */
export const TAIL_MS = 7 * DAY_MS

/** How alerts and campaigns found change as the threshold goes down. */
export interface Point {
  readonly threshold: number
  /** Alerts that belong to no campaign. */
  readonly falseAlerts: number
  readonly alerts: number
  /** Campaigns with at least one alert of their own. */
  readonly found: number
}

/** Campaigns to which an alert belongs: on one of their people, from their first step until a week after the last. */
export class Belonging {
  readonly #byPerson = new Map<string, number[]>()
  readonly #planted: readonly Planted[]

  constructor(planted: readonly Planted[]) {
    this.#planted = planted
    for (const [index, { truth }] of planted.entries())
      for (const person of truth.people) this.#byPerson.set(person, [...(this.#byPerson.get(person) ?? []), index])
  }

  of({ person, timeMs }: Pick<Peak, 'person' | 'timeMs'>): number[] {
    return (this.#byPerson.get(person) ?? []).filter((index) => {
      const truth = this.#planted[index]?.truth
      return truth !== undefined && timeMs >= truth.startsMs && timeMs <= truth.endsMs + TAIL_MS
    })
  }
}

/**
 * An episode is told of when its risk reaches the threshold, and again at these multiples of it, as the watch does: one that was looked at
 * while it was small is looked at again when it is not. A leap over two of them is told of once.
 */
const FACTORS = Object.values(RISING)

/**
 * Goes through all thresholds from above. Peaks of an episode rise, so that going down moves the moments at which it is told of forward
 * in time. What is told before `fromMs` counts for nothing.
 *
 * @returns one point for each distinct threshold, the highest first
 */
export function sweep(peaks: readonly Peak[], planted: readonly Planted[], fromMs: number): Point[] {
  const counted = new Count(planted, fromMs)
  const reached = peaks.flatMap((peak) =>
    FACTORS.map((factor, level) => ({ peak, level, threshold: peak.risk / factor })),
  )
  const steps = reached.sort((a, b) => b.threshold - a.threshold || b.peak.timeMs - a.peak.timeMs)
  const told = new Map<string, (Peak | undefined)[]>()
  const points: Point[] = []
  for (const [index, { peak, level, threshold }] of steps.entries()) {
    const levels = told.get(peak.episode) ?? []
    told.set(peak.episode, levels)
    const before = levels[level]
    levels[level] = undefined
    if (before !== undefined && !levels.includes(before)) counted.remove(before)
    if (!levels.includes(peak)) counted.add(peak)
    levels[level] = peak
    if (steps[index + 1]?.threshold !== threshold) points.push({ threshold, ...counted.now })
  }
  return points
}

/** How many alerts there are, and of what, while some come and others go. */
class Count {
  readonly #belonging: Belonging
  readonly #times: number[]
  readonly #fromMs: number
  now = { alerts: 0, falseAlerts: 0, found: 0 }

  constructor(planted: readonly Planted[], fromMs: number) {
    this.#belonging = new Belonging(planted)
    this.#times = planted.map(() => 0)
    this.#fromMs = fromMs
  }

  add(peak: Peak): void {
    this.#change(peak, 1)
  }

  remove(peak: Peak): void {
    this.#change(peak, -1)
  }

  #change(peak: Peak, by: 1 | -1): void {
    if (peak.timeMs < this.#fromMs) return
    const owners = this.#belonging.of(peak)
    this.now.alerts += by
    if (owners.length === 0) this.now.falseAlerts += by
    for (const owner of owners) {
      const before = this.#times[owner] ?? 0
      this.#times[owner] = before + by
      if (before === 0 || before + by === 0) this.now.found += by
    }
  }
}

/**
 * The lowest threshold down to which false alerts never exceed the budget.
 *
 * @param allowed false alerts in all
 * @returns null when even certain alerts are too many, or there is no peak
 */
export function pointFor(points: readonly Point[], allowed: number): Point | null {
  const over = points.findIndex(({ falseAlerts }) => falseAlerts > allowed)
  return (over === -1 ? points.at(-1) : points[over - 1]) ?? null
}

/** The alerts of one threshold, in the order of time. */
export function alertsAt(peaks: readonly Peak[], threshold: number, fromMs: number): Peak[] {
  const told = new Map<string, number>()
  const alerts: Peak[] = []
  for (const peak of peaks.toSorted((a, b) => a.timeMs - b.timeMs || a.risk - b.risk)) {
    const level = FACTORS.findLastIndex((factor) => peak.risk / factor >= threshold)
    if (level <= (told.get(peak.episode) ?? -1)) continue
    told.set(peak.episode, level)
    if (peak.timeMs >= fromMs) alerts.push(peak)
  }
  return alerts
}

/** Of the `k` episodes whose risk got highest, how many belong to a campaign; null when there are none. */
export function precisionAt(
  peaks: readonly Peak[],
  planted: readonly Planted[],
  fromMs: number,
  k: number,
): number | null {
  const highest = new Map<string, Peak>()
  for (const peak of peaks) {
    if (peak.timeMs < fromMs) continue
    const before = highest.get(peak.episode)
    if (before === undefined || peak.risk > before.risk) highest.set(peak.episode, peak)
  }
  const top = [...highest.values()].sort((a, b) => b.risk - a.risk || a.timeMs - b.timeMs).slice(0, k)
  if (top.length === 0) return null
  const belonging = new Belonging(planted)
  return top.filter((peak) => belonging.of(peak).length > 0).length / top.length
}
