import type { Peak } from '../../index.ts'
import type { Manifest } from '../folder.ts'
import { WARM_UP_DAYS } from '../planting.ts'
import { bootstrap, type Interval, mean, median, wilson } from './bootstrap.ts'
import type { Planted, Run } from './run.ts'
import { alertsAt, Belonging, type Point, pointFor, precisionAt, sweep } from './sweep.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** False alerts a day, of the whole organisation. */
export const BUDGETS = [1, 5, 10] as const
const TOP = [10, 50, 100] as const
const CURVE_BUDGETS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20] as const

type AtBudgets<Value> = { readonly at1: Value; readonly at5: Value; readonly at10: Value }

/** What one campaign cost before it was found, at one budget. */
export interface Loss {
  readonly isFound: boolean
  /** From the first step to the alert; null when there was none. */
  readonly hours: number | null
  readonly bytes: number
  /** Of the model, at most 1; null where it was after no model. */
  readonly share: number | null
}

export interface CampaignScore {
  readonly id: string
  readonly kind: string
  readonly family: string
  readonly modelBytes: number
  readonly found: AtBudgets<Loss>
}

/** Of a group of campaigns. */
export interface GroupScore {
  readonly planted: number
  readonly recall: AtBudgets<number>
  readonly intervals: AtBudgets<Interval | null>
  /** At one false alert a day: median share of the model, and median hours of those that were found. */
  readonly bytesLost: number | null
  readonly hours: number | null
}

export interface Score {
  readonly format: 'safelevel-insider-score/v1'
  readonly synthetic: boolean
  readonly data: Pick<Manifest, 'seed' | 'people' | 'days' | 'parameters'> & { readonly origin: string | null }
  readonly warmUpDays: number
  readonly scoredDays: number
  readonly planted: number
  readonly activities: number
  readonly refused: { readonly malformed: number; readonly duplicates: number; readonly late: number }
  readonly recall: AtBudgets<number>
  /** 95 %, by bootstrap over campaigns; `wilson` beside it, since a bootstrap of a perfect recall has no width. */
  readonly intervals: {
    readonly recall: AtBudgets<Interval | null>
    readonly wilson: AtBudgets<Interval | null>
    readonly bytesLost: AtBudgets<Interval | null>
  }
  /** Shares of the model that had left before the alert, over campaigns that were after one; all that was taken where no alert came. */
  readonly bytesLost: AtBudgets<{ readonly median: number | null; readonly mean: number | null }> & {
    readonly median: number | null
  }
  readonly hoursToDetection: AtBudgets<number | null>
  readonly precision: { readonly at10: number | null; readonly at50: number | null; readonly at100: number | null }
  readonly thresholds: AtBudgets<number | null>
  readonly alertsPerDay: AtBudgets<{ readonly all: number; readonly ofNoCampaign: number }>
  readonly lowAndSlow: GroupScore
  readonly collusion: GroupScore
  readonly byFamily: Readonly<Record<string, GroupScore>>
  readonly byKind: Readonly<Record<string, GroupScore>>
  /** Recall against false alerts a day. */
  readonly curve: readonly { readonly perDay: number; readonly recall: number }[]
  readonly resamples: number
  readonly campaigns: readonly CampaignScore[]
}

export interface ScoreOptions {
  readonly resamples: number
  /** Of the bootstrap. */
  readonly seed: number
}

/** Measures a run. Pure: the same run gives the same score. */
export function score(run: Run, manifest: Manifest, options: ScoreOptions): Score {
  const { peaks, planted, activities, reading } = run
  const warmUpDays = Math.min(WARM_UP_DAYS, Math.floor(manifest.days / 3))
  const scoredDays = manifest.days - warmUpDays
  const fromMs = manifest.startMs + warmUpDays * DAY_MS
  const points = sweep(peaks, planted, fromMs)
  const thresholds = thresholdsOf(points, scoredDays)
  const told = mapBudgets(thresholds, (threshold) => alertsAt(peaks, threshold, fromMs))
  const losses = mapBudgets(told, (alerts) => lossesOf(alerts, planted))
  const campaigns = planted.map(({ truth }, index) => ({
    ...{ id: truth.id, kind: truth.kind, family: truth.family ?? truth.kind, modelBytes: truth.modelBytes },
    found: mapBudgets(losses, (all) => all[index] ?? NOTHING),
  }))
  const group = (members: readonly CampaignScore[]) => groupOf(members, options)
  const all = group(campaigns)
  const shares = mapBudgets(losses, (each) => each.flatMap(({ share }) => (share === null ? [] : [share])))
  const belonging = new Belonging(planted)
  return {
    ...{ format: 'safelevel-insider-score/v1', synthetic: manifest.synthetic },
    data: {
      ...{ origin: manifest.origin ?? null, seed: manifest.seed, people: manifest.people, days: manifest.days },
      parameters: manifest.parameters,
    },
    ...{ warmUpDays, scoredDays, planted: planted.length, activities },
    refused: { malformed: reading.malformed, duplicates: reading.duplicates, late: reading.late },
    recall: all.recall,
    intervals: {
      recall: all.intervals,
      wilson: mapBudgets(losses, (each) => wilson(each.filter(({ isFound }) => isFound).length, each.length)),
      bytesLost: mapBudgets(shares, (each) => bootstrap(each, median, options)),
    },
    bytesLost: {
      median: orNull(median(shares.at1)),
      ...mapBudgets(shares, (each) => ({ median: orNull(median(each)), mean: orNull(mean(each)) })),
    },
    hoursToDetection: mapBudgets(losses, (each) =>
      orNull(median(each.flatMap(({ hours }) => (hours === null ? [] : [hours])))),
    ),
    precision: precisionOf(peaks, planted, fromMs),
    thresholds: mapBudgets(thresholds, (threshold) => orNull(threshold)),
    alertsPerDay: mapBudgets(told, (alerts) => ({
      all: alerts.length / scoredDays,
      ofNoCampaign: alerts.filter((alert) => belonging.of(alert).length === 0).length / scoredDays,
    })),
    lowAndSlow: group(campaigns.filter((one) => isOf(one, 'low_and_slow', /slow|drip/))),
    collusion: group(campaigns.filter((one) => isOf(one, 'collusion', /collu/))),
    byFamily: groupsBy(campaigns, ({ family }) => family, group),
    byKind: groupsBy(campaigns, ({ kind }) => kind, group),
    curve: curveOf(points, planted.length, scoredDays),
    resamples: options.resamples,
    campaigns,
  }
}

