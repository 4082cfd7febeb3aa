/** Work that waits for a model run; `length` in tokens. */
export interface Sized {
  readonly length: number
}

/** Rows of a run are padded to one of these widths. */
const WIDTHS = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512]

/** The smallest width that holds `length` tokens; longer rows get their own. */
export function widthFor(length: number): number {
  return WIDTHS.find((width) => width >= length) ?? length
}

/**
 * Waiting rows, oldest first. A batch is the oldest row and those of like length that came after it, so nothing waits for a
 * batch to fill, nothing is overtaken for ever, and little is spent on padding.
 */
export class BatchQueue<Item extends Sized> {
  #items: Item[] = []
  readonly #maxItems: number
  readonly #maxTokens: number

  /** `maxTokens` bounds rows × width of a batch, and with it how long one run takes; a single row may exceed it. */
  constructor(maxItems: number, maxTokens: number) {
    this.#maxItems = maxItems
    this.#maxTokens = maxTokens
  }

  get size(): number {
    return this.#items.length
  }

  /** Takes all of `items` or, when they do not fit, none. */
  add(items: readonly Item[]): boolean {
    if (this.#items.length + items.length > this.#maxItems) return false
    this.#items.push(...items)
    return true
  }

  remove(unwanted: (item: Item) => boolean): void {
    this.#items = this.#items.filter((item) => !unwanted(item))
  }

  /** Removes and returns the next batch; empty when nothing waits. */
  take(): Item[] {
    const oldest = this.#items[0]
    if (oldest === undefined) return []
    const width = widthFor(oldest.length)
    const most = Math.max(1, Math.floor(this.#maxTokens / width))
    const batch: Item[] = []
    const rest: Item[] = []
    for (const item of this.#items) {
      if (batch.length < most && widthFor(item.length) === width) batch.push(item)
      else rest.push(item)
    }
    this.#items = rest
    return batch
  }

  takeAll(): Item[] {
    const items = this.#items
    this.#items = []
    return items
  }
}
