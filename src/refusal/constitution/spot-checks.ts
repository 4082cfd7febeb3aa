import { z } from 'zod'
import { rateOf } from './checks/report.ts'
import type { DatasetReport } from './checks/report-schema.ts'

/** What people made of records that were drawn for them: `verdicts.json` beside the dataset. */
export const VERDICTS_FILE = 'verdicts.json'
export const VERDICTS_FORMAT = 'safelevel.constitution-verdicts/1'

export const SpotVerdicts = z
  .strictObject({
    format: z.literal(VERDICTS_FORMAT),
    records: z.string().meta({ description: 'digest of the records that were looked at' }),
    verdicts: z.record(z.string(), z.enum(['upheld', 'rejected'])).meta({ description: 'by record' }),
  })
  .meta({ id: 'ConstitutionVerdicts' })
export type SpotVerdicts = z.infer<typeof SpotVerdicts>

/** The report with what people found. The records stay as they are; what was rejected is left out of exports. */
export function withVerdicts(report: DatasetReport, { verdicts }: SpotVerdicts): DatasetReport {
  const all = Object.values(verdicts)
  const upheld = all.filter((one) => one === 'upheld').length
  const { drawn } = report.spotChecks
  const agreement = all.length === 0 ? null : rateOf(upheld, all.length)
  return { ...report, spotChecks: { drawn, judged: all.length, upheld, rejected: all.length - upheld, agreement } }
}

/** Ids of records that people found unsound. */
export function rejectedOf({ verdicts }: SpotVerdicts): ReadonlySet<string> {
  return new Set(Object.keys(verdicts).filter((id) => verdicts[id] === 'rejected'))
}
