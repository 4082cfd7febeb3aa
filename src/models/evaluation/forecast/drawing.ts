import { type ForecastCurve, power } from './forecast-curve.ts'

const WIDTH = 720
const HEIGHT = 400
const LEFT = 64
const RIGHT = 24
const TOP = 40
const BOTTOM = 56

/** Where things lie on the drawing: compute by its logarithm to the right, loss upwards. */
interface Scale {
  readonly x: (flops: number) => number
  readonly y: (loss: number) => number
  readonly decades: readonly number[]
  readonly losses: readonly number[]
}

/**
 * A forecast as SVG, in the colours of the page around it; what it shows stands in `desc` and in `forecastRows` as well. Lines differ by their
 * dashes and not by colour alone.
 *
 * @returns '' where there is no curve to draw
 */
export function forecastSvg(forecast: ForecastCurve, id = 'forecast'): string {
  const scale = scaleOf(forecast)
  if (scale === null) return ''
  const { x, y } = scale
  const { curve, measured, checkpoints, target } = forecast
  const place = (flops: number, loss: number) => `${round(x(flops))},${round(y(loss))}`
  const band = [
    ...curve.map(({ flops, upper }) => place(flops, upper)),
    ...curve.toReversed().map(({ flops, lower }) => place(flops, lower)),
  ]
  const sure = curve.filter(({ extrapolated }) => !extrapolated)
  const beyond = curve.slice(Math.max(0, sure.length - 1))
  const path = (of: typeof curve) =>
    of.map(({ flops, loss }, i) => `${i === 0 ? 'M' : 'L'}${place(flops, loss)}`).join('')
  const points = measured.map(
    ({ flops, loss }) => `<circle cx="${round(x(flops))}" cy="${round(y(loss))}" r="3.5" class="point"/>`,
  )
  const marks = checkpoints
    .filter(({ loss }) => loss !== null)
    .map(({ flops, loss, checkpoint, is }) => {
      const [cx, cy] = [round(x(flops)), round(y(loss ?? 0))]
      return `<path d="M${cx - 5},${cy}h10M${cx},${cy - 5}v10" class="mark"/><text x="${cx + 8}" y="${is === 'now' ? cy + 16 : cy - 8}">${safe(checkpoint)}</text>`
    })
  const aim =
    target?.loss === null || target === null
      ? ''
      : `<path d="M${place(target.flops, target.loss.lower)}L${place(target.flops, target.loss.upper)}" class="aim"/><circle cx="${round(x(target.flops))}" cy="${round(y(target.loss.loss))}" r="5" class="aim"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc" class="forecast"><title id="${id}-title">${safe(`Forecast of ${forecast.model}: loss by training compute`)}</title><desc id="${id}-desc">${safe(forecastWords(forecast).join(' '))}</desc><style>.forecast{max-width:100%;height:auto;font:12px system-ui,sans-serif;color:inherit}.forecast text{fill:currentColor}.forecast .axis{stroke:currentColor;stroke-width:1;fill:none}.forecast .grid{stroke:currentColor;stroke-opacity:.15}.forecast .band{fill:#2f6fb2;fill-opacity:.2}.forecast .line{stroke:#1f5c99;stroke-width:2;fill:none}.forecast .beyond{stroke-dasharray:6 4}.forecast .point{fill:currentColor}.forecast .mark{stroke:currentColor;stroke-width:2}.forecast .limit{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:2 3}.forecast .aim{stroke:#b3261e;stroke-width:2;fill:none}</style>${axes(scale)}<polygon points="${band.join(' ')}" class="band"/><path d="${path(sure)}" class="line"/>${beyond.length > 1 ? `<path d="${path(beyond)}" class="line beyond"/>` : ''}${limitLines(forecast, scale)}${points.join('')}${marks.join('')}${aim}</svg>`
}

