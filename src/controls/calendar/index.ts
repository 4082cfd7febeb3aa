export { readCalendar } from './calendar.ts'
export { toIcs } from './ics.ts'
export { Calendar, CalendarEntry, CalendarQuery, CLOCK_KINDS, type Clocked } from './schema.ts'
export type { CalendarDeps } from './sources.ts'
