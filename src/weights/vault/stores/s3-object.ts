import { GetObjectCommand } from '@aws-sdk/client-s3'
import { AppError } from '../../../base/errors.ts'
import { type S3Access, statusOf } from './s3-access.ts'
import type { OpenObject } from './store.ts'

const BLOCK_BYTES = 4 * 1024 * 1024
/** Two that are read, and the next one on its way. */
const BLOCKS_KEPT = 4

/** An object in a bucket, read in blocks: a segment each would be a request each. The block after the one that is read is fetched meanwhile. */
export class S3Object implements OpenObject {
  readonly #access: S3Access
  readonly #at: { readonly Bucket: string; readonly Key: string }
  readonly #size: number
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #blocks = new Map<number, Promise<Buffer>>()
  #lastBlock = -1

  constructor(access: S3Access, at: { Bucket: string; Key: string }, size: number, signal: AbortSignal | undefined) {
    this.#access = access
    this.#at = at
    this.#size = size
    this.#signal = signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal])
  }

  async size(): Promise<number> {
    return this.#size
  }

  async read(into: Buffer, offset: number): Promise<number> {
    let got = 0
    while (got < into.length && offset + got < this.#size) {
      const index = Math.floor((offset + got) / BLOCK_BYTES)
      const block = await this.#block(index)
      const start = offset + got - index * BLOCK_BYTES
      const copied = block.copy(into, got, start)
      if (copied === 0) break
      got += copied
    }
    return got
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new AppError('CONFLICT', 'this file is closed'))
    this.#blocks.clear()
  }

  #block(index: number): Promise<Buffer> {
    const isNext = index === this.#lastBlock + 1 || index === this.#lastBlock
    this.#lastBlock = index
    const block = this.#fetched(index)
    if (isNext && (index + 1) * BLOCK_BYTES < this.#size) this.#fetched(index + 1).catch(() => {}) // told to whoever comes to read it
    return block
  }

  #fetched(index: number): Promise<Buffer> {
    const known = this.#blocks.get(index)
    if (known !== undefined) return known
    for (const old of this.#blocks.keys()) if (this.#blocks.size >= BLOCKS_KEPT) this.#blocks.delete(old)
    const block = this.#access.attempt(() => this.#get(index), this.#signal)
    block.catch(() => this.#blocks.delete(index)) // who reads it is told; the next one asks again
    this.#blocks.set(index, block)
    return block
  }

  async #get(index: number): Promise<Buffer> {
    const first = index * BLOCK_BYTES
    const last = Math.min(first + BLOCK_BYTES, this.#size) - 1
    try {
      const command = new GetObjectCommand({ ...this.#at, Range: `bytes=${first}-${last}` })
      const answer = await this.#access.client.send(command, { abortSignal: this.#signal })
      const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
      // More than was asked for, from a store that does not know ranges, must not fill the memory unnoticed.
      if (bytes.length > last - first + 1)
        throw new AppError('UPSTREAM_UNAVAILABLE', 'the store of weights does not give ranges')
      return bytes
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 416)
        throw new AppError('VERIFICATION_FAILED', 'the sealed file is no longer in the store as it was', {
          cause: error,
        })
      throw error
    }
  }
}
