import { z } from 'zod'
import { LEADERS, ROLES, type Role } from './roles.ts'

export interface ActionRule {
  /** Who may do it; `everyone` is every person who is signed in, whatever they hold. */
  readonly roles: readonly Role[] | 'everyone'
  /** Only within five minutes after the person has touched their security key. */
  readonly fresh?: true
}

const READERS = ROLES.filter((role) => role !== 'external_reviewer')
const RESTRICTERS = ['analyst', 'rso', 'ciso', 'ceo'] as const
/** Who answers for what is audited. */
const AUDITED = [...LEADERS, 'policy_editor', 'analyst', 'security_engineer'] as const
const HALTERS = ['rso', 'ceo', 'ciso', 'board', 'security_engineer', 'analyst', 'administrator'] as const

/**
 * Who may do what: the one table, for every room. What isn't listed nobody may do. Where a decision needs several people, the row says
 * who may ask for it; who must agree stands in the rule of the action with the approvals.
 */
export const ACTIONS = {
  'self.manage': { roles: 'everyone' },
  'self.remove_passkey': { roles: 'everyone', fresh: true },

  'people.read': { roles: READERS },
  'people.invite': { roles: ['administrator'], fresh: true },
  'people.deactivate': { roles: LEADERS },
  'people.record_training': { roles: ['administrator', 'ciso'] },
  'sessions.revoke': { roles: LEADERS },
  'roles.read': { roles: 'everyone' },
  'roles.grant': { roles: LEADERS, fresh: true },
  'roles.end': { roles: LEADERS },
  'roles.review': { roles: ['administrator', 'rso', 'ciso'], fresh: true },
  'bootstrap.end': { roles: LEADERS },
  'recovery.start': { roles: LEADERS, fresh: true },
  'recovery.cancel': { roles: ROLES },

  'approvals.read': { roles: READERS },
  'approvals.request': { roles: ROLES },
  'approvals.give': { roles: ROLES },
  'approvals.deny': { roles: ROLES },
  'approvals.withdraw': { roles: 'everyone' },

  'api.describe': { roles: READERS },
  'status.read': { roles: READERS },
  'system.operate': { roles: ['administrator', 'security_engineer'] },
  'ledger.read': { roles: ['auditor', 'rso', 'ciso', 'security_engineer'] },
  'decisions.read': { roles: ['analyst', 'policy_editor', 'rso', 'ciso', 'auditor'] },
  'accounts.read': { roles: ['analyst', 'administrator', 'rso', 'ciso', 'auditor'] },
  'accounts.manage': { roles: ['administrator'] },
  'accounts.restrict': { roles: RESTRICTERS },
  'accounts.reinstate': { roles: RESTRICTERS },
  'exemptions.read': { roles: ['analyst', 'rso', 'ciso', 'ceo', 'administrator', 'auditor'] },
  'exemptions.end': { roles: RESTRICTERS },
  'exemptions.request': { roles: ['analyst', 'rso'], fresh: true },
  'appeals.read': { roles: ['analyst', 'rso', 'auditor'] },
  'appeals.decide': { roles: ['analyst', 'rso'] },
  'statements.read': { roles: ['analyst', 'rso', 'ciso', 'auditor'] },
  'notify.read': { roles: ['administrator', 'rso', 'ciso', 'security_engineer', 'auditor'] },
  'notify.manage': { roles: ['administrator', 'ciso'] },
  'policy.read': { roles: READERS },
  'policy.edit': { roles: ['policy_editor'] },
  'policy.publish': { roles: ['policy_editor', 'rso'], fresh: true },
  'review.work': { roles: ['analyst'] },
  'review.assign': { roles: ['analyst', 'rso'] },
  'review.escalated': { roles: ['rso', 'ciso'] },
  'review.restricted': { roles: ['child_safety', 'rso', 'ciso'], fresh: true },
  'review.export': { roles: ['analyst', 'rso'], fresh: true },
  'review.read': { roles: ['analyst', 'child_safety', 'rso', 'ciso', 'auditor'] },
  'review.take_part': { roles: ['analyst', 'child_safety', 'rso', 'ciso'] },
  'content.reveal': { roles: ['analyst'] },
  'content.erase': { roles: ['rso', 'ciso'], fresh: true },
  'content.export': { roles: ['rso', 'ciso'], fresh: true },
  'content.hold': { roles: ['analyst', 'rso', 'ciso'] },
  'content.rotate_key': { roles: ['security_engineer', 'ciso'], fresh: true },
  'reports.read': { roles: ['analyst', 'security_engineer', 'rso', 'ciso', 'auditor'] },
  'reports.triage': { roles: ['analyst', 'security_engineer'] },
  'reports.disclose': { roles: ['analyst', 'security_engineer', 'rso', 'ciso'] },
  'noncompliance.read': { roles: ['rso', 'ceo', 'ciso', 'board', 'auditor'] },
  'noncompliance.work': { roles: ['rso', 'ceo', 'ciso', 'board'] },

  'models.read': { roles: READERS },
  'models.register': { roles: ['administrator', 'rso'] },
  'evaluations.read': { roles: READERS },
  'evaluations.import': { roles: ['rso', 'security_engineer'] },
  'evaluations.order': { roles: ['rso'] },
  'evaluations.decide': { roles: ['ceo', 'rso'], fresh: true },
  'refusal.read': { roles: READERS },
  'refusal.record': { roles: ['rso', 'security_engineer'] },
  'refusal.reveal': { roles: ['analyst', 'rso', 'security_engineer'] },
  'refusal.export': { roles: ['rso', 'security_engineer'], fresh: true },
  'refusal.erase': { roles: ['rso', 'ciso'], fresh: true },
  'cards.edit': { roles: ['policy_editor', 'rso'] },
  'cards.publish': { roles: ['policy_editor', 'rso'], fresh: true },
  'transparency.read': { roles: READERS },
  'transparency.publish': { roles: ['administrator', 'policy_editor', 'rso'] },
  'transparency.correct': { roles: ['rso'], fresh: true },
  'deployment.halt': { roles: HALTERS },
  'deployment.resume': { roles: ['rso', 'ceo', 'ciso'], fresh: true },
  'training.pause': { roles: HALTERS },
  'training.resume': { roles: ['rso', 'ceo'], fresh: true },

  'weights.read': { roles: ['security_engineer', 'weights_approver', 'ciso', 'rso', 'ceo', 'board', 'auditor'] },
  'weights.put': { roles: ['security_engineer'] },
  'weights.request': { roles: ['security_engineer'], fresh: true },
  'weights.open': { roles: ['security_engineer'], fresh: true },
  'weights.lock': { roles: ['security_engineer', 'ciso', 'ceo', 'rso', 'weights_approver'] },
  'weights.unlock': { roles: ['security_engineer', 'ciso'], fresh: true },
  'weights.rotate': { roles: ['security_engineer', 'ciso'], fresh: true },
  'weights.budget': { roles: ['security_engineer', 'ciso'] },
  'weights.copy': { roles: ['security_engineer', 'ciso'] },
  'weights.custody': { roles: ['ciso'], fresh: true },
  'weights.recertify': { roles: ['weights_approver', 'ciso', 'rso'] },
  'weights.canary': { roles: ['security_engineer', 'ciso'], fresh: true },
  'weights.see_canaries': { roles: ['ciso'] },
  'weights.break_glass': { roles: ['security_engineer'], fresh: true },
  'weights.review': { roles: ['ciso', 'rso', 'ceo', 'board'] },
  'insider.read': { roles: ['ciso', 'rso', 'security_engineer'] },
  'insider.decide': { roles: ['ciso', 'rso'] },
  'insider.contain': { roles: ['ciso', 'rso', 'security_engineer'] },
  'insider.watch': { roles: ['ciso', 'rso', 'ceo', 'board', 'security_engineer', 'auditor'] },
  'insider.drill': { roles: ['ciso', 'security_engineer'] },
  'insider.import': { roles: ['security_engineer'] },
  'controls.read': { roles: ROLES },
  'controls.attest': { roles: ['rso', 'ceo', 'ciso', 'board', 'policy_editor'], fresh: true },
  'controls.except': { roles: ['rso', 'ceo', 'ciso'], fresh: true },
  'controls.report': { roles: ['rso', 'ceo', 'ciso'] },
  'controls.sign_report': { roles: ['rso', 'ceo', 'ciso'], fresh: true },
  'controls.open_report': { roles: ['rso', 'ceo', 'ciso', 'board', 'auditor'] },
  'runbooks.read': { roles: READERS },
  'runbooks.work': { roles: READERS.filter((role) => role !== 'auditor') },
  'audit.read': { roles: [...AUDITED, 'auditor', 'external_reviewer'] },
  'audit.sample': { roles: ['auditor'] },
  'audit.examine': { roles: ['auditor'] },
  'audit.request': { roles: ['auditor', 'external_reviewer'] },
  'audit.judge': { roles: ['auditor', 'external_reviewer'] },
  'audit.answer': { roles: AUDITED },
  'audit.export': { roles: ['auditor', 'rso', 'board', 'external_reviewer'] },
} as const satisfies Record<string, ActionRule>

