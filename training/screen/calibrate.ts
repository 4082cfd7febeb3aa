import { type Calibration, COMPLETION_COLUMN } from '../../src/screening/classifiers/linear/weights.ts'
import { HAZARDS, LABELS, type Label } from '../../src/screening/taxonomy.ts'
import { type Row, UNKNOWN } from './rows.ts'
import { SOURCES } from './sources.ts'

/** A text with the raw scores that a model which has not seen it gave. */
export interface Judged {
  readonly row: Row
  readonly raw: Float64Array
}

const NOT_EVERYDAY: ReadonlySet<string> = new Set(['bipia', 'guardreasoner_train_5k'])

/**
 * Whether a text belongs to the harmless everyday traffic that the false-positive budget is about: requests and answers
 * of the pool, not authored ones (too like one another), not the harmless half of toxicity and attack sets.
 */
export function isEveryday(row: Row): boolean {
  const rule = SOURCES[row.source]
  if (row.harmful !== 0 || row.kind !== 'benign' || rule?.generalTrust !== undefined) return false
  return !row.source.startsWith('authored') && !NOT_EVERYDAY.has(row.source)
}

export type Calibrations = Partial<Record<Label, Calibration>>
const METHOD_SET: ReadonlySet<Label> = new Set(LABELS.filter((label) => !HAZARDS.some((hazard) => hazard === label)))

/** Logistic regression of the target on the raw score (Platt), and for completions on the completion column too. */
function fit(points: { own: number; completion: number; target: number; weight: number }[], two: boolean): Calibration {
  let [slope, completionSlope, intercept] = [1, 0, 0]
  for (let step = 0; step < 400; step++) {
    let [g0, g1, g2, h0, h1, h2] = [0, 0, 0, 1e-3, 1e-3, 1e-3]
    for (const { own, completion, target, weight } of points) {
      const p = 1 / (1 + Math.exp(-(slope * own + completionSlope * completion + intercept)))
      const gradient = (p - target) * weight
      const curvature = p * (1 - p) * weight
      g0 += gradient * own
      g1 += gradient * completion
      g2 += gradient
      h0 += curvature * own * own
      h1 += curvature * completion * completion
      h2 += curvature
    }
    slope = Math.max(0.05, slope - (0.3 * g0) / h0)
    if (two) completionSlope = Math.max(0, completionSlope - (0.3 * g1) / h1)
    intercept -= (0.3 * g2) / h2
  }
  return { slope: round(slope), completionSlope: round(completionSlope), intercept: round(intercept) }
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}

/** One Platt curve per label for prompts. */
export function calibratePrompts(judged: readonly Judged[]): Calibrations {
  const calibrations: Calibrations = {}
  for (const [column, label] of LABELS.entries()) {
    const points = pointsFor(judged, column, 'prompt')
    if (points.some((point) => point.target === 1)) calibrations[label] = fit(points, false)
  }
  return calibrations
}

/** Completions are few: one curve for all hazards together, another for `general_harm`. */
export function calibrateCompletions(judged: readonly Judged[]): Calibrations {
  const pooled: ReturnType<typeof pointsFor> = []
  const calibrations: Calibrations = {}
  const general = LABELS.indexOf('general_harm')
  const completions = judged.filter(({ row }) => row.side === 'completion')
  for (const [column, label] of LABELS.entries()) {
    if (METHOD_SET.has(label) || label === 'general_harm') continue
    for (const { row, raw } of completions) {
      // a harmless completion has none of the hazards, whatever words it shares with the question
      const target = row.harmful === 0 ? 0 : (row.targets[column] ?? UNKNOWN)
      if (target === UNKNOWN || !Number.isFinite(raw[column] ?? 0)) continue
      pooled.push({ own: raw[column] ?? 0, completion: raw[COMPLETION_COLUMN] ?? 0, target, weight: row.weight })
    }
  }
  const shared = fit(pooled, true)
  for (const label of LABELS) if (!METHOD_SET.has(label) && label !== 'general_harm') calibrations[label] = shared
  calibrations.general_harm = fit(
    completions
      .filter(({ row, raw }) => row.harmful >= 0 && Number.isFinite(raw[general] ?? 0))
      .map(({ row, raw }) => ({
        own: raw[general] ?? 0,
        completion: raw[COMPLETION_COLUMN] ?? 0,
        target: row.harmful,
        weight: row.weight,
      })),
    true,
  )
  return calibrations
}

function pointsFor(judged: readonly Judged[], column: number, side: Row['side']) {
  return judged
    .filter(({ row, raw }) => row.side === side && row.targets[column] !== UNKNOWN && Number.isFinite(raw[column] ?? 0))
    .map(({ row, raw }) => ({
      own: raw[column] ?? 0,
      completion: 0,
      target: row.targets[column] ?? 0,
      weight: row.weight * (row.trust[column] ?? 1),
    }))
}

export function probability(calibration: Calibration, own: number, completion: number): number {
  if (!Number.isFinite(own)) return 0
  const { slope, completionSlope, intercept } = calibration
  return 1 / (1 + Math.exp(-(slope * own + completionSlope * completion + intercept)))
}

/** Probability per label of one judged text; labels without calibration are left out. */
export function probabilities(calibrations: Calibrations, raw: Float64Array): Partial<Record<Label, number>> {
  const scores: Partial<Record<Label, number>> = {}
  for (const [column, label] of LABELS.entries()) {
    const calibration = calibrations[label]
    if (calibration) scores[label] = probability(calibration, raw[column] ?? 0, raw[COMPLETION_COLUMN] ?? 0)
  }
  return scores
}

/** Shares of the false-positive budget: what is grave or common gets more; one for every other label. */
const SHARES: Readonly<Partial<Record<Label, number>>> = {
  general_harm: 8,
  non_violent_crimes: 3,
  cyber_operations: 3,
  violent_crimes: 2,
  chemical: 2,
  biological: 2,
  indiscriminate_weapons: 2,
  jailbreak: 3,
  injection: 3,
}

/**
 * Thresholds per label such that at most `budget` of the harmless texts reach any of them. Labels get false positives
 * by their shares, as many as keep the union within the budget.
 */
export function chooseThresholds(
  harmless: readonly Partial<Record<Label, number>>[],
  labels: readonly Label[],
  budget: number,
): Partial<Record<Label, number>> {
  const sorted = new Map(
    labels.map((label) => [label, harmless.map((s) => s[label] ?? 0).sort((a, b) => b - a)] as const),
  )
  const at = (allowed: number) => {
    const thresholds: Partial<Record<Label, number>> = {}
    for (const label of labels) {
      const highest = sorted.get(label)?.[Math.floor((allowed * (SHARES[label] ?? 1)) / 4)] ?? 0
      thresholds[label] = Math.min(0.99, Math.max(MIN_THRESHOLD, Math.ceil((highest + 1e-4) * 1000) / 1000))
    }
    return thresholds
  }
  let best = at(0)
  for (let allowed = 0; allowed < harmless.length; allowed++) {
    const thresholds = at(allowed)
    const flagged = harmless.filter((s) => labels.some((label) => (s[label] ?? 0) >= (thresholds[label] ?? 1))).length
    if (flagged > budget * harmless.length) break
    best = thresholds
  }
  return best
}

/** However clean the harmless set, a label needs this much to count as found. */
const MIN_THRESHOLD = 0.3
