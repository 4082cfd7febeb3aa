import type { Concern, Recipient } from './schema.ts'
import { OUTSIDE, RECIPIENTS } from './schema.ts'

/** Somebody of the staff, with the roles that they hold now. */
export interface Viewer {
  readonly personId: string
  readonly roles: ReadonlySet<string>
}

/**
 * Whether a concern is there for somebody. Whom it is about sees nothing of it, by whatever role: who held the role when it was filed, and who
 * holds it now. A role more can only take sight away from them, never give it.
 */
export function maySee(concern: Pick<Concern, 'recipients' | 'about'>, viewer: Viewer): boolean {
  const { roles, people } = concern.about
  if (people.includes(viewer.personId) || roles.some((role) => viewer.roles.has(role))) return false
  return concern.recipients.some((role) => viewer.roles.has(role))
}

/** Auditors read; they take no part in what they audit. */
export function mayAct(concern: Pick<Concern, 'recipients' | 'about'>, viewer: Viewer): boolean {
  return maySee(concern, viewer) && concern.recipients.some((role) => role !== 'auditor' && viewer.roles.has(role))
}

export function isOutside(role: Recipient): boolean {
  return OUTSIDE.some((one) => one === role)
}

/**
 * Who receives it: whom the reporter chose, less whom it is about.
 *
 * @returns null when nobody outside the line of the Responsible Scaling Officer is left who could act on it
 */
export function recipientsOf(chosen: readonly Recipient[], about: readonly Recipient[]): Recipient[] | null {
  const left = RECIPIENTS.filter((role) => chosen.includes(role) && !about.includes(role))
  const acting = left.some((role) => role !== 'auditor')
  return acting && left.some(isOutside) ? left : null
}
