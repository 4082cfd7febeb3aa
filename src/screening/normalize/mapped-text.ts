/** A text made from another one, which remembers for each character where it came from. */
export class MappedText {
  readonly text: string
  readonly #from: Uint32Array | undefined
  readonly #to: Uint32Array | undefined

  private constructor(text: string, from?: Uint32Array, to?: Uint32Array) {
    this.text = text
    this.#from = from
    this.#to = to
  }

  /** A text that stands where it always stood. */
  static identity(text: string): MappedText {
    return new MappedText(text)
  }

  /** Original offsets per UTF-16 unit of `text`: unit `i` came from [from[i], to[i]). */
  static of(text: string, from: Uint32Array, to: Uint32Array): MappedText {
    return new MappedText(text, from, to)
  }

  /** The same positions under another text of equal length, such as a lower-cased one. */
  withText(text: string): MappedText {
    return new MappedText(text, this.#from, this.#to)
  }

  /** First original unit that unit `i` came from. */
  originStart(i: number): number {
    return this.#from?.[i] ?? i
  }

  /** One past the last original unit that unit `i` came from. */
  originEnd(i: number): number {
    return this.#to?.[i] ?? i + 1
  }

  /** First original unit of what units [start, end) came from, at least one of them; they may stand backwards. */
  spanStart(start: number, end: number): number {
    return Math.min(this.originStart(start), this.originStart(end - 1))
  }

  /** One past the last original unit of what units [start, end) came from. */
  spanEnd(start: number, end: number): number {
    return Math.max(this.originEnd(start), this.originEnd(end - 1))
  }

  /** The original stretch that covers units [start, end); empty stretches map to an empty one. */
  originalRange(start: number, end: number): { start: number; end: number } {
    if (end <= start) return { start: this.originStart(start), end: this.originStart(start) }
    let first = this.originStart(start)
    let last = this.originEnd(end - 1)
    if (this.#from === undefined) return { start: first, end: last }
    for (let i = start; i < end; i++) {
      first = Math.min(first, this.originStart(i))
      last = Math.max(last, this.originEnd(i))
    }
    return { start: first, end: last }
  }
}

/** The stretch that covers two, in whichever order they stand. */
export function covering(one: readonly [number, number], other: readonly [number, number]): [number, number] {
  return [Math.min(one[0], other[0]), Math.max(one[1], other[1])]
}

/** Builds a MappedText unit by unit; `capacity` is a hard bound that the caller proves. */
export class MappedTextBuilder {
  readonly #units: Uint16Array
  readonly #from: Uint32Array
  readonly #to: Uint32Array
  #length = 0

  constructor(capacity: number) {
    this.#units = new Uint16Array(capacity)
    this.#from = new Uint32Array(capacity)
    this.#to = new Uint32Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  push(unit: number, from: number, to: number): void {
    this.#units[this.#length] = unit
    this.#from[this.#length] = from
    this.#to[this.#length] = to
    this.#length += 1
  }

  pushText(text: string, from: number, to: number): void {
    for (let i = 0; i < text.length; i++) this.push(text.charCodeAt(i), from, to)
  }

  build(): MappedText {
    const text = Buffer.from(this.#units.buffer, 0, this.#length * 2).toString('utf16le')
    return MappedText.of(text, this.#from.subarray(0, this.#length), this.#to.subarray(0, this.#length))
  }
}
