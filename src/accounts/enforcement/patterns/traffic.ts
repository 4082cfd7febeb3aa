import type { Principal } from '../../schema.ts'

/** One judged request, as patterns see it: numbers and names of labels, a digest of its shape, nothing of what was said. */
export interface Traffic {
  readonly principal: Principal
  readonly endUserId: string | null
  readonly decisionId: string
  /** Wall clock, milliseconds. */
  readonly atMs: number
  /** Refused or cut for what it was about: not for a test string, nor because nobody could judge it. */
  readonly refused: boolean
  /** Labels that it was refused or flagged for. */
  readonly labels: readonly string[]
  /** Highest score of any hazard on either side, [0, 1]. */
  readonly score: number
  /** Digest of how the prompt begins; equal for prompts from one template (`shapeOf`). */
  readonly shape: number
  readonly promptChars: number
  readonly outputTokens: number
  /** Of the client; null where it is not known. */
  readonly address: string | null
}
