import { isLabel, type Label } from '../../../screening/index.ts'
import type { SandboxRequest } from './request.ts'

/** One completion, whatever dialect it will be said in. */
export interface SandboxAnswer {
  readonly text: string
  /** The model's thinking, null when it shows none. */
  readonly reasoning: string | null
  readonly tool: { readonly name: string /** JSON text. */; readonly arguments: string } | null
}

const WHAT_IT_IS =
  "This is Safelevel's built-in sandbox, not a real model. It knows nothing and always answers like this, so that an integration can be tried without one."
const FILLER = 'Nothing in this sentence means anything; it only takes up room. '
const ECHOED_CHARS = 200
const LONGEST_ANSWER_CHARS = 200_000
const AROUND_TEST_STRING_CHARS = 1_200

/**
 * What the sandbox says. Besides its usual words it follows these directives in the last user message, for tests of an integration:
 * `sandbox:length N` makes the answer about N characters long; `sandbox:test-string LABEL` puts the harmless test string of that
 * label in the middle of a long answer; `sandbox:tool` calls the first tool that the request offers.
 */
export function answer(request: SandboxRequest, testString: (label: Label) => string): SandboxAnswer {
  const reasoning = request.wantsReasoning ? 'The sandbox does not think. It repeats a part of what it was sent.' : null
  if (/\bsandbox:tool\b/.test(request.text) && request.toolName !== null) {
    return {
      text: '',
      reasoning,
      tool: { name: request.toolName, arguments: JSON.stringify({ request: echo(request.text) }) },
    }
  }
  return { text: say(request.text, testString), reasoning, tool: null }
}

function say(text: string, testString: (label: Label) => string): string {
  const label = /\bsandbox:test-string\s+([a-z_]{1,40})/.exec(text)?.[1]
  if (label !== undefined && isLabel(label)) {
    const around = filler(AROUND_TEST_STRING_CHARS)
    return `${WHAT_IT_IS}\n\n${around}${testString(label)} ${around.trimEnd()}`
  }
  const usual = `${WHAT_IT_IS} You wrote: “${echo(text)}”`
  const length = /\bsandbox:length\s+(\d{1,9})/.exec(text)?.[1]
  if (length === undefined) return usual
  const chars = Math.min(Number(length), LONGEST_ANSWER_CHARS)
  return `${WHAT_IT_IS}\n\n${filler(chars)}`.slice(0, chars)
}

function echo(text: string): string {
  const points = Array.from(text.slice(0, 2 * ECHOED_CHARS))
  return points.length > ECHOED_CHARS || text.length > 2 * ECHOED_CHARS
    ? `${points.slice(0, ECHOED_CHARS).join('')}…`
    : text
}

function filler(chars: number): string {
  return FILLER.repeat(Math.ceil(chars / FILLER.length)).slice(0, chars)
}

/** Pieces as a model streams them; together they are `text`. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,12}|\s+/gu) ?? []
}

/** About four characters make a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4)
}
