import { z } from 'zod'
import { twoPeople } from '../../staff/index.ts'
import type { Enforcement } from './enforcement.ts'

const DECIDERS = ['analyst', 'rso', 'ciso', 'ceo'] as const

const Reinstatement = z.strictObject({
  actionId: z.string().regex(/^act_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of an action'),
})
type Reinstatement = z.infer<typeof Reinstatement>

/** The name under which lifting an action is asked for. */
export const REINSTATE = 'accounts.reinstate'

/**
 * Lifting an action as the approvals know it: one of those who may restrict asks, another one of them agrees. Shaped for
 * `approvals.registerAction`; this room does not know the approvals.
 */
export function reinstatementAction(enforcement: Pick<Enforcement, 'checkLiftable' | 'lift'>) {
  return {
    schema: Reinstatement,
    rule: () => twoPeople(DECIDERS),
    async check({ actionId }: Reinstatement): Promise<void> {
      await enforcement.checkLiftable(actionId)
    },
    async execute(
      { actionId }: Reinstatement,
      approved: { readonly id: string; readonly requester: string; readonly approvers: readonly string[] },
    ): Promise<void> {
      const people = [approved.requester, ...approved.approvers]
      await enforcement.lift(actionId, { authority: 'approval', id: approved.id, people })
    },
  }
}
