import type { PlainDigest, SegmentEngine } from './floe/index.ts'

/** A file's digest while its parts come in, as far as they have come in order. */
interface Running {
  hash: PlainDigest
  /** The part that is next; parts before it are in the hash. */
  next: number
  /** Whether the part that is next is being read just now. */
  isTaken: boolean
  /** Set once a part failed whose bytes were in the hash already: then only reading all back tells. */
  isLost: boolean
  readonly waiting: Set<() => void>
}

/** One part's turn at its file's digest. */
export interface DigestTurn {
  /** Seals the part's pieces, given in order, and digests them. */
  readonly engine: SegmentEngine
  /** All of the part was given: the next part may go on. */
  pass(): void
  /** The part did not come to be stored: without `pass` it can be sent again, after it the digest is lost. */
  fail(): void
}

/** Files whose digests run at the same time; an upload of more goes on without, and is read back. */
const MOST_FILES = 10_000
/** A part whose predecessor does not even begin goes on without a turn. */
const PATIENCE_MS = 3_000

/**
 * SHA-256 of files that arrive in parts: computed as the parts come, without reading anything twice, as long as each follows the one before in
 * this process. Anything else (parts out of order, another replica, a restart) loses the digest, which is then made by reading back.
 */
export class RunningDigests {
  readonly #files = new Map<string, Running>()
  readonly #engines: { startDigest(): PlainDigest }

  constructor(engines: { startDigest(): PlainDigest }) {
    this.#engines = engines
  }

  /**
   * Waits for the part's turn while the parts before it are on their way.
   *
   * @returns null when it has none
   */
  async turn(file: string, part: number): Promise<DigestTurn | null> {
    const running = this.#of(file)
    while (running !== null && !running.isLost) {
      if (running.next === part && !running.isTaken) return this.#take(running)
      if (part < running.next) break
      if (!(await changed(running))) break
    }
    return null
  }

  /** @param last the furthest part that is in the store already: one that went into no digest here loses it */
  know(file: string, last: number): void {
    const running = this.#of(file)
    if (running === null || last < running.next) return
    running.isLost = true
    wake(running)
  }

  /** @returns hex; null when not every one of so many parts went in */
  async take(file: string, parts: number): Promise<string | null> {
    const running = this.#files.get(file)
    if (running === undefined || running.isLost || running.isTaken || running.next !== parts) return null
    return await running.hash.read()
  }

  forget(file: string): void {
    const running = this.#files.get(file)
    this.#files.delete(file)
    if (running === undefined) return
    running.hash.drop()
    running.isLost = true
    wake(running)
  }

  #of(file: string): Running | null {
    const known = this.#files.get(file)
    if (known !== undefined) return known
    if (this.#files.size >= MOST_FILES) return null
    const made = {
      hash: this.#engines.startDigest(),
      next: 0,
      isTaken: false,
      isLost: false,
      waiting: new Set<() => void>(),
    }
    this.#files.set(file, made)
    return made
  }

  #take(running: Running): DigestTurn {
    const before = running.hash.copy()
    running.isTaken = true
    let hasPassed = false
    return {
      engine: running.hash,
      pass: () => {
        hasPassed = true
        before.drop()
        running.isTaken = false
        running.next++
        wake(running)
      },
      fail: () => {
        if (hasPassed) running.isLost = true
        else {
          running.hash.drop()
          running.hash = before
          running.isTaken = false
        }
        wake(running)
      },
    }
  }
}

function wake({ waiting }: Running): void {
  for (const resume of waiting) resume()
  waiting.clear()
}

/** Resolves true when something changed, or while the part that is next is being read; false when nothing happens for too long. */
function changed(running: Running): Promise<boolean> {
  return new Promise((resolve) => {
    const give = (value: boolean) => {
      clearTimeout(timer)
      running.waiting.delete(resume)
      resolve(value)
    }
    const resume = () => give(true)
    const timer = setTimeout(() => give(running.isTaken), PATIENCE_MS)
    running.waiting.add(resume)
  })
}
