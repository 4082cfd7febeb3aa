import { shuffled } from './draw.ts'

/** Which of these a person looks at: drawn by the seed alone, so that nobody chooses what is looked at. */
export function spotCheckSample(ids: readonly string[], count: number, seed: number): ReadonlySet<string> {
  const drawn = shuffled(
    ids.map((id) => ({ id })),
    seed,
    'spot-check',
  )
  return new Set(drawn.slice(0, count).map(({ id }) => id))
}
