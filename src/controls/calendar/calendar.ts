import { iso } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Calendar, CalendarEntry, CalendarQuery, Clocked } from './schema.ts'
import { type CalendarDeps, CLOCK_SOURCES, type ClockSource } from './sources.ts'

/**
 * Every clock of the product in one list, the one that falls due first coming first. A part whose clocks can't be read is named: what is missing is never
 * silently missing.
 *
 * @param may whether who asks may hear of what needs this action
 */
export async function readCalendar(
  deps: CalendarDeps & { readonly log: Log },
  { until, kind }: CalendarQuery,
  may: (action: Clocked['action']) => boolean,
  sources: readonly ClockSource[] = CLOCK_SOURCES,
): Promise<Calendar> {
  const nowMs = deps.clock.now()
  const unknown: string[] = []
  const clocks: Clocked[] = []
  for (const { name, read } of sources) {
    try {
      clocks.push(...(await read(deps)))
    } catch (error) {
      deps.log.warn({ err: error, part: name }, 'clocks of the calendar were not read')
      unknown.push(name)
    }
  }
  const untilMs = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until)
  const entries = clocks
    .filter(
      (one) =>
        may(one.action) &&
        (kind === undefined || one.kind === kind) &&
        Date.parse(one.dueAt) < Math.max(untilMs, nowMs),
    )
    .map(
      ({ action: _, ...clock }): CalendarEntry => ({
        ...clock,
        state: Date.parse(clock.dueAt) <= nowMs ? 'overdue' : 'running',
      }),
    )
    .toSorted((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt) || (a.id < b.id ? -1 : 1))
  return { at: iso(nowMs), entries, unknown }
}
