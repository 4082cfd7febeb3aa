import type { Clock } from '../base/clock.ts'

const WIDTH = 30
/** Shorter work ends before anybody wants to know how far it is. */
const MIN_TOTAL = 20_000
/** Shown at most this often where there is a rate, which would change with every item. */
const REFRESH_MS = 100

export interface ProgressOptions {
  /** Least total that is worth a bar. */
  readonly minTotal?: number
  /** Given, the bar says how fast the work goes and how long it will take. */
  readonly clock?: Clock
  /** How a rate is written; left out, as a plain number. */
  readonly amount?: (perSecond: number) => string
}

/** A bar on a terminal; silent anywhere else. */
export function progressBar(label: string, stream: NodeJS.WriteStream, options: ProgressOptions = {}) {
  const { minTotal = MIN_TOTAL, clock, amount = plainRate } = options
  const started = clock?.monotonic() ?? 0
  /** What was done before, by whoever was interrupted: no pace of this time. */
  let before: number | null = null
  let shown = ''
  let shownMs = Number.NEGATIVE_INFINITY
  return {
    show(done: number, of: number): void {
      before ??= done
      if (!stream.isTTY || of < minTotal) return
      const now = clock?.monotonic() ?? 0
      if (clock !== undefined && done < of && now - shownMs < REFRESH_MS) return
      const filled = Math.floor((done / of) * WIDTH)
      const pace = clock === undefined ? '' : paceOf(done - before, of - done, now - started, amount)
      const bar = `${label} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.floor((done / of) * 100)}%${pace}`
      if (bar === shown) return
      stream.write(`\r${bar}${' '.repeat(Math.max(0, shown.length - bar.length))}`)
      shown = bar
      shownMs = now
    },
    clear(): void {
      if (shown !== '') stream.write('\r\u001b[K')
      shown = ''
    },
  }
}

/** `  1,240/s  2 min 5 s left` */
function paceOf(done: number, rest: number, elapsedMs: number, amount: (perSecond: number) => string): string {
  if (done === 0 || elapsedMs <= 0) return ''
  const perSecond = (1_000 * done) / elapsedMs
  const left = Math.ceil(rest / perSecond)
  const time = left < 60 ? `${left} s` : `${Math.floor(left / 60)} min ${left % 60} s`
  return `  ${amount(perSecond)}/s  ${time} left`
}

function plainRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en')
}
