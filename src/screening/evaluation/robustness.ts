import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import type { ErrorCode } from '../../base/errors.ts'
import type { Classifier } from '../classifiers/classifier.ts'
import { segmentsOf } from '../exchange/segments.ts'
import { METHODS } from '../taxonomy.ts'
import { type Row, rowsOf } from './data/rows.ts'
import { fileNames, type Survey } from './data/survey.ts'
import { Failures } from './failures.ts'
import { harmScore } from './harm-score.ts'
import { type Rate, wilson } from './metrics/rates.ts'
import type { OpenClassifier } from './open-classifier.ts'
import { FAMILIES, type Family, type Transform } from './transforms/transform.ts'
import { TRANSFORMS } from './transforms.ts'

const TURN_MS = 40
/** Categories of the heat map: those with enough rows to tell, the largest first. */
const MIN_CATEGORY_ROWS = 20
const MAX_CATEGORIES = 12
const METHOD_SET: ReadonlySet<string> = new Set(METHODS)

/** What became of the texts under one transform. */
export interface TransformResult {
  readonly name: string
  readonly family: Family
  /** Harmful texts on which any label reached its threshold. */
  readonly recall: Rate
  /** Harmful texts on which a hazard did: found for what they ask, not for how. */
  readonly hazardRecall: Rate
  /** Of the harmful texts that are flagged as they are, those still flagged. */
  readonly kept: Rate
  /** Harmless texts on which any label reached its threshold. */
  readonly falsePositives: Rate
  readonly hazardFalsePositives: Rate
  /** Recall per category, in the order of `categories`. */
  readonly perCategory: readonly Rate[]
}

export interface RobustnessSummary {
  readonly classifier: string
  readonly interrupted: boolean
  readonly harmful: number
  readonly harmless: number
  /** Questions that the classifier could not answer, by error code; they are in no figure. */
  readonly failed: Readonly<Partial<Record<ErrorCode, number>>>
  /** Recall on the texts as they are. */
  readonly recall: number | null
  /** What each family does on average, and its transform with the least recall. */
  readonly families: readonly FamilyResult[]
  readonly transforms: readonly TransformResult[]
  readonly categories: readonly { readonly file: string; readonly category: string; readonly rows: number }[]
}

export interface FamilyResult {
  readonly family: Family
  /** Means over the transforms; no interval, since the same texts stand under each. */
  readonly recall: number | null
  readonly hazardRecall: number | null
  readonly falsePositives: number | null
  readonly worst: { readonly name: string; readonly recall: number | null }
}

/** Only what a user may send as a message is wrapped and disguised. */
export function isPrompt(row: Row): boolean {
  return row.role === 'prompt'
}

export interface RobustnessOptions {
  readonly clock: Clock
  /** After each question; there are `TRANSFORMS.length` per row. */
  readonly onQuestion?: (done: number) => void
  readonly signal?: AbortSignal
}

/** Counts of one transform. */
interface Tally {
  judged: [harmless: number, harmful: number]
  flagged: [harmless: number, harmful: number]
  hazard: [harmless: number, harmful: number]
  /** Among the harmful flagged as they are: how many were judged, how many flagged. */
  kept: [judged: number, flagged: number]
  readonly categories: Map<string, [judged: number, flagged: number]>
}

/**
 * Judges every surveyed prompt under every transform.
 *
 * @throws {AppError} the classifier's own, when it fails 50 times in a row
 */
export async function robustness(
  opened: OpenClassifier,
  surveys: readonly Survey[],
  { clock, onQuestion, signal }: RobustnessOptions,
): Promise<RobustnessSummary> {
  const tallies = TRANSFORMS.map(newTally)
  const failures = new Failures()
  let done = 0
  let answered = 0
  let turned = clock.monotonic()
  const names = fileNames(surveys)
  for (const [file, { path, chosen }] of surveys.entries()) {
    for await (const row of rowsOf(path, chosen)) {
      if (!isPrompt(row)) continue
      let flaggedAsIs = false
      for (const [at, transform] of TRANSFORMS.entries()) {
        if (signal?.aborted) return summaryOf(opened.classifier, names, tallies, failures.counts, true)
        const tally = tallies[at]
        if (tally === undefined) continue
        try {
          const found = await judge(opened, transform, row.text, signal)
          if (at === 0) flaggedAsIs = found.flagged
          count(tally, row, `${file}/${row.category}`, found, flaggedAsIs)
          failures.answered()
          answered += 1
        } catch (thrown) {
          if (signal?.aborted) continue
          failures.add(thrown)
        }
        done += 1
        onQuestion?.(done)
        if (clock.monotonic() - turned > TURN_MS) {
          await setImmediate()
          turned = clock.monotonic()
        }
      }
    }
  }
  failures.unlessAll(answered)
  return summaryOf(opened.classifier, names, tallies, failures.counts, false)
}

