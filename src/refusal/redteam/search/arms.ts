import type { Random } from '../../../base/random.ts'
import { type Composition, composed, suits } from '../attacks/compose.ts'
import { CRESCENDO_QUESTIONS } from '../attacks/crescendo.ts'
import type { Family, Transform } from '../attacks/transform.ts'
import type { Behaviour } from '../behaviours.ts'
import { drawnBeta } from './beta.ts'

/** A way of attacking that can be tried at any behaviour it is meant for. */
export type Arm =
  | { readonly kind: 'composed'; readonly id: string; readonly family: Family; readonly composition: Composition }
  | { readonly kind: 'crescendo'; readonly id: 'crescendo'; readonly family: 'crescendo' }

export const CRESCENDO: Arm = { kind: 'crescendo', id: 'crescendo', family: 'crescendo' }

export function armOf(composition: Composition): Arm {
  return { kind: 'composed', id: composition.id, family: composition.family, composition }
}

export function armsOf(transforms: readonly Transform[]): Arm[] {
  return [...transforms.map((transform) => armOf(composed([transform]))), CRESCENDO]
}

export function isMeantFor(arm: Arm, behaviour: Behaviour): boolean {
  return arm.kind === 'crescendo' ? behaviour.objective === 'harm' : suits(arm.composition, behaviour)
}

/** How many questions one try asks at most, on one side. */
export function mostQuestions(arm: Arm): number {
  return arm.kind === 'crescendo' ? CRESCENDO_QUESTIONS : 1
}

interface Seen {
  won: number
  tried: number
}

/** Before anything was tried: one in ten works. */
const PRIOR = { won: 0.2, lost: 1.8 }
/** How much what an arm did in other categories tells about this one. */
const ELSEWHERE = 0.3

/** What arms have been worth so far, by arm and by arm and category: rewards from 0 to 1. */
export class Worth {
  readonly #byArm = new Map<string, Seen>()
  readonly #byCell = new Map<string, Seen>()

  add(arm: string, category: string, reward: number): void {
    for (const [seen, key] of [
      [this.#byArm, arm],
      [this.#byCell, cellOf(arm, category)],
    ] as const) {
      const own = seen.get(key) ?? { won: 0, tried: 0 }
      own.won += reward
      own.tried += 1
      seen.set(key, own)
    }
  }

  /** A draw from what is believed of it: uncertain arms get their chance (Thompson sampling). */
  drawn(arm: string, category: string, random: Random): number {
    const { won, lost } = this.#belief(arm, category)
    return drawnBeta(won, lost, random)
  }

  mean(arm: string, category: string): number {
    const { won, lost } = this.#belief(arm, category)
    return won / (won + lost)
  }

  #belief(arm: string, category: string): { won: number; lost: number } {
    const all = this.#byArm.get(arm) ?? { won: 0, tried: 0 }
    const here = this.#byCell.get(cellOf(arm, category)) ?? { won: 0, tried: 0 }
    const won = here.won + ELSEWHERE * (all.won - here.won)
    const tried = here.tried + ELSEWHERE * (all.tried - here.tried)
    return { won: PRIOR.won + won, lost: PRIOR.lost + tried - won }
  }
}

const cellOf = (arm: string, category: string) => `${category}\n${arm}`
