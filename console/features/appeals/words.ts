import type { AppealOutcome, AppealState } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const STATES: Record<AppealState, readonly [State, string]> = {
  open: ['watch', 'not decided yet'],
  upheld: ['unknown', 'upheld: the decision was right'],
  overturned: ['holds', 'overturned: the decision was wrong'],
  partly: ['holds', 'partly: the consequences were wrong'],
  withdrawn: ['unknown', 'withdrawn'],
}

/** What each outcome means, and what follows from it. */
export const OUTCOMES: Record<AppealOutcome, readonly [name: string, meaning: string, effect: string]> = {
  upheld: ['Uphold', 'the decision was right', 'Nothing is undone.'],
  overturned: [
    'Overturn',
    'the decision was wrong',
    'Every strike and step that came of it is undone; a refusal is labelled a false positive.',
  ],
  partly: [
    'Partly',
    'the finding was right, its consequences were not',
    'Every strike and step that came of it is undone; the finding stands.',
  ],
}

export const MEASURES: Record<string, string> = {
  refused: 'refused',
  withheld: 'withheld the answer',
  cut: 'cut the answer off',
  warn: 'warned',
  throttle: 'throttled',
  restrict: 'restricted',
  suspend: 'suspended',
  ban: 'banned',
}
