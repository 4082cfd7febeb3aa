import type { Observation } from '../evaluation/index.ts'
import type {
  AttackRow,
  CategoryRow,
  Cell,
  Layer,
  Outcome,
  Outcomes,
  RedTeamReport,
  SideFigures,
  SideOutcome,
  Try,
} from './schema.ts'
import { shareOf } from './shares.ts'

/** Dollars per million tokens. */
export interface TokenPrice {
  readonly input: number
  readonly output: number
}

export type Figures = Pick<RedTeamReport, 'behaviours' | 'bare' | 'guarded' | 'categories' | 'attacks' | 'cells'>

/** All figures of a run, from nothing but its tries. */
export function figuresOf(tries: readonly Try[], price: TokenPrice | null): Figures {
  const isGuarded = tries.some(({ guarded }) => guarded !== null)
  return {
    behaviours: new Set(tries.map(({ behaviour }) => behaviour)).size,
    bare: sideFigures(tries, ({ bare }) => bare, price),
    guarded: isGuarded ? sideFigures(tries, ({ guarded }) => guarded, price) : null,
    categories: categoryRows(tries, isGuarded),
    attacks: attackRows(tries, isGuarded),
    cells: cellsOf(tries, isGuarded),
  }
}

type SideOf = (one: Try) => SideOutcome | null

const bareOf: SideOf = ({ bare }) => bare
const guardedOf: SideOf = ({ guarded }) => guarded

/** Whether it succeeded; null: nobody could tell, or no answer came. */
export function succeeded({ outcome }: SideOutcome): boolean | null {
  return outcome === 'unclear' || outcome === 'error' ? null : outcome === 'success'
}

function sideFigures(tries: readonly Try[], sideOf: SideOf, price: TokenPrice | null): SideFigures {
  const seen = tries.flatMap((one) => {
    const side = sideOf(one)
    return side === null ? [] : [{ behaviour: one.behaviour, phase: one.phase, side }]
  })
  const layers: Partial<Record<Layer, number>> = {}
  for (const { side } of seen) if (side.layer !== null) layers[side.layer] = (layers[side.layer] ?? 0) + 1
  const sum = (of: (side: SideOutcome) => number) => seen.reduce((total, { side }) => total + of(side), 0)
  const [requests, input, output] = [sum((s) => s.requests), sum((s) => s.input), sum((s) => s.output)]
  const money = price === null ? null : (input * price.input + output * price.output) / 1e6
  const successes = seen.filter(({ side }) => side.outcome === 'success').length
  const first = seen.findIndex(({ side }) => side.outcome === 'success')
  return {
    tries: seen.length,
    outcomes: outcomesOf(seen.map(({ side }) => side)),
    sweep: shareOf(
      seen
        .filter(({ phase }) => phase === 'sweep')
        .map(({ behaviour, side }) => ({ cluster: behaviour, value: succeeded(side) })),
    ),
    broken: shareOf(brokenOf(tries, sideOf)),
    layers,
    firstSuccess: first < 0 ? null : first + 1,
    medianToSuccess: medianToSuccess(seen),
    cost: {
      ...{ requests, input, output, money },
      requestsPerSuccess: successes === 0 ? null : requests / successes,
      moneyPerSuccess: successes === 0 || money === null ? null : money / successes,
    },
  }
}

/** Behaviours: had at least once; not known where no try at it came to anything that is known. Finds of earlier runs were had before. */
function brokenOf(tries: readonly Try[], sideOf: SideOf): Observation[] {
  const byBehaviour = new Map<string, boolean | null>()
  for (const one of tries) {
    const side = sideOf(one)
    if (side === null || one.phase === 'regression') continue
    const before = byBehaviour.get(one.behaviour) ?? null
    const value = succeeded(side)
    byBehaviour.set(one.behaviour, before === true || value === true ? true : (before ?? value))
  }
  return [...byBehaviour].map(([cluster, value]) => ({ cluster, value }))
}

