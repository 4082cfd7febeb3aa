const SIMPLE: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/' }),
)
const UNFINISHED = /\\(?:u[0-9a-fA-F]{0,3})?$/
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g

/**
 * Undoes the escapes of JSON text as it arrives, so that tool arguments are judged in the letters that the tool will read:
 * `\u0062omb` is `bomb`. What is no escape of JSON stays as it is.
 */
export class JsonUnescaper {
  #pending = ''

  /** Text so far readable; an escape that is cut off (at most 5 characters) waits for its rest. */
  push(piece: string): string {
    if (this.#pending === '' && !piece.includes('\\')) return piece
    let text = this.#pending + piece
    // A backslash that ends the text begins an escape only if it isn't itself escaped.
    const cut = unfinishedFrom(text)
    this.#pending = text.slice(cut)
    text = text.slice(0, cut)
    return text.replace(ESCAPE, (written: string, hex: string | undefined, letter: string | undefined) =>
      hex === undefined ? (SIMPLE.get(letter ?? '') ?? written) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }

  /** What is left when no more comes. */
  end(): string {
    const rest = this.#pending
    this.#pending = ''
    return rest
  }
}

export function unescapeJson(text: string): string {
  if (!text.includes('\\')) return text
  const unescaper = new JsonUnescaper()
  return unescaper.push(text) + unescaper.end()
}

function unfinishedFrom(text: string): number {
  const found = UNFINISHED.exec(text.slice(-6))
  if (found === null) return text.length
  const start = text.length - found[0].length
  let before = 0
  while (text.charCodeAt(start - 1 - before) === 0x5c) before++
  return before % 2 === 0 ? start : text.length
}
