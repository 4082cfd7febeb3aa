import { escapeHtml, percent } from '../../../screening/evaluation/index.ts'
import type { CheckedRate } from './report-schema.ts'

const WIDTH = 420
const HEIGHT = 280
const LEFT = 62
const RIGHT = 12
const TOP = 14
const BOTTOM = 44
const INNER_WIDTH = WIDTH - LEFT - RIGHT
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const

interface Axes {
  readonly title: string
  readonly x?: string
  readonly y: string
}

interface Series {
  readonly name: string
  readonly tone: 'harmful' | 'harmless'
  readonly rates: readonly CheckedRate[]
}

const y = (share: number) => round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))

/** Shares from stage to stage with their intervals, one line for each series. */
export function lineChart(axes: Axes, stages: readonly string[], series: readonly Series[]): string {
  const x = (at: number) => round(LEFT + (INNER_WIDTH * (at + 0.5)) / Math.max(1, stages.length))
  const lines = series.flatMap(({ name, tone, rates }, which) => {
    const points = rates.flatMap((rate, at) => (rate.rate === null ? [] : [{ at, rate, share: rate.rate }]))
    const shift = (which - (series.length - 1) / 2) * 6
    const path = points.map(({ at, share }, nth) => `${nth === 0 ? 'M' : 'L'}${x(at) + shift} ${y(share)}`).join('')
    return [
      `<path class="${tone}" style="fill:none" stroke-width="2" d="${path}"/>`,
      ...points.map(({ at, rate, share }) => dot(x(at) + shift, rate, share, `${name}, ${stages[at] ?? ''}`, tone)),
    ]
  })
  const names = stages.map((name, at) => tick(x(at), name))
  return frame(axes, [...scale(1, (share) => percent(share, 0)), ...names, ...lines])
}

function dot(x: number, { count, of, interval }: CheckedRate, share: number, name: string, tone: string): string {
  const band =
    interval === null
      ? ''
      : `<path class="${tone}" style="fill:none" stroke-opacity=".45" d="M${x} ${y(interval[0])}V${y(interval[1])}"/>`
  return `${band}<circle class="${tone}" cx="${x}" cy="${y(share)}" r="4" style="fill-opacity:1"><title>${escapeHtml(name)}: ${count} of ${of}</title></circle>`
}

/** One bar for each count. */
export function barChart(axes: Axes, bins: readonly { readonly name: string; readonly count: number }[]): string {
  return groupedBars(
    axes,
    bins.map(({ name, count }) => ({ name, values: [count] })),
  )
}

/** Bars in groups side by side: the first of a group in the tone of harm where there are two. */
export function groupedBars(
  axes: Axes,
  groups: readonly { readonly name: string; readonly values: readonly number[] }[],
): string {
  const most = Math.max(1, ...groups.flatMap(({ values }) => values))
  const slot = INNER_WIDTH / Math.max(1, groups.length)
  const bars = groups.flatMap(({ name, values }, at) => {
    const width = (slot * 0.8) / values.length
    return values.map((value, nth) => {
      const left = round(LEFT + slot * (at + 0.1) + width * nth)
      const tone = values.length > 1 && nth === 0 ? 'harmful' : 'harmless'
      const height = round(y(0) - y(value / most))
      return `<rect class="area ${tone}" x="${left}" y="${y(value / most)}" width="${round(width)}" height="${height}"><title>${escapeHtml(name)}: ${value}</title></rect>`
    })
  })
  const names = groups.map(({ name }, at) => tick(round(LEFT + slot * (at + 0.5)), name))
  return frame(axes, [...scale(most, (count) => String(Math.round(count))), ...names, ...bars])
}

function scale(most: number, write: (value: number) => string): string[] {
  return TICKS.map(
    (share) =>
      `<path class="grid" d="M${LEFT} ${y(share)}H${WIDTH - RIGHT}"/><text class="tick" x="${LEFT - 6}" y="${y(share) + 4}" text-anchor="end">${escapeHtml(write(share * most))}</text>`,
  )
}

const tick = (x: number, text: string) =>
  `<text class="tick" x="${x}" y="${y(0) + 16}" text-anchor="middle">${escapeHtml(text)}</text>`

function frame({ title, x, y: side }: Axes, content: readonly string[]): string {
  const middle = round(LEFT + INNER_WIDTH / 2)
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">`,
    ...content,
    x === undefined
      ? ''
      : `<text class="axis" x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(x)}</text>`,
    `<text class="axis" transform="translate(11 ${y(0.5)}) rotate(-90)" text-anchor="middle">${escapeHtml(side)}</text>`,
    '</svg>',
  ].join('')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
