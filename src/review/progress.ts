import type { Severity } from './config.ts'
import { ESCALATED_QUEUE } from './queues.ts'
import type { CaseState, Desk, Outcome, Stage, Verdict } from './schema.ts'

/** After so many readers who could not tell, a lead decides. */
const MAX_ABSTENTIONS = 2

/** The part of a case that decides what comes next. */
export interface Standing {
  readonly state: CaseState
  readonly queue: string
  readonly desk: Desk
  readonly severity: Severity
  readonly secondRead: boolean
  readonly basis: string
  readonly abstentions: number
}

export interface Progress {
  readonly state: CaseState
  readonly queue: string
  readonly desk: Desk
  readonly abstentions: number
  readonly outcome: Outcome | null
}

/** What a reading counts as while a case is in this state; null when nothing is left to read. */
export function stageOf(state: CaseState): Stage | null {
  switch (state) {
    case 'waiting':
      return 'first'
    case 'second_reading':
      return 'second'
    case 'adjudication':
      return 'adjudication'
    case 'escalated':
      return 'escalation'
    case 'decided':
      return null
  }
}

/** Whether this verdict can be given here: who a case was passed up to has nobody to pass it on to. */
export function mayGive(state: CaseState, verdict: Verdict): boolean {
  return state !== 'escalated' || verdict === 'uphold' || verdict === 'overturn'
}

/**
 * Where a case goes when somebody has read it.
 *
 * A first verdict stands, or waits for a second reader, who isn't told it. Two that agree are the outcome; two that differ go to a third
 * person, whose word is final. To overturn what was withheld takes a second reader always: it undoes what followed, and nobody relaxes alone. Who can't tell passes the case to somebody else, twice at most; then, as with `escalate`, a lead decides.
 *
 * @param first The first reader's verdict, once there is one.
 */
export function progressOf(standing: Standing, verdict: Verdict, first: Outcome | null): Progress {
  const { state, queue, desk, abstentions } = standing
  const stay = { state, queue, desk, abstentions, outcome: null }
  if (verdict === 'escalate') return escalated(standing)
  if (verdict === 'not_sure') {
    const given = abstentions + 1
    return given < MAX_ABSTENTIONS ? { ...stay, abstentions: given } : { ...escalated(standing), abstentions: given }
  }
  const decided: Progress = { ...stay, state: 'decided', outcome: verdict }
  if (state === 'waiting') return needsSecond(standing, verdict) ? { ...stay, state: 'second_reading' } : decided
  if (state === 'second_reading' && first !== verdict) return { ...stay, state: 'adjudication' }
  return decided
}

function needsSecond(standing: Standing, verdict: Verdict): boolean {
  return standing.severity === 'extreme' || standing.secondRead || (verdict === 'overturn' && withheld(standing))
}

/** Whether something was withheld from a customer, for which they may have been struck. */
export function withheld({ basis }: { readonly basis: string }): boolean {
  return basis === 'refused' || basis === 'cut'
}

/** What is restricted stays on its desk: escalating shows it to nobody who might not see it. */
function escalated({ queue, desk, abstentions }: Standing): Progress {
  const up = desk === 'restricted' ? { queue, desk } : { queue: ESCALATED_QUEUE, desk: 'lead' as const }
  return { ...up, state: 'escalated', abstentions, outcome: null }
}
