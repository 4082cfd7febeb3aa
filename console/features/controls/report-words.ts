import type { ControlReportSummary, ReportRedaction, Role } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'
import { roleName } from '../people/role-names.ts'

export type ReportKind = ControlReportSummary['kind']

/** What each report is called, and what it takes. */
export const KINDS: Record<ReportKind, readonly [title: string, note: string]> = {
  rso: [
    'Implementation report of the Responsible Scaling Officer',
    'To the CEO and the board, 30 days after each quarter.',
  ],
  board: ['Board packet', 'To the board, 30 days after each quarter.'],
  safeguards: ['Safeguards report', 'With a public edition.'],
  risk: ['Risk report', 'A skeleton to fill, with a public edition.'],
}

export const REPORT_STATES: Record<ControlReportSummary['state'], readonly [State, string]> = {
  draft: ['watch', 'draft'],
  signed: ['watch', 'signed'],
  delivered: ['holds', 'delivered'],
}

/** Why something may be kept from the public. */
export const REASONS: Record<ReportRedaction['reason'], string> = {
  safety: 'safety',
  security: 'security',
  privacy: 'privacy',
  trade_secret: 'trade secret',
  law: 'law',
}

/** What comes next and by whom, in a few words; null once each recipient has it. */
export function nextOf({ state, missing, signers, waitsFor }: ControlReportSummary): string | null {
  if (state === 'delivered') return null
  if (state === 'signed') return `to be opened by ${rolesOf(waitsFor)}`
  if (missing.length > 0) return `people must still write: ${missing.join(', ')}`
  return `to be signed by ${rolesOf(signers, 'or')}`
}

export function rolesOf(roles: readonly Role[], word: 'and' | 'or' = 'and'): string {
  return roles.map(roleName).join(` ${word} `)
}
