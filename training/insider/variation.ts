import { Draw, type Range } from '../../src/weights/insider/simulation/draw.ts'
import { DEFAULTS, type Overrides } from '../../src/weights/insider/simulation/parameters.ts'

/** What an organisation of a training seed is like. */
export interface Variation {
  readonly seed: number
  readonly people: number
  readonly days: number
  readonly overrides: Overrides
  /** A campaign for every so many people. */
  readonly peoplePerCampaign: number
}

/** Of all figures, how many are of another size than anybody would think ordinary. */
const CHANGED = 0.25

/**
 * One organisation out of many that could be: smaller or larger, longer or shorter, and with some of its habits far off what is usual, so that what
 * is learnt holds where it is not as in the others.
 *
 * @param base people and days around which they differ
 */
export function variationOf(seed: number, base: { readonly people: number; readonly days: number }): Variation {
  const draw = new Draw(seed).fork('variation')
  const changed = Object.entries<Range>(DEFAULTS).filter(() => draw.chance(CHANGED))
  const overrides = new Map(
    changed.map(([name, range]) => [name, scaled(range, draw.range({ from: 0.6, to: 1.7, isLog: true }))]),
  )
  overrides.delete('models.count')
  return {
    ...{ seed, overrides },
    people: Math.round(base.people * draw.real(0.75, 1.25)),
    days: Math.round(base.days * draw.real(0.9, 1.2)),
    peoplePerCampaign: draw.real(8, 12),
  }
}

function scaled({ from, to, isLog = false }: Range, by: number): Range {
  return { from: from * by, to: to * by, isLog }
}
