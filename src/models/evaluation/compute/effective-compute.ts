import { seededRandom } from '../../../base/random.ts'
import { computeAt, lossAt, type Point, type PowerLaw, powerLawFitter } from './power-law.ts'
import { pick, upperQuantile } from './resample.ts'

/** What compute is read off from, for one checkpoint. */
export interface ComputeFacts {
  readonly flops: number
  /** On the frozen set of the family; null = not measured, or on another set. */
  readonly loss: number | null
  /** Factors of elicitation, multiplied: 1 = none. */
  readonly gains: number
}

export interface Estimate {
  readonly method: 'curve' | 'flop-ratio'
  readonly k: number
  /** What counts. Infinity where the curve can't bound it. */
  readonly kHi: number
  readonly confidence: 'measured' | 'low'
  /** Compute beyond the family's own, without the RSO's word that the curve holds there. */
  readonly extrapolated: boolean
}

/** How much more capable by compute than the reference: the largest estimate there is. */
export interface ComputeGrowth {
  readonly k: number
  readonly kHi: number
  readonly confidence: 'measured' | 'low'
  readonly estimates: readonly Estimate[]
}

export interface GrowthQuestion {
  readonly now: ComputeFacts
  readonly reference: ComputeFacts
  /** What each FLOP is worth more by better algorithms, where no curve tells. */
  readonly multiplier: number
  readonly curve: Curve | null
  /** Up to which compute the RSO lets the curve be read; null = to the family's largest. */
  readonly allowedTo: number | null
}

/** A family's curve with the scatter of its parameters: fitted once, asked often. */
export interface Curve {
  readonly fit: PowerLaw
  readonly draws: readonly PowerLaw[]
  /** Residuals, widened to what they would be without the fit having seen them. */
  readonly residuals: readonly number[]
  readonly largest: number
}

const DRAWS = 400
const BOUND = 0.95
const SEED = 0x5afe
export const PREDICTION_SEED = SEED

/** Bootstrap over residuals, since families are small: points drawn with repetition often leave no curve to fit. */
export function fitCurve(points: readonly Point[]): Curve | null {
  const fitTo = powerLawFitter(points.map(({ flops }) => flops))
  const fit = fitTo === null ? null : fitTo(points.map(({ loss }) => loss))
  if (fitTo === null || fit === null) return null
  const widen = Math.sqrt(points.length / Math.max(1, points.length - 3))
  const expected = points.map(({ flops }) => lossAt(fit, flops))
  const residuals = points.map(({ loss }, i) => (loss - (expected[i] ?? 0)) * widen)
  const random = seededRandom(SEED)
  const draws: PowerLaw[] = []
  for (let i = 0; i < DRAWS; i++) {
    const refit = fitTo(expected.map((loss) => loss + pick(residuals, random)))
    if (refit !== null) draws.push(refit)
  }
  return { fit, draws, residuals, largest: Math.max(...points.map(({ flops }) => flops)) }
}

/**
 * Every estimate there is, and the largest of them. A curve can raise what the plain ratio says, never lower it; so a family that flatters
 * moves no evaluation to a later day.
 */
export function computeGrowth(question: GrowthQuestion): ComputeGrowth {
  const ratio = flopRatio(question)
  const curve = byCurve(question)
  const estimates = curve === null ? [ratio] : [ratio, curve]
  const counts = estimates.reduce((most, one) => (one.kHi > most.kHi ? one : most))
  const kHi = counts.kHi
  const confidence = curve === null || curve.extrapolated ? 'low' : 'measured'
  return { k: Math.max(...estimates.map(({ k }) => k)), kHi, confidence, estimates }
}

function flopRatio({ now, reference, multiplier }: GrowthQuestion): Estimate {
  const ratio = (now.flops / reference.flops) * (now.gains / reference.gains)
  // Better algorithms count once there is anything beyond the reference.
  const k = ratio > 1 ? ratio * multiplier : ratio
  return { method: 'flop-ratio', k, kHi: k, confidence: 'low', extrapolated: false }
}

function byCurve({ now, reference, curve, allowedTo }: GrowthQuestion): Estimate | null {
  if (curve === null || now.loss === null) return null
  const gains = now.gains / reference.gains
  const loss = now.loss
  const growth = (law: PowerLaw, mine: number, its: number) => {
    const ec = computeAt(law, loss + mine)
    const before = reference.loss === null ? reference.flops : computeAt(law, reference.loss + its)
    return ec === Number.POSITIVE_INFINITY ? ec : (ec / before) * gains
  }
  const k = growth(curve.fit, 0, 0)
  const random = seededRandom(SEED)
  const ks = curve.draws.map((law) => growth(law, pick(curve.residuals, random), pick(curve.residuals, random)))
  // A refit that failed tells nothing, so it counts as the worst.
  while (ks.length < DRAWS) ks.push(Number.POSITIVE_INFINITY)
  const kHi = Math.max(k, upperQuantile(ks, BOUND))
  const extrapolated = computeAt(curve.fit, loss) > Math.max(curve.largest, allowedTo ?? 0)
  return { method: 'curve', k, kHi, confidence: extrapolated ? 'low' : 'measured', extrapolated }
}
