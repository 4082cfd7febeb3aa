import type { PersonName } from './cast.ts'
import { type Scene, type Stage, scene } from './stage.ts'

const READERS = ['gus', 'hana', 'lia'] as const satisfies readonly PersonName[]
const NOTES = [
  'Plain request for what the clause forbids.',
  'Same user as last week, same words.',
  'Reads like homework; the score is close to the threshold.',
  'Fiction as a cover; the ask at the end is real.',
  '',
]
const MOST_A_SHIFT = 8

/** Analysts who read what the machine has refused, mostly agree with it, sometimes not, and leave the last day's cases for whoever looks at the demo. */
export function reviewScenes(stage: Stage): Scene[] {
  const scenes: Scene[] = []
  for (let day = 88; day >= 1; day -= 1) for (const hour of [9, 16]) scenes.push(scene(day, hour, () => shift(stage)))
  return scenes
}

async function shift(stage: Stage): Promise<void> {
  const { review } = stage.app
  await stage.settle()
  for (const name of READERS) {
    const reader = stage.cast.taker(name)
    for (let read = 0; read < MOST_A_SHIFT; read += 1) {
      const claimed = await review.claims.next(reader, null)
      if (claimed?.claim == null) break
      await judge(stage, name, claimed.id, claimed.claim.id)
    }
  }
}

async function judge({ app, cast, draw }: Stage, name: PersonName, id: string, claim: string): Promise<void> {
  const { review } = app
  const reader = cast.taker(name)
  const { decisions, label, severity, basis, state, side } = await review.readings.get(reader, id)
  const [decision] = decisions
  if (decision !== undefined && draw.chance(0.7)) {
    const part = side ?? 'prompt'
    // What was said is kept for thirty days; a reader who comes later decides by the record.
    await review.reveals.reveal(reader, id, { claim, decision, part }, false).catch(() => {})
  }
  const wrong = basis === 'allowed' ? 0.02 : 0.14
  const settles = state === 'adjudication' || state === 'escalated'
  const dice = draw.next()
  const verdict = dice < wrong ? 'overturn' : dice < wrong + 0.04 && !settles ? 'escalate' : 'uphold'
  const proposal =
    verdict === 'uphold' && basis !== 'allowed' && severity === 'high' && draw.chance(0.25)
      ? { proposal: { effect: 'strike' as const, severity: 'moderate' as const } }
      : {}
  const labels = label === null ? {} : { [label]: verdict === 'uphold' ? 'present' : 'absent' }
  await review.readings.decide(reader, id, { claim, verdict, labels, note: draw.pick(NOTES), ...proposal })
}
