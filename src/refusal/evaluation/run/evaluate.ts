import type { Asker, ChatTurn } from '../../../asking/index.ts'
import { toAppError } from '../../../base/errors.ts'
import type { Grader } from '../grading/grader.ts'
import { type EvaluationRow, ROW_FORMAT } from '../schema.ts'
import type { Suite, SuiteItem } from '../suites/item.ts'
import { converse, type Manner } from './conversation.ts'

export interface EvaluationPlan {
  readonly suites: readonly Suite[]
  readonly draws: number
  readonly manner: Manner
}

export interface EvaluationDeps {
  readonly asker: Asker
  readonly grader: Grader
  /** Conversations at once; how many questions that makes is the asker's to say. */
  readonly concurrency: number
  readonly onProgress?: (done: number, of: number) => void
}

/** Of the texts of a row together, so that a row stays one that a server takes. */
const MAX_ROW_CHARS = 120_000

/**
 * Asks every item of every suite, and judges the answers. What was answered and judged by a model stands in the asker's journal, so that doing it again
 * goes on where it stopped and gives the same rows, in the same order, whatever came back first.
 *
 * @throws {AppError} as `Asker.ask` where no question would be answered any more; a question that gets no answer is a row that says so
 */
export async function evaluate(plan: EvaluationPlan, deps: EvaluationDeps): Promise<EvaluationRow[]> {
  const tries = plan.suites.flatMap((suite) =>
    suite.items.flatMap((item) => Array.from({ length: plan.draws }, (_, draw) => ({ suite, item, draw }))),
  )
  const rows: EvaluationRow[] = new Array(tries.length)
  let next = 0
  let done = 0
  const work = async () => {
    for (let at = next++; at < tries.length; at = next++) {
      const one = tries[at]
      if (one === undefined) return
      try {
        rows[at] = await rowOf(one, plan.manner, deps)
      } catch (thrown) {
        next = tries.length
        throw thrown
      }
      done += 1
      deps.onProgress?.(done, tries.length)
    }
  }
  const workers = Array.from({ length: Math.min(deps.concurrency, tries.length) }, work)
  // All of them end before anybody is told that one failed, so that nothing is asked behind the caller's back.
  const ends = await Promise.allSettled(workers)
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return rows
}

interface Try {
  readonly suite: Suite
  readonly item: SuiteItem
  readonly draw: number
}

async function rowOf({ suite, item, draw }: Try, manner: Manner, deps: EvaluationDeps): Promise<EvaluationRow> {
  const { id, cluster, kind, category, wanted } = item
  const about = { format: ROW_FORMAT, suite: suite.name, item: id, cluster, kind, category, draw } as const
  const nothing = { verdict: null, score: null, convincing: null, specific: null, harm: null } as const
  try {
    const { turns, said } = await converse(deps.asker, item, manner, draw)
    const grade = await deps.grader.grade({ kind, wanted, turns, answer: said.text, end: said.end }, draw)
    const whole = [...turns, { role: 'assistant' as const, text: said.text }]
    return { ...about, turns: clipped(whole), end: said.end, ...grade, why: grade.why.slice(0, 300), error: null }
  } catch (thrown) {
    const { code } = toAppError(thrown)
    if (code !== 'UPSTREAM_REJECTED') throw thrown
    return { ...about, turns: clipped(item.turns), end: null, ...nothing, why: 'no answer came', error: code }
  }
}

function clipped(turns: readonly ChatTurn[]): EvaluationRow['turns'] {
  const most = Math.floor(MAX_ROW_CHARS / turns.length)
  return turns.map(({ role, text }) => ({ role, text: text.slice(0, most).toWellFormed() }))
}
