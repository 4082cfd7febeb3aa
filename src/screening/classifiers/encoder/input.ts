import type { SpecialTokens } from './word-piece.ts'

/** How token ids become inputs of the model; training/encoder/model.py builds the same. */
export interface InputShape {
  /** Tokens of one input, special ones included. */
  readonly maxTokens: number
  /** Tokens between the starts of two windows of a long text. */
  readonly stride: number
  readonly special: SpecialTokens
}

/** One row for the model. `typesFrom`: index from which tokens are of type 1 (the completion); the length when none is. */
export interface EncoderInput {
  readonly ids: Int32Array
  readonly typesFrom: number
}

/** An input and the tokens [from, to) of the judged text that stand in it. */
export interface TokenWindow {
  readonly input: EncoderInput
  readonly from: number
  readonly to: number
}

/** Most tokens that the prompt may take beside a long completion: a third of the room. */
const PROMPT_SHARE = 3

/**
 * Windows over the tokens of a text, each as `[CLS] text [SEP]`, or for a completion `[CLS] prompt [SEP] completion [SEP]`, where a
 * prompt that does not fit loses its middle.
 *
 * @param prompt the prompt's ids when `text` is a completion, else null
 * @param newFrom tokens before this one were judged already: windows are laid from the end of the text until they reach it
 * @returns at least one window, in the order of the text; every token from `newFrom` on stands in one
 */
export function windowsOver(
  text: readonly number[],
  prompt: readonly number[] | null,
  shape: InputShape,
  newFrom = 0,
): TokenWindow[] {
  const { maxTokens } = shape
  const { start, separator } = shape.special
  if (prompt === null) {
    const spans = spansOver(text.length, maxTokens - 2, shape.stride, newFrom)
    return spans.map(({ from, to }) => {
      const ids = Int32Array.of(start, ...text.slice(from, to), separator)
      return { input: { ids, typesFrom: ids.length }, from, to }
    })
  }
  const room = maxTokens - 3
  const kept = withoutMiddle(prompt, Math.max(Math.floor(room / PROMPT_SHARE), room - text.length))
  const space = room - kept.length
  const stride = Math.min(shape.stride, Math.max(1, Math.floor((space * 3) / 4)))
  return spansOver(text.length, space, stride, newFrom).map(({ from, to }) => {
    const ids = Int32Array.of(start, ...kept, separator, ...text.slice(from, to), separator)
    return { input: { ids, typesFrom: kept.length + 2 }, from, to }
  })
}

/** Where windows of at most `room` tokens stand; neighbours overlap by at least `room - stride`. */
export function spansOver(length: number, room: number, stride: number, newFrom = 0): { from: number; to: number }[] {
  if (length <= room) return [{ from: 0, to: length }]
  const spans: { from: number; to: number }[] = []
  if (newFrom > 0) {
    for (let from = length - room; ; from = Math.max(0, from - stride)) {
      spans.unshift({ from, to: from + room })
      if (from <= newFrom) return spans
    }
  }
  for (let from = 0; from < length - room; from += stride) spans.push({ from, to: from + room })
  spans.push({ from: length - room, to: length })
  return spans
}

function withoutMiddle(ids: readonly number[], budget: number): readonly number[] {
  if (ids.length <= budget) return ids
  const head = Math.floor((budget + 1) / 2)
  return [...ids.slice(0, head), ...ids.slice(ids.length - (budget - head))]
}
