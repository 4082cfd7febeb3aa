import type { EvaluationClaim, ModelCard } from '../schema.ts'
import { safe } from './html.ts'

/** Narrow, so that its words can be read on a phone too. */
const WIDTH = 460
const LEFT = 150
const RIGHT = 24
const ROW = 26
const TOP = 12
const FOOT = 44
/** More than people compare at a glance; the table has them all. */
const MAX_ROWS = 40

/**
 * Results between 0 and 1, each with its whiskers and the line at which a threshold is met. Drawn by attributes alone, so that a page whose security
 * policy knows no inline style can show it; in the colour of the text around it.
 *
 * @returns '' where there is nothing to draw
 */
export function evaluationChart(evaluations: readonly EvaluationClaim[]): string {
  const drawn = evaluations.filter(({ unit, value }) => unit === 'share' && value >= 0 && value <= 1).slice(0, MAX_ROWS)
  if (drawn.length === 0) return ''
  const height = TOP + drawn.length * ROW + FOOT
  const x = (share: number) => round(LEFT + share * (WIDTH - LEFT - RIGHT))
  const rows = drawn.map((one, i) => row(one, TOP + i * ROW + ROW / 2, x))
  const bottom = TOP + drawn.length * ROW
  const axis = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<path d="M${x(share)},${TOP}V${bottom}" stroke-opacity=".15"/><text x="${x(share)}" y="${bottom + 16}" text-anchor="middle" stroke="none">${share * 100} %</text>`,
  )
  const legend = `<text x="${LEFT}" y="${bottom + 36}" stroke="none">● value, ├─┤ interval, ┊ line at which a threshold is met</text>`
  const words = drawn.map(sentence).join(' ')
  return svg(
    'evaluations-chart',
    height,
    'Results with their intervals',
    words,
    `${axis.join('')}${rows.join('')}${legend}`,
  )
}

function row({ name, value, interval, line }: EvaluationClaim, y: number, x: (share: number) => number): string {
  const label = `<text x="${LEFT - 10}" y="${y + 4}" text-anchor="end" stroke="none">${safe(short(name))}</text>`
  const [low, high] = interval === null ? [value, value] : [clamp(interval.lower), clamp(interval.upper)]
  const whisker =
    interval === null
      ? ''
      : `<path d="M${x(low)},${y}H${x(high)}M${x(low)},${y - 5}v10M${x(high)},${y - 5}v10" stroke-width="1.5"/>`
  const limit =
    line === null || line < 0 || line > 1
      ? ''
      : `<path d="M${x(line)},${y - 10}v20" stroke-width="2" stroke-dasharray="2 3"/>`
  return `${label}${whisker}<circle cx="${x(value)}" cy="${y}" r="4" stroke="none"/>${limit}`
}

function sentence({ name, value, interval, line }: EvaluationClaim): string {
  const within = interval === null ? '' : `, between ${percent(interval.lower)} and ${percent(interval.upper)}`
  const against = line === null ? '' : `; the line is ${percent(line)}`
  return `${name}: ${percent(value)}${within}${against}.`
}

/** Amounts of compute that rules name; for scale, whether or not a rule applies. */
const MARKS = [
  { flops: 1e25, words: '1e25: EU AI Act, presumed systemic risk' },
  { flops: 1e26, words: '1e26: California SB 53, frontier model' },
] as const

/** Training compute on a logarithmic scale, beside the amounts that rules name. '' where it is not stated. */
export function computeChart({ compute }: ModelCard): string {
  if (compute.flops === null) return ''
  const { value } = compute.flops
  const [from, to] = [Math.floor(Math.min(20, Math.log10(value))), Math.ceil(Math.max(27, Math.log10(value)))]
  const x = (flops: number) => round(24 + ((Math.log10(flops) - from) / (to - from)) * (WIDTH - 48))
  const step = Math.max(1, Math.ceil((to - from) / 10))
  const ticks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step).map(
    (power) =>
      `<path d="M${x(10 ** power)},70v6"/><text x="${x(10 ** power)}" y="92" text-anchor="middle" stroke="none">1e${power}</text>`,
  )
  const marks = MARKS.map(
    ({ flops, words }, i) =>
      `<path d="M${x(flops)},${44 - i * 16}V70" stroke-dasharray="2 3" stroke-width="1.5"/><text x="${x(flops) - 6}" y="${48 - i * 16}" text-anchor="end" stroke="none">${safe(words)}</text>`,
  )
  const here = `<path d="M24,70H${x(value)}" stroke-width="5"/><circle cx="${x(value)}" cy="70" r="6" stroke="none"/>`
  const words = `${value.toExponential(2)} floating-point operations. ${MARKS.map((mark) => `${value < mark.flops ? 'Below' : 'At or above'} ${mark.words}.`).join(' ')}`
  return svg(
    'compute-chart',
    104,
    'Training compute',
    words,
    `<path d="M24,70H${WIDTH - 24}"/>${ticks.join('')}${marks.join('')}${here}`,
  )
}

function svg(id: string, height: number, title: string, words: string, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-labelledby="${id}-t ${id}-d" font-size="12" font-family="system-ui, sans-serif" fill="currentColor" stroke="currentColor"><title id="${id}-t">${safe(title)}</title><desc id="${id}-d">${safe(words)}</desc>${body}</svg>`
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`
}

function short(text: string): string {
  return text.length > 22 ? `${text.slice(0, 21)}…` : text
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