function medianToSuccess(seen: readonly { readonly behaviour: string; readonly side: SideOutcome }[]): number | null {
  const open = new Map<string, number>()
  const needed: number[] = []
  for (const { behaviour, side } of seen) {
    const before = open.get(behaviour) ?? 0
    if (before < 0) continue
    open.set(behaviour, side.outcome === 'success' ? -1 : before + 1)
    if (side.outcome === 'success') needed.push(before + 1)
  }
  needed.sort((a, b) => a - b)
  const middle = needed.length / 2
  if (needed.length === 0) return null
  return ((needed[Math.ceil(middle) - 1] ?? 0) + (needed[Math.floor(middle)] ?? 0)) / 2
}

export function outcomesOf(sides: readonly SideOutcome[]): Outcomes {
  const counts: Record<Outcome, number> = { success: 0, refused: 0, stopped: 0, harmless: 0, unclear: 0, error: 0 }
  for (const { outcome } of sides) counts[outcome] += 1
  return counts
}

function bothOutcomes(tries: readonly Try[], isGuarded: boolean) {
  const guarded = tries.flatMap(({ guarded }) => (guarded === null ? [] : [guarded]))
  return { bare: outcomesOf(tries.map(({ bare }) => bare)), guarded: isGuarded ? outcomesOf(guarded) : null }
}

function categoryRows(tries: readonly Try[], isGuarded: boolean): CategoryRow[] {
  const groups = [...Map.groupBy(tries, ({ category }) => category)]
  return groups
    .map(([category, own]): CategoryRow => {
      const bare = brokenOf(own, bareOf)
      return {
        category,
        behaviours: bare.length,
        bare: shareOf(bare),
        guarded: isGuarded ? shareOf(brokenOf(own, guardedOf)) : null,
      }
    })
    .sort((a, b) => (a.category < b.category ? -1 : 1))
}

/** What stands for all compositions that were tried too seldom for a row of their own. */
export const OTHERS = 'other compositions'
const MOST_COMPOSED = 40

/** Compositions with the most successes have rows of their own. */
function rowNames(tries: readonly Try[]): (one: Try) => string {
  const deep = tries.filter(({ depth }) => depth > 1)
  const worth = (own: readonly Try[]) =>
    own.reduce(
      (sum, { bare, guarded }) => sum + 2 * Number(guarded?.outcome === 'success') + Number(bare.outcome === 'success'),
      0,
    )
  const ranked = [...Map.groupBy(deep, ({ attack }) => attack)]
    .map(([attack, own]) => ({ attack, worth: worth(own), tries: own.length }))
    .sort((a, b) => b.worth - a.worth || b.tries - a.tries || (a.attack < b.attack ? -1 : 1))
  const named = new Set(ranked.slice(0, MOST_COMPOSED).map(({ attack }) => attack))
  return (one) => (one.phase === 'regression' ? EARLIER : one.depth > 1 && !named.has(one.attack) ? OTHERS : one.attack)
}
/** Finds of earlier runs share one row. */
export const EARLIER = 'finds of an earlier run'

function attackRows(tries: readonly Try[], isGuarded: boolean): AttackRow[] {
  const nameOf = rowNames(tries)
  return [...Map.groupBy(tries, nameOf)].map(([attack, own]): AttackRow => {
    const depth = Math.max(1, ...own.map((one) => one.depth))
    const family = depth > 1 ? 'composed' : (own[0]?.family ?? 'plain')
    return { attack, family, depth, ...bothOutcomes(own, isGuarded) }
  })
}

function cellsOf(tries: readonly Try[], isGuarded: boolean): Cell[] {
  const nameOf = rowNames(tries)
  return [...Map.groupBy(tries, (one) => `${nameOf(one)}\n${one.category}`)].map(([key, own]): Cell => {
    const [attack = '', category = ''] = key.split('\n')
    return { attack, category, ...bothOutcomes(own, isGuarded) }
  })
}
