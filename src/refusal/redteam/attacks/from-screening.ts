import { TRANSFORMS } from '../../../screening/evaluation/index.ts'
import { askedIn, inPlace, type PitchTurn } from './pitch.ts'
import type { Rank, Transform } from './transform.ts'

const RANK_OF = {
  plain: 'words',
  disguise: 'letters',
  evasion: 'letters',
  wrapper: 'frame',
  split: 'conversation',
} as const

/** Chat servers join the parts of a message: where a split is only one of parts, they read the plain text. */
function isOfParts(presented: ReturnType<(typeof TRANSFORMS)[number]['present']>): boolean {
  return presented.turns.some(({ parts }) => parts.length > 1)
}

function turnsOf(presented: ReturnType<(typeof TRANSFORMS)[number]['present']>) {
  const turns: PitchTurn[] = []
  const told: string[] = []
  for (const { role, parts } of presented.turns) {
    const text = parts.map((part) => (part.kind === 'media' ? '' : part.text)).join('')
    if (role === 'system') told.push(text)
    else turns.push({ role, text })
  }
  return { turns, told: told.length === 0 ? null : told.join('\n\n') }
}

/** Every presentation that the screen is tried with, as an attack on a model. */
export const FROM_SCREENING: readonly Transform[] = TRANSFORMS.filter(
  ({ present }) => !isOfParts(present('two words')),
).map(({ name, family, present }): Transform => {
  const rank: Rank = RANK_OF[family]
  return {
    ...{ name, family, rank, objectives: null },
    present: (pitch) => {
      const { turns, told } = turnsOf(present(askedIn(pitch)))
      return inPlace(pitch, turns, told)
    },
  }
})
