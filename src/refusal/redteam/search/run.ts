import { type AppError, toAppError } from '../../../base/errors.ts'
import type { Find, RedTeamReport, Try } from '../schema.ts'
import { attackerPhase } from './attacker-phase.ts'
import { Campaign, type CampaignDeps, type CampaignPlan } from './campaign.ts'
import { bestOfNPhase, regressionPhase, searchPhase, sweepPhase } from './phases.ts'

export type CampaignEnd = Pick<RedTeamReport, 'end' | 'why'> & {
  readonly tries: readonly Try[]
  readonly finds: readonly Find[]
  /** Why nothing more could be asked, for the exit status. */
  readonly error: AppError | null
}

const PHASES = [regressionPhase, sweepPhase, attackerPhase, searchPhase, bestOfNPhase] as const

const WHY = {
  budget: 'the budget of requests is spent',
  all_found: 'every behaviour was had',
  no_success: 'nothing new was had for as many tries as patience allows',
} as const

/** Runs all phases until one of them, or a rule, says that it is enough. Whatever happens, what was tried is there. */
export async function runCampaign(plan: CampaignPlan, deps: CampaignDeps): Promise<CampaignEnd> {
  const running = new Campaign(plan, deps)
  const ended = (end: CampaignEnd['end'], why: string | null, error: AppError | null = null): CampaignEnd => ({
    ...{ end, why, error, tries: running.tries, finds: running.finds },
  })
  try {
    for (const phase of PHASES) {
      const end = await phase(running)
      if (end !== null) return ended(end, WHY[end])
    }
    return running.left < 1 ? ended('budget', WHY.budget) : ended('done', null)
  } catch (thrown) {
    if (deps.signal.aborted) return ended('stopped', 'stopped')
    const error = toAppError(thrown)
    if (error.code === 'INTERNAL') throw thrown
    if (error.code === 'LIMIT_REACHED')
      return ended(error.message.includes('money') ? 'money' : 'tokens', error.message)
    return ended('unavailable', error.message, error)
  }
}
