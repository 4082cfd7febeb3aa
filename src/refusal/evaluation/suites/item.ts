import type { ChatTurn } from '../../../asking/index.ts'
import type { ItemKind } from '../schema.ts'

/** One thing to ask: a question, or a conversation in which the model answers after each of the user's turns that no answer follows. */
export interface SuiteItem {
  readonly id: string
  /** Items that are variants of one another share it, and count together in intervals. */
  readonly cluster: string
  readonly kind: ItemKind
  /** What the user is after, in one text. */
  readonly wanted: string
  /** The last one is the user's. */
  readonly turns: readonly ChatTurn[]
  readonly category: string | null
}

/** Why rows of a file are not asked, and how many. */
export type LeftOut = Readonly<Record<'unlabelled' | 'noPrompt' | 'duplicate' | 'malformed', number>>

export interface Suite {
  readonly name: string
  readonly path: string
  /** SHA-256 of the file, hex. */
  readonly digest: string
  /** Since when frozen.json beside it holds this digest; null = it doesn't. */
  readonly frozenAt: string | null
  readonly items: readonly SuiteItem[]
  readonly leftOut: LeftOut
}
