import type { Actor } from '../../ledger/index.ts'
import type { Policies } from '../../policy/index.ts'
import type { IntakeContext } from '../context.ts'
import type { Judging } from './judging.ts'
import type { LinkPort, ModelPort } from './ports.ts'

/** What the parts of triage share, over what the room shares. */
export interface TriageContext extends IntakeContext {
  readonly judging: Judging
  readonly policies: Pick<Policies, 'current'>
  readonly models: ModelPort
  readonly links: LinkPort
  /** Who reported reads it under their receipt. */
  readonly tellReporter: (id: string, words: string, by: Actor) => Promise<unknown>
}
