import { z } from 'zod'
import { Report } from '../schema.ts'
import { ChainLink } from './chain.ts'
import { ReportClock } from './clocks.ts'
import { RegressionCase, Reproduction, Triage } from './schema.ts'
import { Band, Severity } from './severity.ts'
import { Shares, Tally } from './statistics.ts'

/** A report as the queue shows it: no words. */
export const QueuedReport = Report.omit({ lookup: true, signature: true })
  .extend({
    band: Band.meta({ description: 'as a person says, or else as computed; what is unknown counts as the worst' }),
    score: z.int(),
    assessed: z.boolean(),
    clock: ReportClock.nullable().meta({ description: 'what needs somebody first' }),
    duplicateOf: z.string().nullable(),
  })
  .meta({ id: 'QueuedReport' })
export type QueuedReport = z.infer<typeof QueuedReport>

export const ReproductionView = Reproduction.omit({ holder: true, leaseUntil: true })
  .extend({ tally: Tally, shares: Shares })
  .meta({ id: 'Reproduction' })
export type ReproductionView = z.infer<typeof ReproductionView>

export const CaseView = RegressionCase.extend({
  runs: z.array(ReproductionView).meta({ description: 'newest first' }),
}).meta({ id: 'RegressionCaseView' })
export type CaseView = z.infer<typeof CaseView>

/** All that is known of one report, without its words. */
export const ReportDetail = QueuedReport.extend({
  triage: Triage,
  severity: Severity,
  clocks: z.array(ReportClock),
  near: z
    .array(QueuedReport.extend({ likeness: z.number().min(0).max(1) }))
    .meta({ description: 'like it, the most alike first' }),
  duplicates: z.array(z.string()).meta({ description: 'reports that were closed as duplicates of this one' }),
  reproductions: z.array(ReproductionView),
  cases: z.array(RegressionCase),
  chain: z.array(ChainLink),
  publicOn: z.iso.datetime(),
}).meta({ id: 'ReportDetail' })
export type ReportDetail = z.infer<typeof ReportDetail>
