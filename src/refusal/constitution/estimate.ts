import { REASONING_TOKENS, type Settings } from './plan.ts'
import type { Prompt } from './schema.ts'

/** What making a dataset takes at most. */
export interface Estimate {
  readonly prompts: number
  /** Questions to models, unless answers fail or are the same. */
  readonly calls: number
  readonly callsByStep: {
    readonly answers: number
    readonly critiques: number
    readonly revisions: number
    readonly judgements: number
  }
  /** Tokens of answers if each were as long as it may be. */
  readonly mostOutput: number
}

/** How many questions there will be, exactly; and how long their answers may be. */
export function estimate(prompts: readonly Prompt[], settings: Settings): Estimate {
  const harmful = prompts.filter(({ kind }) => kind === 'harmful').length
  const helpful = prompts.length - harmful
  const { rounds, pairs, judgePrinciples, maxTokens, judging } = settings
  const answers = harmful * (pairs === 'samples' ? 3 : 1) + helpful * 2
  const revisions = harmful * rounds
  const judgements = prompts.length * judgePrinciples * 2
  const verdict = judging === 'reasoning' ? REASONING_TOKENS : 1
  return {
    prompts: prompts.length,
    calls: answers + 2 * revisions + judgements,
    callsByStep: { answers, critiques: revisions, revisions, judgements },
    mostOutput: (answers + 2 * revisions) * maxTokens + judgements * verdict,
  }
}

/** What a few real records took. */
export interface Measured {
  readonly prompts: number
  readonly calls: number
  readonly input: number
  readonly output: number
  readonly ms: number
}

export interface Projection {
  readonly input: number
  readonly output: number
  readonly ms: number
  /** Dollars; null without prices. */
  readonly money: number | null
}

/** The whole, as the measured part went. */
export function project(
  { calls }: Pick<Estimate, 'calls'>,
  measured: Measured,
  price: { readonly input: number; readonly output: number } | null,
): Projection | null {
  if (measured.calls === 0) return null
  const scale = calls / measured.calls
  const [input, output] = [Math.round(measured.input * scale), Math.round(measured.output * scale)]
  const money = price === null ? null : (input * price.input + output * price.output) / 1e6
  return { input, output, ms: measured.ms * scale, money }
}
