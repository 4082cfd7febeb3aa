/**
 * Fits the cascade's thresholds: `node training/cascade/calibrate.ts --data DIR [--rows N] [--band-shift S] [--out FILE]`.
 *
 * Thresholds are joint: at most the budget of harmless everyday texts may reach any of them, on texts that the encoder was not trained on.
 * Which texts the encoder gets is not fitted here: the band hangs on the screen's own thresholds, which its training chose on held-out
 * folds. Development sets are only reported on, with at most N rows of each kind, together with what each band would send on.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import {
  type Assessment,
  Cascade,
  type CascadeCalibration,
  type Classifier,
  type ClassifyRequest,
  EncoderClassifier,
  LABELS,
  type Label,
  LinearScreen,
  type Scores,
} from '../../src/screening/index.ts'
import { progressBar } from '../screen/progress.ts'

const ROOT = join(import.meta.dirname, '../..')
const { values: args } = parseArgs({
  options: {
    data: { type: 'string' },
    rows: { type: 'string', default: '400' },
    'band-shift': { type: 'string', default: '0' },
    budget: { type: 'string', default: '0.005' },
    out: { type: 'string', default: join(ROOT, 'assets/cascade/calibration.json') },
  },
})
if (args.data === undefined) throw new Error('--data DIR is required: the folder that holds train/ and dev/')
const budget = Number(args.budget)
const mostRows = Number(args.rows)
const bandShift = Number(args['band-shift'])

const RawRow = z.object({
  role: z.enum(['prompt', 'completion', 'pair']),
  text: z.string(),
  prompt: z.string().nullish(),
  harmful: z.union([z.literal(0), z.literal(1), z.null()]),
})

interface Row {
  readonly side: 'prompt' | 'completion'
  readonly text: string
  readonly prompt: string
  readonly harmful: 0 | 1 | null
}

function rowsOf(path: string): Row[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const { role, text, prompt, harmful } = RawRow.parse(JSON.parse(line))
    return { side: role === 'prompt' ? 'prompt' : 'completion', text, prompt: prompt ?? '', harmful }
  })
}

/** Everyday harmless rows that the encoder's training leaves out: the same draw as in training/encoder/data.py. */
const EVERYDAY = /^(benign_|dolly_sample|wildchat_benign|awesome_chatgpt_prompts)/
function heldOut(row: Row): boolean {
  const text = row.side === 'prompt' ? row.text : row.prompt || row.text
  const normal = (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).join(' ')
  return row.harmful === 0 && crc32(Buffer.from([...normal].slice(0, 300).join(''))) % 8 === 0
}

/** A draw that does not hang on the order of the file. */
function drawn(rows: readonly Row[]): Row[] {
  const keyed = rows.map((row) => ({ row, key: crc32(Buffer.from(`draw ${row.text}`)) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ row }) => row)
}

function requestOf({ side, text, prompt }: Row): ClassifyRequest {
  const role = side === 'prompt' ? 'user' : 'assistant'
  const asked =
    prompt === '' ? [] : [{ role: 'user' as const, parts: [{ kind: 'text' as const, text: prompt, pointer: '' }] }]
  return { side, segments: [{ text, role, kind: 'text', source: '', offset: 0 }], exchange: { turns: asked } }
}

async function judge(classifier: Classifier, rows: readonly Row[], name: string): Promise<Assessment[]> {
  process.stderr.write(`${name}: ${rows.length} rows\n`)
  const bar = progressBar(rows.length)
  const assessments: Assessment[] = []
  for (const row of rows) {
    assessments.push(await classifier.classify(requestOf(row)))
    bar.at(assessments.length)
  }
  bar.end()
  return assessments
}

/** Shares of the budget: grave or common labels get more. */
const SHARES: Readonly<Partial<Record<Label, number>>> = {
  general_harm: 8,
  cyber_operations: 3,
  chemical: 3,
  biological: 3,
  radiological_nuclear: 2,
  indiscriminate_weapons: 2,
  non_violent_crimes: 3,
  violent_crimes: 2,
  jailbreak: 3,
  injection: 3,
}
const LEAST = 0.4

/** Thresholds that at most `budget` of the harmless texts reach in any label. */
function jointThresholds(harmless: readonly Scores[], labels: readonly Label[]): Partial<Record<Label, number>> {
  const sorted = new Map(labels.map((label) => [label, harmless.map((s) => s[label] ?? 0).sort((a, b) => b - a)]))
  const at = (step: number) => {
    const thresholds: Partial<Record<Label, number>> = {}
    for (const label of labels) {
      const reached = sorted.get(label)?.[Math.floor((step * (SHARES[label] ?? 1)) / 8)] ?? 0
      thresholds[label] = Math.min(0.99, Math.max(LEAST, Math.ceil((reached + 1e-4) * 1_000) / 1_000))
    }
    return thresholds
  }
  let best = at(0)
  for (let step = 1; step < harmless.length; step++) {
    const next = at(step)
    if (flagged(harmless, next) > budget * harmless.length) break
    best = next
  }
  return best
}