export type Action = keyof typeof ACTIONS

/** Whether somebody who holds these roles may do this; false for an action that nobody has listed. */
export function roleMay(held: Iterable<Role>, action: string): boolean {
  const rule = ruleOf(action)
  if (rule === null) return false
  if (rule.roles === 'everyone') return true
  const roles: ReadonlySet<Role> = new Set(rule.roles)
  return [...held].some((role) => roles.has(role))
}

/** Whether it wants a fresh touch of the security key. */
export function needsFreshKey(action: Action): boolean {
  return ruleOf(action)?.fresh === true
}

function ruleOf(action: string): ActionRule | null {
  const table: Readonly<Record<string, ActionRule>> = ACTIONS
  return Object.hasOwn(table, action) ? (table[action] ?? null) : null
}

/** The table as people and programs read it. */
export const ActionView = z
  .object({ action: z.string(), roles: z.union([z.literal('everyone'), z.array(z.enum(ROLES))]), fresh: z.boolean() })
  .meta({ id: 'ActionView' })

export function listActions(): z.infer<typeof ActionView>[] {
  return Object.entries<ActionRule>(ACTIONS).map(([action, { roles, fresh = false }]) => ({
    action,
    roles: roles === 'everyone' ? roles : [...roles],
    fresh,
  }))
}
