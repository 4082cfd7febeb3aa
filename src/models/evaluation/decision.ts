import { z } from 'zod'
import type { ActionDefinition } from '../../staff/index.ts'
import { Sha256 } from '../registry/index.ts'
import type { Evaluations } from './evaluations.ts'
import { Id } from './schema.ts'

/** The name under which a decision on an assessment is asked for. */
export const DECIDE_ACTION = 'evaluations.decide'

const Decision = z.strictObject({
  assessment: Id('asm'),
  reportDigest: Sha256.meta({ description: 'of the report that was read' }),
  proposer: z
    .enum(['rso', 'ceo'])
    .meta({ description: 'in which role the one who asks decides; the other one agrees' }),
})
type Decision = z.infer<typeof Decision>

/** The determination of two people, the CEO and the Responsible Scaling Officer: one proposes it, the other agrees. */
export function decideAction({ assessments }: Pick<Evaluations, 'assessments'>): ActionDefinition<Decision> {
  return {
    schema: Decision,
    fresh: true,
    rule: ({ proposer }) => ({
      kind: 'quorum',
      requesters: [proposer],
      groups: [{ name: proposer === 'rso' ? 'CEO' : 'RSO', roles: [proposer === 'rso' ? 'ceo' : 'rso'], count: 1 }],
      excluded: [],
    }),
    check: async ({ assessment, reportDigest }) => {
      await assessments.checkDecidable(assessment, reportDigest)
    },
    execute: async ({ assessment, reportDigest }, { id, requester, approvers }) => {
      const by = { type: 'system', id: 'evaluations' } as const
      await assessments.decide(assessment, reportDigest, { id, people: [requester, ...approvers] }, by)
    },
  }
}
