import { sharedBuffer } from './engine.ts'

/** Bytes that wait to be used again: shared memory is large, and otherwise there until the garbage is collected. */
const MOST_SPARE_BYTES = 16 * 1024 * 1024
const ZEROS = Buffer.alloc(256 * 1024)
const spares: Buffer[] = []
let spareBytes = 0

/** Buffers used in turn, which other threads see too. They are made when first wanted, and handed on when the ring is disposed. */
export class BufferRing implements Disposable {
  readonly #sizeBytes: number
  readonly #buffers: (Buffer | undefined)[]

  constructor(count: number, sizeBytes: number) {
    this.#sizeBytes = sizeBytes
    this.#buffers = Array.from({ length: count })
  }

  /** The buffer of the turn with this index. What it holds is left from before. */
  at(index: number): Buffer {
    const slot = index % this.#buffers.length
    const known = this.#buffers[slot]
    if (known !== undefined) return known
    const made = take(this.#sizeBytes)
    this.#buffers[slot] = made
    return made
  }

  /** Leaves nothing behind; nobody may be using the buffers any more. */
  [Symbol.dispose](): void {
    for (const buffer of this.#buffers.splice(0)) if (buffer !== undefined) give(wiped(buffer))
  }
}

function take(sizeBytes: number): Buffer {
  const index = spares.findIndex(({ length }) => length === sizeBytes)
  const [spare] = index < 0 ? [] : spares.splice(index, 1)
  if (spare === undefined) return sharedBuffer(sizeBytes)
  spareBytes -= sizeBytes
  return spare
}

/** Whatever fits; the oldest go first. */
function give(buffer: Buffer): void {
  spares.push(buffer)
  spareBytes += buffer.length
  while (spareBytes > MOST_SPARE_BYTES) spareBytes -= spares.shift()?.length ?? 0
}

/** Copying zeros is four times as fast as filling shared memory with them. */
function wiped(buffer: Buffer): Buffer {
  for (let at = 0; at < buffer.length; at += ZEROS.length) ZEROS.copy(buffer, at)
  return buffer
}
