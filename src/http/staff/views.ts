import type { z } from '@hono/zod-openapi'
import { type Approval, assignmentState, type Person, type Staff, type StaffIdentity } from '../../staff/index.ts'
import type { ApprovalView, PersonView, SessionView } from './schema.ts'

export async function personView(staff: Staff, person: Person): Promise<z.infer<typeof PersonView>> {
  const { subject, externalId: _, ...shown } = person
  const nowMs = staff.context.clock.now()
  const assignments = await staff.assignments.list(person.id)
  return {
    ...shown,
    linked: subject !== null,
    passkeys: (await staff.passkeys.list(person.id)).length,
    assignments: assignments.map((a) => ({ ...a, state: assignmentState(a, person, nowMs) })),
  }
}

export function sessionView(
  session: StaffIdentity['session'],
  current: StaffIdentity['session'],
): z.infer<typeof SessionView> {
  const { id, device, method, createdAt, lastSeenAt } = session
  return { id, device, method, createdAt, lastSeenAt, current: id === current.id }
}

export async function approvalView(staff: Staff, approval: Approval): Promise<z.infer<typeof ApprovalView>> {
  const { requesterSubject: _, holder: __, leaseUntil: ___, votes, ...shown } = approval
  const missing = await staff.approvals.missing(approval)
  return {
    ...shown,
    votes: votes.map(({ subject: _, assertion: __, publicKey: ___, ...vote }) => vote),
    missing: missing.map(({ group, roles, count }) => ({ group, roles: [...roles], count })),
  }
}
