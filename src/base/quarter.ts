import { z } from 'zod'

/** A calendar quarter in UTC: `2026-q4`. */
export const QuarterId = z
  .string()
  .regex(/^2\d{3}-q[1-4]$/, 'a quarter: 2026-q4')
  .meta({ description: 'calendar quarter, UTC: `2026-q4`' })

/** From `fromMs` on, and before `untilMs`; milliseconds since the epoch. */
export interface Span {
  readonly fromMs: number
  readonly untilMs: number
}

const MONTHS = 3

/** The quarter that an instant lies in; the years 2000 to 2999 have quarters. */
export function quarterOf(ms: number): string {
  const at = new Date(ms)
  return `${at.getUTCFullYear()}-q${Math.floor(at.getUTCMonth() / MONTHS) + 1}`
}

/** @param quarter as `QuarterId` has it */
export function spanOf(quarter: string): Span {
  const [year, month] = [Number(quarter.slice(0, 4)), (Number(quarter.slice(6)) - 1) * MONTHS]
  return { fromMs: Date.UTC(year, month), untilMs: Date.UTC(year, month + MONTHS) }
}

export function nextQuarter(quarter: string): string {
  return quarterOf(spanOf(quarter).untilMs)
}

/** The days of a span as `2026-10-01`, oldest first. */
export function daysOf({ fromMs, untilMs }: Span): string[] {
  const days: string[] = []
  for (let at = fromMs; at < untilMs; at += DAY_MS) days.push(dayOf(new Date(at).toISOString()))
  return days
}

/** @param at ISO 8601, UTC */
export function dayOf(at: string): string {
  return at.slice(0, 10)
}

export function isWithin(at: string | null, { fromMs, untilMs }: Span): boolean {
  if (at === null) return false
  const ms = Date.parse(at)
  return ms >= fromMs && ms < untilMs
}

export const DAY_MS = 86_400_000
