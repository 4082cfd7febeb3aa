import type { ControlRow, ControlView, Calendar as Schedule } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'
import { isRole, roleName } from '../people/role-names.ts'

export type ControlState = ControlRow['state']
export type Family = ControlRow['family']
export type ClockKind = Schedule['entries'][number]['kind']

/** Worst first. */
export const STATES = ['fails', 'stale', 'unknown', 'holds'] as const satisfies readonly ControlState[]
/** How a state looks. Stale needs a person; nobody knows what is unknown, so that it is never green. */
export const STATE_MARKS: Record<ControlState, readonly [State, string]> = {
  holds: ['holds', 'holds'],
  stale: ['watch', 'stale'],
  fails: ['fails', 'fails'],
  unknown: ['unknown', 'unknown'],
}

export const FAMILIES: Record<Family, string> = {
  GOV: 'Governance',
  EVL: 'Evaluation',
  RSP: 'Response',
  SEC: 'Security',
  DEP: 'Deployment',
  WHC: 'White House commitments',
  X: 'Next level',
}

export const MODES: Record<ControlRow['mode'], string> = {
  enforced: 'software refuses the act',
  gated: 'nothing goes on without people or evidence',
  tracked: 'people answer for it, and sign',
}

/** Editions of the policy, and where else a duty comes from. */
export const POLICIES: Record<ControlView['sources'][number]['policy'], string> = {
  'rsp-1.0': 'RSP 1.0',
  'rsp-2.0': 'RSP 2.0',
  'rsp-2.1': 'RSP 2.1',
  'rsp-2.2': 'RSP 2.2',
  'rsp-3.4': 'RSP 3.4',
  'review-2024': 'Self-review of 2024',
  'asl-3-2025': 'ASL-3 activation, 2025',
  'white-house-2023': 'White House commitments, 2023',
}

export const REGIMES: Record<string, string> = {
  'eu-cop': 'EU Code of Practice',
  'sb-53': 'California SB 53',
  'nist-ai-600-1': 'NIST AI 600-1',
  'iso-42001': 'ISO/IEC 42001',
  'white-house': 'White House commitments',
  soc2: 'SOC 2',
}

export const CLOCKS: Record<ClockKind, string> = {
  evaluation: 'evaluation',
  incident: 'incident',
  runbook: 'runbook',
  drill: 'drill',
  deployment: 'deployment',
  partner: 'partner',
  report: 'report from outside',
  appeal: 'appeal',
  exemption: 'exemption',
  role: 'role',
  approval: 'approval',
  weights: 'weights',
  attestation: 'attestation',
  exception: 'exception',
  control_report: 'report on commitments',
  audit_request: 'request of an auditor',
  transparency: 'public record',
}

/** @returns the rows, worst first, then by identifier */
export function worstFirst(rows: readonly ControlRow[]): ControlRow[] {
  return rows.toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.id.localeCompare(b.id))
}

/** Who answers for a control, by the name of the role. */
export function ownerName(owner: string): string {
  return isRole(owner) ? roleName(owner) : owner
}

/** The page of the console that is named as what to do next; null where that is a command, or words. */
export function pageNamed(next: string): string | null {
  return /^console: (\/\S*)$/.exec(next)?.[1] ?? null
}
