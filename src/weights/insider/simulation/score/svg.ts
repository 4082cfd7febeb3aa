const WIDTH = 640
const HEIGHT = 320
const LEFT = 56
const BOTTOM = 44
const TOP = 16
const RIGHT = 16

/** One direction of a plot. */
export interface Axis {
  readonly title: string
  readonly from: number
  readonly to: number
  readonly isLog?: boolean
  readonly ticks: readonly number[]
  readonly label: (value: number) => string
}

export interface Dot {
  readonly x: number
  readonly y: number
}

/** A line through points, on axes with ticks; stands alone as a file. */
export function linePlot(plot: {
  title: string
  x: Axis
  y: Axis
  points: readonly Dot[]
  isStepped?: boolean
}): string {
  const { x, y, points } = plot
  const place = (dot: Dot) => `${right(x, dot.x).toFixed(1)} ${up(y, dot.y).toFixed(1)}`
  const path = points.map((dot, index) => {
    if (index === 0) return `M ${place(dot)}`
    const before = points[index - 1]
    const corner = plot.isStepped === true && before !== undefined ? `L ${place({ x: dot.x, y: before.y })} ` : ''
    return `${corner}L ${place(dot)}`
  })
  const dots = plot.isStepped === true ? '' : points.map((dot) => circle(right(x, dot.x), up(y, dot.y))).join('')
  const line = `<path d="${path.join(' ')}" fill="none" stroke="#0f6b6b" stroke-width="2"/>`
  return frame(plot.title, HEIGHT, `${grid(x, y)}${line}${dots}`)
}

const ROW = 22
const NAMES = 210
const NUMBERS = 130

/** One bar of a share for each name, with words beside it. */
export function barPlot(title: string, bars: readonly { name: string; share: number; says: string }[]): string {
  const room = WIDTH - NAMES - NUMBERS
  const rows = bars.map(({ name, share, says }, index) => {
    const at = TOP + index * ROW
    const length = Math.max(0, Math.min(1, share)) * room
    return [
      text(NAMES - 8, at + 14, name, 'end'),
      `<rect x="${NAMES}" y="${at + 3}" width="${room}" height="14" fill="#e4e8e8"/>`,
      `<rect x="${NAMES}" y="${at + 3}" width="${length.toFixed(1)}" height="14" fill="#0f6b6b"/>`,
      text(NAMES + room + 8, at + 14, says, 'start'),
    ].join('')
  })
  return frame(title, TOP * 2 + bars.length * ROW, rows.join(''))
}

function frame(title: string, height: number, inside: string): string {
  const style = 'font:12px system-ui,sans-serif;background:#fff'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}" style="${style}"><title>${escaped(title)}</title>${inside}</svg>\n`
}

function grid(x: Axis, y: Axis): string {
  const bottom = HEIGHT - BOTTOM
  const lines = [
    ...x.ticks.map((tick) => {
      const at = right(x, tick).toFixed(1)
      return `<line x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}" stroke="#e4e8e8"/>${text(Number(at), bottom + 16, x.label(tick), 'middle')}`
    }),
    ...y.ticks.map((tick) => {
      const at = up(y, tick).toFixed(1)
      return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#e4e8e8"/>${text(LEFT - 6, Number(at) + 4, y.label(tick), 'end')}`
    }),
  ]
  const titles = text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x.title, 'middle')
  const turned = `<text transform="translate(14 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle" fill="#333">${escaped(y.title)}</text>`
  return `${lines.join('')}${titles}${turned}`
}

function right(axis: Axis, value: number): number {
  return LEFT + shareOf(axis, value) * (WIDTH - LEFT - RIGHT)
}

function up(axis: Axis, value: number): number {
  return HEIGHT - BOTTOM - shareOf(axis, value) * (HEIGHT - BOTTOM - TOP)
}

function shareOf({ from, to, isLog = false }: Axis, value: number): number {
  const share = isLog ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from)
  return Math.max(0, Math.min(1, share))
}

function circle(x: number, y: number): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="#0f6b6b"/>`
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#333">${escaped(words)}</text>`
}

/** Kinds of campaigns are named by whoever hands in a folder. */
export function escaped(words: string): string {
  return words.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
