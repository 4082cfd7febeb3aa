import { AppError } from '../../base/errors.ts'
import type { Leases } from './leases.ts'
import type { OpenFiles, UsedFile } from './open-files.ts'
import type { AccessPort, ReadableFile, ReadingGrant } from './ports.ts'
import { plainSegmentBytes } from './segments.ts'

/** Counted, recorded and perhaps lost in one go. */
export const LEASE_BYTES = 64 * 1024 * 1024
/** Each holds a few segments in memory. */
const MOST_READS = 48

/** A part of a file that a grant covers. */
export interface Asked {
  readonly grant: ReadingGrant
  readonly file: ReadableFile
  readonly position: number
  readonly start: number
  readonly length: number
}

/**
 * Plaintext on its way out. What it yields is good until the next piece is asked for. Disposing it, or ending the iteration, closes it; a
 * reader that waits for something else meanwhile listens to `ended`.
 */
export interface OpenRead extends AsyncIterable<Buffer>, Disposable {
  readonly length: number
  /** Fires, with the reason, when nothing more may be given out: the grant was revoked, the model locked. */
  readonly ended: AbortSignal
}

/** Reads in leases: each is counted and on the ledger before any of its bytes is decrypted. */
export class Reads {
  readonly #access: Pick<AccessPort, 'requireActive'>
  readonly #leases: Leases
  readonly #files: OpenFiles
  #open = 0

  constructor(access: Pick<AccessPort, 'requireActive'>, leases: Leases, files: OpenFiles) {
    this.#access = access
    this.#leases = leases
    this.#files = files
  }

  /** Reads under way. */
  get open(): number {
    return this.#open
  }

  /**
   * Resolves once the first lease is counted and recorded, so that whoever asks is told before anything leaves that it may not.
   *
   * @param asked was found to be within the file and under the grant, which stood just now; at least one byte
   * @throws {BudgetSpent} when not all of it may leave now; {AppError} OVERLOADED, LEDGER_UNAVAILABLE, what the vault throws
   */
  async begin(asked: Asked): Promise<OpenRead> {
    if (this.#open >= MOST_READS) throw new AppError('OVERLOADED', 'too much is being read: try again in a moment')
    using resources = new DisposableStack()
    this.#open += 1
    resources.defer(() => {
      this.#open -= 1
    })
    const { grant, file, position, start, length } = asked
    const first = leaseLength(file, start, start + length)
    await this.#leases.take({ grant, file, position, start, length: first, needed: length })
    const used = resources.use(await this.#files.use(grant, file, position))
    const open = resources.move()
    const pieces = this.#pieces(asked, first, used, open)
    return {
      length,
      ended: used.held.signal,
      [Symbol.asyncIterator]: () => pieces,
      [Symbol.dispose]: () => open.dispose(),
    }
  }

  async *#pieces(asked: Asked, first: number, { file, held }: UsedFile, open: Disposable): AsyncGenerator<Buffer> {
    using _ = open
    const end = asked.start + asked.length
    for (let start = asked.start, length = first; start < end; start += length) {
      if (start > asked.start) length = await this.#lease(asked, start, end)
      for await (const piece of file.range(start, length)) {
        await held.sure()
        yield piece
      }
    }
  }

  async #lease({ grant: { id, thumbprint }, file, position }: Asked, start: number, end: number): Promise<number> {
    const grant = await this.#access.requireActive(id, thumbprint)
    const length = leaseLength(file, start, end)
    await this.#leases.take({ grant, file, position, start, length, needed: length })
    return length
  }
}

/** Up to where a segment ends, so that none is decrypted twice. */
function leaseLength(file: ReadableFile, start: number, end: number): number {
  if (end - start <= LEASE_BYTES) return end - start
  const perSegment = plainSegmentBytes(file)
  const aligned = Math.floor((start + LEASE_BYTES) / perSegment) * perSegment - start
  return aligned > 0 ? aligned : LEASE_BYTES
}
