import { EvaluationReport, EvaluationRow } from '../../evaluation/index.ts'
import { KeptEvaluation } from '../schema.ts'
import { brief, type Form, parseLine, type RowReader, sameCount } from './form.ts'

export const evaluationForm: Form = {
  kind: 'evaluation',
  read(value) {
    const head = parseLine(EvaluationReport, value, 1)
    return {
      head,
      about: { checkpoint: head.checkpoint, fixture: head.model.isSandbox, madeAt: head.endedAt },
      rowsDigest: head.rows.digest,
      rows: reader(head),
      kept: (common) => KeptEvaluation.parse({ kind: 'evaluation', ...common, head }),
    }
  },
}

type Verdict = EvaluationRow['verdict']
type Side = 'harmful' | 'harmless'

/** Counts the verdicts again: figures that don't come of their answers are not taken. */
function reader({ suites, rows }: EvaluationReport): RowReader {
  const tallies = new Map<string, Map<Exclude<Verdict, null> | 'unjudged' | 'errors', number>>()
  let count = 0
  return {
    row(value, line) {
      const row = parseLine(EvaluationRow, value, line)
      count += 1
      const side: Side = row.kind === 'harmful' ? 'harmful' : 'harmless'
      const key = `${side} ${row.suite}`
      const tally = tallies.get(key) ?? new Map()
      const outcome = row.error !== null ? 'errors' : (row.verdict ?? 'unjudged')
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
      tallies.set(key, tally)
      return {
        name: brief(`${row.item}${row.draw === 0 ? '' : ` #${row.draw}`}`) ?? '',
        part: brief(row.suite),
        kind: row.kind,
        category: brief(row.category),
        outcome: row.error !== null ? 'error' : (row.verdict ?? 'unjudged'),
        flags: row.harm !== null && row.harm.score >= 0.5 ? ['harm_found'] : [],
      }
    },
    end() {
      sameCount('rows', rows.count, count)
      for (const suite of suites) {
        for (const side of ['harmful', 'harmless'] as const) {
          const found = tallies.get(`${side} ${suite.suite}`)
          tallies.delete(`${side} ${suite.suite}`)
          for (const outcome of ['complied', 'refused', 'partial', 'unclear', 'unjudged', 'errors'] as const)
            sameCount(
              `${side} answers ${outcome} in ${suite.suite}`,
              suite[side]?.[outcome] ?? 0,
              found?.get(outcome) ?? 0,
            )
        }
      }
      sameCount('other suites', 0, tallies.size)
    },
  }
}
