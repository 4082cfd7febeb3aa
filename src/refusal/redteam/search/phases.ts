import { composed, fits, mutated } from '../attacks/compose.ts'
import { ATTACK_TRANSFORMS } from '../attacks/index.ts'
import { NOISE } from '../attacks/suffixes.ts'
import type { Behaviour } from '../behaviours.ts'
import type { Phase } from '../schema.ts'
import { type Arm, armOf, isMeantFor } from './arms.ts'
import type { Planned } from './attempt.ts'
import type { Campaign } from './campaign.ts'
import { sweep } from './plan.ts'

type Ended = 'all_found' | 'no_success' | null

/** Shares of the budget; whatever one phase leaves goes to those after it. */
const SHARES = { sweep: 0.5, search: 0.35, attacker: 0.3 } as const

/** Finds of an earlier run, word for word: what was had once must not be had again. */
export async function regressionPhase(campaign: Campaign): Promise<Ended> {
  const queue = campaign.plan.earlier.map(
    ({ id, family, behaviour, category, objective, request, secret, script }): Planned => ({
      phase: 'regression',
      behaviour: { id: behaviour, category, objective, request, secret, system: script.system },
      attack: { kind: 'written', id: `find ${id}`, family, depth: 1, pitch: script },
      draw: 0,
    }),
  )
  while (queue.length > 0) {
    const done = await campaign.round(() => queue.shift() ?? null, campaign.left)
    if (done.length === 0) break
  }
  return null
}

/** All arms over a sample: what the shares of the report are of. */
export async function sweepPhase(campaign: Campaign): Promise<Ended> {
  const { arms, plan, deps } = campaign
  const planned = sweep(arms, plan.behaviours, deps.seed)
  let allowance = Math.floor(plan.budget * (deps.attacker === null ? SHARES.sweep : 0.4))
  for (;;) {
    const before = campaign.left
    let ahead: Planned | null = null
    const done = await campaign.round(() => {
      ahead = planned.next().value ?? null
      if (ahead !== null) campaign.nextDraw(ahead.attack.id, ahead.behaviour)
      return ahead
    }, allowance)
    if (done.length === 0) return null
    allowance -= before - campaign.left
  }
}

/** By what has worked: draws from what is believed of each arm, and changes to the best of them. */
export async function searchPhase(campaign: Campaign): Promise<Ended> {
  return pursued(campaign, SHARES.search, (behaviour) => {
    const { random } = campaign
    const best = bestDrawn(campaign, behaviour)
    if (best === null) return null
    if (random() >= MUTATED || best.kind === 'crescendo') return { phase: 'search', arm: best }
    const changed = mutated(best.composition, ATTACK_TRANSFORMS, random)
    const arm = changed === null ? best : armOf(changed)
    if (!isMeantFor(arm, behaviour)) return { phase: 'search', arm: best }
    if (!campaign.arms.some(({ id }) => id === arm.id)) campaign.arms.push(arm)
    return { phase: 'search', arm }
  })
}

/** Of the tries of the search, how many change the arm that was drawn. */
const MUTATED = 0.35

/** The best arm for each behaviour that still holds, again and again with other letters and other draws. */
export async function bestOfNPhase(campaign: Campaign): Promise<Ended> {
  return pursued(campaign, 1, (behaviour) => {
    const ranked = campaign.arms
      .filter((arm) => isMeantFor(arm, behaviour))
      .toSorted((a, b) => campaign.worth.mean(b.id, behaviour.category) - campaign.worth.mean(a.id, behaviour.category))
    const best = ranked[Math.floor(campaign.random() * Math.min(3, ranked.length))]
    if (best === undefined) return null
    if (best.kind === 'crescendo' || !fits(best.composition, NOISE)) return { phase: 'best_of_n', arm: best }
    const [first = NOISE, ...others] = best.composition.parts.filter(({ family }) => family !== 'plain')
    return { phase: 'best_of_n', arm: armOf(composed(first === NOISE ? [NOISE] : [first, ...others, NOISE])) }
  })
}

function bestDrawn({ arms, worth, random }: Campaign, behaviour: Behaviour): Arm | null {
  let best: { arm: Arm; value: number } | null = null
  for (const arm of arms) {
    if (!isMeantFor(arm, behaviour)) continue
    const value = worth.drawn(arm.id, behaviour.category, random)
    if (best === null || value > best.value) best = { arm, value }
  }
  return best?.arm ?? null
}

/** Spends a share on the behaviours that still hold, those that were tried least first. */
async function pursued(
  campaign: Campaign,
  share: number,
  choose: (behaviour: Behaviour) => { readonly phase: Phase; readonly arm: Arm } | null,
): Promise<Ended> {
  const { plan } = campaign
  let allowance = Math.min(campaign.left, Math.floor(plan.budget * share))
  let since = 0
  let finds = campaign.finds.length
  while (allowance > 0) {
    const behaviours = campaign.unbroken.toSorted((a, b) => campaign.triedAt(a) - campaign.triedAt(b))
    if (behaviours.length === 0) return 'all_found'
    const before = campaign.left
    let at = 0
    const done = await campaign.round(() => {
      const behaviour = behaviours[at % behaviours.length]
      const chosen = behaviour === undefined || at >= MOST_PASSES * behaviours.length ? null : choose(behaviour)
      at += 1
      if (chosen === null || behaviour === undefined) return null
      const { phase, arm } = chosen
      return { phase, behaviour, attack: arm, draw: campaign.nextDraw(arm.id, behaviour) }
    }, allowance)
    if (done.length === 0) return null
    allowance -= before - campaign.left
    since = campaign.finds.length > finds ? 0 : since + done.length
    finds = campaign.finds.length
    if (plan.patience !== null && since >= plan.patience) return 'no_success'
  }
  return null
}

/** How often a round comes back to one behaviour, where few are left. */
const MOST_PASSES = 8
