export { type Predicted, predictLoss } from './band.ts'
export {
  type ComputeFacts,
  type ComputeGrowth,
  type Curve,
  computeGrowth,
  type Estimate,
  fitCurve,
} from './effective-compute.ts'
export { computeAt, fitPowerLaw, lossAt, MIN_POINTS, type Point, type PowerLaw } from './power-law.ts'
