import { type Row, rowsOf } from './data/rows.ts'
import type { Survey } from './data/survey.ts'
import type { Outcomes } from './outcomes.ts'

export interface Misjudged {
  readonly path: string
  readonly row: Row
  /** Harm score; 0.5 is the threshold. */
  readonly score: number
}

/**
 * The rows furthest on the wrong side of the threshold, worst first, with their text read again from the file: for a person's eyes
 * when asked for, never for a report.
 */
export async function misjudged(
  outcomes: Outcomes,
  surveys: readonly Survey[],
  count: number,
): Promise<{ missed: Misjudged[]; overRefused: Misjudged[] }> {
  const score = outcomes.column('score')
  const harmful = outcomes.column('harmful')
  const flagged = outcomes.column('flagged')
  const wrong = (truth: 0 | 1) =>
    Array.from(score.keys())
      .filter((at) => harmful[at] === truth && flagged[at] !== truth)
      .sort((a, b) => (truth === 1 ? 1 : -1) * ((score[a] ?? 0) - (score[b] ?? 0)))
      .slice(0, count)
  const read = async (rows: readonly number[]) => {
    const found: Misjudged[] = []
    for (const at of rows) {
      const path = surveys[outcomes.column('file')[at] ?? 0]?.path
      if (path === undefined) continue
      for await (const row of rowsOf(path, new Set([outcomes.column('line')[at] ?? 0])))
        found.push({ path, row, score: score[at] ?? 0 })
    }
    return found
  }
  return { missed: await read(wrong(1)), overRefused: await read(wrong(0)) }
}
