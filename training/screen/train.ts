/**
 * Trains the linear screen: `node training/screen/train.ts --data DIR [--out assets/screen] [--seed 1] [--epochs 3]`.
 *
 * DIR holds `train/*.jsonl` and `dev/*.jsonl`. Only `train/` and the authored texts beside this file are learned from;
 * calibration and thresholds come from held-out folds of them; `dev/` is only reported on.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROWS } from '../../src/screening/classifiers/linear/features.ts'
import { COLUMNS, type ScreenManifest } from '../../src/screening/classifiers/linear/weights.ts'
import { LABELS, METHODS } from '../../src/screening/taxonomy.ts'
import {
  calibrateCompletions,
  calibratePrompts,
  chooseThresholds,
  isEveryday,
  type Judged,
  probabilities,
} from './calibrate.ts'
import { fragments } from './fragments.ts'
import { countPairs, type Example, Lexicon, LinearModel } from './model.ts'
import { progressBar } from './progress.ts'
import { measure, renderCard } from './report.ts'
import { type Row, readFile, readFolder } from './rows.ts'
import { soften, writeTexts } from './soft.ts'
import { SOURCES } from './sources.ts'
import { variants } from './variants.ts'

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'assets/screen' },
    seed: { type: 'string', default: '1' },
    epochs: { type: 'string', default: '3' },
    folds: { type: 'string', default: '2' },
    budget: { type: 'string', default: '0.004' },
    // rows of training/authored, as `generate.py --screen` prints them
    extra: { type: 'string' },
    // writes the texts for training/encoder/soften.py and ends
    list: { type: 'string' },
    // the encoder's probabilities of these texts
    soft: { type: 'string' },
  },
})
if (options.data === undefined) throw new Error('usage: node training/screen/train.ts --data DIR')
const seed = Number(options.seed)
const epochs = Number(options.epochs)
const folds = Number(options.folds)
const budget = Number(options.budget)
const DEFAULT_CAP = 1500

const pool = readFolder(join(options.data, 'train'))
const authored = readFolder(join(import.meta.dirname, 'authored'))
// its exchanges teach the encoder, which reads both sides; the words of the answer alone would mislead
const extra =
  options.extra === undefined ? [] : readFile(options.extra, 'authored_shared').filter(({ side }) => side === 'prompt')
const labelled = [...pool.rows, ...authored.rows, ...extra, ...fragments(pool.rows, seed)]
const distilled = options.soft !== undefined || options.list !== undefined
const rows = distilled ? [...labelled, ...variants([...pool.rows, ...extra], seed, foldOf)] : labelled
weigh(rows)
if (options.list !== undefined) {
  writeTexts(options.list, rows)
  process.exit(0)
}
if (options.soft !== undefined) soften(options.soft, rows)

const lexicon = new Lexicon()
const examples: Example[] = rows.map((row) => ({ row, words: lexicon.read(row.text) }))
const pairCounts = countPairs(
  examples.map(({ words }) => words),
  lexicon,
)
const bar = progressBar(folds + 1)

const judged: Judged[] = []
for (let fold = 0; fold < folds; fold++) {
  const model = fitModel(
    examples.filter(({ row }) => foldOf(row) !== fold),
    fold,
  )
  for (const { row, words } of examples) if (foldOf(row) === fold) judged.push({ row, raw: model.score(words) })
}
const final = fitModel(examples, folds)
bar.end()

const prompt = calibratePrompts(judged)
const completion = calibrateCompletions(judged)
const thresholds = {
  prompt: chooseThresholds(everyday(judged, 'prompt'), LABELS, budget),
  completion: chooseThresholds(
    everyday(judged, 'completion'),
    LABELS.filter((label) => !METHODS.some((method) => method === label)),
    budget,
  ),
}

const { bytes, scales } = quantise(final)
const dev = readFolder(join(options.data, 'dev'))
const sides = {
  prompt: { calibration: prompt, thresholds: thresholds.prompt },
  completion: { calibration: completion, thresholds: thresholds.completion },
}
const quantised = new LinearModel(lexicon, pairCounts)
for (let i = 0; i < quantised.table.length; i++) quantised.table[i] = (bytes[i] ?? 0) * (scales[i % COLUMNS] ?? 0)
quantised.biases.set(final.biases)
const devJudged = dev.rows.map((row) => ({ row, raw: quantised.score(lexicon.read(row.text, 20_000)) }))
const metrics = measure(judged, devJudged, sides)

const weightBytes = Buffer.from(bytes.buffer)
const manifest: ScreenManifest = {
  name: 'linear-screen',
  version: 1,
  weights: {
    file: 'weights.bin',
    sha256: createHash('sha256').update(weightBytes).digest('hex'),
    rows: ROWS,
    columns: COLUMNS,
  },
  labels: [...LABELS],
  scales,
  biases: [...final.biases],
  ...sides,
  training: {
    seed,
    epochs,
    folds,
    falsePositiveBudget: budget,
    sources: [
      ...pool.sources,
      ...authored.sources.map((source) => ({ ...source, file: `authored/${source.file}` })),
      ...[options.extra, options.soft].flatMap((path) => (path === undefined ? [] : [madeHere(path)])),
    ],
    metrics,
  },
}
mkdirSync(options.out, { recursive: true })
writeFileSync(join(options.out, 'weights.bin'), weightBytes)
writeFileSync(join(options.out, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
writeFileSync(join(options.out, 'README.md'), renderCard(manifest, judged))
process.stdout.write(`${renderCard(manifest, judged).split('## Figures')[1] ?? ''}\n`)

function fitModel(training: readonly Example[], step: number): LinearModel {
  const model = new LinearModel(lexicon, pairCounts)
  model.train(training, {
    epochs,
    seed: seed + step,
    learningRate: 0.06,
    decay: 2e-5,
    onProgress: (done) => bar.at(step + done),
  })
  return model
}

function foldOf(row: Row): number {
  return createHash('sha256').update(`${seed}:${row.group}`).digest().readUInt32LE(0) % folds
}

/** A file that commands of this repository wrote: rows of training/authored, and what the encoder says of the texts. */
function madeHere(path: string) {
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
  const counted = path === options.extra ? extra.length : rows.filter(({ soft }) => soft !== undefined).length
  return { file: basename(path), rows: counted, license: 'Apache-2.0', sha256 }
}

