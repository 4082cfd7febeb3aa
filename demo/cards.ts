import { CARD_PUBLISH_ACTION, type ModelCard, printCard } from '../src/models/cards/index.ts'
import { type Scene, type Stage, scene } from './stage.ts'

/** Cards of two lines, published by two people, one of them twice and with a draft in which something is wrong. */
export function cardScenes(stage: Stage): Scene[] {
  const { cards } = stage.app.disclosure
  return [
    scene(93, 10, async () => publish(stage, written(await cards.new('heron'), 'Heron'), 'For the partner')),
    scene(92, 7, async () => publish(stage, written(await cards.new('orca'), 'Orca 2'), 'The first card')),
    scene(66, 10, async () => {
      const card = written(await cards.new('orca'), 'Orca 2')
      const limitations = [...card.limitations, 'It forgets what stands far above in long conversations.']
      await publish(stage, { ...card, limitations }, 'After the second assessment')
    }),
    scene(53, 10, async () => publish(stage, written(await cards.new('orca'), 'Orca 2'), 'The policy has changed')),
    scene(53, 11, async () => publish(stage, written(await cards.new('heron'), 'Heron'), 'The policy has changed')),
    scene(2, 16, async () => {
      const card = written(await cards.new('orca'), 'Orca 2')
      const [first, ...rest] = card.evaluations
      const evaluations = first === undefined ? [] : [{ ...first, value: 0.05 }, ...rest]
      const summary = `${card.summary} It solves 97 % of what it is asked.`
      await cards.save(printCard({ ...card, evaluations, summary }), stage.cast.actor('femi'))
    }),
  ]
}

async function publish({ app, cast }: Stage, card: ModelCard, reason: string): Promise<void> {
  const { cards } = app.disclosure
  const { digest } = await cards.save(printCard(card), cast.actor('femi'))
  const payload = await cards.publication(card.identity.model, { digest, reason })
  await cast.agree('femi', { action: CARD_PUBLISH_ACTION, payload, reason }, 'bo')
}

/** As a person writes it to the end. */
function written(card: ModelCard, title: string): ModelCard {
  const evidence = card.evaluations[0]?.evidence ?? card.safeguards.policy?.evidence ?? []
  return {
    ...card,
    identity: { ...card.identity, title, languages: ['en', 'de'], released: '2026-06-01' },
    summary: 'A made-up model of a demo, for reading and writing.',
    intendedUses: ['Reading papers and writing about them.', 'Answering questions over a library.'],
    outOfScopeUses: ['Decisions about people.'],
    capabilities: [{ words: 'It finishes few tasks of long autonomous work.', evidence }],
    limitations: ['It makes up sources when it has none.'],
    risks: { ...card.risks, catastrophic: 'Assessed before each release; see the thresholds.' },
    acceptableUse: 'See the acceptable use policy.',
  }
}
