import type { Outcomes } from './outcomes.ts'

/** Some rows of a run, as columns. */
export interface Selection {
  readonly scores: Float64Array
  /** 1 for harmful. */
  readonly labels: Uint8Array
  /** 1 where any label reached its threshold. */
  readonly flagged: Uint8Array
  readonly files: Float64Array
}

/** All rows, or those whose `column` holds `id`. */
export function select(outcomes: Outcomes, column?: 'file' | 'kind' | 'category', id?: number): Selection {
  const keys = column === undefined ? undefined : outcomes.column(column)
  const keep = (_: number, row: number) => keys === undefined || keys[row] === id
  return {
    scores: outcomes.column('score').filter(keep),
    labels: Uint8Array.from(outcomes.column('harmful').filter(keep)),
    flagged: Uint8Array.from(outcomes.column('flagged').filter(keep)),
    files: outcomes.column('file').filter(keep),
  }
}
