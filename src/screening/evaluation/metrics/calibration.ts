/** Rows whose predicted probability falls into one of equally wide bins. */
export interface CalibrationBin {
  /** [low, high); the last bin holds 1 too. */
  readonly low: number
  readonly high: number
  readonly count: number
  readonly positives: number
  /** Mean of the predictions; null for an empty bin. */
  readonly predicted: number | null
  /** Share of positives; null for an empty bin. */
  readonly observed: number | null
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[]
  /** Mean squared distance between prediction and truth, in [0, 1]; null for no rows. */
  readonly brier: number | null
  /** Expected calibration error: mean distance between predicted and observed over bins, by their share of rows. */
  readonly ece: number | null
}

/**
 * How far predictions may be read as probabilities.
 *
 * @param predictions in [0, 1], one per row; @param labels 0 or 1 per row
 * @param count number of bins
 */
export function calibration(predictions: Float64Array, labels: Uint8Array, count = 10): Calibration {
  const rows = new Uint32Array(count)
  const positives = new Uint32Array(count)
  const sums = new Float64Array(count)
  let squares = 0
  for (let i = 0; i < predictions.length; i++) {
    const prediction = predictions[i] ?? 0
    const label = labels[i] ?? 0
    const bin = Math.min(count - 1, Math.floor(prediction * count))
    rows[bin] = (rows[bin] ?? 0) + 1
    positives[bin] = (positives[bin] ?? 0) + label
    sums[bin] = (sums[bin] ?? 0) + prediction
    squares += (prediction - label) ** 2
  }
  const bins = Array.from(rows, (inBin, bin): CalibrationBin => {
    const found = positives[bin] ?? 0
    const range = { low: bin / count, high: (bin + 1) / count, count: inBin, positives: found }
    if (inBin === 0) return { ...range, predicted: null, observed: null }
    return { ...range, predicted: (sums[bin] ?? 0) / inBin, observed: found / inBin }
  })
  const total = predictions.length
  if (total === 0) return { bins, brier: null, ece: null }
  const ece = bins.reduce(
    (sum, bin) => sum + (bin.count / total) * Math.abs((bin.predicted ?? 0) - (bin.observed ?? 0)),
    0,
  )
  return { bins, brier: squares / total, ece }
}
