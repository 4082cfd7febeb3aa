import type { Json } from '../../base/json.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/**
 * A JSON object with other top-level members: those of `set` come first, those of `remove` and the earlier ones of `set` go, and what is left
 * stays byte for byte as it was judged. Parsing and writing it again would not keep numbers as they stand.
 *
 * @param body a JSON object that was read strictly: valid, UTF-8, no key twice.
 */
export function editMembers(
  body: Uint8Array,
  change: { readonly set?: Readonly<Record<string, Json>>; readonly remove?: readonly string[] },
): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const { set = {}, remove = [] } = change
  const gone = new Set([...remove, ...Object.keys(set)])
  const parts: Uint8Array[] = Object.entries(set).map(([key, value]) =>
    Buffer.from(`${JSON.stringify(key)}:${JSON.stringify(value)}`),
  )
  for (const { key, start, end } of membersOf(bytes)) if (!gone.has(key)) parts.push(bytes.subarray(start, end))
  return Buffer.concat([
    Buffer.from('{'),
    ...parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from(','), part])),
    Buffer.from('}'),
  ])
}

interface Member {
  readonly key: string
  /** Of its key's first quote. */
  readonly start: number
  /** After its value, with the white space that follows. */
  readonly end: number
}

function* membersOf(bytes: Buffer): Generator<Member> {
  let i = bytes.indexOf(OPEN_BRACE) + 1
  for (;;) {
    const start = bytes.indexOf(QUOTE, i)
    if (start === -1) return
    const keyEnd = endOfString(bytes, start)
    const end = endOfValue(bytes, bytes.indexOf(COLON, keyEnd) + 1)
    const key: unknown = JSON.parse(bytes.toString('utf8', start, keyEnd))
    yield { key: String(key), start, end }
    if (bytes[end] !== COMMA) return
    i = end + 1
  }
}

/** Position of the comma or brace that follows the value. */
function endOfValue(bytes: Buffer, from: number): number {
  let depth = 0
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) i = endOfString(bytes, i) - 1
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACE)) return i
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
  }
  return bytes.length
}

/** After the closing quote of the string that `start` opens. */
function endOfString(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0
    while (bytes[end - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end + 1
  }
  return bytes.length
}
