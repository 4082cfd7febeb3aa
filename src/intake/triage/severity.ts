import { z } from 'zod'
import type { Label } from '../../screening/index.ts'
import {
  FACTOR_NAMES,
  FACTORS,
  type FactorName,
  Reach,
  Reproducibility,
  Universality,
  Uplift,
} from './severity-factors.ts'

export const BANDS = ['informational', 'low', 'medium', 'high', 'critical'] as const
export const Band = z.enum(BANDS).meta({ id: 'SeverityBand' })
export type Band = z.infer<typeof Band>

/** What is known of a report; null = not known yet, which counts as the worst that is plausible. */
export const SeverityFactors = z
  .strictObject({
    uplift: Uplift.nullable().default(null),
    reach: Reach.nullable().default(null),
    reproducibility: Reproducibility.nullable().default(null),
    universality: Universality.nullable().default(null),
  })
  .meta({ id: 'SeverityFactors', description: 'null = not known yet: it counts as the worst that is plausible' })
export type SeverityFactors = z.infer<typeof SeverityFactors>

const FactorView = z.object({
  factor: z.enum(FACTOR_NAMES),
  level: z.string(),
  weight: z.number().min(0).max(1),
  known: z.boolean().meta({ description: 'false: nobody has said, so the worst that is plausible stands here' }),
  means: z.string(),
})

export const Severity = z
  .object({
    score: z.int().min(0).max(100),
    band: Band,
    factors: z.array(FactorView).length(FACTOR_NAMES.length),
    sum: z.string().meta({ description: 'the computation, as one would write it down' }),
    floor: z.string().nullable().meta({ description: 'why the score is higher than the product, where it is' }),
  })
  .meta({ id: 'Severity' })
export type Severity = z.infer<typeof Severity>

/** Lowest score of each band. */
export const BAND_FROM: Readonly<Record<Band, number>> = {
  informational: 0,
  low: 5,
  medium: 20,
  high: 40,
  critical: 70,
}

const CATASTROPHIC_FLOOR = BAND_FROM.high
const FLOOR_WORDS = 'a way to catastrophic harm is never less than high, however narrow it is'

/**
 * Severity = 100 × uplift × reach × reproducibility × universality, rounded to the nearest whole number; no factor can make up for one that
 * is nought. No showing counts as the worst that is plausible (no factor ever lowers the score by being unknown).
 *
 * @param category what the report is about; null = not known, so that any hazard is plausible
 */
export function severityOf(given: SeverityFactors, category: Label | null): Severity {
  const factors = FACTOR_NAMES.map((factor) => viewOf(factor, given[factor], category))
  const product = factors.reduce((all, { weight }) => all * weight, 1)
  const plain = Math.round(100 * product)
  const isCatastrophic = factors.some(({ factor, level }) => factor === 'uplift' && level === 'catastrophic')
  const isRaised = isCatastrophic && plain < CATASTROPHIC_FLOOR
  const score = isRaised ? CATASTROPHIC_FLOOR : plain
  const written = factors.map(({ weight }) => weight.toFixed(2)).join(' × ')
  return {
    score,
    band: bandOf(score),
    factors,
    sum: `100 × ${written} = ${plain}`,
    floor: isRaised ? FLOOR_WORDS : null,
  }
}

/** @param score 0 to 100 */
export function bandOf(score: number): Band {
  return BANDS.findLast((band) => score >= BAND_FROM[band]) ?? 'informational'
}

function viewOf(factor: FactorName, given: string | null, category: Label | null): Severity['factors'][number] {
  const { level, weight, means } = levelOf(factor, given ?? worstPlausible(factor, category))
  const known = given !== null
  return { factor, level, weight, known, means: known ? means : `not known, so the worst that is plausible: ${means}` }
}

/** Categories that kill nobody by themselves: at worst serious. Of all others not to know is to fear a catastrophe. */
const AT_WORST_SERIOUS: ReadonlySet<Label> = new Set([
  'hate',
  'privacy',
  'defamation',
  'intellectual_property',
  'specialized_advice',
  'sexual_content',
])

function worstPlausible(factor: FactorName, category: Label | null): string {
  if (factor === 'uplift') return category !== null && AT_WORST_SERIOUS.has(category) ? 'serious' : 'catastrophic'
  return FACTORS[factor].levels.at(-1)?.level ?? ''
}

function levelOf(factor: FactorName, name: string) {
  const { levels } = FACTORS[factor]
  const found = levels.find(({ level }) => level === name) ?? levels.at(-1)
  if (found === undefined) throw new Error(`the factor ${factor} has no levels`)
  return found
}
