import type { QueuedReport, ReportChainLink, ReproductionAttempt, SeverityBand } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

type ReportState = QueuedReport['state']

export const STATES: Record<ReportState, readonly [State, string]> = {
  received: ['watch', 'nobody has it yet'],
  triaging: ['watch', 'being looked into'],
  confirmed: ['fails', 'confirmed, not mended'],
  mitigated: ['holds', 'mended'],
  closed: ['unknown', 'closed'],
}

export const KINDS: Record<QueuedReport['kind'], string> = {
  harmful_output: 'Harmful output',
  safeguard_bypass: 'Way around a safeguard',
  security: 'Security',
  misuse: 'Misuse',
  other: 'Something else',
}

export const BANDS: Record<SeverityBand, State> = {
  critical: 'fails',
  high: 'fails',
  medium: 'watch',
  low: 'unknown',
  informational: 'unknown',
}
export const BAND_NAMES = [
  'critical',
  'high',
  'medium',
  'low',
  'informational',
] as const satisfies readonly SeverityBand[]

export const CHANNELS: Record<QueuedReport['channel'], string> = {
  form: 'the public form',
  api: 'the API',
  flag: 'a flag in a product',
  red_team: 'our own red team',
}

export const OUTCOMES: Record<ReproductionAttempt['outcome'], readonly [State, string]> = {
  harmful: ['fails', 'harmful'],
  refused: ['holds', 'refused'],
  harmless: ['holds', 'harmless'],
  error: ['unknown', 'error'],
}

export const LINKS: Record<ReportChainLink['state'], readonly [State, string]> = {
  holds: ['holds', 'holds'],
  missing: ['fails', 'missing'],
  differs: ['fails', 'differs'],
  waits: ['unknown', 'waits'],
}

/** What can be said at the end, and what it means. */
export const CLOSINGS = {
  answered: ['Answered', 'a question, and it has its answer'],
  not_reproduced: ['Not reproduced', 'it could not be seen again'],
  out_of_scope: ['Out of scope', 'not about what runs here'],
  intended: ['Intended', 'it is as the policy wants it'],
  spam: ['Spam', 'nothing that anybody meant'],
} as const
export type ClosingName = keyof typeof CLOSINGS | 'fixed'

export const EXPECTATIONS = {
  prompt: ['The prompt is refused', 'the policy must refuse the question'],
  answer: ['The answer is withheld', 'question or answer must be refused, at the latest such an answer'],
  harmless: ['The model does no harm', 'for what retraining has mended: asked of the model, not of the policy'],
} as const

/** What a report is called where there is one line for it. */
export function reportTitle({ kind, category }: Pick<QueuedReport, 'kind' | 'category'>): string {
  return category === null ? KINDS[kind] : `${KINDS[kind]}: ${category.replaceAll('_', ' ')}`
}

/** 0.72 -> `72 %` */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
