import type { ScreenManifest } from '../../src/screening/classifiers/linear/weights.ts'
import { LABELS, type Label } from '../../src/screening/taxonomy.ts'
import { type Calibrations, isEveryday, type Judged, probabilities } from './calibrate.ts'

interface SideModel {
  readonly calibration: Calibrations
  readonly thresholds: Partial<Record<Label, number>>
}
type Sides = Readonly<Record<'prompt' | 'completion', SideModel>>
type Metrics = ScreenManifest['training']['metrics']

interface Scored {
  readonly harmful: boolean
  /** Highest of the probabilities, each over its own threshold. */
  readonly score: number
  readonly flagged: boolean
}

function scoreOf({ row, raw }: Judged, sides: Sides): Scored {
  const { calibration, thresholds } = sides[row.side]
  const scores = probabilities(calibration, raw)
  let score = Number.NEGATIVE_INFINITY
  let flagged = false
  for (const label of LABELS) {
    const p = scores[label]
    if (p === undefined) continue
    const threshold = thresholds[label] ?? 1
    score = Math.max(score, logit(p) - logit(threshold))
    if (p >= threshold) flagged = true
  }
  return { harmful: row.harmful === 1, score, flagged }
}

function logit(p: number): number {
  const bounded = Math.min(1 - 1e-9, Math.max(1e-9, p))
  return Math.log(bounded / (1 - bounded))
}

/** Area under the precision-recall curve (average precision). */
export function averagePrecision(items: readonly { harmful: boolean; score: number }[]): number | null {
  const sorted = [...items].sort((a, b) => b.score - a.score)
  let hits = 0
  let sum = 0
  sorted.forEach(({ harmful }, i) => {
    if (!harmful) return
    hits += 1
    sum += hits / (i + 1)
  })
  return hits === 0 || hits === items.length ? null : sum / hits
}

function recallAtFalsePositives(items: readonly Scored[], rate: number): number | null {
  const harmless = items
    .filter((item) => !item.harmful)
    .map((item) => item.score)
    .sort((a, b) => b - a)
  const harmful = items.filter((item) => item.harmful)
  if (harmless.length < 50 || harmful.length === 0) return null
  const limit = harmless[Math.floor(rate * harmless.length)] ?? 0
  return harmful.filter((item) => item.score > limit).length / harmful.length
}

function figures(items: readonly Scored[]): Record<string, number | null> {
  const harmful = items.filter((item) => item.harmful)
  const harmless = items.filter((item) => !item.harmful)
  const hits = harmful.filter((item) => item.flagged).length
  const falseAlarms = harmless.filter((item) => item.flagged).length
  const f1 = hits === 0 ? 0 : (2 * hits) / (2 * hits + falseAlarms + harmful.length - hits)
  return {
    harmful: harmful.length,
    harmless: harmless.length,
    auprc: rounded(averagePrecision(items)),
    f1: harmful.length > 0 && harmless.length > 0 ? rounded(f1) : null,
    recall: harmful.length > 0 ? rounded(hits / harmful.length) : null,
    falsePositiveRate: harmless.length > 0 ? rounded(falseAlarms / harmless.length) : null,
    recallAt1PercentFpr: rounded(recallAtFalsePositives(items, 0.01)),
  }
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4))
}

