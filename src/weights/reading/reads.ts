import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { BudgetSpent } from './budget-spent.ts'
import type { Lease, Leases } from './leases.ts'
import type { OpenFiles, UsedFile } from './open-files.ts'
import type { AccessPort, ReadableFile, ReadingGrant } from './ports.ts'
import { plainSegmentBytes } from './segments.ts'

/** Counted, recorded and perhaps lost in one go. */
export const LEASE_BYTES = 64 * 1024 * 1024
/** Each holds a few segments in memory. */
const MOST_READS = 48
/** So that nobody keeps the others out by reading slowly. */
const MOST_OF_ONE_GRANT = 16

/** A part of a file that a grant covers. */
export interface Asked {
  readonly grant: ReadingGrant
  readonly file: ReadableFile
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
  readonly #access: Pick<AccessPort, 'requireActive' | 'spent'>
  readonly #leases: Leases
  readonly #files: OpenFiles
  readonly #log: Log
  /** Reads under way, by grant. */
  readonly #open = new Map<string, number>()
  /** Grants that have nothing left. */
  readonly #spent = new Set<string>()

  constructor(access: Pick<AccessPort, 'requireActive' | 'spent'>, leases: Leases, files: OpenFiles, log: Log) {
    this.#access = access
    this.#leases = leases
    this.#files = files
    this.#log = log
  }

  /** Reads under way. */
  get open(): number {
    return this.#open.values().reduce((sum, count) => sum + count, 0)
  }

  /**
   * Resolves once the first lease is counted and recorded, so that whoever asks is told before anything leaves that it may not.
   *
   * @param asked was found to be within the file and under the grant, which stood just now; at least one byte
   * @throws {BudgetSpent} when not all of it may leave now; {AppError} OVERLOADED, LEDGER_UNAVAILABLE, what the vault throws
   */
  async begin(asked: Asked): Promise<OpenRead> {
    const { grant, file, start, length } = asked
    if (this.open >= MOST_READS) throw new AppError('OVERLOADED', 'too much is being read: try again in a moment')
    if ((this.#open.get(grant.id) ?? 0) >= MOST_OF_ONE_GRANT)
      throw new AppError('OVERLOADED', `at most ${MOST_OF_ONE_GRANT} reads at once under one grant`)
    using resources = new DisposableStack()
    resources.use(this.#enter(grant.id))
    const first = leaseLength(file, start, start + length)
    await this.#take({ grant, file, start, length: first, needed: length })
    const used = resources.use(await this.#files.use(grant, file))
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
      if (start > asked.start) length = await this.#next(asked, start, end)
      for await (const piece of file.range(start, length)) {
        await held.sure()
        yield piece
      }
    }
  }

  async #next({ grant: { id, thumbprint }, file }: Asked, start: number, end: number): Promise<number> {
    const grant = await this.#access.requireActive(id, thumbprint)
    const length = leaseLength(file, start, end)
    await this.#take({ grant, file, start, length, needed: length })
    return length
  }

  async #take(lease: Lease): Promise<void> {
    try {
      if ((await this.#leases.take(lease)) === 0) this.#spent.add(lease.grant.id)
    } catch (error) {
      if (error instanceof BudgetSpent && error.isEmpty) this.#spent.add(lease.grant.id)
      throw error
    }
  }

  /** A grant that is spent ends with its last read: ended before, it would take those with it that are paid for. */
  #enter(grantId: string): Disposable {
    this.#open.set(grantId, (this.#open.get(grantId) ?? 0) + 1)
    return {
      [Symbol.dispose]: () => {
        const left = (this.#open.get(grantId) ?? 1) - 1
        if (left > 0) {
          this.#open.set(grantId, left)
          return
        }
        this.#open.delete(grantId)
        if (!this.#spent.delete(grantId)) return
        this.#access.spent(grantId).catch((error: unknown) => this.#log.warn({ err: error }, 'spent grant not ended'))
      },
    }
  }
}

/** Up to where a segment ends, so that none is decrypted twice. */
function leaseLength(file: ReadableFile, start: number, end: number): number {
  if (end - start <= LEASE_BYTES) return end - start
  const perSegment = plainSegmentBytes(file)
  const aligned = Math.floor((start + LEASE_BYTES) / perSegment) * perSegment - start
  return aligned > 0 ? aligned : LEASE_BYTES
}
