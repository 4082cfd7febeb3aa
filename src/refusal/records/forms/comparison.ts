import { Comparison } from '../../evaluation/index.ts'
import { KeptComparison } from '../schema.ts'
import { type Form, NO_ROWS, parseLine } from './form.ts'

export const comparisonForm: Form = {
  kind: 'comparison',
  read(value) {
    const head = parseLine(Comparison, value, 1)
    const fixture = head.base.model.isSandbox || head.tuned.model.isSandbox
    return {
      head,
      about: { checkpoint: head.tuned.checkpoint, fixture, madeAt: head.comparedAt },
      rowsDigest: null,
      rows: NO_ROWS,
      kept: (common) => KeptComparison.parse({ kind: 'comparison', ...common, head }),
    }
  },
}
