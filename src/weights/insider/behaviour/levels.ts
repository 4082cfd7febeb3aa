import type { Scale } from './measures.ts'

/** No measure goes higher: what is stated in petabytes is treated as this. */
export const MOST_LEVEL = 64
/** Hostile and broken sources state anything: no number counts for more. */
export const MOST_BYTES = 2 ** 50
const LEAST_BYTES = 2 ** 20

/** A number that can be counted with, whatever the source stated. */
export function sane(value: number): number {
  return value > 0 ? Math.min(value, MOST_BYTES) : 0
}

/** @returns 0 where there is nothing, then 1 and more: two levels are a doubling */
export function levelOf(scale: Scale, value: number): number {
  if (!(value > 0)) return 0
  if (scale === 'step') return Math.min(MOST_LEVEL, Math.floor(value))
  const doublings = scale === 'bytes' ? Math.max(0, Math.log2(sane(value) / LEAST_BYTES)) : Math.log2(value)
  return Math.min(MOST_LEVEL, 1 + Math.max(0, Math.floor(2 * doublings)))
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** What was done, with its number. What is counted stands right behind it: `{n} times`, and once of it is `1 time`. */
export function said({ says, scale }: { readonly says: string; readonly scale: Scale }, value: number): string {
  const n = spoken(scale, value)
  return scale === 'count' && n === '1' ? says.replace(/\{n\} (\w+)s\b/, '1 $1') : says.replace('{n}', n)
}

/** As a person would say it: `3.2 GiB`, `14`. */
export function spoken(scale: Scale, value: number): string {
  if (scale !== 'bytes') return String(Math.floor(value))
  const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)))
  const number = value / 2 ** (10 * unit)
  return `${number >= 100 || unit === 0 ? Math.round(number) : number.toFixed(1)} ${UNITS[unit]}`
}
