import { readFileSync, writeFileSync } from 'node:fs'
import { COMPLETION_COLUMN } from '../../src/screening/classifiers/linear/weights.ts'
import { HAZARDS, LABELS, METHODS } from '../../src/screening/taxonomy.ts'
import { type Row, TRAINED, UNKNOWN } from './rows.ts'
import { SOURCES } from './sources.ts'

/** How far the encoder's word counts beside a label that is known, and the trust in it where none is. */
const SHARE = 0.4
const TRUST = 0.6
/** The encoder's outputs: hazards of prompts, hazards of completions, refusal, methods. */
const OUTPUTS = 2 * HAZARDS.length + 1 + METHODS.length

/** The texts of all rows in order, for training/encoder/soften.py to score; scraps and sets that label tone keep their own labels. */
export function writeTexts(path: string, rows: readonly Row[]): void {
  const lines = rows.map(({ source, side, text, prompt }) => {
    const skip = side === 'completion' || source === 'fragments' || SOURCES[source]?.generalTrust !== undefined
    return JSON.stringify(skip ? { skip } : { side, text: text.slice(0, 6_000), prompt })
  })
  writeFileSync(path, `${lines.join('\n')}\n`)
}

/**
 * Gives each row soft targets: its labels moved towards the encoder's probabilities, and these alone where no label is known.
 *
 * @param path float32 [rows, OUTPUTS], little-endian, calibrated probabilities in the order of `rows`; NaN for texts that were not read
 */
export function soften(path: string, rows: readonly Row[]): void {
  const bytes = readFileSync(path)
  const told = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  if (told.length !== rows.length * OUTPUTS) throw new Error('the file is about other rows: write the texts again')
  rows.forEach((row, at) => {
    const first = told[at * OUTPUTS] ?? Number.NaN
    if (Number.isNaN(first)) return
    const soft = Float32Array.from(row.targets)
    for (let column = 0; column < TRAINED; column++) {
      const output = outputOf(column, row.side)
      if (output < 0) continue
      const said = told[at * OUTPUTS + output] ?? 0
      const known = soft[column] ?? UNKNOWN
      soft[column] = known === UNKNOWN ? said : (1 - SHARE) * known + SHARE * said
      if (known === UNKNOWN && row.source !== 'variants') row.trust[column] = TRUST
    }
    row.soft = soft
  })
}

/**
 * The encoder's output for a column of prompts, or -1. Of completions the screen sees the answer alone, and a harmless answer speaks the words of a
 * harmful question: the encoder's view of both would mislead.
 */
function outputOf(column: number, side: Row['side']): number {
  if (column === COMPLETION_COLUMN || side === 'completion') return -1
  const hazard = HAZARDS.findIndex((name) => name === LABELS[column])
  return hazard >= 0 ? hazard : 2 * HAZARDS.length + 1 + METHODS.findIndex((name) => name === LABELS[column])
}
