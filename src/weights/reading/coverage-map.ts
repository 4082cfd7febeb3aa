const MIB = 1024 * 1024
const MOST_BLOCKS = 65_536

/** How finely it is noted what of a file was opened: 1 MiB, or coarser where that would be over 65,536 blocks. */
export function blockBytesOf(sizeBytes: number): number {
  return Math.max(MIB, Math.ceil(sizeBytes / MOST_BLOCKS))
}

/** Which blocks of a file were opened: a bitmap; the lowest bit of the first byte is the first block. */
export class CoverageMap {
  readonly sizeBytes: number
  readonly blockBytes: number
  readonly #bits: Buffer

  /** @param blocks base64 as {@link encoded} gives it; what is missing counts as not opened */
  constructor(sizeBytes: number, blocks = '', blockBytes = blockBytesOf(sizeBytes)) {
    this.sizeBytes = sizeBytes
    this.blockBytes = blockBytes
    this.#bits = Buffer.alloc(Math.ceil(this.#count / 8))
    Buffer.from(blocks, 'base64').copy(this.#bits)
  }

  get #count(): number {
    return Math.ceil(this.sizeBytes / this.blockBytes)
  }

  /** Notes that bytes were opened: a block counts whole. @returns whether that is news */
  mark(start: number, length: number): boolean {
    if (length <= 0) return false
    const last = Math.min(this.#count - 1, Math.floor((start + length - 1) / this.blockBytes))
    let news = false
    for (let block = Math.floor(start / this.blockBytes); block <= last; block++) {
      const bits = this.#bits[block >> 3] ?? 0
      const bit = 1 << (block & 7)
      if ((bits & bit) !== 0) continue
      this.#bits[block >> 3] = bits | bit
      news = true
    }
    return news
  }

  /** Bytes in blocks that were opened; never less than what really was. */
  get bytes(): number {
    const count = this.#count
    let blocks = 0
    for (let block = 0; block < count; block++) if (this.#has(block)) blocks++
    const missingOfLast = count * this.blockBytes - this.sizeBytes
    return blocks * this.blockBytes - (count > 0 && this.#has(count - 1) ? missingOfLast : 0)
  }

  encoded(): string {
    return this.#bits.toString('base64')
  }

  #has(block: number): boolean {
    return ((this.#bits[block >> 3] ?? 0) & (1 << (block & 7))) !== 0
  }
}
