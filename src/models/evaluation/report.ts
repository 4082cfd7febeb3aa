import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../ledger/index.ts'
import { Checkpoint } from '../registry/index.ts'
import { ForecastCurve } from './forecast/index.ts'
import type { AssessmentVerdict } from './judging.ts'
import { Assessment, Deviation, Forecast, Missing, type Result, Suite, ThreatModel, VerdictView } from './schema.ts'
import { VERDICTS } from './verdict/index.ts'

/** What those who decide read: findings, the case for them, the evidence by digest, and what follows. */
export const CapabilityReport = z
  .object({
    assessment: Assessment.omit({ decision: true, receipts: true, clearedAt: true, state: true, reportDigest: true }),
    checkpoint: Checkpoint,
    verdict: z.enum(VERDICTS),
    recommendation: z.string(),
    threats: z.array(ThreatModel),
    suites: z.array(Suite.omit({ listed: true })),
    findings: z.array(
      z.object({ suite: z.string(), threshold: z.string(), snapshot: z.string(), verdict: VerdictView }),
    ),
    missing: z.array(Missing.extend({ suite: z.string().nullable() })),
    evidence: z.array(
      z.object({
        suite: z.string(),
        snapshot: z.string(),
        fileDigest: z.string(),
        format: z.string(),
        importedAt: z.string(),
      }),
    ),
    // Optional, since reports stand as they were decided on, and older ones have none of these.
    forecast: ForecastCurve.optional().meta({ description: 'what compute to come is expected to come to' }),
    forecasts: z.array(Forecast).optional().meta({ description: 'what people expected, newest first' }),
    deviations: z.array(Deviation).optional().meta({ description: 'what was not done as it should have been' }),
  })
  .meta({ id: 'CapabilityReport' })
export type CapabilityReport = z.infer<typeof CapabilityReport>

export interface ReportFacts {
  readonly assessment: Assessment
  readonly verdict: AssessmentVerdict
  readonly suites: readonly Suite[]
  readonly threats: readonly ThreatModel[]
  readonly results: readonly Result[]
  readonly checkpoint: Checkpoint
  readonly forecast: ForecastCurve
  readonly forecasts: readonly Forecast[]
  readonly deviations: readonly Deviation[]
}

const RECOMMENDATIONS = {
  BELOW:
    'The thresholds are shown not to be met. Training may go on and deployment stays as it is, once the CEO and the Responsible Scaling Officer have decided so and the board has their decision.',
  MET: 'A threshold is met. The measures of the next level are put in place, or training pauses; where it is deployed, new customers are refused and every deployment is assessed (2d).',
  INCONCLUSIVE:
    'It is not shown that the thresholds are not met, which counts as if they were. What would move this is listed below.',
} as const

export function reportOf(facts: ReportFacts): CapabilityReport {
  const { assessment, verdict, suites, threats, results, checkpoint, forecast, forecasts, deviations } = facts
  const { decision: _, receipts: __, clearedAt: ___, state: ____, reportDigest: _____, ...about } = assessment
  return {
    // The verdict of the report is computed from the tries; that of the record is set when it is concluded.
    assessment: {
      ...about,
      verdict: verdict.verdict,
      missing: [...verdict.missing],
      concludedAt: null,
      concludedBy: null,
      late: false,
    },
    checkpoint,
    verdict: verdict.verdict,
    recommendation: RECOMMENDATIONS[verdict.verdict],
    threats: [...threats],
    suites: suites.map(({ listed: _, ...suite }) => suite),
    findings: verdict.snapshots.map(({ suite, snapshot, verdict: found }) => ({
      suite,
      threshold: suites.find((one) => one.suite === suite)?.threshold ?? '',
      snapshot,
      verdict: { ...found, missing: [...found.missing] },
    })),
    missing: [...verdict.missing],
    evidence: results.map(({ suite, snapshot, fileDigest, format, importedAt }) => ({
      suite,
      snapshot,
      fileDigest,
      format,
      importedAt,
    })),
    ...{ forecast, forecasts: [...forecasts], deviations: [...deviations] },
  }
}

/** What the decision is about: SHA-256 of the report as canonical JSON, hex. */
export function reportDigest(report: CapabilityReport): string {
  return createHash('sha256').update(canonicalJson(report)).digest('hex')
}
