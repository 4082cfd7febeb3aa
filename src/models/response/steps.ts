import { z } from 'zod'
import type { ActionDefinition } from '../../staff/index.ts'
import { type Cases, standIns } from './cases.ts'
import { SYSTEM } from './context.ts'
import { DEPLOYMENT_MACHINE, Machine, TRAINING_MACHINE } from './machine/index.ts'
import { CaseId } from './schema.ts'

/** The name under which a step that two people take is asked for. */
export const STEP_ACTION = 'models.step'

const StepRequest = z.strictObject({ case: CaseId, step: z.string().max(60) })
type StepRequest = z.infer<typeof StepRequest>

const TRAINING = new Machine(TRAINING_MACHINE)
const DEPLOYMENT = new Machine(DEPLOYMENT_MACHINE)

/** Steps of two as the approvals know them: who asks and who agrees stands in the definition of the machine. */
export function stepAction(cases: Cases): ActionDefinition<StepRequest> {
  return {
    schema: StepRequest,
    fresh: true,
    rule: (request) => {
      const authority = transitionOf(request)?.authority
      // What is not a step of two can't be carried out either: nobody is asked for it in vain, since `check` refuses it first.
      if (authority?.by !== 'two')
        return {
          kind: 'quorum',
          requesters: ['rso'],
          groups: [{ name: 'nobody', roles: ['board'], count: 10 }],
          excluded: [],
        }
      return {
        kind: 'quorum',
        requesters: [...authority.requesters],
        groups: authority.seats.map((roles, i) => ({ name: `seat ${i + 1}`, roles: [...roles], count: 1 })),
        excluded: [],
      }
    },
    check: (request) => cases.checkTakeable(request.case, request.step),
    async execute(request, { id, requester, approvers }) {
      const authority = transitionOf(request)?.authority
      const before = await cases.get(request.case)
      // Carried out already, before a crash.
      if (before.history.some(({ approval }) => approval === id)) return
      const { requesters, seats } = authority?.by === 'two' ? authority : { requesters: [], seats: [] }
      const takers = standIns(requesters, seats, [requester, ...approvers])
      const reason = `agreed to by two people (${id})`
      await cases.take(request.case, request.step, { takers, actor: SYSTEM, approval: id, reason })
    },
  }
}

function transitionOf({ case: id, step }: StepRequest) {
  return (id.startsWith('training/') ? TRAINING : DEPLOYMENT).transition(step)
}
