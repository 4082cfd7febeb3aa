import { z } from 'zod'
import { records } from '../records/index.ts'
import { Checkpoint, Run, When } from '../registry/index.ts'
import type { EvaluationContext } from './context.ts'
import { ASSESSMENT } from './kinds.ts'
import { Assessment, DueView } from './schema.ts'
import { bounded, dueView, type Standings } from './standing.ts'

/** Read at most, and drawn at most: a picture has no room for more. */
const READ = 20_000
const DRAWN = 600
const NEWEST = 100
const MOST_RUNS = 20

const Growth = z.number().nullable().meta({ description: 'since what is counted from now; null = no bound' })

/** A model line as it is drawn: its checkpoints by what they have grown to, what was assessed, what is planned. */
export const Timeline = z
  .object({
    due: DueView,
    points: z
      .array(
        Checkpoint.pick({ id: true, checkpoint: true, flops: true, takenAt: true, run: true }).extend({
          k: Growth,
          kHi: Growth.meta({ description: 'upper bound, which counts' }),
        }),
      )
      .meta({ description: 'oldest first; of many, the newest, those that were assessed, and some between' }),
    recorded: z.int().meta({ description: 'how many checkpoints there are, up to 20,000' }),
    planned: z.array(
      Run.pick({ run: true, plannedFlops: true, declaredAt: true }).extend({
        kHi: Growth.meta({ description: 'at its planned end' }),
        answer: z.enum(['continue', 'evaluate-now', 'pause']).meta({
          description: 'what the training gate would say to all of it now',
        }),
        words: z.string(),
      }),
    ),
    assessments: z.array(
      Assessment.pick({
        id: true,
        checkpoint: true,
        state: true,
        verdict: true,
        openedAt: true,
        targetAt: true,
        late: true,
      }).extend({ clearedAt: When.nullable() }),
    ),
  })
  .meta({ id: 'EvaluationTimeline' })
export type Timeline = z.infer<typeof Timeline>

/** @throws {AppError} NOT_FOUND for a model that is not registered */
export async function timelineOf(context: EvaluationContext, standings: Standings, model: string): Promise<Timeline> {
  const { registry, db } = context
  const standing = await standings.of(model)
  const checkpoints = (await registry.checkpoints.newest(model, READ)).reverse()
  const assessments = await records.list(db.db, ASSESSMENT, { model, limit: 1_000 })
  const named = new Set(assessments.map(({ checkpoint }) => checkpoint))
  for (const checkpoint of [standing.reference?.taken, standing.most]) if (checkpoint != null) named.add(checkpoint.id)
  const points = thinned(checkpoints, named).map((checkpoint) => {
    const { id, checkpoint: name, flops, takenAt, run } = checkpoint
    const growth = standings.growthOf(standing, checkpoint)
    return {
      ...{ id, checkpoint: name, flops, takenAt, run },
      ...{ k: bounded(growth?.k), kHi: bounded(growth?.kHi) },
    }
  })
  const runs = (await registry.runs.list(model)).filter(({ endedAt }) => endedAt === null).slice(-MOST_RUNS)
  const ends = runs.map(({ plannedFlops }) => ({ model, flops: plannedFlops, loss: null, endMs: null }))
  const stands = await standings.segments(model, ends)
  const planned = runs.flatMap(({ run, plannedFlops, declaredAt }, i): Timeline['planned'] => {
    const stand = stands[i]
    if (stand === undefined) return []
    const { answer, endKHi } = stand
    const words = answer.answer === 'continue' ? '' : answer.words
    return [{ run, plannedFlops, declaredAt, kHi: bounded(endKHi), answer: answer.answer, words }]
  })
  return {
    due: dueView(context, standing),
    points,
    recorded: checkpoints.length,
    planned,
    assessments: assessments.map(({ id, checkpoint, state, verdict, openedAt, targetAt, late, clearedAt }) => ({
      ...{ id, checkpoint, state, verdict, openedAt, targetAt, late, clearedAt },
    })),
  }
}

/** Those that are named, the newest, and of the others so many, evenly, as there is room for. */
export function thinned<T extends { readonly id: string }>(all: readonly T[], named: ReadonlySet<string>): T[] {
  if (all.length <= DRAWN) return [...all]
  const every = Math.ceil(all.length / (DRAWN - NEWEST))
  return all.filter(({ id }, i) => i % every === 0 || i >= all.length - NEWEST || named.has(id))
}
