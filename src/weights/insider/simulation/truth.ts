import { z } from 'zod'
import type { Played } from './stage.ts'

/** What one planted campaign was: a line of `truth.jsonl`. */
export const Truth = z.object({
  id: z.string().min(1).max(200),
  kind: z.string().min(1).max(100),
  family: z.string().max(100).optional().meta({ description: 'what it is reported under besides its kind' }),
  people: z.array(z.string().min(1).max(200)).min(1).max(1_000),
  version: z.string().max(400).nullable().meta({ description: 'whose weights it was after; null for none' }),
  modelBytes: z.number().nonnegative().meta({ description: 'size of that version; 0 for none' }),
  startsMs: z.int().nonnegative(),
  endsMs: z.int().nonnegative(),
  activities: z
    .array(z.string().min(1).max(200))
    .max(5_000_000)
    .meta({ description: 'ids, in the order of their time' }),
})
export type Truth = z.infer<typeof Truth>

/** @param modelBytes size of each version by its id */
export function truthOf(
  { kind, people, activities }: Played,
  modelBytes: ReadonlyMap<string, number>,
): Omit<Truth, 'id'> {
  const sorted = activities.toSorted((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1))
  const version = mostRead(activities)
  return {
    ...{ kind: kind.id, family: kind.family, people: [...people].sort(), version },
    modelBytes: version === null ? 0 : (modelBytes.get(version) ?? 0),
    startsMs: sorted[0]?.timeMs ?? 0,
    endsMs: sorted.at(-1)?.timeMs ?? 0,
    activities: sorted.map(({ id }) => id),
  }
}

/** The version of which most bytes were read; else the one that was named most often. */
function mostRead(activities: Played['activities']): string | null {
  const counted = new Map<string, number>()
  for (const { version, bytes } of activities)
    if (version !== null) counted.set(version, (counted.get(version) ?? 0) + bytes + 1)
  const [most] = [...counted].sort(([, a], [, b]) => b - a)
  return most?.[0] ?? null
}
