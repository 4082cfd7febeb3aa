import type { Peak } from '../../src/weights/insider/risk/index.ts'
import { WARM_UP_DAYS } from '../../src/weights/insider/simulation/planting.ts'
import { median } from '../../src/weights/insider/simulation/score/bootstrap.ts'
import type { Planted } from '../../src/weights/insider/simulation/score/run.ts'
import { alertsAt, Belonging, type Point, sweep } from '../../src/weights/insider/simulation/score/sweep.ts'
import type { Gathered } from './gathered.ts'

const DAY_MS = 86_400_000

export interface Judged {
  readonly gathered: Gathered
  readonly peaks: readonly Peak[]
}

/** At one number of false alerts a day for a thousand people. */
export interface Measured {
  readonly threshold: number
  readonly recall: number
  readonly medianLost: number
  /** By campaign: its seed, kind, whether it was found and the share that was lost. */
  readonly campaigns: readonly {
    readonly seed: number
    readonly kind: string
    readonly family: string
    readonly id: string
    readonly isFound: boolean
    readonly share: number | null
  }[]
}

/** One threshold for all organisations together, as an installation has one for all its days. */
export function measure(judged: readonly Judged[], perDay: number): Measured {
  const of = judged.map(({ gathered, peaks }) => {
    const planted: Planted[] = gathered.truths.map((truth) => ({
      truth: { ...truth, activities: [] },
      steps: truth.steps.map(([timeMs = 0, bytes = 0]) => ({ timeMs, bytes })),
    }))
    const fromMs = Math.min(WARM_UP_DAYS, Math.floor(gathered.days / 3)) * DAY_MS
    const allowed = (perDay * gathered.people * (gathered.days - fromMs / DAY_MS)) / 1_000
    return { gathered, peaks, planted, fromMs, allowed, points: sweep(peaks, planted, fromMs) }
  })
  const threshold = lowest(
    of.map(({ points }) => points),
    of.reduce((sum, { allowed }) => sum + allowed, 0),
  )
  const campaigns = of.flatMap(({ gathered, peaks, planted, fromMs }) => {
    const belonging = new Belonging(planted)
    const first = new Map<number, number>()
    for (const alert of alertsAt(peaks, threshold, fromMs))
      for (const owner of belonging.of(alert))
        first.set(owner, Math.min(first.get(owner) ?? Number.POSITIVE_INFINITY, alert.timeMs))
    return planted.map(({ truth, steps }, index) => {
      const alertMs = first.get(index) ?? Number.POSITIVE_INFINITY
      const lost = steps.filter(({ timeMs }) => timeMs < alertMs).reduce((sum, { bytes }) => sum + bytes, 0)
      const share = truth.modelBytes > 0 ? Math.min(1, lost / truth.modelBytes) : null
      return {
        seed: gathered.seed,
        kind: truth.kind,
        family: truth.family ?? truth.kind,
        id: truth.id,
        isFound: first.has(index),
        share,
      }
    })
  })
  const shares = campaigns.flatMap(({ share }) => (share === null ? [] : [share]))
  const recall = campaigns.filter(({ isFound }) => isFound).length / Math.max(1, campaigns.length)
  return { threshold, recall, medianLost: median(shares), campaigns }
}

/** The lowest threshold down to which all false alerts together stay within what is allowed. */
function lowest(all: readonly (readonly Point[])[], allowed: number): number {
  const now = all.map(() => 0)
  const steps = all.flatMap((points, index) => points.map((point) => ({ point, index })))
  steps.sort((a, b) => b.point.threshold - a.point.threshold)
  let threshold = Number.POSITIVE_INFINITY
  for (const { point, index } of steps) {
    now[index] = point.falseAlerts
    if (now.reduce((sum, one) => sum + one, 0) > allowed) break
    threshold = point.threshold
  }
  return threshold
}
