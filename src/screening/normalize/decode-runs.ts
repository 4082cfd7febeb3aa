import { covering, type MappedText, type MappedTextBuilder } from './mapped-text.ts'
import { isHex, isLetterOrDigit, MAX_SPACED_GAP, MIN_ENCODED_RUN, MIN_HEX_BYTES } from './scan.ts'

/** How far failed attempts have read, so that nothing is read again from the next line or the next byte of a row. */
export interface Tried {
  hex: number
  base64: number
  binary: number
  morse: number
}

/** Characters of base64, of either alphabet. */
export function isRunUnit(unit: number): boolean {
  return isLetterOrDigit(unit) || unit === 0x2b || unit === 0x2f || unit === 0x2d || unit === 0x5f
}

/** Fewer readable bytes in a row than this may be chance (odds about 1 in 100,000 per place). */
const MIN_READABLE = 12
/** Lines of encoded text at least this long go on in the next line. */
const MIN_WRAPPED_LINE = 40

const base64Values = new Int8Array(128).fill(-1)
for (const [i, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  base64Values[char.charCodeAt(0)] = i
}
base64Values[0x2d] = 62
base64Values[0x5f] = 63
/** The same alphabet after rot13 has turned its letters. */
const turnedValues = base64Values.map((value, unit) => {
  const letter = unit & 0x1f
  const isLetter = (unit & 0x40) !== 0 && letter >= 1 && letter <= 26
  return isLetter ? (base64Values[letter <= 13 ? unit + 13 : unit - 13] ?? -1) : value
})

/** The characters of an encoded run, line breaks left out, and where it ends. */
interface Run {
  readonly positions: Uint32Array
  readonly length: number
  readonly end: number
}

function collect(text: string, start: number, accepts: (unit: number) => boolean): Run {
  let end = start
  let line = 0
  let length = 0
  let positions = new Uint32Array(128)
  while (end < text.length) {
    if (accepts(text.charCodeAt(end))) {
      if (length === positions.length) {
        const larger = new Uint32Array(length * 2)
        larger.set(positions)
        positions = larger
      }
      positions[length++] = end++
      line += 1
      continue
    }
    const next = text.charCodeAt(end) === 0x0d ? end + 1 : end
    if (line < MIN_WRAPPED_LINE || text.charCodeAt(next) !== 0x0a || !fillsLine(text, next + 1, accepts)) break
    end = next + 1
    line = 0
  }
  return { positions, length, end }
}

/** Whether nothing but the run stands on the line, so that prose after an encoded block is not taken for its next line. */
function fillsLine(text: string, start: number, accepts: (unit: number) => boolean): boolean {
  let end = start
  while (end < text.length && accepts(text.charCodeAt(end))) end += 1
  const after = text[end]
  return end > start && (after === undefined || after === '\n' || after === '\r' || after === '=')
}

/**
 * Decodes the base64 (or base64url) run that starts at `start` and appends it; what is not readable stays as it was.
 * All four alignments are tried, so letters put before the run don't hide it, and rot13 of the run too, since no
 * letter statistics give that away. The reading with the longest readable stretch counts.
 *
 * @returns where the run ended, or 0 when nothing in it was readable
 */
export function decodeBase64At(source: MappedText, start: number, out: MappedTextBuilder, tried: Tried): number {
  const run = collect(source.text, start, isRunUnit)
  tried.base64 = run.end
  if (run.length < MIN_ENCODED_RUN) return 0
  const straight = bestAlignment(source.text, run, base64Values)
  const turned = bestAlignment(source.text, run, turnedValues)
  const best = (turned?.bytes.length ?? 0) > (straight?.bytes.length ?? 0) ? turned : straight
  return best === undefined ? 0 : emit(source, run, best, out)
}

function bestAlignment(text: string, run: Run, values: Int8Array): Stretch | undefined {
  let best: Stretch | undefined
  for (let shift = 0; shift < 4; shift++) {
    const stretch = longestReadable(base64Bytes(text, run, shift, values))
    if (stretch && (best === undefined || stretch.bytes.length > best.bytes.length)) {
      best = { ...stretch, unitsPerByte: 4 / 3, shift }
    }
  }
  return best
}

function base64Bytes(text: string, run: Run, shift: number, values: Int8Array): Uint8Array {
  const bytes = new Uint8Array(Math.floor(((run.length - shift) * 3) / 4))
  let held = 0
  let bits = 0
  let n = 0
  for (let k = shift; k < run.length; k++) {
    held = ((held << 6) | (values[text.charCodeAt(run.positions[k] ?? 0)] ?? 0)) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[n++] = (held >> bits) & 0xff
    }
  }
  return bytes.subarray(0, n)
}

