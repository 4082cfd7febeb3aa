import type { Random } from '../../../base/random.ts'
import type { Behaviour, Objective } from '../behaviours.ts'
import { type Pitch, reworded } from './pitch.ts'

/** What kinds of attacks there are; the first five are those that screening is tried with. */
export const FAMILIES = [
  'plain',
  'disguise',
  'evasion',
  'wrapper',
  'split',
  'encoding',
  'role_play',
  'many_shot',
  'translation',
  'suffix',
  'document',
  'tool_result',
  'extraction',
  'prefill',
  'noise',
  'crescendo',
  'attacker',
] as const
export type Family = (typeof FAMILIES)[number]

/** Where in a composition a transform can stand: letters are changed before they are framed, and an answer is begun last. */
export const RANKS = ['letters', 'words', 'frame', 'conversation', 'end'] as const
export type Rank = (typeof RANKS)[number]

/** One way to present a request so that a model, or what guards it, may not see what is wanted. */
export interface Transform {
  readonly name: string
  readonly family: Family
  readonly rank: Rank
  /** For what it is meant; null = for everything. */
  readonly objectives: readonly Objective[] | null
  /** Linear in the text; the same for the same draws. */
  readonly present: (pitch: Pitch, behaviour: Behaviour, random: Random) => Pitch
}

/** A transform of the user's last words. */
export function wording(
  family: Family,
  rank: Rank,
  name: string,
  change: (text: string, random: Random) => string,
): Transform {
  return {
    ...{ name, family, rank, objectives: null },
    present: (pitch, _, random) => reworded(pitch, (text) => change(text, random)),
  }
}

/** One of several; the same for the same draw. */
export function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0]
}