/** No source weighs more than its cap, and a row that was written twice counts as two. */
function weigh(all: Row[]): void {
  const counts = new Map<string, number>()
  for (const { source } of all) counts.set(source, (counts.get(source) ?? 0) + 1)
  for (const row of all) {
    const cap = SOURCES[row.source]?.cap ?? (row.source.startsWith('authored') ? 5000 : DEFAULT_CAP)
    row.weight = Math.min(1, cap / (counts.get(row.source) ?? 1))
  }
}

/** Scores of the held-out texts that the false-positive budget is about. */
function everyday(all: readonly Judged[], side: Row['side']) {
  return all
    .filter(({ row }) => row.side === side && isEveryday(row))
    .map(({ raw }) => probabilities(side === 'prompt' ? prompt : completion, raw))
}

/** Int8 per weight with one scale per column; the largest hundred-thousandth of weights is clipped. */
function quantise(model: LinearModel): { bytes: Int8Array; scales: number[] } {
  const bytes = new Int8Array(model.table.length)
  const scales: number[] = []
  for (let c = 0; c < COLUMNS; c++) {
    const magnitudes: number[] = []
    for (let i = c; i < model.table.length; i += COLUMNS)
      if (model.table[i] !== 0) magnitudes.push(Math.abs(model.table[i] ?? 0))
    magnitudes.sort((a, b) => a - b)
    const scale = (magnitudes[Math.floor(magnitudes.length * 0.99999)] ?? 0) / 127 || 1
    scales.push(Number(scale.toPrecision(8)))
    for (let i = c; i < model.table.length; i += COLUMNS) {
      bytes[i] = Math.max(-127, Math.min(127, Math.round((model.table[i] ?? 0) / scale)))
    }
  }
  return { bytes, scales }
}
