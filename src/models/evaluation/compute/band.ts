import { seededRandom } from '../../../base/random.ts'
import { type Curve, PREDICTION_SEED } from './effective-compute.ts'
import { lossAt } from './power-law.ts'
import { pick } from './resample.ts'

/** What a new model of the family would be measured at, with this compute. */
export interface Predicted {
  readonly loss: number
  /** 5 % of such measurements are expected below `lower`, 5 % above `upper`. */
  readonly lower: number
  readonly upper: number
}

const TAIL = 0.05

/** Scatter of the curve and of a single measurement around it, together. */
export function predictLoss({ fit, draws, residuals }: Curve, flops: number): Predicted {
  const random = seededRandom(PREDICTION_SEED)
  const losses = Float64Array.from(draws, (law) => lossAt(law, flops) + pick(residuals, random)).sort()
  const loss = lossAt(fit, flops)
  const beyond = Math.floor(TAIL * losses.length)
  return {
    loss,
    lower: Math.min(loss, losses[beyond] ?? loss),
    upper: Math.max(loss, losses[losses.length - 1 - beyond] ?? loss),
  }
}
