import type { ReleaseFinding, ReleaseView } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const FINDINGS: Record<ReleaseFinding['state'], readonly [State, string]> = {
  met: ['holds', 'holds'],
  missing: ['fails', 'missing'],
  not_installed: ['unknown', 'not installed'],
}

/** What is served without all that it takes is red, whoever agreed to it. */
export function releaseMark({ state, effect, passes, red }: ReleaseView): readonly [State, string] {
  if (state === 'grandfathered') return ['fails', 'served under an exception']
  if (red !== null) return ['fails', 'served without a gate passed']
  if (state === 'lapsed') return ['fails', 'lapsed: no new customers']
  if (effect === 'existing') return ['watch', 'halted: no new customers']
  if (effect === 'everybody') return passes ? ['holds', 'open'] : ['fails', 'open, and no longer passes']
  return passes ? ['watch', 'closed; everything holds'] : ['unknown', 'closed']
}

/** The worst first: what is missing, what nobody answers for, what holds. */
export function findingsInOrder(findings: readonly ReleaseFinding[]): ReleaseFinding[] {
  const order: readonly ReleaseFinding['state'][] = ['missing', 'not_installed', 'met']
  return findings.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
}
