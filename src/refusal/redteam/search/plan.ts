import { type Random, seededRandom } from '../../../base/random.ts'
import { type Behaviour, seedOf } from '../behaviours.ts'
import { type Arm, isMeantFor } from './arms.ts'
import type { Planned } from './attempt.ts'

/** The same, in an order that the draws give. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items]
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [a, b] = [order[at], order[other]]
    if (a !== undefined && b !== undefined) [order[at], order[other]] = [b, a]
  }
  return order
}

/** One of each group in turn, so that however few are taken, none is left out for long. */
export function inTurns<T>(items: readonly T[], groupOf: (item: T) => string): T[] {
  const groups = [...Map.groupBy(items, groupOf).values()]
  const longest = Math.max(0, ...groups.map(({ length }) => length))
  return Array.from({ length: longest }, (_, n) => groups.flatMap((group) => group.slice(n, n + 1))).flat()
}

/** At most so many of each category, drawn by the seed; null = all. */
export function sampled(behaviours: readonly Behaviour[], most: number | null, seed: number): Behaviour[] {
  if (most === null) return [...behaviours]
  const drawn = shuffled(behaviours, seededRandom(seedOf(seed, 'sample')))
  const groups = Map.groupBy(drawn, ({ category }) => category)
  return [...groups.values()].flatMap((own) => own.slice(0, most))
}

/**
 * Every arm at a sample of the behaviours, chosen before anything is known, so that its shares are those of the whole: arms by family in turn,
 * behaviours by category in turn, each arm beginning elsewhere. As far as somebody takes it; ends when every pair was there once.
 */
export function* sweep(arms: readonly Arm[], behaviours: readonly Behaviour[], seed: number): Generator<Planned> {
  const random = seededRandom(seedOf(seed, 'sweep'))
  const byFamily = inTurns(shuffled(arms, random), ({ family }) => family)
  const byCategory = inTurns(shuffled(behaviours, random), ({ category }) => category)
  const meant = byFamily.map((arm) => byCategory.filter((behaviour) => isMeantFor(arm, behaviour)))
  for (let pass = 0; pass < byCategory.length; pass++) {
    for (const [at, attack] of byFamily.entries()) {
      const choices = meant[at] ?? []
      const behaviour = choices[(pass + at) % Math.max(1, choices.length)]
      if (pass < choices.length && behaviour !== undefined) yield { phase: 'sweep', behaviour, attack, draw: 0 }
    }
  }
}
