import type { Random } from '../../../base/random.ts'
import type { Behaviour } from '../behaviours.ts'
import { type Pitch, pitchOf } from './pitch.ts'
import { type Family, RANKS, type Transform } from './transform.ts'

export const MAX_DEPTH = 3

/** One or more transforms, applied from the inside out. */
export interface Composition {
  /** Their names, joined by " > ". */
  readonly id: string
  /** Of the outermost. */
  readonly family: Family
  readonly parts: readonly Transform[]
}

export function composed(parts: readonly [Transform, ...Transform[]]): Composition {
  const ordered = parts.toSorted((a, b) => RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank))
  return {
    id: ordered.map(({ name }) => name).join(' > '),
    family: (ordered.at(-1) ?? parts[0]).family,
    parts: ordered,
  }
}

export function presented({ parts }: Composition, behaviour: Behaviour, random: Random): Pitch {
  return parts.reduce(
    (pitch, { present }) => present(pitch, behaviour, random),
    pitchOf(behaviour.request, behaviour.system),
  )
}

/** Whether it is meant for what is wanted. */
export function suits({ parts }: Composition, { objective }: Behaviour): boolean {
  // An order in foreign text needs foreign text around it.
  if (objective === 'injection' && !parts.some(({ family }) => family === 'document' || family === 'tool_result'))
    return false
  return parts.every(({ objectives }) => objectives === null || objectives.includes(objective))
}

/** Whether the transform can be added: one of a rank, but for frames, of which there may be two; and nothing twice. */
export function fits({ parts }: Composition, added: Transform): boolean {
  if (parts.length >= MAX_DEPTH || added.family === 'plain' || parts.some(({ name }) => name === added.name))
    return false
  const most = added.rank === 'frame' ? 2 : 1
  return parts.filter(({ rank }) => rank === added.rank).length < most
}

/** With one transform more, or another one in place of one of its own. `null`: nothing fits. */
export function mutated(
  composition: Composition,
  transforms: readonly Transform[],
  random: Random,
): Composition | null {
  const own = composition.parts.filter(({ family }) => family !== 'plain')
  const dropped = own.length === MAX_DEPTH || (own.length > 1 && random() < 0.5)
  const at = Math.floor(random() * own.length)
  const kept = dropped ? own.filter((_, n) => n !== at) : own
  const [first, ...others] = kept
  const base = first === undefined ? null : composed([first, ...others])
  const choices = transforms.filter((one) => (base === null ? one.family !== 'plain' : fits(base, one)))
  const added = choices[Math.floor(random() * choices.length)]
  if (added === undefined) return null
  return composed(first === undefined ? [added] : [first, ...others, added])
}
