import type { Control } from '../catalogue/index.ts'
import type { Finding } from '../probe.ts'
import type { ControlAttestation, ControlException } from './schema.ts'

/** What a look found counts for so long: where nobody looks any more, nobody can say that anything holds. */
export const FOUND_MS = 120_000

/** What a probe found, and when. */
export interface Found {
  readonly finding: Finding
  readonly atMs: number
}

/** What is known of a control. */
export interface Known {
  /** Of its probe; null where there is none, or it has not looked yet. */
  readonly found: Found | null
  /** The newest; null where nobody has said anything. */
  readonly attestation: ControlAttestation | null
}

/** An attestation that counts at this instant. */
export function counts(attestation: ControlAttestation | null, nowMs: number): attestation is ControlAttestation {
  return attestation !== null && Date.parse(attestation.until) > nowMs
}

/** The exception in force at this instant that ends last. */
export function inForce(exceptions: readonly ControlException[], nowMs: number): ControlException | null {
  const open = exceptions.filter(({ at, until }) => Date.parse(at) <= nowMs && Date.parse(until) > nowMs)
  return open.toSorted((a, b) => Date.parse(b.until) - Date.parse(a.until))[0] ?? null
}

/**
 * How a control stands. What is not shown now is never `holds`: what a probe found counts for two minutes, what somebody said until it expires, and
 * an exception for nothing.
 */
export function standingOf(
  control: Pick<Control, 'id' | 'mode' | 'owner' | 'freshDays'>,
  known: Known,
  nowMs: number,
): Finding {
  const { found, attestation } = known
  if (found !== null) return stillSo(found, nowMs)
  if (control.mode !== 'tracked') return { state: 'unknown', says: 'nothing has looked at it yet', evidence: [] }
  const next = `safelevel controls attest ${control.id}`
  if (attestation === null)
    return {
      state: 'unknown',
      says: `nobody has attested it: this is for the role ${control.owner}`,
      evidence: [],
      next,
    }
  const evidence = [{ kind: 'record' as const, type: 'attestation', id: attestation.id }]
  const [said, until] = [attestation.at.slice(0, 10), attestation.until.slice(0, 10)]
  if (!counts(attestation, nowMs))
    return { state: 'stale', says: `the attestation of ${said} counted until ${until}`, evidence, next }
  if (!attestation.holds)
    return { state: 'fails', says: `who answers for it said on ${said} that it does not hold`, evidence, next }
  return { state: 'holds', says: `attested on ${said}, until ${until}`, evidence }
}

function stillSo({ finding, atMs }: Found, nowMs: number): Finding {
  // A clock that was put back says nothing about how old it is.
  const age = Math.abs(nowMs - atMs)
  if (age <= FOUND_MS || finding.state !== 'holds') return finding
  return { ...finding, state: 'stale', says: `last seen ${Math.floor(age / 60_000)} min ago: ${finding.says}` }
}
