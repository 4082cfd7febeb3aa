import { LABELS, type Label } from './taxonomy.ts'

/** Letters only, none of which leetspeak writes alike, and English enough for rot13 to be noticed. */
const TEST_PHRASE = 'THEREARENOBADWORDSHERETOTEST'
const PREFIX = 'SAFELEVEL-TEST-'
const PHRASE = TEST_PHRASE.toLowerCase()
/** Room for prefix and label, spelled out with separators. */
const REACH = 400

/**
 * The harmless string that every screen scores 1 for `label`: at most 80 characters of A-Z, `-` and `_`.
 * In the spirit of EICAR (antivirus) and GTUBE (spam filters).
 */
export function testString(label: Label): string {
  return `${PREFIX}${label.toUpperCase()}-${TEST_PHRASE}`
}

const skeletons = LABELS.map((label) => ({ label, skeleton: skeleton(`${PREFIX}${label}`) }))

/** Only letters, with `l` and `i` as one: leetspeak writes both as 1. */
function skeleton(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replaceAll('l', 'i')
}

export interface FoundTestString {
  readonly label: Label
  /** Characters [start, end) of the searched text. */
  readonly start: number
  readonly end: number
}

/** All test strings in a lower-cased text; linear in its length. */
export function findTestStrings(lowerCased: string): FoundTestString[] {
  const found: FoundTestString[] = []
  for (let at = lowerCased.indexOf(PHRASE); at >= 0; at = lowerCased.indexOf(PHRASE, at + PHRASE.length)) {
    const before = lowerCased.slice(Math.max(0, at - REACH), at)
    const letters = skeleton(before)
    for (const { label, skeleton: expected } of skeletons) {
      if (!letters.endsWith(expected)) continue
      found.push({ label, start: startOf(lowerCased, at, expected.length), end: at + PHRASE.length })
    }
  }
  return found
}

/** Where the last `count` letters before `at` begin. */
function startOf(text: string, at: number, count: number): number {
  let start = at
  for (let left = count; left > 0 && start > 0; ) {
    start -= 1
    if (/[a-z]/.test(text[start] ?? '')) left -= 1
  }
  return start
}
