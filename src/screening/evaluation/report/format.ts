import type { Interval, Rate } from '../metrics/rates.ts'

const NOTHING = '–'

/** `0.719`; a dash where there is nothing to tell. */
export function figure(value: number | null): string {
  return value === null ? NOTHING : value.toFixed(3)
}

/** `31.9 %` */
export function percent(value: number | null, digits = 1): string {
  return value === null ? NOTHING : `${(100 * value).toFixed(digits)} %`
}

/** `0.708 to 0.730` */
export function figures(interval: Interval | null, to = ' to '): string {
  return interval === null ? NOTHING : `${figure(interval[0])}${to}${figure(interval[1])}`
}

/** `30.5 to 33.4 %` */
export function percents(interval: Interval | null, to = ' to '): string {
  return interval === null ? NOTHING : `${(100 * interval[0]).toFixed(1)}${to}${percent(interval[1])}`
}

/** `56 of 892` */
export function share({ count, of }: Rate): string {
  return of === 0 ? NOTHING : `${integer(count)} of ${integer(of)}`
}

/** `10,235` */
export function integer(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `0.027 ms`, `6.3 ms`, `1.2 s`: three digits that matter at most. */
export function duration(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(1) : ms.toFixed(3)} ms`
}

/** Text that stands in HTML, in quotes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
