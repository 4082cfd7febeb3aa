import { decodeBase64At, decodeHexAt, isRunUnit, type Tried } from './decode-runs.ts'
import { covering, type MappedText, MappedTextBuilder } from './mapped-text.ts'
import { decodeBinaryAt, decodeMorseAt } from './marks.ts'
import { isHex } from './scan.ts'

/** Character references that matter in disguised words; any other name stays as it is. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwj: '',
  zwnj: '',
  lowbar: '_',
  hyphen: '-',
  period: '.',
  sol: '/',
  bsol: '\\',
  num: '#',
  percnt: '%',
  semi: ';',
  colon: ':',
  equals: '=',
  plus: '+',
  Tab: '\t',
  NewLine: '\n',
}
const MAX_REFERENCE = 12

/**
 * Replaces base64, hexadecimal, binary and Morse code, percent escapes, character references and backslash escapes by what they say, in place.
 * Each output unit comes from at least one input unit, so the result is never longer; each input unit is read a fixed
 * number of times. Undefined when there was nothing to decode.
 */
export function decode(source: MappedText): MappedText | undefined {
  const { text } = source
  const out = new MappedTextBuilder(text.length)
  const tried: Tried = { hex: 0, base64: 0, binary: 0, morse: 0 }
  let changed = false
  for (let i = 0; i < text.length; ) {
    const unit = text.charCodeAt(i)
    let end = 0
    if (unit === 0x25) end = percent(source, i, out)
    else if (unit === 0x26) end = reference(source, i, out)
    else if (unit === 0x5c) end = backslash(source, i, out)
    else if (unit === 0x2e || (unit === 0x2d && i >= tried.base64)) end = marked(source, i, out, tried)
    if (end === 0 && isRunUnit(unit)) end = run(source, i, unit, out, tried)
    if (end > 0) {
      changed = true
      i = end
      continue
    }
    out.push(unit, source.originStart(i), source.originEnd(i))
    i += 1
  }
  return changed ? out.build() : undefined
}

/** Morse code is tried where its marks begin. */
function marked(source: MappedText, at: number, out: MappedTextBuilder, tried: Tried): number {
  return at >= tried.morse ? decodeMorseAt(source, at, out, tried) : 0
}

/** Hexadecimal is tried where its digits begin, base64 at the first character of a run. */
function run(source: MappedText, at: number, unit: number, out: MappedTextBuilder, tried: Tried): number {
  const previous = at === 0 ? 0 : source.text.charCodeAt(at - 1)
  if (at >= tried.binary && (unit === 0x30 || unit === 0x31) && !isRunUnit(previous)) {
    const end = decodeBinaryAt(source, at, out, tried)
    if (end > 0) return end
  }
  if (at >= tried.hex && isHex(unit) && !isHex(previous)) {
    const end = decodeHexAt(source, at, out, tried)
    if (end > 0) return end
  }
  return at >= tried.base64 && !isRunUnit(previous) ? decodeBase64At(source, at, out, tried) : 0
}

function hexValue(text: string, start: number, end: number): number {
  for (let i = start; i < end; i++) if (!isHex(text.charCodeAt(i))) return -1
  return start < end && end <= text.length ? Number.parseInt(text.slice(start, end), 16) : -1
}

/** A row of `%XX`: bytes of UTF-8. */
function percent(source: MappedText, at: number, out: MappedTextBuilder): number {
  const { text } = source
  const bytes: number[] = []
  let end = at
  while (text.charCodeAt(end) === 0x25) {
    const value = hexValue(text, end + 1, end + 3)
    if (value < 0) break
    bytes.push(value)
    end += 3
  }
  pushBytes(
    bytes,
    (k) => [source.spanStart(at + 3 * k, at + 3 * k + 3), source.spanEnd(at + 3 * k, at + 3 * k + 3)],
    out,
  )
  return bytes.length > 0 ? end : 0
}

/** Bytes as UTF-8: each ASCII byte keeps its own place, other sequences share the whole stretch. */
export function pushBytes(bytes: readonly number[], origin: (k: number) => [number, number], out: MappedTextBuilder) {
  if (bytes.length === 0) return
  if (bytes.every((byte) => byte < 0x80)) {
    bytes.forEach((byte, k) => {
      out.push(byte, ...origin(k))
    })
    return
  }
  out.pushText(Buffer.from(bytes).toString('utf8'), ...covering(origin(0), origin(bytes.length - 1)))
}

/** `&#83;`, `&#x53;`, `&amp;`; the semicolon may be missing, as browsers allow. */
function reference(source: MappedText, at: number, out: MappedTextBuilder): number {
  const body = source.text.slice(at + 1, at + 1 + MAX_REFERENCE)
  const match = /^(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]{2,8})(?=;));?/.exec(body)
  if (match === null) return 0
  const [whole, hex, decimal, name] = match
  const end = at + 1 + whole.length
  const replacement =
    name !== undefined ? NAMED[name] : fromCodePoint(Number.parseInt(hex ?? decimal ?? '', hex ? 16 : 10))
  if (replacement === undefined) return 0
  out.pushText(replacement, source.spanStart(at, end), source.spanEnd(at, end))
  return end
}

/** `\x53`, `\u0053`, `\u{53}`, `\U00000053`. */
function backslash(source: MappedText, at: number, out: MappedTextBuilder): number {
  const match = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8}))/.exec(
    source.text.slice(at + 1, at + 10),
  )
  if (match === null) return 0
  const end = at + 1 + match[0].length
  const char = fromCodePoint(Number.parseInt(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '', 16))
  if (char === undefined) return 0
  out.pushText(char, source.spanStart(at, end), source.spanEnd(at, end))
  return end
}

function fromCodePoint(codePoint: number): string | undefined {
  return codePoint >= 0 && codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined
}
