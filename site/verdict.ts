import { TlogError } from '../src/verify.ts'

export type Mark = 'holds' | 'watch' | 'fails'

/** One thing that was looked at. */
export interface Fact {
  readonly mark: Mark
  readonly words: string
}

/** What a check came to. */
export interface Verdict {
  readonly mark: Mark
  readonly title: string
  readonly facts: readonly Fact[]
  /** What to show or keep: an event, a proof of misbehaviour. */
  readonly attached?: { readonly title: string; readonly text: string } | undefined
}

export const holds = (words: string): Fact => ({ mark: 'holds', words })
export const watch = (words: string): Fact => ({ mark: 'watch', words })
export const fails = (words: string): Fact => ({ mark: 'fails', words })

export function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count.toLocaleString('en')} entries`
}

/** What went wrong in words for a reader; a defect of ours is not passed off as the log's. */
export function reasonOf(error: unknown): string {
  if (error instanceof TlogError) return error.message
  return error instanceof Error ? `This page failed: ${error.message}` : 'This page failed.'
}
