import { availableParallelism } from 'node:os'
import { AppError } from '../../../base/errors.ts'
import type { PlainDigest, SegmentEngine } from './engine.ts'
import { Hand } from './hand.ts'
import type { SegmentJob } from './segment.ts'

/** More than these wait for disks rather than for ciphers. */
const MOST_WORKERS = 4

/**
 * Threads that encrypt and decrypt: besides using several cores it keeps what ciphers allocate, a buffer for each segment, out of the heap of the
 * thread that serves, whose garbage collection would cost more than the ciphers do. Threads start when they are first needed.
 */
export class EnginePool implements SegmentEngine, AsyncDisposable {
  readonly #hands: Hand[] = []
  readonly #size: number
  #nextDigest = 0
  #isClosed = false

  constructor(size = Math.min(MOST_WORKERS, availableParallelism())) {
    this.#size = size
  }

  /** The job's memory should be shared (`sharedBuffer`): other memory is copied there, and not back. */
  async run(job: SegmentJob): Promise<number | null> {
    return await this.#least(({ jobs }) => jobs).run(job)
  }

  /**
   * A digest of plaintext that is taken as it is sealed: both read the same bytes, so they are one's work, on the thread that has fewest digests.
   *
   * @throws {AppError} SHUTTING_DOWN
   */
  startDigest(): PlainDigest {
    const hand = this.#least(({ digests }) => digests.size)
    const digest = this.#nextDigest++
    hand.startDigest(digest)
    return this.#digest(hand, digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#hands.map((hand) => hand.end()))
  }

  /** What a thread held is lost with it: jobs then go to another, and the digest is not known any more. */
  #digest(hand: Hand, digest: number): PlainDigest {
    return {
      run: (job) => (hand.hasEnded ? this.run(job) : hand.run(job, digest)),
      copy: () => {
        const to = this.#nextDigest++
        hand.copyDigest(to, digest)
        return this.#digest(hand, to)
      },
      read: async () => (hand.hasEnded ? null : await hand.read(digest)),
      drop: () => hand.dropDigest(digest),
    }
  }

  #least(burden: (hand: Hand) => number): Hand {
    if (this.#isClosed) throw new AppError('SHUTTING_DOWN', 'the vault is closed')
    const idle = this.#hands.find((hand) => burden(hand) === 0)
    if (idle !== undefined) return idle
    if (this.#hands.length < this.#size) return this.#start()
    return this.#hands.reduce((least, hand) => (burden(hand) < burden(least) ? hand : least))
  }

  #start(): Hand {
    const hand: Hand = new Hand(() => this.#hands.splice(this.#hands.indexOf(hand), 1))
    this.#hands.push(hand)
    return hand
  }
}
