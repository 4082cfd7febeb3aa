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

/**
 * Analysts who read what the machine has refused, mostly agree with it, sometimes not, and pass some on to the officer. The cases of the last days are left for
 * whoever looks at the demo.
 */
export function reviewScenes(stage: Stage): Scene[] {
  // As long as there are few customers, every fourth day is enough.
  const days = Array.from({ length: 87 }, (_, index) => 88 - index).filter((day) => day <= 45 || day % 4 === 0)
  return days.flatMap((day) => [
    scene(day, 9, () => shift(stage, READERS, MOST_A_SHIFT)),
    ...(day % 5 === 0 ? [scene(day, 10, () => shift(stage, ['bo'], MOST_A_SHIFT))] : []),
  ])
}

async function shift(stage: Stage, readers: readonly PersonName[], most: number): Promise<void> {
  const { review } = stage.app
  await stage.settle()
  for (const name of readers) {
    const reader = stage.cast.taker(name)
    for (let read = 0; read < most; read += 1) {
      const claimed = await review.claims.next(reader, name === 'bo' ? 'escalated' : null)
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
  if (decision !== undefined && draw.chance(0.4)) {
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
