import { decode } from './decode.ts'
import { fold } from './fold.ts'
import { MappedText } from './mapped-text.ts'
import { type Suspicions, scan } from './scan.ts'
import { joinSpelledOut, undoLeet } from './spelling.ts'
import { unreverse, unshift } from './turning.ts'

/** How many encodings inside one another are undone. */
export const MAX_DEPTH = 3

/**
 * Most views of one text: with decodings (D) and turnings (T: another alphabet or backwards, one a stage, never twice in a row) nested
 * three deep there are 11 stages, each of which gives at most itself, its folded form, its joined form and its leet form, besides the original.
 */
export const MAX_VIEWS = 45

/** One reading of a text, lower-cased, with the way back to the characters that were sent. */
export interface View {
  readonly kind: 'original' | 'folded' | 'joined' | 'leet' | 'decoded' | 'shifted' | 'reversed'
  readonly content: MappedText
}

/**
 * The readings of a text that a classifier must judge: the text itself, and each disguise undone.
 *
 * Plain text costs one pass and gives one view. Otherwise folding happens once per stage and gives at most
 * MAX_FOLD_GROWTH (3) units per unit; decoding never makes a text longer. Total output is therefore at most
 * 3 × MAX_VIEWS units per input unit, in time linear in the input, whatever the input is.
 */
export function normalize(text: string): View[] {
  const original = MappedText.identity(text)
  const found = scan(text)
  const views: View[] = [view('original', original)]
  if (isPlain(found)) return views
  unfold(original, found, 0, false, views)
  return views
}

function isPlain(found: Suspicions): boolean {
  const { unicode, encoded, leet, spaced, shifted, reversed } = found
  return !(unicode || encoded || leet || spaced || shifted || reversed)
}

function unfold(stage: MappedText, found: Suspicions, depth: number, turned: boolean, views: View[]): void {
  let content = stage
  let suspicions = found
  if (found.unicode) {
    content = fold(stage)
    suspicions = scan(content.text)
    views.push(view('folded', content))
  }
  respell(content, suspicions, views)
  if (depth === MAX_DEPTH) return
  if (suspicions.encoded) {
    const decoded = decode(content)
    if (decoded) {
      views.push(view('decoded', decoded))
      unfold(decoded, scan(decoded.text), depth + 1, false, views)
    }
  }
  if (turned) return
  const plain = turnedBack(content, suspicions)
  if (plain === undefined) return
  views.push(plain)
  unfold(plain.content, scan(plain.content.text), depth + 1, true, views)
}

/** Letters under another alphabet, or text from its end to its beginning, where that reads as English. */
function turnedBack(content: MappedText, found: Suspicions): View | undefined {
  // single letters have no neighbours to be judged by
  const words = found.spaced ? joinSpelledOut(content) : content
  const { shifted, reversed } = found.spaced ? scan(words.text) : found
  const plain = shifted ? unshift(words) : undefined
  if (plain) return view('shifted', plain)
  const forwards = reversed ? unreverse(words) : undefined
  return forwards && view('reversed', forwards)
}

/** Letters set apart and letters written as digits; both at once too. */
function respell(content: MappedText, found: Suspicions, views: View[]): void {
  const joined = found.spaced ? joinSpelledOut(content) : content
  if (found.spaced) views.push(view('joined', joined))
  if (found.leet || (found.spaced && scan(joined.text).leet)) views.push(view('leet', undoLeet(joined)))
}

function view(kind: View['kind'], content: MappedText): View {
  return { kind, content: content.withText(lowerCase(content.text)) }
}

/** Lower case without changing the length: the few characters that would grow stay as they are. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return lower
  let result = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    const small = char.toLowerCase()
    result += small.length === 1 ? small : char
  }
  return result
}
