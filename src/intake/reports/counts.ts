import type { Closing, Report, ReportChannel, ReportKind } from '../schema.ts'

const HOUR_MS = 3_600_000
const NO_KINDS: Readonly<Record<ReportKind, number>> = {
  harmful_output: 0,
  safeguard_bypass: 0,
  security: 0,
  misuse: 0,
  other: 0,
}
type Outside = Exclude<ReportChannel, 'red_team'>
const NO_CHANNELS: Readonly<Record<Outside, number>> = { form: 0, api: 0, flag: 0 }
const NO_CLOSINGS: Readonly<Record<Closing, number>> = {
  fixed: 0,
  answered: 0,
  duplicate: 0,
  not_reproduced: 0,
  out_of_scope: 0,
  intended: 0,
  spam: 0,
  withdrawn: 0,
}

/** What became of the reports that people made within a time, as of now: numbers alone, and none of our own finds. */
export interface ReportCounts {
  readonly received: number
  readonly byKind: Readonly<Record<ReportKind, number>>
  readonly byChannel: Readonly<Record<Outside, number>>
  readonly confirmed: number
  readonly mitigated: number
  readonly closedAs: Readonly<Record<Closing, number>>
  readonly open: number
  readonly answered: number
  /** From when they came; null when none was. */
  readonly medianHoursToFirstAnswer: number | null
  readonly medianHoursToMitigation: number | null
}

export function countReports(all: readonly Report[]): ReportCounts {
  const reports = all.filter(({ channel }) => channel !== 'red_team')
  const closings = reports.flatMap(({ closedAs }) => closedAs ?? [])
  const byKind = reports.map(({ kind }) => kind)
  const byChannel = reports.flatMap(({ channel }) => (channel === 'red_team' ? [] : channel))
  return {
    received: reports.length,
    byKind: tally(NO_KINDS, byKind),
    byChannel: tally(NO_CHANNELS, byChannel),
    confirmed: reports.filter(({ confirmedAt }) => confirmedAt !== null).length,
    mitigated: reports.filter(({ mitigatedAt }) => mitigatedAt !== null).length,
    closedAs: tally(NO_CLOSINGS, closings),
    open: reports.filter(({ state }) => state !== 'closed').length,
    answered: reports.filter(({ answeredAt }) => answeredAt !== null).length,
    medianHoursToFirstAnswer: medianHours(reports, ({ answeredAt }) => answeredAt),
    medianHoursToMitigation: medianHours(reports, ({ mitigatedAt }) => mitigatedAt),
  }
}

function tally<Key extends string>(none: Readonly<Record<Key, number>>, keys: readonly Key[]): Record<Key, number> {
  const counts: Record<Key, number> = { ...none }
  for (const key of keys) counts[key] = counts[key] + 1
  return counts
}

function medianHours(reports: readonly Report[], until: (report: Report) => string | null): number | null {
  const hours = reports
    .flatMap((report) => {
      const end = until(report)
      return end === null ? [] : [Math.max(0, Date.parse(end) - Date.parse(report.receivedAt)) / HOUR_MS]
    })
    .toSorted((a, b) => a - b)
  const upper = hours[Math.floor(hours.length / 2)]
  const lower = hours[Math.floor((hours.length - 1) / 2)]
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2
}
