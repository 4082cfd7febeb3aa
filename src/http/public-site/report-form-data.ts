import { AppError } from '../../base/errors.ts'

/** What a form may hold at most; whatever is over is refused as soon as that is known. */
export interface FormLimits {
  readonly totalBytes: number
  /** By the names of the fields that there are; no other is taken, and each once. */
  readonly fieldBytes: Readonly<Record<string, number>>
  /** Name of the one field that takes files. */
  readonly fileField: string
  readonly files: number
  readonly fileBytes: number
}

export interface FormData {
  readonly fields: ReadonlyMap<string, string>
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[]
}

interface Part {
  readonly name: string
  readonly fileName: string | null
  readonly maxBytes: number
  readonly chunks: Buffer[]
  sizeBytes: number
}

const MOST_HEADER_BYTES = 1_024
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/
const CONTENT_TYPE = /^multipart\/form-data\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*$/i
const DISPOSITION = /^form-data; name="([a-z0-9]{1,40})"(?:; filename="([^"\r\n]*)")?$/
const CRLF = Buffer.from('\r\n')
const HEADERS_END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/** The boundary that a content type names. @throws {AppError} REQUEST_INVALID */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = CONTENT_TYPE.exec(contentType) ?? []
  const boundary = quoted ?? plain ?? ''
  if (!BOUNDARY.test(boundary)) throw invalid('not a form as browsers send it')
  return boundary
}

/**
 * Reads a form as browsers send it, piece by piece and in one pass: what is larger than allowed, of more parts, nested, of unknown names or
 * otherwise not what a browser makes of our form is refused at the byte that shows it. The grammar is narrower than the RFC's on purpose: no
 * preamble, no folded headers, no transfer encodings, no charset but UTF-8.
 *
 * @see RFC 7578; HTML Standard, "multipart/form-data encoding algorithm"
 */
export class FormReader {
  readonly #limits: FormLimits
  readonly #delimiter: Buffer
  readonly #fields = new Map<string, string>()
  readonly #files: { name: string; bytes: Buffer }[] = []
  #state: 'start' | 'headers' | 'body' | 'after' | 'end' = 'start'
  #part: Part | null = null
  #held: Buffer = EMPTY
  #total = 0

  /** @param boundary as `boundaryOf` gives it */
  constructor(boundary: string, limits: FormLimits) {
    this.#limits = limits
    this.#delimiter = Buffer.from(`\r\n--${boundary}`)
  }

  /** @throws {AppError} REQUEST_INVALID, REQUEST_TOO_LARGE */
  push(chunk: Uint8Array): void {
    this.#total += chunk.length
    if (this.#total > this.#limits.totalBytes) throw tooLarge('This is more than the form takes.')
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk])
    while (this.#step());
  }

  /** @throws {AppError} REQUEST_INVALID: it broke off */
  end(): FormData {
    const rest = this.#held
    if (this.#state !== 'end' || (rest.length > 0 && !rest.equals(CRLF))) throw invalid('the form broke off')
    return { fields: this.#fields, files: this.#files }
  }

  /** @returns false when more must come first */
  #step(): boolean {
    switch (this.#state) {
      case 'start':
        return this.#start()
      case 'after':
        return this.#after()
      case 'headers':
        return this.#headers()
      case 'body':
        return this.#body()
      case 'end':
        if (this.#held.length > CRLF.length) throw invalid('the form goes on after its end')
        return false
    }
  }

  /** The first boundary, without the line break that others have before them. */
  #start(): boolean {
    const first = this.#delimiter.subarray(CRLF.length)
    if (this.#held.length < first.length) return false
    if (!this.#held.subarray(0, first.length).equals(first)) throw invalid('the form does not begin with its boundary')
    this.#held = this.#held.subarray(first.length)
    this.#state = 'after'
    return true
  }

  /** After a boundary: another part, or the end. */
  #after(): boolean {
    if (this.#held.length < 2) return false
    const next = this.#held.toString('latin1', 0, 2)
    if (next !== '\r\n' && next !== '--') throw invalid('a boundary of the form is damaged')
    this.#held = this.#held.subarray(2)
    this.#state = next === '--' ? 'end' : 'headers'
    return true
  }

  #headers(): boolean {
    const end = this.#held.indexOf(HEADERS_END)
    if (end > MOST_HEADER_BYTES || (end < 0 && this.#held.length > MOST_HEADER_BYTES))
      throw invalid('the head of a part is too long')
    if (end < 0) return false
    this.#part = this.#opened(this.#held.toString('utf8', 0, end))
    this.#held = this.#held.subarray(end + HEADERS_END.length)
    this.#state = 'body'
    return true
  }

  #opened(head: string): Part {
    const lines = head.split('\r\n')
    let named: RegExpExecArray | null = null
    for (const line of lines) {
      const [, name, value = ''] = /^([A-Za-z-]{1,40}):\s*(.*)$/s.exec(line) ?? []
      const header = name?.toLowerCase()
      if (header === 'content-disposition' && named === null) named = DISPOSITION.exec(value)
      else if (header !== 'content-type' || /^multipart\//i.test(value))
        throw invalid('a part of the form is of no kind that is taken')
    }
    const [, name = '', fileName = null] = named ?? []
    const { fieldBytes, fileField, files, fileBytes } = this.#limits
    if (named === null) throw invalid('a part of the form has no name')
    if (name === fileField && fileName !== null) {
      if (this.#files.length >= files) throw invalid(`At most ${files} files come with a report`)
      return { name, fileName: decodedName(fileName), maxBytes: fileBytes, chunks: [], sizeBytes: 0 }
    }
    const maxBytes = Object.hasOwn(fieldBytes, name) ? fieldBytes[name] : undefined
    if (maxBytes === undefined || fileName !== null) throw invalid('the form has a field that is none of its own')
    if (this.#fields.has(name)) throw invalid('a field of the form came twice')
    return { name, fileName: null, maxBytes, chunks: [], sizeBytes: 0 }
  }

  #body(): boolean {
    const part = this.#part
    if (part === null) return false
    const end = this.#held.indexOf(this.#delimiter)
    // What could be the start of a boundary waits for the rest of it.
    const sure = end < 0 ? this.#held.length - (this.#delimiter.length - 1) : end
    if (sure > 0) {
      part.sizeBytes += sure
      if (part.sizeBytes > part.maxBytes)
        throw tooLarge(part.fileName === null ? 'One of the texts is too long.' : 'A file is larger than 5 MiB.')
      part.chunks.push(this.#held.subarray(0, sure))
      this.#held = this.#held.subarray(sure)
    }
    if (end < 0) return false
    this.#held = this.#held.subarray(this.#delimiter.length)
    this.#close(part)
    this.#part = null
    this.#state = 'after'
    return true
  }

  #close({ name, fileName, chunks }: Part): void {
    const bytes = Buffer.concat(chunks)
    if (fileName === null) this.#fields.set(name, decodedText(bytes))
    // A file field that was left empty comes as a file without name and bytes.
    else if (fileName !== '' || bytes.length > 0) this.#files.push({ name: fileName, bytes })
  }
}

/** Browsers write a quote and line breaks in names as %22, %0D and %0A. */
function decodedName(name: string): string {
  return name.replaceAll('%22', '"').replace(/%0[DA]/gi, ' ')
}

function decodedText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid('the form is not UTF-8')
  }
}

function invalid(why: string): AppError {
  return new AppError('REQUEST_INVALID', why)
}

function tooLarge(message: string): AppError {
  return new AppError('REQUEST_TOO_LARGE', message)
}