/**
 * For each budget the lowest threshold within it, unless that of a smaller budget finds more: whoever may look at five a day may as well look
 * at one. (An episode that is told of early, before it means anything, can be missed later.)
 */
function thresholdsOf(points: readonly Point[], days: number): AtBudgets<number> {
  const lowest = atBudgets((budget) => pointFor(points, budget * days))
  const better = (smaller: Point | null, larger: Point | null) =>
    (smaller?.found ?? 0) > (larger?.found ?? 0) ? smaller : larger
  const at5 = better(lowest.at1, lowest.at5)
  const all = { at1: lowest.at1, at5, at10: better(at5, lowest.at10) }
  return mapBudgets(all, (point) => point?.threshold ?? Number.POSITIVE_INFINITY)
}

const NOTHING: Loss = { isFound: false, hours: null, bytes: 0, share: null }

/** What each campaign had taken when the first alert that belongs to it came. */
function lossesOf(alerts: readonly Peak[], planted: readonly Planted[]): Loss[] {
  const belonging = new Belonging(planted)
  const first = new Array<number | null>(planted.length).fill(null)
  for (const alert of alerts)
    for (const owner of belonging.of(alert))
      first[owner] = Math.min(first[owner] ?? Number.POSITIVE_INFINITY, alert.timeMs)
  return planted.map(({ truth, steps }, index) => {
    const alertMs = first[index] ?? null
    const before = steps.filter(({ timeMs }) => alertMs === null || timeMs < alertMs)
    const bytes = before.reduce((sum, step) => sum + step.bytes, 0)
    return {
      isFound: alertMs !== null,
      hours: alertMs === null ? null : (alertMs - truth.startsMs) / HOUR_MS,
      bytes,
      share: truth.modelBytes > 0 ? Math.min(1, bytes / truth.modelBytes) : null,
    }
  })
}

function groupOf(members: readonly CampaignScore[], options: ScoreOptions): GroupScore {
  const found = atBudgets((_, at) => members.map((one) => (one.found[at].isFound ? 1 : 0)))
  const shares = members.flatMap(({ found: { at1 } }) => (at1.share === null ? [] : [at1.share]))
  const hours = members.flatMap(({ found: { at1 } }) => (at1.hours === null ? [] : [at1.hours]))
  return {
    planted: members.length,
    recall: mapBudgets(found, (each) => (each.length === 0 ? 0 : mean(each))),
    intervals: mapBudgets(found, (each) => bootstrap(each, mean, options)),
    bytesLost: orNull(median(shares)),
    hours: orNull(median(hours)),
  }
}

function groupsBy(
  campaigns: readonly CampaignScore[],
  nameOf: (one: CampaignScore) => string,
  group: (members: readonly CampaignScore[]) => GroupScore,
): Record<string, GroupScore> {
  const names = [...Map.groupBy(campaigns, nameOf)].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(names.map(([name, members]) => [name, group(members)]))
}

/** Others may hand in campaigns without a family. */
function isOf({ family, kind }: CampaignScore, name: string, words: RegExp): boolean {
  return family === name || (family === kind && words.test(kind))
}

function precisionOf(peaks: readonly Peak[], planted: readonly Planted[], fromMs: number): Score['precision'] {
  const [at10, at50, at100] = TOP.map((k) => precisionAt(peaks, planted, fromMs, k))
  return { at10: at10 ?? null, at50: at50 ?? null, at100: at100 ?? null }
}

function curveOf(points: readonly Point[], planted: number, days: number): Score['curve'] {
  return CURVE_BUDGETS.map((perDay) => {
    const found = pointFor(points, perDay * days)?.found ?? 0
    return { perDay, recall: planted === 0 ? 0 : found / planted }
  })
}

function atBudgets<Value>(of: (budget: number, at: keyof AtBudgets<Value>) => Value): AtBudgets<Value> {
  return { at1: of(BUDGETS[0], 'at1'), at5: of(BUDGETS[1], 'at5'), at10: of(BUDGETS[2], 'at10') }
}

function mapBudgets<From, To>(from: AtBudgets<From>, of: (value: From) => To): AtBudgets<To> {
  return { at1: of(from.at1), at5: of(from.at5), at10: of(from.at10) }
}

/** JSON knows neither infinity nor NaN. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
