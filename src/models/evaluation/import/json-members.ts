import { invalid } from './parsed-log.ts'

/** A member of the one object that a file is; `element` for one of an array that is read piece by piece. */
export interface Member {
  readonly key: string
  readonly element: boolean
  readonly text: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MAX_PIECE_BYTES = 64 * 1024 * 1024
const MAX_KEY_BYTES = 1_024

/**
 * The members of one large JSON object, one after the other, in bounded memory.
 *
 * @param inPieces arrays that are given element by element; everything else comes as a whole.
 * @param skipped members that are left out.
 * @throws {AppError} REQUEST_INVALID for what is no JSON object, for a key that stands twice, for a piece above 64 MiB
 */
export async function* jsonMembers(
  chunks: AsyncIterable<Uint8Array>,
  inPieces: ReadonlySet<string>,
  skipped: ReadonlySet<string>,
): AsyncGenerator<Member, void, undefined> {
  const scan = new Scanner(inPieces, skipped)
  for await (const chunk of chunks) {
    scan.take(chunk)
    yield* scan.found.splice(0)
  }
  scan.end()
}

type State = 'start' | 'key' | 'colon' | 'value' | 'element' | 'done'

class Scanner {
  readonly found: Member[] = []
  readonly #inPieces: ReadonlySet<string>
  readonly #skipped: ReadonlySet<string>
  readonly #keys = new Set<string>()
  #state: State = 'start'
  /** Open brackets within the piece that is being read. */
  #depth = 0
  #inString = false
  #escaped = false
  #key = ''
  /** Whether bytes of this piece are kept, and those kept before the present chunk. */
  #piece: Buffer[] | null = null
  #size = 0
  #from = 0

  constructor(inPieces: ReadonlySet<string>, skipped: ReadonlySet<string>) {
    this.#inPieces = inPieces
    this.#skipped = skipped
  }

  take(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#from = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0
      if (this.#inString) {
        i = this.#string(chunk, i)
        continue
      }
      switch (byte) {
        case QUOTE:
          this.#inString = true
          if (this.#state === 'key') this.#open(i)
          else this.#begins(i)
          break
        case 0x7b: // {
        case 0x5b: // [
          this.#opening(byte, i)
          break
        case 0x7d: // }
        case 0x5d: // ]
          this.#closing(chunk, byte, i)
          break
        case 0x2c: // ,
          if (this.#depth === 0) this.#comma(chunk, i)
          break
        case 0x3a: // :
          if (this.#state === 'colon') this.#state = 'value'
          else if (this.#depth === 0) throw invalid('is not a JSON object')
          break
        case 0x20:
        case 0x09:
        case 0x0a:
        case 0x0d:
          break
        default:
          this.#begins(i)
      }
    }
    this.#keep(chunk, chunk.length)
  }

  end(): void {
    if (this.#state !== 'done') throw invalid('ends in the middle')
  }

  /** Runs on to the end of the string, or of the chunk. @returns the index of the last byte that it took */
  #string(chunk: Buffer, at: number): number {
    let i = at
    for (; i < chunk.length; i++) {
      if (this.#escaped) this.#escaped = false
      else if (chunk[i] === BACKSLASH) this.#escaped = true
      else if (chunk[i] === QUOTE) {
        this.#inString = false
        if (this.#state === 'key') this.#endKey(chunk, i + 1)
        return i
      }
    }
    return i
  }

  #open(at: number): void {
    this.#piece = []
    this.#size = 0
    this.#from = at
  }

  /** The first byte of a value: from here on bytes are kept. */
  #begins(at: number): void {
    if (this.#state === 'start' || this.#state === 'key' || this.#state === 'colon' || this.#state === 'done') {
      throw invalid('is not a JSON object')
    }
    if (this.#depth === 0 && this.#piece === null && !this.#skipped.has(this.#key)) this.#open(at)
  }

  #opening(byte: number, at: number): void {
    if (this.#state === 'start' && byte === 0x7b) {
      this.#state = 'key'
      return
    }
    if (this.#state === 'value' && this.#depth === 0 && byte === 0x5b && this.#inPieces.has(this.#key)) {
      this.#state = 'element'
      return
    }
    this.#begins(at)
    this.#depth += 1
  }

  #closing(chunk: Buffer, byte: number, at: number): void {
    if (this.#depth > 0) {
      this.#depth -= 1
      return
    }
    if (this.#state === 'element' && byte === 0x5d) {
      this.#endPiece(chunk, at)
      this.#state = 'value'
    } else if ((this.#state === 'value' || this.#state === 'key') && byte === 0x7d) {
      this.#endPiece(chunk, at)
      this.#state = 'done'
    } else throw invalid('is not a JSON object')
  }

  #comma(chunk: Buffer, at: number): void {
    if (this.#state !== 'element' && this.#state !== 'value') throw invalid('is not a JSON object')
    this.#endPiece(chunk, at)
    if (this.#state === 'value') this.#state = 'key'
  }

  #endKey(chunk: Buffer, at: number): void {
    this.#keep(chunk, at)
    const bytes = Buffer.concat(this.#piece ?? [])
    this.#piece = null
    if (bytes.length > MAX_KEY_BYTES) throw invalid('has a key that is too long')
    this.#key = String(JSON.parse(bytes.toString()))
    if (this.#keys.has(this.#key)) throw invalid('has a key that stands twice: it was put together by hand')
    this.#keys.add(this.#key)
    this.#state = 'colon'
  }

  #endPiece(chunk: Buffer, at: number): void {
    if (this.#piece === null) return
    this.#keep(chunk, at)
    const text = Buffer.concat(this.#piece).toString('utf8')
    this.#piece = null
    this.found.push({ key: this.#key, element: this.#state === 'element', text })
  }

  #keep(chunk: Buffer, to: number): void {
    if (this.#piece === null) return
    const part = chunk.subarray(this.#from, to)
    this.#size += part.length
    if (this.#size > MAX_PIECE_BYTES) throw invalid('has a sample, or a part, of more than 64 MiB')
    this.#piece.push(part)
    this.#from = to
  }
}
