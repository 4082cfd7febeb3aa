/** Fewer words name nothing. */
const MIN_WORDS = 6
/** Words that long are rarely grammar. */
const CONTENT_WORD = /\p{L}{5,}/gu
const CLEARS =
  /\b(?:nothing|no (?:passages?|problems?|issues?|harm\w*|such|part)|not? (?:harmful|anything)|perfectly (?:fine|safe)|(?:is|seems|looks) (?:fine|safe|appropriate|harmless))\b/i
const OPENING_CHARS = 240

/**
 * Why a critique does not point at anything; null where it does. What it must do is name something of the answer.
 *
 * @returns words without content
 */
export function pointlessness(critique: string, answer: string): string | null {
  const words = critique.split(/\s+/).filter(Boolean).length
  if (words < MIN_WORDS) return `has ${words} words`
  if (squeezed(critique) === squeezed(answer)) return 'repeats the answer'
  if (CLEARS.test(critique.slice(0, OPENING_CHARS))) return 'finds nothing wrong'
  const said = new Set(contentWords(answer))
  if (said.size > 0 && !contentWords(critique).some((word) => said.has(word))) return 'names nothing of the answer'
  return null
}

const contentWords = (text: string) => text.toLowerCase().match(CONTENT_WORD) ?? []

/** Without what makes no difference to a reader. */
export function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().toLowerCase()
}