function scaleOf({ curve, measured, checkpoints, limits, target }: ForecastCurve): Scale | null {
  const [first, last] = [curve[0], curve.at(-1)]
  if (first === undefined || last === undefined) return null
  const wanted = [...checkpoints.map(({ flops }) => flops), ...limits.map(({ byRatio }) => byRatio), target?.flops ?? 0]
  // What lies far beyond the curve would leave no room for it.
  const xs = [first.flops, last.flops, ...wanted.filter((flops) => flops > first.flops / 30 && flops < last.flops * 30)]
  const ys = [
    ...curve.flatMap(({ lower, upper }) => [lower, upper]),
    ...measured.map(({ loss }) => loss),
    ...checkpoints.flatMap(({ loss }) => (loss === null ? [] : [loss])),
  ]
  const [x0, x1] = [Math.log10(Math.min(...xs)), Math.log10(Math.max(...xs))]
  const [low, high] = [Math.min(...ys), Math.max(...ys)]
  const room = high > low ? (high - low) * 0.05 : 0.1
  const [y0, y1] = [low - room, high + room]
  const across = (WIDTH - LEFT - RIGHT) / Math.max(1e-9, x1 - x0)
  const upwards = (HEIGHT - TOP - BOTTOM) / (y1 - y0)
  const decades = Array.from({ length: Math.max(0, Math.floor(x1) - Math.ceil(x0) + 1) }, (_, i) => Math.ceil(x0) + i)
  const step = Math.max(1, Math.ceil(decades.length / 8))
  return {
    x: (flops) => LEFT + (Math.log10(flops) - x0) * across,
    y: (loss) => HEIGHT - BOTTOM - (loss - y0) * upwards,
    decades: decades.filter((_, i) => i % step === 0),
    losses: Array.from({ length: 5 }, (_, i) => y0 + ((y1 - y0) * i) / 4),
  }
}

function axes({ x, y, decades, losses }: Scale): string {
  const bottom = HEIGHT - BOTTOM
  const vertical = decades.map((decade) => {
    const at = round(x(10 ** decade))
    return `<path d="M${at},${TOP}V${bottom}" class="grid"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">1e${decade}</text>`
  })
  const horizontal = losses.map((loss) => {
    const at = round(y(loss))
    return `<path d="M${LEFT},${at}H${WIDTH - RIGHT}" class="grid"/><text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${loss.toPrecision(3)}</text>`
  })
  const titles = `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">training compute, FLOP</text><text x="${LEFT - 50}" y="${TOP - 24}">loss on the frozen set</text>`
  return `${vertical.join('')}${horizontal.join('')}<path d="M${LEFT},${TOP}V${bottom}H${WIDTH - RIGHT}" class="axis"/>${titles}`
}

function limitLines({ limits, checkpoints }: ForecastCurve, { x }: Scale): string {
  const reference = checkpoints.find(({ is }) => is === 'reference')
  const lines = [
    ...(reference === undefined ? [] : [{ at: reference.flops, words: 'counted from' }]),
    ...limits.map(({ times, byRatio }) => ({ at: byRatio, words: `${times} times` })),
  ]
  return lines
    .map(({ at, words }) => ({ at: round(x(at)), words }))
    .filter(({ at }) => at >= LEFT && at <= WIDTH - RIGHT)
    .map(
      ({ at, words }, i) =>
        `<path d="M${at},${TOP}V${HEIGHT - BOTTOM}" class="limit"/><text x="${at}" y="${TOP - 6 - (i % 2) * 12}" text-anchor="middle">${words}</text>`,
    )
    .join('')
}

