import type { SandboxAnswer } from './answer.ts'
import type { SandboxRequest } from './request.ts'

/** What is to be said, to whom and when: all that a dialect's writer needs. */
export interface Speech {
  readonly request: SandboxRequest
  /** One per choice; dialects without choices say the first. */
  readonly answers: readonly [SandboxAnswer, ...SandboxAnswer[]]
  /** Seconds since the epoch. */
  readonly createdSeconds: number
}
