import type { ModelCard } from '../../../models/cards/index.ts'
import type { Deployment } from '../../../models/registry/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { day, entryOf, fails, holds, record, stale, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import { nothingServed, type ServedWorld, servedDeployments } from './served.ts'

export type CardsWorld = ServedWorld & Pick<World, 'cards' | 'entries'>

/** What a card owes to its readers, by the control that asks for it. */
const PARTS: readonly {
  readonly control: string
  readonly what: string
  readonly path: string
  readonly of: (card: ModelCard) => readonly unknown[]
}[] = [
  { control: 'DEP-01', what: 'capabilities', path: '/capabilities', of: (card) => card.capabilities },
  { control: 'DEP-02', what: 'limitations', path: '/limitations', of: (card) => card.limitations },
  { control: 'DEP-03', what: 'evaluations', path: '/evaluations', of: (card) => card.evaluations },
  { control: 'DEP-04', what: 'intended uses', path: '/intendedUses', of: (card) => card.intendedUses },
]

export function cardProbes(world: CardsWorld): Probe[] {
  const parts = PARTS.map(
    (part): Probe => ({
      control: part.control,
      look: () => ofEach(world, (deployment) => partOf(world, deployment, part)),
    }),
  )
  return [...parts, { control: 'DEP-05', look: () => ofEach(world, (deployment) => published(world, deployment)) }]
}

async function ofEach(world: CardsWorld, look: (deployment: Deployment) => Promise<Finding>): Promise<Finding> {
  const served = await servedDeployments(world)
  return worstOf(await Promise.all(served.map(look)), nothingServed('a model card is owed with the first'))
}

/** Why there is no card that speaks of what is served; else the card. */
async function cardOf({ cards }: CardsWorld, { model, checkpoint }: Deployment) {
  const card = await cards.published(model)
  if (card === null)
    return { card, fault: fails(`${model} is served, and no card of it is published`, `safelevel card new ${model}`) }
  if (card.checkpoint === checkpoint) return { card, fault: null }
  const says = `the card of ${model} is of ${card.checkpoint}, and ${checkpoint} is served`
  return { card, fault: fails(says, 'safelevel card renew FILE', [record('card', card.id)]) }
}

async function partOf(world: CardsWorld, deployment: Deployment, part: (typeof PARTS)[number]): Promise<Finding> {
  const { card, fault } = await cardOf(world, deployment)
  if (card === null || fault !== null) return fault
  const { model, number } = { model: deployment.model, number: card.number }
  const evidence = [record('card', card.id), ...entryOf(await world.entries.last('models.card_published', card.id))]
  const items = part.of(card.card)
  const which = `version ${number} of the card of ${model}`
  if (items.length === 0) return fails(`${which} states no ${part.what}`, 'safelevel card renew FILE', evidence)
  const { reasons } = await world.cards.standingOf(card)
  const old = reasons.find(({ path }) => path.startsWith(part.path))
  if (old !== undefined) return stale(`${which}: ${old.words}`, 'safelevel card renew FILE', evidence)
  return holds(`${which} states ${part.what} (${items.length})`, evidence)
}

async function published(world: CardsWorld, deployment: Deployment): Promise<Finding> {
  const { card, fault } = await cardOf(world, deployment)
  if (card === null || fault !== null) return fault
  const evidence = [record('card', card.id), ...entryOf(await world.entries.last('models.card_published', card.id))]
  const of = await world.cards.versions(deployment.model)
  const days = of.flatMap(({ checkpoint, publishedAt }) =>
    checkpoint === deployment.checkpoint && publishedAt !== null ? [day(publishedAt)] : [],
  )
  const [first = null] = days.sort()
  const opened = day(await openedAt(world, deployment))
  const which = `the card of ${deployment.checkpoint}`
  if (first !== null && first > opened) {
    const says = `${which} was published on ${first}, and ${deployment.id} was open from ${opened}`
    return fails(says, 'safelevel controls except DEP-05', evidence)
  }
  return holds(`${which} was published by ${opened}, when ${deployment.id} was opened, and stands at /cards`, evidence)
}

/** By its case where there is one; a deployment that nobody took through the gate is open from when it was declared. */
async function openedAt({ response }: CardsWorld, { id, declaredAt }: Deployment): Promise<string> {
  const of = await response.cases.find(`deployment/${id}`)
  const opening = of?.history.find(({ to }) => to === 'live' || to === 'grandfathered')
  return opening?.at ?? declaredAt
}