/** What the drawing shows, sentence by sentence. */
export function forecastWords(forecast: ForecastCurve): string[] {
  const { fit, measured, measuredTo, readableTo, checkpoints, limits, target, refused } = forecast
  const words: string[] = []
  if (fit !== null && measuredTo !== null && readableTo !== null) {
    const reach = readableTo > measuredTo ? `, by the RSO’s word to ${power(readableTo)}` : ''
    words.push(`The curve of ${measured.length} measured models can be read to ${power(measuredTo)} FLOP${reach}.`)
  }
  for (const { checkpoint, flops, is } of checkpoints) {
    words.push(`${is === 'reference' ? 'Counted from' : 'Now at'} ${checkpoint}, ${power(flops)} FLOP.`)
  }
  for (const { times, byRatio, byCurve } of limits) {
    const curve = byCurve === null ? '' : `, by the upper bound of the curve at ${power(byCurve)}`
    words.push(`${times} times is reached at ${power(byRatio)} FLOP by the ratio${curve}.`)
  }
  if (target !== null) {
    const growth = target.kHi === null ? 'without a bound' : `${twoDigits(target.kHi)} times (upper bound)`
    const sure = target.confidence === 'low' ? ', low confidence' : ''
    const loss =
      target.loss === null
        ? ''
        : `; loss ${target.loss.loss.toFixed(3)}, between ${target.loss.lower.toFixed(3)} and ${target.loss.upper.toFixed(3)} nine times in ten`
    words.push(`At ${power(target.flops)} FLOP: ${growth}${sure}${loss}.`)
  }
  if (refused !== null) words.push(`Not forecast: ${refused}.`)
  return words
}

/** The curve as a table: compute, expected loss, its bounds. At most `most` rows. */
export function forecastRows({ curve }: ForecastCurve, most = 9): string[][] {
  const step = Math.max(1, (curve.length - 1) / (most - 1))
  const picked = new Set(Array.from({ length: most }, (_, i) => Math.min(curve.length - 1, Math.round(i * step))))
  return curve
    .filter((_, i) => picked.has(i))
    .map(({ flops, loss, lower, upper, extrapolated }) => [
      power(flops),
      loss.toFixed(3),
      lower.toFixed(3),
      upper.toFixed(3),
      extrapolated ? 'beyond the family' : 'measured range',
    ])
}

const CHART_WIDTH = 64
const CHART_HEIGHT = 14

/** The curve in characters: `o` measured, `*` expected, `.` its bounds, `|` the limits. */
export function forecastChart(forecast: ForecastCurve): string {
  const scale = scaleOf(forecast)
  if (scale === null) return ''
  const grid = Array.from({ length: CHART_HEIGHT }, () => Array<string>(CHART_WIDTH).fill(' '))
  const column = (flops: number) => Math.round(((scale.x(flops) - LEFT) / (WIDTH - LEFT - RIGHT)) * (CHART_WIDTH - 1))
  const row = (loss: number) => Math.round(((scale.y(loss) - TOP) / (HEIGHT - TOP - BOTTOM)) * (CHART_HEIGHT - 1))
  const set = (x: number, y: number, sign: string) => {
    const line = grid[y]
    if (line !== undefined && x >= 0 && x < CHART_WIDTH) line[x] = sign
  }
  for (const { byRatio } of forecast.limits) for (let y = 0; y < CHART_HEIGHT; y++) set(column(byRatio), y, '|')
  for (const { flops, loss, lower, upper } of forecast.curve) {
    set(column(flops), row(lower), '.')
    set(column(flops), row(upper), '.')
    set(column(flops), row(loss), '*')
  }
  for (const { flops, loss } of forecast.measured) set(column(flops), row(loss), 'o')
  const [low = 0, high = 0] = [scale.losses[0], scale.losses.at(-1)]
  const label = (y: number) => (y === 0 ? high.toFixed(2) : y === CHART_HEIGHT - 1 ? low.toFixed(2) : '').padStart(7)
  const lines = grid.map((line, y) => `${label(y)} ${line.join('').trimEnd()}`)
  const [first, last] = [forecast.curve[0], forecast.curve.at(-1)]
  const ends = `${power(first?.flops ?? 0)} to ${power(last?.flops ?? 0)} FLOP; o measured, * expected, . bounds, | limits`
  return [...lines, `${' '.repeat(8)}${ends}`].join('\n')
}

const twoDigits = (k: number) => Math.round(k * 100) / 100
const round = (value: number) => Math.round(value * 10) / 10

function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
