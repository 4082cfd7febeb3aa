import { describe, expect, it } from 'vitest'
import { ACTIONS, listActions, roleMay } from './actions.ts'
import { conflictsWith, ROLES, type Role, SENSITIVE_ROLES, SEPARATED_ROLES } from './roles.ts'

/**
 * Who may do what, written a second time by hand: a new action, or a role that gains one, fails here until somebody has thought about it.
 * One column for each role: administrator, RSO, CEO, CISO, board, policy editor, analyst, security engineer, weights approver, auditor,
 * external reviewer, child safety. `!` = only after a fresh touch of the security key.
 */
const MATRIX: Record<string, string> = {
  'self.manage': 'xxxxxxxxxxxx',
  'self.remove_passkey': 'xxxxxxxxxxxx !',
  'people.read': 'xxxxxxxxxx.x',
  'people.invite': 'x........... !',
  'people.deactivate': 'xxxxx.......',
  'people.record_training': 'x..x........',
  'sessions.revoke': 'xxxxx.......',
  'roles.read': 'xxxxxxxxxxxx',
  'roles.grant': 'xxxxx....... !',
  'roles.end': 'xxxxx.......',
  'roles.review': 'xx.x........ !',
  'bootstrap.end': 'xxxxx.......',
  'recovery.start': 'xxxxx....... !',
  'recovery.cancel': 'xxxxxxxxxxxx',
  'approvals.read': 'xxxxxxxxxx.x',
  'approvals.request': 'xxxxxxxxxxxx',
  'approvals.give': 'xxxxxxxxxxxx',
  'approvals.deny': 'xxxxxxxxxxxx',
  'approvals.withdraw': 'xxxxxxxxxxxx',
  'api.describe': 'xxxxxxxxxx.x',
  'statements.read': '.x.x..x..x..',
  'status.read': 'xxxxxxxxxx.x',
  'system.operate': 'x......x....',
  'ledger.read': '.x.x...x.x..',
  'decisions.read': '.x.x.xx..x..',
  'accounts.read': 'xx.x..x..x..',
  'accounts.manage': 'x...........',
  'accounts.restrict': '.xxx..x.....',
  'accounts.reinstate': '.xxx..x.....',
  'exemptions.end': '.xxx..x.....',
  'exemptions.read': 'xxxx..x..x..',
  'exemptions.request': '.x....x..... !',
  'appeals.read': '.x....x..x..',
  'appeals.decide': '.x....x.....',
  'notify.read': 'xx.x...x.x..',
  'notify.manage': 'x..x........',
  'policy.read': 'xxxxxxxxxx.x',
  'policy.edit': '.....x......',
  'policy.publish': '.x...x...... !',
  'review.work': '......x.....',
  'review.assign': '.x....x.....',
  'review.escalated': '.x.x........',
  'review.restricted': '.x.x.......x !',
  'review.export': '.x....x..... !',
  'review.read': '.x.x..x..x.x',
  'review.take_part': '.x.x..x....x',
  'content.reveal': '......x.....',
  'content.erase': '.x.x........ !',
  'content.export': '.x.x........ !',
  'content.hold': '.x.x..x.....',
  'content.rotate_key': '...x...x.... !',
  'reports.read': '.x.x..xx.x..',
  'reports.triage': '......xx....',
  'reports.disclose': '.x.x..xx....',
  'noncompliance.read': '.xxxx....x..',
  'noncompliance.work': '.xxxx.......',
  'models.read': 'xxxxxxxxxx.x',
  'models.register': 'xx..........',
  'evaluations.read': 'xxxxxxxxxx.x',
  'evaluations.import': '.x.....x....',
  'evaluations.order': '.x..........',
  'evaluations.decide': '.xx......... !',
  'refusal.read': 'xxxxxxxxxx.x',
  'refusal.record': '.x.....x....',
  'refusal.reveal': '.x....xx....',
  'refusal.export': '.x.....x.... !',
  'refusal.erase': '.x.x........ !',
  'cards.edit': '.x...x......',
  'cards.publish': '.x...x...... !',
  'transparency.read': 'xxxxxxxxxx.x',
  'transparency.publish': 'xx...x......',
  'transparency.correct': '.x.......... !',
  'deployment.halt': 'xxxxx.xx....',
  'deployment.resume': '.xxx........ !',
  'training.pause': 'xxxxx.xx....',
  'training.resume': '.xx......... !',
  'weights.read': '.xxxx..xxx..',
  'weights.put': '.......x....',
  'weights.request': '.......x.... !',
  'weights.open': '.......x.... !',
  'weights.lock': '.xxx...xx...',
  'weights.unlock': '...x...x.... !',
  'weights.rotate': '...x...x.... !',
  'weights.budget': '...x...x....',
  'weights.copy': '...x...x....',
  'weights.custody': '...x........ !',
  'weights.recertify': '.x.x....x...',
  'weights.canary': '...x...x.... !',
  'weights.see_canaries': '...x........',
  'weights.break_glass': '.......x.... !',
  'weights.review': '.xxxx.......',
  'insider.read': '.x.x...x....',
  'insider.decide': '.x.x........',
  'insider.contain': '.x.x...x....',
  'insider.watch': '.xxxx..x.x..',
  'insider.drill': '...x...x....',
  'insider.import': '.......x....',
  'controls.read': 'xxxxxxxxxxxx',
  'controls.attest': '.xxxxx...... !',
  'controls.except': '.xxx........ !',
  'controls.report': '.xxx........',
  'controls.sign_report': '.xxx........ !',
  'controls.open_report': '.xxxx....x..',
  'runbooks.read': 'xxxxxxxxxx.x',
  'runbooks.work': 'xxxxxxxxx..x',
  'audit.read': 'xxxxxxxx.xx.',
  'audit.sample': '.........x..',
  'audit.examine': '.........x..',
  'audit.request': '.........xx.',
  'audit.judge': '.........xx.',
  'audit.answer': 'xxxxxxxx....',
  'audit.export': '.x..x....xx.',
}

