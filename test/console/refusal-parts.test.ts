import { expect, it } from 'vitest'
import type { RedTeamReport } from '../../console/app/api/schema.ts'
import { byFamily, matrixOf } from '../../console/features/refusal/matrix.ts'
import { redTeamRun } from '../support/refusal-results.ts'

it('the attack matrix folds to families, and adds up to the same', () => {
  const { head } = redTeamRun([])
  const none = { success: 0, refused: 0, stopped: 0, harmless: 0, unclear: 0, error: 0 }
  const rot13 = {
    attack: 'rot13',
    family: 'encoding',
    depth: 1,
    bare: { ...none, success: 2 },
    guarded: { ...none, stopped: 2 },
  }
  const { depth: _, family: __, ...cell } = { ...rot13, category: 'fraud' }
  const report = { ...head, attacks: [...head.attacks, rot13], cells: [...head.cells, cell] } as RedTeamReport
  const whole = matrixOf(report, undefined)
  expect(whole.rows.map(({ attack }) => attack)).toEqual(['base64', 'rot13', 'role play > base64'])
  const folded = byFamily(whole)
  expect(folded.rows.map(({ attack }) => attack)).toEqual(['Encodings, explained', 'Compositions'])
  const [encodings] = folded.rows
  expect(encodings?.total).toMatchObject({ bare: { success: 7, refused: 15 }, guarded: { success: 1, stopped: 21 } })
  const fraud = encodings?.fields[folded.categories.indexOf('fraud')]
  expect(fraud).toMatchObject({ bare: { success: 3, refused: 9 }, guarded: { success: 1, stopped: 11 } })
  expect(byFamily(matrixOf(report, 'composed')).rows).toHaveLength(1)
})
