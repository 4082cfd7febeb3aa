import type { Exchange, Role } from '../../exchange/exchange.ts'

/**
 * `plain` the text as it is; `disguise` spelled or encoded so that `normalize` shows the text again; `evasion` altered in ways that
 * `normalize` does not claim to undo; `wrapper` framed by words that try to talk a model out of its rules; `split` spread over parts,
 * turns or tools.
 */
export const FAMILIES = ['plain', 'disguise', 'evasion', 'wrapper', 'split'] as const
export type Family = (typeof FAMILIES)[number]

/** One way to present a request so that a filter might miss it. */
export interface Transform {
  readonly name: string
  readonly family: Family
  /** What a client would send. Deterministic, and linear in the text. */
  readonly present: (text: string) => Exchange
}

/** A transform of one text into one text. */
export interface TextTransform extends Transform {
  readonly apply: (text: string) => string
  /** Gives back exactly what `apply` was given, for texts of printable ASCII; absent where something is lost. */
  readonly restore?: (text: string) => string
}

export function textTransform(
  family: Family,
  name: string,
  apply: (text: string) => string,
  restore?: (text: string) => string,
): TextTransform {
  const present = (text: string) => exchangeOf([['user', [apply(text)]]])
  return { name, family, present, apply, ...(restore === undefined ? {} : { restore }) }
}

/** Turns of a conversation, each with its texts. */
export type Turns = readonly (readonly [role: Role, texts: readonly string[]])[]

export function exchangeOf(turns: Turns): Exchange {
  return {
    turns: turns.map(([role, texts], turn) => ({
      role,
      parts: texts.map((text, part) => ({
        kind: role === 'tool' ? ('tool_result' as const) : ('text' as const),
        text,
        pointer: `/messages/${turn}/content/${part}`,
      })),
    })),
  }
}
