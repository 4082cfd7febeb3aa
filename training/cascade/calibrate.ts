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
  return all.filter((scores) => isFlagged(scores, thresholds)).length
}

function isFlagged(scores: Scores, thresholds: Partial<Record<Label, number>>): boolean {
  return LABELS.some((label) => (scores[label] ?? 0) >= (thresholds[label] ?? 2))
}

const screen = LinearScreen.load(join(ROOT, 'assets/screen'))
await using encoder = await EncoderClassifier.open(join(ROOT, 'assets/encoder'), { timeoutMs: 60_000 })
const unfitted = new Cascade(screen, encoder, { encode: 'always' })
const files = readdirSync(join(args.data, 'train')).filter((name) => EVERYDAY.test(name))
const everyday = files.flatMap((name) => rowsOf(join(args.data ?? '', 'train', name))).filter(heldOut)

const fitted = { prompt: {}, completion: {} }
const judged: Record<Row['side'], Assessment[]> = { prompt: [], completion: [] }
const rowCounts = { prompt: 0, completion: 0 }
for (const side of ['prompt', 'completion'] as const) {
  const rows = everyday.filter((row) => row.side === side)
  judged[side] = await judge(unfitted, rows, `everyday ${side}s`)
  const scores = judged[side].map((assessment) => assessment.scores)
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
const SHIFTS = [0, -0.5, -1, -2, -3, -4]
const logOdds = (p: number) => Math.log(p / (1 - p))
/** How far the nearest label is from its threshold of the screen. */
function reach(side: Row['side'], scores: Scores): number {
  const thresholds = screen.thresholds[side]
  return Math.max(...LABELS.map((label) => logOdds(scores[label] ?? 0) - logOdds(thresholds[label] ?? 1)))
}
const always = new Cascade(screen, encoder, { calibration, encode: 'always' })
type Figures = Record<string, number>
const report: Record<string, Figures> = {}

/**
 * What the screen, the cascade and the encoder on everything say of a set. With a band that begins at a shift, what is in it is flagged as the encoder on
 * everything flags it, and the rest, being below every threshold, is not: measured for the chosen band, derived for the others.
 */
async function describe(
  name: string,
  side: Row['side'],
  rows: readonly Row[],
  known?: readonly Assessment[],
): Promise<void> {
  if (rows.length === 0) return
  const share = (hits: readonly unknown[]) => Number((hits.length / rows.length).toFixed(4))
  const byScreen = await judge(screen, rows, `${name}, screen`)
  const byCascade = await judge(cascade, rows, `${name}, cascade`)
  const byEncoder = known ?? (await judge(always, rows, `${name}, encoder on all`))
  const reached = byScreen.map(({ scores }) => reach(side, scores))
  const found = byEncoder.map(({ scores }) => isFlagged(scores, always.thresholds[side]))
  report[name] = {
    rows: rows.length,
    ...Object.fromEntries(SHIFTS.map((shift) => [`sentOn@${shift}`, share(reached.filter((at) => at >= shift))])),
    ...Object.fromEntries(
      SHIFTS.map((shift) => [`flagged@${shift}`, share(found.filter((hit, at) => hit && (reached[at] ?? 0) >= shift))]),
    ),
    sentOn: share(byCascade.filter(({ classifier }) => classifier.includes(encoder.id))),
    flaggedByScreen: share(byScreen.filter(({ scores }) => isFlagged(scores, screen.thresholds[side]))),
    flaggedByCascade: share(byCascade.filter(({ scores }) => isFlagged(scores, cascade.thresholds[side]))),
    flaggedByEncoderOnAll: share(found.filter((hit) => hit)),
  }
}

const everydayPrompts = everyday.filter((row) => row.side === 'prompt')
const everydayCompletions = everyday.filter((row) => row.side === 'completion')
if (mostRows > 0) {
  await describe('everyday prompt harmless', 'prompt', everydayPrompts, judged.prompt)
  await describe('everyday completion harmless', 'completion', everydayCompletions, judged.completion)
}
for (const file of readdirSync(join(args.data, 'dev')).filter((name) => name.endsWith('.jsonl'))) {
  const rows = rowsOf(join(args.data, 'dev', file))
  for (const side of ['prompt', 'completion'] as const) {
    for (const harmful of [0, 1]) {
      const chosen = drawn(rows.filter((row) => row.side === side && row.harmful === harmful)).slice(0, mostRows)
      await describe(`${file.replace('.jsonl', '')} ${side} ${harmful === 1 ? 'harmful' : 'harmless'}`, side, chosen)
    }
  }
}
mkdirSync(dirname(args.out), { recursive: true })
const body = {
  ...calibration,
  fittedOn: { budget, harmlessEverydayTexts: rowCounts },
  reported: { bandShift, sets: report },
}
writeFileSync(args.out, `${JSON.stringify(body, null, 1)}\n`)
/** The curve, as docs/guide/classifiers.md shows it: per band what is sent on and what is flagged. */
const percent = (value: number | undefined) => `${((value ?? 0) * 100).toFixed(1)} %`
const heads = [...SHIFTS.map((shift) => `band ${shift}`), 'encoder on all']
process.stdout.write(`| set | rows | screen alone | ${heads.join(' | ')} |\n|${'---|'.repeat(heads.length + 3)}\n`)
for (const [name, figures] of Object.entries(report)) {
  const cells = SHIFTS.map(
    (shift) => `${percent(figures[`sentOn@${shift}`])} → ${percent(figures[`flagged@${shift}`])}`,
  )
  const line = [name, figures.rows, percent(figures.flaggedByScreen), ...cells, percent(figures.flaggedByEncoderOnAll)]
  process.stdout.write(`| ${line.join(' | ')} |\n`)
}
