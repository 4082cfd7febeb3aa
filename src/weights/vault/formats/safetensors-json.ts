import { malformed } from './tensor.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])
/** What may stand after a backslash, but for the `u`: " \ / b f n r t. */
const ESCAPED: ReadonlySet<number> = new Set([QUOTE, BACKSLASH, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74])
const HEX = /^[0-9a-fA-F]{4}$/
/** Digits of 2^53 − 1. */
const MAX_DIGITS = 16

/**
 * Steps through JSON in the bytes themselves, token by token: a header of 100 MB read by JSON.parse would take many times its size. One pass;
 * numbers are digits only, as the reference has them.
 *
 * @see RFC 8259
 */
export class HeaderJson {
  readonly #bytes: Buffer
  #at = 0

  /** @param bytes valid UTF-8 */
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Takes the punctuation if it comes next. */
  accept(mark: string): boolean {
    this.#skipSpaces()
    if (this.#bytes[this.#at] !== mark.charCodeAt(0)) return false
    this.#at++
    return true
  }

  expect(mark: string): void {
    if (!this.accept(mark)) throw this.invalid(`has no ${mark} where one belongs`)
  }

  end(): void {
    this.#skipSpaces()
    if (this.#at !== this.#bytes.length) throw this.invalid('goes on after its end')
  }

  text(maxBytes: number): string {
    const start = this.#at
    this.skipText(maxBytes)
    const text: unknown = JSON.parse(this.#bytes.toString('utf8', start, this.#at))
    if (typeof text !== 'string' || !text.isWellFormed()) throw this.invalid('has a lone surrogate')
    return text
  }

  /** @param maxBytes as written, between the quotes */
  skipText(maxBytes = this.#bytes.length): void {
    this.expect('"')
    const last = this.#at + maxBytes
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte === QUOTE) break
      if (this.#at >= last) throw this.invalid(`has a text of more than ${maxBytes} bytes`)
      if (byte === undefined || byte < 0x20) throw this.invalid('has a text that does not end')
      this.#at += byte === BACKSLASH ? this.#escapeLength() : 1
    }
    this.#at++
  }

  /** A whole number from 0 to 2^53 − 1. */
  integer(): number {
    this.#skipSpaces()
    const start = this.#at
    while (isDigit(this.#bytes[this.#at]) && this.#at - start <= MAX_DIGITS) this.#at++
    const digits = this.#bytes.toString('latin1', start, this.#at)
    const number = Number(digits)
    if (digits === '' || (digits.startsWith('0') && digits !== '0') || !Number.isSafeInteger(number))
      throw this.invalid('has no whole number below 2^53 where one belongs')
    return number
  }

  integers(max: number): number[] {
    this.expect('[')
    const numbers: number[] = []
    if (this.accept(']')) return numbers
    do {
      if (numbers.length === max) throw this.invalid(`has a list of more than ${max} numbers`)
      numbers.push(this.integer())
    } while (this.accept(','))
    this.expect(']')
    return numbers
  }

  invalid(what: string): Error {
    return malformed('safetensors', `its header ${what} (byte ${this.#at})`)
  }

  #skipSpaces(): void {
    while (SPACES.has(this.#bytes[this.#at] ?? 0)) this.#at++
  }

  #escapeLength(): number {
    const escaped = this.#bytes[this.#at + 1] ?? 0
    if (ESCAPED.has(escaped)) return 2
    if (escaped === LETTER_U && HEX.test(this.#bytes.toString('latin1', this.#at + 2, this.#at + 6))) return 6
    throw this.invalid('has an escape that JSON does not know')
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