/** Decodes hexadecimal at `start`: a solid run (`48656c6c…`), or bytes set apart (`48 65 6c`, `0x48,0x65`). */
export function decodeHexAt(source: MappedText, start: number, out: MappedTextBuilder, tried: Tried): number {
  const skip = source.text.startsWith('0x', start) || source.text.startsWith('0X', start) ? 2 : 0
  const run = collect(source.text, start + skip, isHex)
  if (run.length < MIN_ENCODED_RUN) return hexBytesAt(source, start, out, tried)
  tried.hex = run.end
  let best: Stretch | undefined
  for (let shift = 0; shift < 2; shift++) {
    const bytes = new Uint8Array((run.length - shift) >> 1)
    for (let k = 0; k < bytes.length; k++) {
      const high = source.text[run.positions[shift + 2 * k] ?? 0] ?? ''
      bytes[k] = Number.parseInt(high + (source.text[run.positions[shift + 2 * k + 1] ?? 0] ?? ''), 16)
    }
    const stretch = longestReadable(bytes, 8)
    if (stretch && (best === undefined || stretch.bytes.length > best.bytes.length)) {
      best = { ...stretch, unitsPerByte: 2, shift }
    }
  }
  return best === undefined ? 0 : emit(source, run, best, out)
}

function hexBytesAt(source: MappedText, start: number, out: MappedTextBuilder, tried: Tried): number {
  const { text } = source
  const bytes: number[] = []
  const starts: number[] = []
  let at = start
  let end = start
  while (at < text.length) {
    const digits = text[at] === '0' && (text[at + 1] === 'x' || text[at + 1] === 'X') ? at + 2 : at
    const isByte = isHex(text.charCodeAt(digits)) && isHex(text.charCodeAt(digits + 1))
    if (!isByte || isLetterOrDigit(text.charCodeAt(digits + 2))) break
    bytes.push(Number.parseInt(text.slice(digits, digits + 2), 16))
    starts.push(at)
    end = digits + 2
    at = end
    while (at < text.length && at - end <= MAX_SPACED_GAP && !isLetterOrDigit(text.charCodeAt(at))) at += 1
  }
  tried.hex = Math.max(tried.hex, end)
  if (bytes.length < MIN_HEX_BYTES || longestReadable(Uint8Array.from(bytes), bytes.length) === undefined) return 0
  const decoded = Buffer.from(bytes).toString('utf8')
  for (let k = 0; k < decoded.length; k++) {
    const from = decoded.length === bytes.length ? (starts[k] ?? start) : start
    const to = decoded.length === bytes.length ? (starts[k + 1] ?? end) : end
    out.push(decoded.charCodeAt(k), source.spanStart(from, to), source.spanEnd(from, to))
  }
  return end
}

interface Readable {
  readonly first: number
  readonly bytes: Uint8Array
}
interface Stretch extends Readable {
  readonly unitsPerByte: number
  readonly shift: number
}

/** The longest stretch of printable UTF-8, if it has at least `minimum` bytes. */
function longestReadable(bytes: Uint8Array, minimum = MIN_READABLE): Readable | undefined {
  let bestFirst = 0
  let bestLength = 0
  let first = 0
  for (let i = 0; i < bytes.length; ) {
    const width = readableWidth(bytes, i)
    i += Math.max(1, width)
    if (width === 0) first = i
    else if (i - first > bestLength) {
      bestFirst = first
      bestLength = i - first
    }
  }
  return bestLength < minimum
    ? undefined
    : { first: bestFirst, bytes: bytes.subarray(bestFirst, bestFirst + bestLength) }
}

function readableWidth(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return lead >= 0x20 ? (lead === 0x7f ? 0 : 1) : lead === 9 || lead === 10 || lead === 13 ? 1 : 0
  const width = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0
  if (width === 0 || lead > 0xf4) return 0
  for (let k = 1; k < width; k++) if (((bytes[at + k] ?? 0) & 0xc0) !== 0x80) return 0
  return width
}

/** Appends the run with its readable stretch decoded and the rest as it stood. */
function emit(source: MappedText, run: Run, stretch: Stretch, out: MappedTextBuilder): number {
  const { text } = source
  const unitAt = (byte: number) => Math.floor(stretch.shift + byte * stretch.unitsPerByte)
  const from = unitAt(stretch.first)
  const until = Math.min(
    run.length,
    Math.ceil(stretch.shift + (stretch.first + stretch.bytes.length) * stretch.unitsPerByte),
  )
  const keep = (k: number) => {
    const at = run.positions[k] ?? 0
    out.push(text.charCodeAt(at), source.originStart(at), source.originEnd(at))
  }
  for (let k = 0; k < from; k++) keep(k)
  const origin = (byte: number): [number, number] => {
    const first = unitAt(stretch.first + byte)
    const last = Math.min(
      run.length - 1,
      Math.ceil(stretch.shift + (stretch.first + byte + 1) * stretch.unitsPerByte) - 1,
    )
    const [start, end] = [run.positions[first] ?? 0, (run.positions[last] ?? 0) + 1]
    return [source.spanStart(start, end), source.spanEnd(start, end)]
  }
  const decoded = Buffer.from(stretch.bytes).toString('utf8')
  for (let k = 0; k < decoded.length; k++) {
    const [start, end] =
      decoded.length === stretch.bytes.length ? origin(k) : covering(origin(0), origin(stretch.bytes.length - 1))
    out.push(decoded.charCodeAt(k), start, end)
  }
  for (let k = until; k < run.length; k++) keep(k)
  return run.end
}
