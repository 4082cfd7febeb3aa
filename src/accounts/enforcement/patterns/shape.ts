const EDGE_CHARS = 48
const FNV_OFFSET = 0x811c_9dc5
const FNV_PRIME = 0x0100_0193
const DIGIT_0 = 48
const DIGIT_9 = 57

/**
 * What prompts from one template have in common: a 32-bit FNV-1a of the first 48 characters, where templates say what to do. Digits
 * count as one digit, so that numbered prompts are alike. Not secret, not unique, kept in memory only.
 */
export function shapeOf(text: string): number {
  let hash = FNV_OFFSET
  const end = Math.min(text.length, EDGE_CHARS)
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    hash = Math.imul(hash ^ (code >= DIGIT_0 && code <= DIGIT_9 ? DIGIT_0 : code), FNV_PRIME)
  }
  return hash >>> 0
}