const mark = (action: string, fresh: boolean) =>
  ROLES.map((role) => (roleMay([role], action) ? 'x' : '.')).join('') + (fresh ? ' !' : '')

describe('the table of actions', () => {
  it('is what was thought about, role by role', () => {
    expect(Object.fromEntries(listActions().map(({ action, fresh }) => [action, mark(action, fresh)]))).toEqual(MATRIX)
  })

  it('refuses what nobody has listed, whoever asks', () => {
    for (const action of ['', 'everything', 'weights.steal', '__proto__', 'toString', 'constructor']) {
      expect(roleMay(ROLES, action)).toBe(false)
    }
  })

  it('gives nothing to somebody without a role but what is their own', () => {
    const open = Object.keys(ACTIONS).filter((action) => roleMay([], action))
    expect(open).toEqual(['self.manage', 'self.remove_passkey', 'roles.read', 'approvals.withdraw'])
  })

  it('keeps administrators away from weights, content and decisions of the policy', () => {
    for (const action of ['weights.open', 'weights.request', 'content.reveal', 'policy.publish', 'deployment.resume']) {
      expect(roleMay(['administrator'], action)).toBe(false)
    }
  })

  it('lets everybody who works with it halt more easily than resume', () => {
    for (const what of ['deployment', 'training']) {
      const may = (action: string) => ROLES.filter((role) => roleMay([role], action))
      expect(may(`${what}.halt`).length + may(`${what}.pause`).length).toBeGreaterThan(may(`${what}.resume`).length)
    }
  })
})

describe('separated roles', () => {
  it('exclude each other both ways', () => {
    for (const [a, b] of SEPARATED_ROLES) {
      expect(conflictsWith(a, [b])).toContain(b)
      expect(conflictsWith(b, [a])).toContain(a)
    }
    expect(conflictsWith('weights_approver', ['administrator', 'rso'])).toEqual(['administrator'])
    expect(conflictsWith('rso', ['ceo', 'ciso', 'board', 'administrator'])).toEqual([])
  })

  it('leave auditors and external reviewers nothing else', () => {
    for (const alone of ['auditor', 'external_reviewer'] as const) {
      for (const role of ROLES.filter((r) => r !== alone)) expect(conflictsWith(role, [alone])).toEqual([alone])
    }
  })

  it('and two people for every role that decides', () => {
    const ordinary: Role[] = ROLES.filter((role) => !SENSITIVE_ROLES.has(role))
    expect(ordinary).toEqual(['analyst', 'external_reviewer'])
  })
})
