import { count } from '../../components/count.ts'
import type { State } from '../../components/state-mark.tsx'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
const DAY_MS = 86_400_000

/** `1.4 GB`: three figures, in powers of 1000. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`
}

/** What somebody types into a field for bytes: `500 MB`; null when it is none. */
export function bytesOf(text: string): number | null {
  const [, figures, unit = 'B'] = /^(\d{1,12}(?:[.,]\d{1,6})?) ?(B|kB|MB|GB|TB)?$/i.exec(text.trim()) ?? []
  const power = UNITS.findIndex((one) => one.toLowerCase() === unit.toLowerCase())
  const count = Math.round(Number((figures ?? 'x').replace(',', '.')) * 1_000 ** power)
  return Number.isSafeInteger(count) ? count : null
}

/** How long a whole model takes to leave at a rate: `140 days`, `38 years`. @param days null = never */
export function daysWords(days: number | null): string {
  if (days === null) return 'never'
  if (days < 1 / 24) return 'less than an hour'
  if (days < 2) return count(Math.round(days * 24), 'hour')
  if (days < 730) return count(Math.round(days), 'day')
  return count(Math.round(days / 365.25), 'year')
}

/** What takes less than this to leave is shown as something to look at. */
export function daysState(days: number | null): State {
  if (days === null || days >= 365) return 'holds'
  return days >= 30 ? 'watch' : 'fails'
}

/** Where a part of something stands between none and all: `37 %`, and never a round 100 for less than all. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  if (part >= whole) return '100 %'
  const percent = (100 * part) / whole
  return percent < 0.1 ? 'under 0.1 %' : `${Math.min(99.9, Number(percent.toPrecision(percent < 10 ? 2 : 3)))} %`
}

export function inDays(iso: string, now: number): number {
  return (Date.parse(iso) - now) / DAY_MS
}
