import { CONFUSABLES } from './confusables.ts'
import { type MappedText, MappedTextBuilder } from './mapped-text.ts'

/** No code point may grow to more than this many UTF-16 units per unit it had (U+FDFA alone would give 18). */
export const MAX_FOLD_GROWTH = 3

/** Zero-width and bidirectional controls, variation selectors, fillers: nothing that a reader sees. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Mn}\p{Me}]/u
const MARKS = /[\p{Mn}\p{Me}]/gu
const CACHE_LIMIT = 16_384

const confusables = new Map<number, string>()
for (const [target, codePoints] of Object.entries(CONFUSABLES)) {
  for (const hex of codePoints.split(' ')) confusables.set(Number.parseInt(hex, 16), target)
}

const folded = new Map<number, string>()

/**
 * What a reader, or a model, takes a code point for: look-alikes become ASCII, compatibility forms their plain letter,
 * accents and invisible characters go, tag characters give the ASCII that they hide.
 *
 * @see UTS #39 section 4 (skeleton), UAX #15 (NFKC), Unicode 16 section 23.9 (tag characters)
 */
export function foldCodePoint(codePoint: number): string {
  const known = folded.get(codePoint)
  if (known !== undefined) return known
  if (folded.size >= CACHE_LIMIT) folded.clear()
  const result = computeFold(codePoint)
  folded.set(codePoint, result)
  return result
}

function computeFold(codePoint: number): string {
  if (codePoint >= 0xe0020 && codePoint <= 0xe007e) return String.fromCharCode(codePoint - 0xe0000)
  const char = String.fromCodePoint(codePoint)
  const lookAlike = confusables.get(codePoint)
  if (lookAlike !== undefined) return lookAlike
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return char
  if (INVISIBLE.test(char)) return ''
  let plain = ''
  for (const part of char.normalize('NFKC').normalize('NFD').replace(MARKS, '')) {
    plain += confusables.get(part.codePointAt(0) ?? 0) ?? part
  }
  plain = plain.normalize('NFC')
  return plain.length > MAX_FOLD_GROWTH * char.length ? char : plain
}

/** The whole text folded, at most MAX_FOLD_GROWTH times as long, in time linear in its length. */
export function fold(source: MappedText): MappedText {
  const { text } = source
  const builder = new MappedTextBuilder(text.length * MAX_FOLD_GROWTH)
  for (let i = 0; i < text.length; ) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      builder.push(unit, source.originStart(i), source.originEnd(i))
      i += 1
      continue
    }
    const codePoint = text.codePointAt(i) ?? unit
    const width = codePoint > 0xffff ? 2 : 1
    builder.pushText(foldCodePoint(codePoint), source.spanStart(i, i + width), source.spanEnd(i, i + width))
    i += width
  }
  return builder.build()
}
