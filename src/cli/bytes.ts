import { AppError } from '../base/errors.ts'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...Object.fromEntries(
    ['k', 'm', 'g', 't'].flatMap((unit, i) => [
      [`${unit}b`, 1000 ** (i + 1)],
      [`${unit}ib`, 1024 ** (i + 1)],
    ]),
  ),
}

/** `1.4 GB`: three figures, in powers of 1000, as disks and networks count. */
export function describeBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`
}

/**
 * A number of bytes as people write it: `500MB`, `1.5 GiB`, `4096`.
 *
 * @throws {AppError} REQUEST_INVALID
 */
export function parseBytes(text: string): number {
  const [, figures, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?i?b?)$/i.exec(text.trim()) ?? []
  const factor = FACTORS[unit.toLowerCase()]
  const bytes = Math.round(Number(figures) * (factor ?? Number.NaN))
  if (!Number.isSafeInteger(bytes))
    throw new AppError('REQUEST_INVALID', 'a number of bytes is written like 4096, 500MB or 1.5GiB')
  return bytes
}
