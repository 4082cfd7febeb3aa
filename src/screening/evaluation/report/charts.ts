import type { CalibrationBin } from '../metrics/calibration.ts'
import type { Interval, Rate } from '../metrics/rates.ts'
import type { Curves, Point } from './curves.ts'
import { escapeHtml, percent } from './format.ts'

const WIDTH = 420
const HEIGHT = 300
const LEFT = 60
const RIGHT = 12
const TOP = 12
const BOTTOM = 42
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1] as const

const x = (value: number) => round(LEFT + value * (WIDTH - LEFT - RIGHT))
const y = (value: number) => round(HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM))

/** A curve in the unit square, with one marked point. */
export function curveChart(
  points: readonly Point[],
  labels: { readonly title: string; readonly x: string; readonly y: string },
  mark: Point | undefined,
  diagonal: boolean,
): string {
  const path = points.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${x(px)} ${y(py)}`).join('')
  return frame(labels, [
    diagonal ? `<path class="guide" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>` : '',
    `<path class="curve" d="${path}"/>`,
    mark === undefined ? '' : `<circle class="mark" cx="${x(mark[0])}" cy="${y(mark[1])}" r="5"/>`,
  ])
}

/** Predicted against observed; the area of a dot grows with its rows. */
export function reliabilityChart(bins: readonly CalibrationBin[]): string {
  const most = Math.max(1, ...bins.map(({ count }) => count))
  const dots = bins.flatMap(({ predicted, observed, count }) => {
    if (predicted === null || observed === null) return []
    const radius = round(3 + 9 * Math.sqrt(count / most))
    const title = `${count} rows: predicted ${percent(predicted)}, observed ${percent(observed)}`
    return `<circle class="dot" cx="${x(predicted)}" cy="${y(observed)}" r="${radius}"><title>${title}</title></circle>`
  })
  const labels = { title: 'Reliability', x: 'predicted probability of harm', y: 'share that is harmful' }
  return frame(labels, [`<path class="guide" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>`, ...dots])
}

/** Both classes over the harm score, each as shares of itself; square roots, so that small shares show. */
export function histogramChart({ harmful, harmless }: Curves['histogram']): string {
  const most = Math.sqrt(Math.max(0.001, ...harmful, ...harmless))
  const height = (share: number) => Math.sqrt(share) / most
  const outline = (bins: readonly number[]) => {
    const steps = bins.map((share, bin) => `V${y(height(share))}H${x((bin + 1) / bins.length)}`)
    return `M${x(0)} ${y(0)}${steps.join('')}V${y(0)}Z`
  }
  const ticks = [0.01, 0.05, 0.1, 0.25, 0.5, 1]
    .filter((share) => height(share) <= 1)
    .map((share) => ({ at: height(share), text: percent(share, 0) }))
  const labels = { title: 'Scores', x: 'harm score', y: 'share of the class' }
  return frame(
    labels,
    [
      `<path class="area harmless" d="${outline(harmless)}"/><path class="area harmful" d="${outline(harmful)}"/>`,
      `<path class="guide" d="M${x(0.5)} ${y(0)}V${y(1)}"/>`,
    ],
    ticks,
  )
}

function frame(
  labels: { readonly title: string; readonly x: string; readonly y: string },
  content: readonly string[],
  yTicks: readonly { readonly at: number; readonly text: string }[] = TICKS.map((at) => ({ at, text: at.toFixed(1) })),
): string {
  const name = escapeHtml(`${labels.title}: ${labels.x} against ${labels.y}`)
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}">`,
    ...TICKS.map(
      (at) => `<text class="tick" x="${x(at)}" y="${y(0) + 16}" text-anchor="middle">${at.toFixed(1)}</text>`,
    ),
    ...yTicks.map(
      ({ at, text }) =>
        `<path class="grid" d="M${x(0)} ${y(at)}H${x(1)}"/><text class="tick" x="${LEFT - 6}" y="${y(at) + 4}" text-anchor="end">${text}</text>`,
    ),
    ...content,
    `<text class="axis" x="${x(0.5)}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(labels.x)}</text>`,
    `<text class="axis" transform="translate(11 ${y(0.5)}) rotate(-90)" text-anchor="middle">${escapeHtml(labels.y)}</text>`,
    '</svg>',
  ].join('')
}

/** One rate on a line from 0 to 1 with its interval, for a cell of a table. */
export function rateBar({
  rate,
  interval,
}: {
  readonly rate: number | null
  readonly interval: Interval | null
}): string {
  if (rate === null || interval === null) return ''
  const at = (value: number) => round(4 + value * 152)
  return [
    '<svg class="bar" viewBox="0 0 160 14" aria-hidden="true">',
    `<path class="grid" d="M4 7H156"/>`,
    `<path class="interval" d="M${at(interval[0])} 7H${at(interval[1])}"/>`,
    `<circle class="dot" cx="${at(rate)}" cy="7" r="3.5"/></svg>`,
  ].join('')
}

/** A cell of a heat map: colour by rate, and the figure in words. */
export function heatCell({ rate, count, of }: Rate, tone: 'good' | 'bad'): string {
  if (rate === null) return '<td class="heat empty">–</td>'
  const strength = Math.round(rate * 100)
  return `<td class="heat ${tone}" style="--strength:${strength}%" title="${count} of ${of}">${percent(rate, 0)}</td>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
