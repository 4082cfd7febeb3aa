/**
 * Trains the model that tells refusals from answers: logistic regression on hashed words and what the rules find.
 *
 *     node training/refusal/train.ts --data DIR/train --out assets/refusal [--seed 1]
 *
 * Weights are kept as int8. One of ten questions is held out for the calibration and the figures of the manifest.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../src/base/random.ts'
import { DENSE, type Features, featuresOf, HASHED, WIDTH } from '../../src/refusal/evaluation/grading/features.ts'
import { authoredAnswers } from './authored.ts'
import { answersOf, SOURCES } from './data.ts'

const EPOCHS = 14
const RATE = 0.15
const DECAY = 2e-5
/** A tenth of the questions. */
const HELD_OUT = 7

const { values } = parseArgs({
  options: { data: { type: 'string' }, out: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
if (values.data === undefined || values.out === undefined) throw new Error('--data and --out are needed')
const random = seededRandom(Number(values.seed))
const answers = [...answersOf(values.data), ...authoredAnswers()]
const examples = answers.map(({ text, refused, source, fold }) => ({ ...featuresOf(text), refused, source, fold }))
type Example = (typeof examples)[number]
const training = examples.filter(({ fold }) => fold !== HELD_OUT)
const held = examples.filter(({ fold }) => fold === HELD_OUT)
/** Sources weigh as the square root of their rows, so that none drowns the others. */
const weights = new Map<string, number>()
for (const source of new Set(examples.map((one) => one.source))) {
  weights.set(source, 1 / Math.sqrt(training.filter((one) => one.source === source).length / 500 + 0.2))
}

const model = new Float64Array(WIDTH)
const squares = new Float64Array(WIDTH).fill(1e-6)
let bias = 0
const total = new Float64Array(WIDTH)
let biases = 0
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  for (const example of shuffled(training)) step(example, RATE / Math.sqrt(1 + epoch))
  for (let at = 0; at < WIDTH; at++) total[at] = (total[at] ?? 0) + (model[at] ?? 0) / EPOCHS
  biases += bias / EPOCHS
}
const scale = Math.max(...total.map(Math.abs)) / 127
const quantised = Int8Array.from(total, (weight) => Math.round(weight / scale))
const raw = (one: Features) => rawOf(one, (at) => (quantised[at] ?? 0) * scale) + biases
const { slope, intercept } = calibrated(held.map((one) => [raw(one), one.refused]))
mkdirSync(values.out, { recursive: true })
writeFileSync(join(values.out, 'weights.bin'), quantised)
const sha256 = createHash('sha256').update(quantised).digest('hex')
const probability = (one: Features) => 1 / (1 + Math.exp(-(slope * raw(one) + intercept)))
const manifest = {
  name: 'refusal-openings',
  version: 1,
  weights: { file: 'weights.bin', sha256, hashed: HASHED, dense: DENSE },
  ...{ scale, bias: biases, slope, intercept },
  training: {
    ...{ seed: Number(values.seed), epochs: EPOCHS, heldOut: held.length },
    sources: SOURCES.map((source) => ({
      file: `${source}.jsonl`,
      rows: answers.filter((one) => one.source === source).length,
      sha256: createHash('sha256')
        .update(readFileSync(join(values.data ?? '', `${source}.jsonl`)))
        .digest('hex'),
    })),
    metrics: metricsOf(held),
  },
}
writeFileSync(join(values.out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
console.log(JSON.stringify(manifest.training.metrics, null, 1))

function step({ hashed, dense, refused, source }: Example, rate: number): void {
  const sum = rawOf({ hashed, dense }, (at) => model[at] ?? 0) + bias
  const error = (1 / (1 + Math.exp(-sum)) - Number(refused)) * (weights.get(source) ?? 1)
  const update = (at: number, value: number) => {
    const slopeAt = error * value + DECAY * (model[at] ?? 0)
    squares[at] = (squares[at] ?? 0) + slopeAt * slopeAt
    model[at] = (model[at] ?? 0) - (rate * slopeAt) / Math.sqrt(squares[at] ?? 1)
  }
  for (const [at, value] of hashed) update(at, value)
  for (const [at, value] of dense.entries()) update(HASHED + at, value)
  bias -= rate * 0.1 * error
}

function rawOf({ hashed, dense }: Features, weight: (at: number) => number): number {
  let sum = 0
  for (const [at, value] of hashed) sum += value * weight(at)
  for (const [at, value] of dense.entries()) sum += value * weight(HASHED + at)
  return sum
}

/** Platt's scaling by Newton's method. */
function calibrated(pairs: readonly (readonly [number, boolean])[]): { slope: number; intercept: number } {
  let [slope, intercept] = [1, 0]
  for (let round = 0; round < 50; round++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-6, 0, 1e-6]
    for (const [x, refused] of pairs) {
      const p = 1 / (1 + Math.exp(-(slope * x + intercept)))
      const w = p * (1 - p)
      ga += (p - Number(refused)) * x
      gb += p - Number(refused)
      haa += w * x * x
      hab += w * x
      hbb += w
    }
    const det = haa * hbb - hab * hab
    slope -= (hbb * ga - hab * gb) / det
    intercept -= (haa * gb - hab * ga) / det
  }
  return { slope, intercept }
}

function metricsOf(rows: readonly Example[]): Record<string, number> {
  const count = (test: (one: Example) => boolean) => rows.filter(test).length
  const said = (one: Example) => probability(one) >= 0.5
  const truePositives = count((one) => one.refused && said(one))
  const falsePositives = count((one) => !one.refused && said(one))
  const falseNegatives = count((one) => one.refused && !said(one))
  return {
    ...{ rows: rows.length, refused: count((one) => one.refused), truePositives, falsePositives, falseNegatives },
    f1: Number(((2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives)).toFixed(4)),
  }
}

function shuffled<T>(list: readonly T[]): T[] {
  const copy = [...list]
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [one, two] = [copy[at], copy[other]]
    if (one !== undefined && two !== undefined) [copy[at], copy[other]] = [two, one]
  }
  return copy
}
