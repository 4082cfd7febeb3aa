import { createHash } from 'node:crypto'
import { COMPLETION_COLUMN } from '../../src/screening/classifiers/linear/weights.ts'
import { LABELS } from '../../src/screening/taxonomy.ts'
import { isEveryday } from './calibrate.ts'
import { type Row, TRAINED, UNKNOWN } from './rows.ts'

const FRAGMENTS = 9_000
const PARAMETERS =
  'address amount body city code color content count country currency customer date description developer email enabled file filter find from high id image input key kind label language level limit location low message mode model name number offset order output page path price product query request role search size sort source start state status subject text time title to token type unit units url user value version'.split(
    ' ',
  )
const VERBS =
  'add cancel check convert create delete fetch find get list load lookup open parse read search send set update write'.split(
    ' ',
  )

/**
 * Harmless scraps: words and short runs of words out of everyday texts, arguments and names of tools made of them. Tools speak in
 * such scraps, and a model that knows only whole sentences takes any one word for evidence.
 */
export function fragments(pool: readonly Row[], seed: number): Row[] {
  const texts = pool.filter((row) => isEveryday(row) && row.text.length > 40)
  const random = randomFrom(seed)
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
  const scrap = (most: number) => {
    const words = (pick(texts)?.text ?? '').split(/\s+/).filter((word) => /^[\p{L}][\p{L}'-]*[.,;:]?$/u.test(word))
    const at = Math.floor(random() * words.length)
    return words.slice(at, at + 1 + Math.floor(random() * most)).join(' ')
  }
  const makers = [
    () => scrap(1),
    () => scrap(1).toLowerCase(),
    () => scrap(3),
    () => `{"${pick(PARAMETERS)}":"${scrap(2)}"}`,
    () => `{"${pick(PARAMETERS)}":"${scrap(1)}","${pick(PARAMETERS)}":${Math.floor(random() * 100)}}`,
    () => `${pick(VERBS)}_${pick(PARAMETERS)}`,
    () => `${pick(PARAMETERS)}`,
    () => `${pick(VERBS)}_${scrap(1).toLowerCase()}\n${scrap(3)}\n${pick(PARAMETERS)}`,
  ]
  const rows: Row[] = []
  for (let i = 0; i < FRAGMENTS; i++) {
    const text = makers[i % makers.length]?.() ?? ''
    if (text !== '') rows.push(harmless(text, i % 3 === 0 ? 'completion' : 'prompt'))
  }
  return rows
}

function harmless(text: string, side: Row['side']): Row {
  const targets = new Int8Array(TRAINED).fill(UNKNOWN)
  targets.fill(0, 0, LABELS.length)
  if (side === 'completion') targets[COMPLETION_COLUMN] = 0
  const trust = new Float32Array(TRAINED).fill(1)
  const about = { source: 'fragments', kind: 'benign', category: '', harmful: 0, weight: 1 }
  return { text, prompt: '', side, targets, trust, group: text.toLowerCase(), ...about }
}

function randomFrom(seed: number): () => number {
  let block = 0
  let bytes = Buffer.alloc(0)
  return () => {
    if (bytes.length < 4) bytes = createHash('sha256').update(`fragments:${seed}:${block++}`).digest()
    const value = bytes.readUInt32LE(0)
    bytes = bytes.subarray(4)
    return value / 2 ** 32
  }
}
