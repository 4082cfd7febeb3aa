import { z } from 'zod'

/** The roles that people hold here. Each is as narrow as its job. */
export const ROLES = [
  'administrator',
  'rso',
  'ceo',
  'ciso',
  'board',
  'policy_editor',
  'analyst',
  'security_engineer',
  'weights_approver',
  'auditor',
  'external_reviewer',
  'child_safety',
] as const
export const Role = z.enum(ROLES).meta({ id: 'Role' })
export type Role = z.infer<typeof Role>

/** Roles that two people must agree to give. The others an administrator gives alone. */
export const SENSITIVE_ROLES: ReadonlySet<Role> = new Set<Role>([
  'administrator',
  'rso',
  'ceo',
  'ciso',
  'board',
  'policy_editor',
  'security_engineer',
  'weights_approver',
  'auditor',
  'child_safety',
])

/** Who sees to it that roles are in the right hands; one of them asks, another one agrees. */
export const LEADERS = ['administrator', 'rso', 'ceo', 'ciso', 'board'] as const satisfies readonly Role[]

/**
 * Pairs that nobody holds at the same time: whoever asks for weights doesn't approve them, whoever runs the installation opens none,
 * whoever audits takes no part in what is audited.
 */
export const SEPARATED_ROLES: readonly (readonly [Role, Role])[] = [
  ['administrator', 'weights_approver'],
  ['security_engineer', 'weights_approver'],
  ...ROLES.filter((role) => role !== 'auditor').map((role) => ['auditor', role] as const),
  ...ROLES.filter((role) => role !== 'external_reviewer' && role !== 'auditor').map(
    (role) => ['external_reviewer', role] as const,
  ),
]

/** The roles among `held` that forbid `role` to the same person. */
export function conflictsWith(role: Role, held: Iterable<Role>): Role[] {
  const others = new Set(held)
  return SEPARATED_ROLES.flatMap(([a, b]) => {
    if (a === role && others.has(b)) return [b]
    return b === role && others.has(a) ? [a] : []
  })
}
