import { createColors } from 'picocolors'
import { between, type GroupScore, percent, percentOf, type Score } from '../weights/insider/simulation/index.ts'
import { columns } from './bench-view.ts'

/** A score as a page of a terminal. */
export function renderScore(score: Score, colour: boolean): string {
  const paint = createColors(colour)
  const { data, recall, intervals, bytesLost, hoursToDetection, thresholds, alertsPerDay, precision, refused } = score
  const origin = score.synthetic
    ? 'Synthetic evidence: nobody in it exists'
    : `Data of others (${data.origin ?? 'unknown'}), not synthetic by us`
  const budgets = (['at1', 'at5', 'at10'] as const).map((at) => [
    ...[`  ${at.slice(2)} a day`, percent(recall[at]), between(intervals.recall[at]), percentOf(bytesLost[at].median)],
    ...[between(intervals.bytesLost[at]), hours(hoursToDetection[at]), figure(thresholds[at])],
    alertsPerDay[at].all.toFixed(1),
  ])
  const head = ['  False alerts', 'found', '95 %', 'model lost', '95 %', 'hours', 'threshold', 'alerts/day']
  const apart = { 'low and slow': score.lowAndSlow, collusion: score.collusion }
  const wrong = refused.malformed + refused.duplicates + refused.late
  return `${[
    paint.bold(`  ${origin}`),
    `  ${data.people.toLocaleString('en')} people, ${data.days} days, ${score.scoredDays} of them scored, ${score.activities.toLocaleString('en')} activities, ${score.planted} campaigns`,
    ...(wrong === 0
      ? []
      : [
          `  left out: ${refused.malformed} malformed lines, ${refused.duplicates} duplicates, ${refused.late} too late`,
        ]),
    '',
    ...columns([head, ...budgets]),
    '',
    `  Of the 10, 50, 100 episodes of highest risk, campaigns: ${[precision.at10, precision.at50, precision.at100].map((one) => (one === null ? '–' : percent(one))).join(', ')}`,
    '',
    ...columns([['  Reported apart', 'planted', 'at 1', 'at 5', 'at 10', 'lost', 'hours'], ...rowsOf(apart)]),
    '',
    ...columns([['  Kind', 'planted', 'at 1', 'at 5', 'at 10', 'lost', 'hours'], ...rowsOf(score.byKind)]),
  ].join('\n')}\n`
}

function rowsOf(groups: Readonly<Record<string, GroupScore>>): string[][] {
  return Object.entries(groups).map(([name, group]) => [
    ...[
      `  ${name}`,
      String(group.planted),
      percent(group.recall.at1),
      percent(group.recall.at5),
      percent(group.recall.at10),
    ],
    ...[percentOf(group.bytesLost), hours(group.hours)],
  ])
}

function hours(value: number | null): string {
  return value === null ? '–' : value.toFixed(1)
}

function figure(value: number | null): string {
  return value === null ? '–' : value.toFixed(2)
}
