import { z } from 'zod'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Who must hear of what, and by when, counted from awareness, which begins with reasonable suspicion (EU Code of Practice for general-purpose
 * AI, safety and security chapter; California SB 53). Which of them apply is for people to say: all are shown.
 */
const CLOCKS = [
  { id: 'sb53_imminent', regime: 'SB 53', what: 'imminent danger of death or serious injury', ms: 24 * HOUR_MS },
  { id: 'eu_infrastructure', regime: 'EU Code', what: 'disruption of critical infrastructure', ms: 2 * DAY_MS },
  { id: 'eu_cyber', regime: 'EU Code', what: 'cybersecurity breach, weights that got out too', ms: 5 * DAY_MS },
  { id: 'eu_death', regime: 'EU Code', what: 'death of a person', ms: 10 * DAY_MS },
  { id: 'eu_other', regime: 'EU Code', what: 'other serious harm', ms: 15 * DAY_MS },
  { id: 'sb53', regime: 'SB 53', what: 'critical safety incident', ms: 15 * DAY_MS },
] as const

export const ReportingClock = z
  .object({
    id: z.string(),
    regime: z.string(),
    what: z.string(),
    dueAt: z.iso.datetime(),
    over: z.boolean().meta({ description: 'the time is up' }),
  })
  .meta({ id: 'ReportingClock' })
export type ReportingClock = z.infer<typeof ReportingClock>

/** @param awareAt ISO 8601, UTC */
export function clocksFrom(awareAt: string, nowMs: number): ReportingClock[] {
  const aware = Date.parse(awareAt)
  return CLOCKS.map(({ ms, ...clock }) => ({
    ...clock,
    dueAt: new Date(aware + ms).toISOString(),
    over: nowMs > aware + ms,
  }))
}
