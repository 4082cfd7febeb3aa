import type { Interval } from './bootstrap.ts'
import type { GroupScore, Score } from './score.ts'
import { barPlot, type Dot, escaped, linePlot } from './svg.ts'

const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1] as const
const LEAST_SHARE = 0.0001

/** The figures of a score as files by name: plots that stand alone, and a page with all of them. */
export function plotsOf(score: Score): Record<string, string> {
  const plots = { 'recall.svg': recallPlot(score), 'bytes-lost.svg': lossPlot(score), 'kinds.svg': kindsPlot(score) }
  return { ...plots, 'index.html': page(score, Object.values(plots)) }
}

function recallPlot({ curve }: Score): string {
  return linePlot({
    title: 'Campaigns found, against alerts a day that belong to none',
    x: {
      title: 'false alerts a day',
      from: 0.02,
      to: 20,
      isLog: true,
      ticks: [0.02, 0.1, 0.5, 1, 5, 10, 20],
      label: String,
    },
    y: { title: 'campaigns found', from: 0, to: 1, ticks: SHARES, label: percent },
    points: curve.map(({ perDay, recall }) => ({ x: perDay, y: recall })),
  })
}

/** Of all campaigns after a model, how many had taken at most so much of it. */
function lossPlot({ campaigns }: Score): string {
  const shares = campaigns
    .flatMap(({ found: { at1 } }) => (at1.share === null ? [] : [at1.share]))
    .sort((a, b) => a - b)
  const steps: Dot[] = shares.map((share, index) => ({
    x: Math.max(LEAST_SHARE, share),
    y: (index + 1) / shares.length,
  }))
  return linePlot({
    title: 'Bytes lost before the alert, at one false alert a day',
    x: {
      title: 'share of the model lost',
      from: LEAST_SHARE,
      to: 1,
      isLog: true,
      ticks: [0.0001, 0.001, 0.01, 0.1, 1],
      label: percentOf,
    },
    y: { title: 'of campaigns at most', from: 0, to: 1, ticks: SHARES, label: percent },
    points: [{ x: LEAST_SHARE, y: 0 }, ...steps],
    isStepped: true,
  })
}

function kindsPlot({ byKind }: Score): string {
  const bars = Object.entries(byKind).map(([name, { recall, planted }]) => ({
    ...{ name, share: recall.at1 },
    says: `${Math.round(recall.at1 * planted)} of ${planted}`,
  }))
  return barPlot('Campaigns found by kind, at one false alert a day', bars)
}

function page(score: Score, plots: readonly string[]): string {
  const { data, recall, intervals, bytesLost, planted, scoredDays, activities, synthetic } = score
  const origin = synthetic
    ? 'Synthetic evidence: nobody in it exists, and nothing in it happened.'
    : `Data of ${escaped(data.origin ?? 'others')}.`
  const rows = (['at1', 'at5', 'at10'] as const).map((at) => [
    `${at.slice(2)} a day`,
    percent(recall[at]),
    between(intervals.recall[at]),
    between(intervals.wilson[at]),
    percentOf(bytesLost[at].median),
    between(intervals.bytesLost[at]),
  ])
  const groups = Object.entries({ ...score.byFamily, ...score.byKind }).map(([name, group]) => groupRow(name, group))
  const about = `${data.people.toLocaleString('en')} people, ${data.days} days (${scoredDays} scored), ${activities.toLocaleString('en')} activities, ${planted} campaigns${data.seed === null ? '' : `, seed ${data.seed}`}`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Detection of insiders, measured</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{padding:.2rem .5rem;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}.note{border-left:4px solid #b35c00;padding-left:.8rem}</style></head><body>
<h1>Detection of insiders, measured</h1><p class="note"><strong>${origin}</strong></p><p>${about}.</p>
${table(['false alerts', 'found', '95 % (bootstrap)', '95 % (Wilson)', 'model lost (median)', '95 %'], rows)}
${plots.join('')}
<h2>By family and kind</h2>${table(['campaigns', 'planted', 'found at 1', 'at 5', 'at 10', 'model lost', 'hours'], groups)}
</body></html>
`
}

function groupRow(name: string, { planted, recall, bytesLost, hours }: GroupScore): string[] {
  const { at1, at5, at10 } = recall
  return [
    name,
    String(planted),
    percent(at1),
    percent(at5),
    percent(at10),
    percentOf(bytesLost),
    hours === null ? '–' : hours.toFixed(1),
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table>${line(head, 'th')}${rows.map((cells) => line(cells, 'td')).join('')}</table>`
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`
}

/** With as many digits as a small share needs. */
export function percentOf(value: number | null): string {
  if (value === null) return '–'
  return `${Number((100 * value).toPrecision(2))} %`
}

export function between(interval: Interval | null): string {
  return interval === null ? '–' : `${percentOf(interval[0])} to ${percentOf(interval[1])}`
}
