import type { ConcernRecipient, ConcernTopic, ConcernView } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export type Outcome = NonNullable<ConcernView['outcome']>

export const STATES: Record<ConcernView['state'], readonly [State, string]> = {
  open: ['watch', 'not taken up'],
  investigating: ['watch', 'looked into'],
  closing: ['watch', 'waits for a second person'],
  closed: ['unknown', 'closed'],
}

export const TOPICS: Record<ConcernTopic, string> = {
  evaluation: 'an evaluation',
  deployment: 'a deployment or its safeguards',
  training: 'training that should have stopped',
  weights: 'how weights were handled',
  disclosure: 'what was published',
  retaliation: 'retaliation',
  other: 'something else',
}

export const OUTCOMES: Record<Outcome, string> = {
  substantiated: 'found to be so',
  partly: 'found to be so in part',
  unsubstantiated: 'found not to be so',
  cannot_be_settled: 'could not be settled',
}

export const OFFICES: Record<ConcernRecipient, string> = {
  rso: 'Responsible Scaling Officer',
  ceo: 'chief executive',
  ciso: 'head of security',
  board: 'board',
  auditor: 'auditor',
}

export const STEPS: Record<ConcernView['history'][number]['step'], string> = {
  filed: 'filed',
  taken: 'taken up',
  answered: 'answered',
  written: 'more was written',
  material: 'declared a material risk',
  action_set: 'corrective action set',
  action_done: 'corrective action done',
  proposed: 'closing proposed',
  closed: 'closed',
  sent_back: 'not closed yet',
  reopened: 'opened again',
}
