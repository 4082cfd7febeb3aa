import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { HALF_LIVES } from '../../src/weights/insider/risk/sums.ts'
import type { Weights } from '../../src/weights/insider/risk/weights.ts'
import { gatherAll } from './gather-all.ts'
import type { Gathered } from './gathered.ts'
import type { Fitted } from './logistic.ts'
import { type Judged, type Measured, measure } from './measure.ts'
import { peaksOf } from './replay.ts'
import { COLUMNS_EACH, type Rows, rowsOf } from './rows.ts'
import { seedsOf } from './seeds.ts'
import { TRAINING, train } from './train.ts'

/**
 * Finds what each reason counts, on simulated organisations: `node training/insider/fit.ts --seeds 100-113 [--people 280] [--days 82] [--work DIR]`.
 * What was simulated stays in DIR, so that a run that was stopped goes on. The same seeds give the same weights.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100-113' },
    people: { type: 'string', default: '280' },
    days: { type: 'string', default: '82' },
    jobs: { type: 'string', default: '2' },
    folds: { type: 'string' },
    work: { type: 'string', default: 'data/insider-training' },
  },
})
/** The threshold that ships; weights are scaled so that it is what one false alert a day of a thousand people comes to. */
const THRESHOLD = 10.5
const BUDGETS = [1, 5, 10] as const
/** A critical rule that training never met comes to so much of the threshold, at once: whoever writes one wants to be told. */
const UNKNOWN_SHARE = 1.01
const CRITICAL_NATS = 7
const OUT = new URL('../../src/weights/insider/risk/weights.json', import.meta.url)

const seeds = seedsOf(values.seeds)
const folds = Math.min(seeds.length, Number(values.folds ?? seeds.length))
mkdirSync(values.work, { recursive: true })
const { all, digest } = await gatherAll({
  ...{ seeds, people: Number(values.people), days: Number(values.days) },
  ...{ jobs: Number(values.jobs), folder: values.work, say },
})
const causes = [...new Set(all.flatMap(({ causes }) => causes))].sort()
const columns = new Map(causes.map((cause, index) => [cause, index * COLUMNS_EACH]))
const rows = all.map((one) => rowsOf(one, (cause) => columns.get(cause) ?? 0))

const judged: Judged[] = []
for (let fold = 0; fold < folds; fold++) {
  const weights = weightsOf(fitTo(rows.filter((_, index) => index % folds !== fold)), 1)
  for (const [index, gathered] of all.entries())
    if (index % folds === fold) judged.push({ gathered, peaks: peaksOf(gathered, weights) })
  say(`fold ${fold + 1} of ${folds}`)
}
const measured = BUDGETS.map((perDay) => [perDay, measure(judged, perDay)] as const)
for (const [perDay, { recall, medianLost }] of measured)
  say(
    `${perDay} false alerts a day per 1,000: ${percent(recall)} found, ${percent(medianLost)} of the model lost (median)`,
  )
const [, atOne] = measured[0] ?? []
if (atOne === undefined) throw new Error('nothing was measured')
sayKinds(measured.map(([, one]) => one))
const scale = THRESHOLD / atOne.threshold
const weights = weightsOf(fitTo(rows), scale)
writeFileSync(OUT, `${JSON.stringify({ ...weights, manifest: manifestOf(all, measured) }, null, 1)}\n`)
say(`wrote ${OUT.pathname}`)

function fitTo(some: readonly Rows[]): Fitted {
  return train(some, causes, TRAINING)
}

function weightsOf({ weights }: Fitted, scale: number): Weights {
  const each = (UNKNOWN_SHARE * THRESHOLD) / Math.log1p(CRITICAL_NATS)
  const of = (index: number) =>
    [...weights.slice(index * COLUMNS_EACH, (index + 1) * COLUMNS_EACH)].map((one) => Number((one * scale).toFixed(4)))
  return {
    format: 'safelevel-insider-weights/v1',
    halfLivesDays: [...HALF_LIVES],
    unknown: [0.5, 0.35, 0.15].map((share) => Number((each * share).toFixed(3))),
    causes: Object.fromEntries(causes.map((cause, index) => [cause, of(index)])),
  }
}

function manifestOf(all: readonly Gathered[], measured: readonly (readonly [number, Measured])[]) {
  return {
    synthetic: true,
    seeds,
    ...{ people: Number(values.people), days: Number(values.days), activities: sumOf(all, (one) => one.activities) },
    campaigns: sumOf(all, (one) => one.truths.length),
    parameters: all.map(({ parameters }) => parameters),
    sources: digest,
    training: TRAINING,
    /** On organisations that the weights they were measured with had not seen. */
    crossValidated: Object.fromEntries(
      measured.map(([perDay, { recall, medianLost }]) => [
        `at${perDay}`,
        { recall: Number(recall.toFixed(3)), medianLost: Number(medianLost.toFixed(4)) },
      ]),
    ),
  }
}

function sayKinds([one, five]: readonly Measured[]): void {
  const kinds = Map.groupBy(one?.campaigns ?? [], ({ kind }) => kind)
  for (const [kind, mine] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const found = (of: Measured | undefined) =>
      of?.campaigns.filter((each) => each.kind === kind && each.isFound).length ?? 0
    say(`  ${kind.padEnd(26)} ${found(one)} of ${mine.length} at 1, ${found(five)} at 5`)
  }
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
