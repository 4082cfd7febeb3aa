import type { Actor } from '../../ledger/index.ts'
import type { Policies } from '../../policy/index.ts'
import type { Classifier } from '../../screening/index.ts'
import type { IntakeContext } from '../context.ts'
import { Judging } from './judging.ts'
import type { LinkPort, ModelPort } from './ports.ts'
import { Triage } from './triage.ts'

/** What triage asks of other rooms. */
export interface TriagePorts {
  readonly classifier: Classifier
  readonly policies: Pick<Policies, 'current'>
  readonly models: ModelPort
  readonly links: LinkPort
}

/** Triage over a room's context. @param reports by which who reported is answered */
export function openTriage(
  context: IntakeContext,
  { classifier, ...ports }: TriagePorts,
  reports: { answer(id: string, words: string, by: Actor): Promise<unknown> },
): Triage {
  const tellReporter = (id: string, words: string, by: Actor) => reports.answer(id, words, by)
  return new Triage({ ...context, ...ports, judging: new Judging(classifier), tellReporter })
}