interface Found {
  readonly flagged: boolean
  readonly hazard: boolean
}

async function judge(
  { classifier, thresholds }: OpenClassifier,
  transform: Transform,
  text: string,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const exchange = transform.present(text)
  const request = { side: 'prompt', exchange, segments: segmentsOf(exchange) } as const
  const { flagged } = harmScore(await classifier.classify(request, signal), 'prompt', thresholds)
  return { flagged: flagged.length > 0, hazard: flagged.some((label) => !METHOD_SET.has(label)) }
}

function newTally(): Tally {
  return { judged: [0, 0], flagged: [0, 0], hazard: [0, 0], kept: [0, 0], categories: new Map() }
}

function count(tally: Tally, row: Row, category: string, { flagged, hazard }: Found, flaggedAsIs: boolean): void {
  tally.judged[row.harmful] += 1
  if (flagged) tally.flagged[row.harmful] += 1
  if (hazard) tally.hazard[row.harmful] += 1
  if (row.harmful === 0) return
  if (flaggedAsIs) {
    tally.kept[0] += 1
    if (flagged) tally.kept[1] += 1
  }
  const inCategory = tally.categories.get(category) ?? [0, 0]
  inCategory[0] += 1
  if (flagged) inCategory[1] += 1
  tally.categories.set(category, inCategory)
}

function summaryOf(
  classifier: Classifier,
  names: readonly string[],
  tallies: readonly Tally[],
  failed: ReadonlyMap<ErrorCode, number>,
  interrupted: boolean,
): RobustnessSummary {
  const [plain = newTally()] = tallies
  const categories = [...plain.categories]
    .filter(([, [rows]]) => rows >= MIN_CATEGORY_ROWS)
    .sort(([a, [rowsA]], [b, [rowsB]]) => rowsB - rowsA || a.localeCompare(b))
    .slice(0, MAX_CATEGORIES)
  const transforms = TRANSFORMS.map(({ name, family }, at): TransformResult => {
    const tally = tallies[at] ?? newTally()
    return {
      name,
      family,
      recall: wilson(tally.flagged[1], tally.judged[1]),
      hazardRecall: wilson(tally.hazard[1], tally.judged[1]),
      kept: wilson(tally.kept[1], tally.kept[0]),
      falsePositives: wilson(tally.flagged[0], tally.judged[0]),
      hazardFalsePositives: wilson(tally.hazard[0], tally.judged[0]),
      perCategory: categories.map(([category]) => {
        const [judged, flagged] = tally.categories.get(category) ?? [0, 0]
        return wilson(flagged, judged)
      }),
    }
  })
  return {
    classifier: classifier.id,
    interrupted,
    harmful: plain.judged[1],
    harmless: plain.judged[0],
    failed: Object.fromEntries(failed),
    recall: transforms[0]?.recall.rate ?? null,
    families: FAMILIES.map((family) => familyOf(family, transforms)),
    transforms,
    categories: categories.map(([name, [rows]]) => {
      const slash = name.indexOf('/')
      return { file: names[Number(name.slice(0, slash))] ?? '', category: name.slice(slash + 1), rows }
    }),
  }
}

function familyOf(family: Family, all: readonly TransformResult[]): FamilyResult {
  const own = all.filter((transform) => transform.family === family)
  const worst = own.reduce((least: TransformResult | undefined, next) =>
    least === undefined || (next.recall.rate ?? 1) < (least.recall.rate ?? 1) ? next : least,
  )
  return {
    family,
    recall: mean(own.map(({ recall }) => recall)),
    hazardRecall: mean(own.map(({ hazardRecall }) => hazardRecall)),
    falsePositives: mean(own.map(({ falsePositives }) => falsePositives)),
    worst: { name: worst?.name ?? '', recall: worst?.recall.rate ?? null },
  }
}

function mean(rates: readonly Rate[]): number | null {
  const known = rates.flatMap(({ rate }) => (rate === null ? [] : [rate]))
  return known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0) / known.length
}
