import type { Actor } from '../../src/ledger/index.ts'
import { type ModelCard, printCard } from '../../src/models/cards/index.ts'
import type { Visitor } from '../support/browser.ts'
import type { CustomerPage } from './customers.ts'
import type { ConsoleWorld } from './world.ts'

const BY: Actor = { type: 'operator', id: 'operator' }

/** A card of `atlas` that was published twice and has a draft with something wrong in it; another model line has none. */
export async function cardPages(world: ConsoleWorld, visitor: Visitor, personId: string): Promise<CustomerPage[]> {
  const { cards } = world.running.app.disclosure
  const card = written(await cards.new('atlas'))
  await publish(world, card, 'apr_00000000000000000000000001', personId)
  const more = {
    ...card,
    limitations: [...card.limitations, 'It forgets what stands far above in long conversations.'],
  }
  await publish(world, more, 'apr_00000000000000000000000002', personId)
  const [first, ...rest] = more.evaluations
  const wrong = first === undefined ? more : { ...more, evaluations: [{ ...first, value: 0.05 }, ...rest] }
  const draft = { ...wrong, summary: `${more.summary} It solves 97 % of what it is asked.` }
  await cards.save(printCard(draft), BY)
  return [
    { visitor, name: 'cards', path: '/cards', heading: 'Cards' },
    { visitor, name: 'card', path: '/cards/atlas', heading: 'Card of atlas' },
    { visitor, name: 'card-draft', path: '/cards/atlas?tab=draft', heading: 'Card of atlas' },
    { visitor, name: 'card-versions', path: '/cards/atlas?tab=versions', heading: 'Card of atlas' },
  ]
}

async function publish(world: ConsoleWorld, card: ModelCard, id: string, personId: string): Promise<void> {
  const { cards } = world.running.app.disclosure
  const { digest } = await cards.save(printCard(card), BY)
  const payload = await cards.publication('atlas', { digest, reason: 'As the release needs it' })
  const approvedAt = new Date(world.running.app.clock.now()).toISOString()
  const approved = {
    id,
    requester: personId,
    approvers: ['per_00000000000000000000000002'],
    approvedAt,
    effectiveUntil: null,
    digest: '',
  }
  await cards.publishing().execute(payload, approved)
}

/** As a person writes it to the end. */
export function written(card: ModelCard): ModelCard {
  const evidence = card.evaluations[0]?.evidence ?? card.safeguards.policy?.evidence ?? []
  return {
    ...card,
    identity: { ...card.identity, languages: ['en'], released: '2026-06-01' },
    summary: 'A model for reading and writing, made for research assistants.',
    intendedUses: ['Reading papers and writing about them.', 'Answering questions over a library.'],
    outOfScopeUses: ['Decisions about people.'],
    capabilities: [{ words: 'It finishes few tasks of long autonomous work.', evidence }],
    limitations: ['It makes up sources when it has none.'],
    risks: { ...card.risks, catastrophic: 'Assessed before each release; see the thresholds.' },
    acceptableUse: 'See the acceptable use policy.',
  }
}