function flagged(all: readonly Scores[], thresholds: Partial<Record<Label, number>>): number {
  return all.filter((scores) => LABELS.some((label) => (scores[label] ?? 0) >= (thresholds[label] ?? 2))).length
}

const screen = LinearScreen.load(join(ROOT, 'assets/screen'))
await using encoder = await EncoderClassifier.open(join(ROOT, 'assets/encoder'), { timeoutMs: 60_000 })
const unfitted = new Cascade(screen, encoder, { encode: 'always' })
const files = readdirSync(join(args.data, 'train')).filter((name) => EVERYDAY.test(name))
const everyday = files.flatMap((name) => rowsOf(join(args.data ?? '', 'train', name))).filter(heldOut)

const fitted = { prompt: {}, completion: {} }
const rowCounts = { prompt: 0, completion: 0 }
for (const side of ['prompt', 'completion'] as const) {
  const rows = everyday.filter((row) => row.side === side)
  const scores = (await judge(unfitted, rows, `everyday ${side}s`)).map((assessment) => assessment.scores)
  fitted[side] = jointThresholds(scores, [...unfitted.covers[side]])
  rowCounts[side] = rows.length
}
const calibration: CascadeCalibration = {
  screen: screen.id,
  encoder: encoder.id,
  prompt: { thresholds: fitted.prompt },
  completion: { thresholds: fitted.completion },
}

const cascade = new Cascade(screen, encoder, { calibration, bandShift })
/** Bands to compare, in log odds below the screen's thresholds. */
const SHIFTS = [0, -1, -2, -3, -4]
const logOdds = (p: number) => Math.log(p / (1 - p))
/** How far the nearest label is from its threshold of the screen. */
function reach(side: Row['side'], scores: Scores): number {
  const thresholds = screen.thresholds[side]
  return Math.max(...LABELS.map((label) => logOdds(scores[label] ?? 0) - logOdds(thresholds[label] ?? 1)))
}
const always = new Cascade(screen, encoder, { calibration, encode: 'always' })
const report: Record<string, Record<string, number>> = {}
async function describe(name: string, rows: readonly Row[], most: number): Promise<void> {
  for (const side of ['prompt', 'completion'] as const) {
    for (const harmful of [0, 1]) {
      const chosen = drawn(rows.filter((row) => row.side === side && row.harmful === harmful)).slice(0, most)
      if (chosen.length === 0) continue
      const share = (count: number) => Number((count / chosen.length).toFixed(4))
      const byScreen = await judge(screen, chosen, `${name}, screen`)
      const byCascade = await judge(cascade, chosen, `${name}, cascade`)
      const byEncoder = await judge(always, chosen, `${name}, encoder on all`)
      report[`${name} ${side} ${harmful === 1 ? 'harmful' : 'harmless'}`] = {
        rows: chosen.length,
        ...Object.fromEntries(
          SHIFTS.map((shift) => [
            `inBand${shift}`,
            share(byScreen.filter(({ scores }) => reach(side, scores) >= shift).length),
          ]),
        ),
        sentOn: share(byCascade.filter(({ classifier }) => classifier.includes(encoder.id)).length),
        flaggedByScreen: share(
          flagged(
            byScreen.map((a) => a.scores),
            screen.thresholds[side],
          ),
        ),
        flaggedByCascade: share(
          flagged(
            byCascade.map((a) => a.scores),
            cascade.thresholds[side],
          ),
        ),
        flaggedByEncoderOnAll: share(
          flagged(
            byEncoder.map((a) => a.scores),
            always.thresholds[side],
          ),
        ),
      }
    }
  }
}
await describe('everyday', everyday, mostRows === 0 ? 0 : everyday.length)
for (const name of readdirSync(join(args.data, 'dev')).filter((file) => file.endsWith('.jsonl'))) {
  await describe(name.replace('.jsonl', ''), rowsOf(join(args.data, 'dev', name)), mostRows)
}
mkdirSync(dirname(args.out), { recursive: true })
const body = {
  ...calibration,
  fittedOn: { budget, harmlessEverydayTexts: rowCounts },
  reported: { bandShift, sets: report },
}
writeFileSync(args.out, `${JSON.stringify(body, null, 1)}\n`)
for (const [name, figures] of Object.entries(report))
  process.stdout.write(`${name.padEnd(44)} ${JSON.stringify(figures)}\n`)