/** Figures per held-out training group and per dev set; "flagged" means that any label reached its threshold. */
export function measure(heldOut: readonly Judged[], dev: readonly Judged[], sides: Sides): Metrics {
  const metrics: Metrics = {}
  const add = (name: string, items: readonly Judged[]) => {
    const known = items.filter(({ row }) => row.harmful >= 0)
    if (known.length > 0) metrics[name] = figures(known.map((item) => scoreOf(item, sides)))
  }
  for (const side of ['prompt', 'completion'] as const) {
    add(
      `held-out ${side}s, all`,
      heldOut.filter(({ row }) => row.side === side),
    )
    add(
      `held-out everyday harmless ${side}s`,
      heldOut.filter(({ row }) => row.side === side && isEveryday(row)),
    )
    add(
      `held-out ${side}s, kind benign`,
      heldOut.filter(({ row }) => row.side === side && row.kind === 'benign'),
    )
    add(
      `held-out ${side}s, kind borderline-benign`,
      heldOut.filter(({ row }) => row.side === side && row.kind === 'borderline-benign'),
    )
  }
  for (const source of [...new Set(heldOut.map(({ row }) => row.source))].sort()) {
    add(
      `held-out ${source}`,
      heldOut.filter(({ row }) => row.source === source),
    )
  }
  for (const source of [...new Set(dev.map(({ row }) => row.source))].sort()) {
    const items = dev.filter(({ row }) => row.source === source)
    for (const side of ['prompt', 'completion'] as const) {
      add(
        `dev ${source} ${side}s`,
        items.filter(({ row }) => row.side === side),
      )
    }
  }
  for (const [column, label] of LABELS.entries()) {
    const items = heldOut
      .filter(({ row }) => row.side === 'prompt' && (row.targets[column] ?? -1) >= 0)
      .map(({ row, raw }) => {
        const p = probabilities(sides.prompt.calibration, raw)[label] ?? 0
        return { harmful: row.targets[column] === 1, score: p, flagged: p >= (sides.prompt.thresholds[label] ?? 1) }
      })
    if (items.some((item) => item.harmful)) metrics[`label ${label}`] = figures(items)
  }
  return metrics
}

function table(metrics: Metrics, prefix: string): string {
  const lines = [
    '| set | harmful | harmless | AUPRC | F1 | recall | flagged harmless | recall at 1 % false positives |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
  ]
  for (const [name, m] of Object.entries(metrics)) {
    if (!name.startsWith(prefix)) continue
    const percent = (v: number | null | undefined) => (v == null ? '' : `${(v * 100).toFixed(1)} %`)
    const plain = (v: number | null | undefined) => (v == null ? '' : v.toFixed(3))
    lines.push(
      `| ${name.slice(prefix.length)} | ${m.harmful} | ${m.harmless} | ${plain(m.auprc)} | ${plain(m.f1)} | ${percent(m.recall)} | ${percent(m.falsePositiveRate)} | ${percent(m.recallAt1PercentFpr)} |`,
    )
  }
  return lines.join('\n')
}

/** The model card that stands beside the weights. */
export function renderCard(manifest: ScreenManifest, heldOut: readonly Judged[]): string {
  const { training } = manifest
  const thresholds = LABELS.map(
    (label) =>
      `| ${label} | ${manifest.prompt.thresholds[label] ?? 'not covered'} | ${manifest.completion.thresholds[label] ?? 'not covered'} |`,
  ).join('\n')
  const sources = training.sources.map((s) => `| ${s.file} | ${s.rows} | ${s.license} |`).join('\n')
  return `# The linear screen

Hashed words, ordered word pairs and character 3- to 5-grams under one linear model per label, int8, ${manifest.weights.rows} rows of
${manifest.weights.columns}. It judges windows of 40 and of 16 words; the strongest counts. It is the cheap first stage: it knows words, not meaning.
Written by \`training/screen/train.ts\`, with the encoder as its teacher where that is named below (\`training/README.md\`; seed ${training.seed}, ${training.epochs} epochs, ${training.folds} folds, ${heldOut.length} texts).

## What it is for, and what not

It finds plainly worded harmful requests and answers in English, attack phrasings and disguises, on every request at a cost of
microseconds. It misses harm that is paraphrased, implied, spread over turns or written in other languages, and it can't tell a
story about a crime from a plan of one. A later stage that reads the exchange must judge what it is unsure of.

## Thresholds

Chosen on held-out folds so that at most ${(training.falsePositiveBudget * 100).toFixed(2)} % of harmless everyday texts reach the threshold of any label.

| label | prompt | completion |
|---|---:|---:|
${thresholds}

## Figures

"Flagged" means that any label reached its threshold; AUPRC ranks by the largest distance to a threshold. Held-out rows were scored by a model
that had not seen them or their group; dev sets gave these figures and one choice (three epochs rather than four). Dev sets that ask "is this toxic?" measure tone, which
is not what the thresholds are for.

### Dev sets

${table(training.metrics, 'dev ')}

### Held-out folds of the training pool

${table(training.metrics, 'held-out ')}

### Per label, held-out prompts

${table(training.metrics, 'label ')}

## Data

| file | rows | licence |
|---|---:|---|
${sources}
`
}
