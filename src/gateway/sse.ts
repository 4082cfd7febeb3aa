import { AppError } from '../base/errors.ts'

/** One server-sent event, as WHATWG HTML 9.2 reads it; comments, `id` and `retry` are dropped and never forwarded. */
export interface SseEvent {
  /** The `event:` field, null when absent. */
  readonly name: string | null
  /** The `data:` lines joined by `\n`. */
  readonly data: string
}

/** Names go out again as we read them: what no dialect uses is refused rather than escaped. */
const EVENT_NAME = /^[a-z._]{1,64}$/

/**
 * Reads events from bytes as they arrive, however the bytes are split.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseDecoder {
  readonly #maxEventChars: number
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true })
  /** The unfinished last line. */
  #line = ''
  #data: string | null = null
  #name: string | null = null
  #dataChars = 0
  /** The last piece ended in CR: an LF that follows belongs to it. */
  #afterCr = false

  /** @param options.maxEventChars longest event, in UTF-16 units; a longer one is refused before it is complete. */
  constructor(options: { readonly maxEventChars: number }) {
    this.#maxEventChars = options.maxEventChars
  }

  /** @throws {AppError} UPSTREAM_UNAVAILABLE on invalid UTF-8, an event too long or a name that no dialect has. */
  push(bytes: Uint8Array): SseEvent[] {
    return this.#lines(this.#decode(bytes, true))
  }

  /** The stream ended. An event that lacks its empty line is given too: some servers omit the last one. */
  end(): SseEvent[] {
    const events = this.#lines(this.#decode(new Uint8Array(0), false))
    if (this.#line !== '') this.#field(this.#line)
    this.#line = ''
    const last = this.#dispatch()
    return last ? [...events, last] : events
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#utf8.decode(bytes, { stream })
    } catch {
      throw refused('is not valid UTF-8')
    }
  }

  #lines(text: string): SseEvent[] {
    const events: SseEvent[] = []
    let start = this.#afterCr && text.startsWith('\n') ? 1 : 0
    if (text !== '') this.#afterCr = false
    let cr = text.indexOf('\r', start)
    for (;;) {
      const lf = text.indexOf('\n', start)
      if (cr !== -1 && cr < start) cr = text.indexOf('\r', start)
      const end = cr !== -1 && (lf === -1 || cr < lf) ? cr : lf
      if (end === -1) break
      const event = this.#endLine(text.slice(start, end))
      if (event) events.push(event)
      start = end === cr && text.charCodeAt(end + 1) === 0x0a ? end + 2 : end + 1
      this.#afterCr = end === cr && start === text.length && end + 1 === text.length
    }
    this.#line += text.slice(start)
    if (this.#line.length + this.#dataChars > this.#maxEventChars) throw refused('has an event that is too long')
    return events
  }

  #endLine(rest: string): SseEvent | null {
    const line = this.#line + rest
    this.#line = ''
    if (line === '') return this.#dispatch()
    this.#field(line)
    return null
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    const from = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    const value = colon === -1 ? '' : line.slice(from)
    if (field === 'data') {
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`
      this.#dataChars += value.length + 1
      if (this.#dataChars > this.#maxEventChars) throw refused('has an event that is too long')
    } else {
      if (value !== '' && !EVENT_NAME.test(value)) throw refused('has an event with a name that no dialect has')
      this.#name = value === '' ? null : value
    }
  }

  #dispatch(): SseEvent | null {
    const event = this.#data === null ? null : { name: this.#name, data: this.#data }
    this.#data = null
    this.#name = null
    this.#dataChars = 0
    return event
  }
}

const LINE_BREAK = /\r\n|\r|\n/

/** One event as text, with the empty line that ends it. */
export function encodeSse(event: SseEvent): string {
  const name = event.name === null ? '' : `event: ${event.name}\n`
  if (!event.data.includes('\n') && !event.data.includes('\r')) return `${name}data: ${event.data}\n\n`
  const lines = event.data.split(LINE_BREAK).map((line) => `data: ${line}\n`)
  return `${name}${lines.join('')}\n`
}

function refused(what: string): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', `the answer of the model's server ${what}`)
}
