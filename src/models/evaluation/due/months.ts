/**
 * The instant `months` calendar months later, in UTC, at the same time of day; on the last day of the month where it has no such day (31
 * January and one month: 28 or 29 February).
 */
export function addMonths(ms: number, months: number): number {
  const date = new Date(ms)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const target = new Date(ms)
  target.setUTCFullYear(year, month, Math.min(date.getUTCDate(), lastDay))
  return target.getTime()
}
