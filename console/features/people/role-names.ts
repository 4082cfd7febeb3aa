import type { Role } from '../../app/api/schema.ts'

/** How roles are called among people, and what they are there for. */
const ROLES: Record<Role, readonly [name: string, purpose: string]> = {
  administrator: ['Administrator', 'runs the installation, invites people'],
  rso: ['Responsible Scaling Officer', 'answers for the policy being kept'],
  ceo: ['CEO', 'decides what the policy reserves for the chief executive'],
  ciso: ['CISO', 'answers for security and insider risk'],
  board: ['Board', 'sees reports, may halt'],
  policy_editor: ['Policy editor', 'writes and publishes the usage policy'],
  analyst: ['Analyst', 'works the queue, restricts, hears appeals'],
  security_engineer: ['Security engineer', 'keeps the weights and the machines'],
  weights_approver: ['Weights approver', 'agrees to access to weights'],
  auditor: ['Auditor', 'reads everything that is evidence; holds nothing else'],
  external_reviewer: ['External reviewer', 'sees what is handed to them; holds nothing else'],
  child_safety: ['Child safety', 'works the restricted queue and its reports, and sees no other content'],
}

export const ALL_ROLES = Object.keys(ROLES) as Role[]

export function isRole(name: string): name is Role {
  return Object.hasOwn(ROLES, name)
}

export function roleName(role: Role): string {
  return ROLES[role][0]
}

export function rolePurpose(role: Role): string {
  return ROLES[role][1]
}
