import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { RISING } from '../../src/weights/insider/risk/index.ts'
import { SHIPPED } from '../../src/weights/insider/risk/weights.ts'
import { WARM_UP_DAYS } from '../../src/weights/insider/simulation/planting.ts'
import { bootstrap, median, wilson } from '../../src/weights/insider/simulation/score/bootstrap.ts'
import { alertsAt, Belonging } from '../../src/weights/insider/simulation/score/sweep.ts'
import { gatherAll } from './gather-all.ts'
import { type Judged, type Measured, measure } from './measure.ts'
import { peaksOf } from './replay.ts'
import { seedsOf } from './seeds.ts'

/**
 * What the weights that ship find in organisations that nothing was fitted or tuned on, with all kinds of campaigns, half of which were thought out by
 * somebody who does not know the detectors: `node training/insider/held-out.ts --seeds 9101-9108 [--people 400] [--days 100] [--work DIR]`.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '9101-9108' },
    people: { type: 'string', default: '400' },
    days: { type: 'string', default: '100' },
    jobs: { type: 'string', default: '2' },
    work: { type: 'string', default: 'data/insider-training' },
  },
})
/** The one that ships. */
const THRESHOLD = 10.5
const BUDGETS = [1, 5, 10] as const
const RESAMPLES = { resamples: 2_000, seed: 1 }
const DAY_MS = 86_400_000

mkdirSync(values.work, { recursive: true })
const { all } = await gatherAll({
  ...{ seeds: seedsOf(values.seeds), people: Number(values.people), days: Number(values.days), kinds: 'all' },
  ...{ jobs: Number(values.jobs), folder: values.work, say },
})
const judged = all.map((gathered): Judged => ({ gathered, peaks: peaksOf(gathered, SHIPPED) }))
for (const perDay of BUDGETS) {
  const measured = measure(judged, perDay)
  say(`${perDay} false alerts a day per 1,000 people: threshold ${measured.threshold.toFixed(2)}`)
  sayGroup('all', measured.campaigns)
  for (const family of ['low_and_slow', 'collusion']) sayGroup(family, measured.campaigns, family)
  if (perDay === 1) sayKinds(measured)
}
sayShipped()

function sayGroup(name: string, all: Measured['campaigns'], family?: string): void {
  const mine = all.filter((one) => family === undefined || one.family === family)
  const found = mine.filter(({ isFound }) => isFound).length
  const shares = mine.flatMap(({ share }) => (share === null ? [] : [share]))
  const ofLost = bootstrap(shares, median, RESAMPLES)
  const low = bootstrap(
    mine.map(({ isFound }) => Number(isFound)),
    (some) => some.reduce((sum, one) => sum + one, 0) / some.length,
    RESAMPLES,
  )
  say(
    `  ${name.padEnd(14)} ${found} of ${mine.length}, ${percent(found / mine.length)}, bootstrap ${interval(low)}, Wilson ${interval(wilson(found, mine.length))}; lost, median, ${percent(median(shares))} ${interval(ofLost)}`,
  )
}

function sayKinds({ campaigns }: Measured): void {
  const kinds = Map.groupBy(campaigns, ({ kind }) => kind)
  for (const [kind, mine] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`    ${kind.padEnd(28)} ${mine.filter(({ isFound }) => isFound).length} of ${mine.length}`)
}

/** What somebody meets who changes nothing. */
function sayShipped(): void {
  let personDays = 0
  let found = 0
  let planted = 0
  const falseAlerts = { medium: 0, high: 0, critical: 0 }
  for (const { gathered, peaks } of judged) {
    const fromMs = Math.min(WARM_UP_DAYS, Math.floor(gathered.days / 3)) * DAY_MS
    const belonging = new Belonging(
      gathered.truths.map((truth) => ({ truth: { ...truth, activities: [] }, steps: [] })),
    )
    const owned = new Set<number>()
    for (const alert of alertsAt(peaks, THRESHOLD, fromMs)) {
      const owners = belonging.of(alert)
      for (const owner of owners) owned.add(owner)
      if (owners.length > 0) continue
      const height = alert.risk / THRESHOLD
      falseAlerts[height >= RISING.critical ? 'critical' : height >= RISING.high ? 'high' : 'medium'] += 1
    }
    found += owned.size
    planted += gathered.truths.length
    personDays += gathered.people * (gathered.days - fromMs / DAY_MS)
  }
  const each = Object.entries(falseAlerts).map(
    ([name, count]) => `${((1_000 * count) / personDays).toFixed(2)} ${name}`,
  )
  say(
    `at the threshold that ships: ${found} of ${planted} found, false alerts a day per 1,000 people: ${each.join(', ')}`,
  )
}

function interval(of: readonly [number, number] | null): string {
  return of === null ? '' : `[${percent(of[0])}, ${percent(of[1])}]`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
