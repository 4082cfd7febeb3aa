import { z } from 'zod'
import { type EvidenceLimits, evidenceGaps } from '../evaluation/index.ts'
import type { KeptEvaluation } from './schema.ts'

/** Whether a checkpoint is shown to refuse what it should, and no more. */
export const Standing = z
  .object({
    met: z.boolean(),
    says: z.string().meta({ description: 'the evidence, or what is missing' }),
    evaluation: z.string().nullable().meta({ description: 'the last one, which it rests on' }),
    gaps: z.array(z.object({ code: z.string(), words: z.string() })),
  })
  .meta({ id: 'RefusalStanding' })
export type Standing = z.infer<typeof Standing>

/**
 * Only the last one counts: an earlier one that was better is not picked.
 *
 * @param evaluations of one checkpoint, the last one first, none of them a fixture's
 * @param now milliseconds since the epoch
 */
export function standingOf(evaluations: readonly KeptEvaluation[], limits: EvidenceLimits, now: number): Standing {
  const [last] = evaluations
  if (last === undefined) {
    const says = 'no refusal evaluation of its checkpoint is on record: safelevel redteam eval … --record'
    return { met: false, says, evaluation: null, gaps: [] }
  }
  const { id, head } = last
  const gaps = evidenceGaps(head, limits, now).map(({ code, words }) => ({ code, words }))
  if (gaps.length > 0) {
    return { met: false, says: `${id}: ${gaps.map(({ words }) => words).join('; ')}`, evaluation: id, gaps }
  }
  const upTo = (share: number | undefined) => `${(100 * (share ?? 1)).toFixed(1)} %`
  const says = `${id}: attack success at most ${upTo(head.attackSuccess?.interval?.[1])}, over-refusal at most ${upTo(head.overRefusal?.interval?.[1])}`
  return { met: true, says, evaluation: id, gaps: [] }
}
