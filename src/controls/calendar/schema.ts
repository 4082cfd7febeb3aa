import { z } from 'zod'
import type { Action } from '../../staff/index.ts'

/** What a clock is about; names the part of the product that keeps it. */
export const CLOCK_KINDS = [
  'evaluation',
  'incident',
  'runbook',
  'drill',
  'deployment',
  'partner',
  'report',
  'appeal',
  'exemption',
  'role',
  'approval',
  'weights',
  'attestation',
  'exception',
  'control_report',
  'audit_request',
  'transparency',
] as const
export type ClockKind = (typeof CLOCK_KINDS)[number]

/** A time by which something must have happened, or at which it ends. No customer, no reporter and no person is named: only what they are known by. */
export const CalendarEntry = z
  .object({
    id: z.string().meta({ description: 'the same for the same clock, however often it is asked for' }),
    kind: z.enum(CLOCK_KINDS),
    title: z.string().max(200),
    dueAt: z.iso.datetime(),
    state: z.enum(['running', 'overdue']),
    about: z.object({ type: z.string(), id: z.string() }),
    next: z.string().meta({ description: 'what to do: a command, or a page of the console' }),
  })
  .meta({ id: 'CalendarEntry' })
export type CalendarEntry = z.infer<typeof CalendarEntry>

/** A clock, and what one must be allowed to in order to hear of it. */
export interface Clocked extends Omit<CalendarEntry, 'state'> {
  readonly action: Action
}

export const CalendarQuery = z.object({
  until: z.iso
    .datetime()
    .optional()
    .meta({ description: 'only what falls due before this; what is overdue comes all the same' }),
  kind: z.enum(CLOCK_KINDS).optional(),
})
export type CalendarQuery = z.infer<typeof CalendarQuery>

export const Calendar = z
  .object({
    at: z.iso.datetime(),
    entries: z.array(CalendarEntry).meta({ description: 'the one that falls due first comes first' }),
    unknown: z.array(z.string()).meta({ description: 'parts of which the clocks could not be read just now' }),
  })
  .meta({ id: 'Calendar' })
export type Calendar = z.infer<typeof Calendar>
