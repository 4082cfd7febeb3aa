import { z } from 'zod'
import { iso } from '../../base/clock.ts'
import type { Band } from './severity.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** Within which time each thing is promised; whole numbers. */
export interface ClockTimes {
  readonly firstAnswerDays: number
  readonly triageDays: number
  /** By band; null = no promise. */
  readonly mitigationDays: Readonly<Record<Band, number | null>>
  readonly disclosureDays: number
}

export const STATUTES = [
  'sb53_incident',
  'sb53_imminent',
  'eu_infrastructure',
  'eu_cybersecurity',
  'eu_death',
  'eu_serious_harm',
] as const
export const StatuteId = z.enum(STATUTES).meta({ id: 'StatuteId' })
export type StatuteId = z.infer<typeof StatuteId>

/**
 * Duties to tell authorities, reckoned from when one becomes aware. A person decides whether one applies; nothing here is legal advice.
 *
 * @see California Business and Professions Code § 22757.13 (SB 53, Transparency in Frontier Artificial Intelligence Act)
 * @see EU General-Purpose AI Code of Practice (July 2025), Safety and Security, Measure 9.3: initial reports
 */
export const DUTIES: Readonly<
  Record<StatuteId, { readonly title: string; readonly basis: string; readonly ms: number }>
> = {
  sb53_incident: {
    title: 'Critical safety incident: tell the Office of Emergency Services',
    basis: 'California SB 53, § 22757.13: within 15 days of discovery',
    ms: 15 * DAY_MS,
  },
  sb53_imminent: {
    title: 'Imminent risk of death or serious injury: tell an authority that can act',
    basis: 'California SB 53, § 22757.13: within 24 hours',
    ms: 24 * HOUR_MS,
  },
  eu_infrastructure: {
    title: 'Serious disruption of critical infrastructure: initial report to the AI Office',
    basis: 'EU Code of Practice, Safety and Security, Measure 9.3: within 2 days',
    ms: 2 * DAY_MS,
  },
  eu_cybersecurity: {
    title: 'Serious cybersecurity breach, weights among them: initial report to the AI Office',
    basis: 'EU Code of Practice, Safety and Security, Measure 9.3: within 5 days',
    ms: 5 * DAY_MS,
  },
  eu_death: {
    title: 'Death of a person: initial report to the AI Office',
    basis: 'EU Code of Practice, Safety and Security, Measure 9.3: within 10 days',
    ms: 10 * DAY_MS,
  },
  eu_serious_harm: {
    title: 'Serious harm to health, rights, property or the environment: initial report to the AI Office',
    basis: 'EU Code of Practice, Safety and Security, Measure 9.3: within 15 days',
    ms: 15 * DAY_MS,
  },
}

/** What the clocks of a report are reckoned from; times in ISO 8601, UTC. */
export interface ClockFacts {
  /** When the report came. */
  readonly receivedAt: string
  /** When one became aware, where that was earlier. */
  readonly awareAt: string | null
  readonly answeredAt: string | null
  readonly triagedAt: string | null
  readonly mitigatedAt: string | null
  readonly closedAt: string | null
  readonly band: Band | null
  /** What is agreed with the reporter and others; null = the default. */
  readonly publicOn: string | null
  readonly publishedAt: string | null
  readonly duties: readonly { readonly id: StatuteId; readonly reportedAt: string | null }[]
}

export const ReportClock = z
  .object({
    id: z.string(),
    title: z.string(),
    basis: z.string().meta({ description: 'where the time comes from' }),
    statutory: z.boolean().meta({ description: 'reckoned from the text of a law or code; not legal advice' }),
    from: z.iso.datetime(),
    dueAt: z.iso.datetime(),
    metAt: z.iso.datetime().nullable(),
    state: z.enum(['running', 'overdue', 'met', 'late', 'moot']).meta({
      description: 'moot: the report was closed before it fell due, and nothing is owed any more',
    }),
  })
  .meta({ id: 'ReportClock' })
export type ReportClock = z.infer<typeof ReportClock>

/** When one became aware: never after the report came. */
export function awareOf({ receivedAt, awareAt }: Pick<ClockFacts, 'receivedAt' | 'awareAt'>): string {
  return awareAt !== null && Date.parse(awareAt) < Date.parse(receivedAt) ? awareAt : receivedAt
}

/** Every clock of a report, in the order in which they fall due. All count from awareness, in hours of UTC: no clock changes, no months. */
export function clocksOf(facts: ClockFacts, times: ClockTimes, nowMs: number): ReportClock[] {
  const aware = awareOf(facts)
  const own = (id: string, title: string, ms: number, metAt: string | null, promised: string) =>
    clock({ id, title, basis: promised, statutory: false, from: aware, ms, metAt })
  const { firstAnswerDays, triageDays, mitigationDays, disclosureDays } = times
  const mitigation = facts.band === null ? null : mitigationDays[facts.band]
  const disclosureMs =
    facts.publicOn === null ? disclosureDays * DAY_MS : Date.parse(facts.publicOn) - Date.parse(aware)
  const clocks = [
    own(
      'first_answer',
      'First answer to the reporter',
      firstAnswerDays * DAY_MS,
      facts.answeredAt,
      `promised: ${days(firstAnswerDays)}`,
    ),
    own('triage', 'Triage', triageDays * DAY_MS, facts.triagedAt, `promised: ${days(triageDays)}`),
    ...(mitigation === null
      ? []
      : [
          own(
            'mitigation',
            'Mitigation',
            mitigation * DAY_MS,
            facts.mitigatedAt,
            `promised for ${facts.band}: ${days(mitigation)}`,
          ),
        ]),
    own(
      'disclosure',
      'Coordinated disclosure',
      disclosureMs,
      facts.publishedAt,
      facts.publicOn === null ? `the default: ${days(disclosureDays)}` : 'the date that is agreed',
    ),
    ...facts.duties.map(({ id, reportedAt }) =>
      clock({ id, ...DUTIES[id], statutory: true, from: aware, metAt: reportedAt }),
    ),
  ]
  return clocks
    .map((one) => ({ ...one, state: stateOf(one, facts.closedAt, nowMs) }))
    .sort((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt) || (a.id < b.id ? -1 : 1))
}

/** The one that needs somebody first: what is overdue, then what runs out next; null when nothing runs. */
export function pressing(clocks: readonly ReportClock[]): ReportClock | null {
  return clocks.find(({ state }) => state === 'overdue') ?? clocks.find(({ state }) => state === 'running') ?? null
}

function clock({
  ms,
  ...rest
}: Omit<ReportClock, 'dueAt' | 'state'> & { readonly ms: number }): Omit<ReportClock, 'state'> {
  return { ...rest, dueAt: iso(Date.parse(rest.from) + ms) }
}

/** A duty that the law sets goes on after a report is closed. */
function stateOf(
  { dueAt, metAt, statutory }: Pick<ReportClock, 'dueAt' | 'metAt' | 'statutory'>,
  closedAt: string | null,
  nowMs: number,
): ReportClock['state'] {
  const due = Date.parse(dueAt)
  if (metAt !== null) return Date.parse(metAt) <= due ? 'met' : 'late'
  if (closedAt !== null && !statutory) return Date.parse(closedAt) <= due ? 'moot' : 'overdue'
  return nowMs <= due ? 'running' : 'overdue'
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`
}
