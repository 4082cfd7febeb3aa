import type { ReviewCase, ReviewReading, ReviewReadingInput } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'
import { labelName } from '../decisions/words.ts'

export type Verdict = ReviewReadingInput['verdict']
export type Severity = ReviewCase['severity']

export const SEVERITIES: readonly Severity[] = ['low', 'moderate', 'high', 'extreme']

/** A queue in words: `4.2 · Hate · moderate`. */
export function queueName(queue: string): string {
  if (queue === 'allowed-sample') return 'Sample of what was allowed'
  if (queue === 'escalated') return 'Escalated'
  if (queue === 'restricted') return 'Restricted'
  const [clause = '', label = '', severity = ''] = queue.split(':')
  if (severity === '') return queue
  return [clause, label === '-' ? 'no label' : labelName(label), severity].filter((part) => part !== '-').join(' · ')
}

/** What a case is about, in a few words. */
export function caseTitle({ label, basis }: Pick<ReviewCase, 'label' | 'basis'>): string {
  return label === null ? BASES[basis][0] : labelName(label)
}

export const BASES: Record<ReviewCase['basis'], readonly [name: string, words: string]> = {
  refused: ['Refused', 'the request was refused'],
  cut: ['Cut', 'the answer was cut in the middle'],
  flagged: ['Flagged', 'it was flagged and let through'],
  allowed: ['Allowed', 'it was let through without a flag, and drawn as a sample'],
  pattern: ['Pattern', 'a pattern over the traffic of an account'],
  report: ['Report', 'somebody reported it'],
  dataset: ['Dataset', 'a record of a dataset, drawn for somebody to look at'],
}

export const STATES: Record<ReviewCase['state'], readonly [state: State, words: string]> = {
  waiting: ['watch', 'waiting'],
  second_reading: ['watch', 'second reading'],
  adjudication: ['watch', 'readers differ'],
  escalated: ['watch', 'escalated'],
  decided: ['holds', 'decided'],
}

export const VERDICTS: Record<Verdict, readonly [name: string, done: string]> = {
  uphold: ['Uphold', 'upheld'],
  overturn: ['Overturn', 'overturned'],
  escalate: ['Escalate', 'escalated'],
  not_sure: ['Not sure', 'not sure'],
}
export const ALL_VERDICTS = Object.keys(VERDICTS) as Verdict[]

export const STAGES: Record<ReviewReading['stage'], string> = {
  first: 'first reader',
  second: 'second reader',
  adjudication: 'third reader, with the last word',
  escalation: 'lead',
}

type Standing = Pick<ReviewCase, 'basis' | 'state' | 'severity' | 'desk'>

/** What a verdict says of the machine, on this case. */
export function verdictMeaning(verdict: Verdict, { basis }: Standing): string {
  if (verdict === 'escalate') return 'A lead should decide'
  if (verdict === 'not_sure') return 'Somebody else should read it'
  const right = verdict === 'uphold'
  switch (basis) {
    case 'refused':
    case 'cut':
      return right ? 'Right to withhold it' : 'Should have been let through'
    case 'flagged':
      return right ? 'Right to flag it' : 'There was nothing to flag'
    case 'allowed':
      return right ? 'Right to let it through' : 'Should have been caught'
    case 'pattern':
    case 'report':
      return right ? 'The suspicion is right' : 'There is nothing to it'
    case 'dataset':
      return right ? 'The record is sound' : 'The record is not fit to be learned'
  }
}

/** What comes after a verdict, as far as its giver may know. */
export function whatFollows(verdict: Verdict, { basis, state, severity, desk }: Standing): string {
  const withheld = basis === 'refused' || basis === 'cut'
  if (verdict === 'escalate')
    return desk === 'restricted'
      ? 'Stays in the restricted queue, for another lead.'
      : 'Goes to the queue of the RSO and the CISO.'
  if (verdict === 'not_sure') return 'Goes to somebody else; the second time, to a lead.'
  if (state === 'second_reading')
    return 'If the first reader said the same, this decides it; if not, a third person does.'
  const decides = state === 'adjudication' || state === 'escalated'
  if (verdict === 'overturn' && withheld)
    return decides
      ? 'Decides it: strikes and restrictions that came from it are undone.'
      : 'A second reader confirms it; then strikes and restrictions that came from it are undone.'
  if (decides) return 'Decides it.'
  return severity === 'extreme'
    ? 'A second reader confirms it.'
    : 'Decides it, unless it was drawn for a second reader.'
}

/** Whether there is anybody to pass it on to. */
export function offered(verdict: Verdict, { state }: Standing): boolean {
  return state !== 'escalated' || verdict === 'uphold' || verdict === 'overturn'
}
