import type { ComparisonVerdict, PairedFigures } from '../schema.ts'

export const MEASURE_WORDS: Readonly<Record<PairedFigures['measure'], string>> = {
  'attack-success': 'attack success',
  'over-refusal': 'over-refusal',
}

export const VERDICT_WORDS: Readonly<Record<ComparisonVerdict, string>> = {
  'not-degraded': 'no evidence of degradation',
  degraded: 'degraded',
  improved: 'improved',
  'too-few': 'too few to tell',
}
