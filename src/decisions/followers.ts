import type { Log } from '../base/log.ts'
import type { Db } from '../db/index.ts'
import type { RecordedDecision } from './schema.ts'
import * as store from './store.ts'
import type { Tailer } from './tailer.ts'

const BATCH = 500

/**
 * Told of every decision, in the order of the ledger. What it stores through `tx` is stored together with the mark of how far it is:
 * each decision takes effect once, whatever crashes. It must use `tx` and no other connection; when it throws, the same batch comes again.
 */
export type FollowHandler = (decisions: readonly RecordedDecision[], tx: Db) => Promise<void>

interface Follower {
  readonly name: string
  readonly handler: FollowHandler
  /** Known to be done up to here. */
  next: number
}

/** Rooms that must miss no decision, each with its own mark in the store. */
export class Followers {
  readonly #db: Db
  readonly #tailer: Tailer
  readonly #log: Log
  readonly #followers: Follower[] = []

  constructor(db: Db, tailer: Tailer, log: Log) {
    this.#db = db
    this.#tailer = tailer
    this.#log = log
  }

  async add(name: string, handler: FollowHandler, from: 'start' | 'now'): Promise<void> {
    await store.openFollower(this.#db, name, this.#tailer.source, from === 'start' ? 0 : this.#tailer.next)
    this.#followers.push({ name, handler, next: 0 })
  }

  /** Tells everything that is in the view. One that fails is left out, and added to `failed`; it holds up no other. */
  async advance(failed: Set<string>): Promise<void> {
    for (const follower of this.#followers) {
      if (failed.has(follower.name)) continue
      try {
        while (follower.next < this.#tailer.next) if (!(await this.#advance(follower))) break
      } catch (error) {
        failed.add(follower.name)
        this.#log.warn({ err: error, follower: follower.name }, 'a follower of decisions failed; it is told again')
      }
    }
    this.#tailer.release(Math.min(this.#tailer.next, ...this.#followers.map(({ next }) => next)))
  }

  /** @returns false when another process has this follower in hand. */
  #advance(follower: Follower): Promise<boolean> {
    // Read before the rows: what is stored meanwhile must not be skipped.
    const end = this.#tailer.next
    return this.#db.transaction().execute(async (tx) => {
      const from = await store.lockFollower(tx, follower.name, this.#tailer.source)
      if (from === null) return false
      const { decisions, next } = await this.#read(tx, from, end)
      if (decisions.length > 0) await follower.handler(decisions, tx)
      if (next !== from) await store.moveFollower(tx, follower.name, this.#tailer.source, next)
      follower.next = next
      return true
    })
  }

  /** @param end Everything before it is in the view. @returns decisions from `from` on, and the position that follows them */
  async #read(tx: Db, from: number, end: number): Promise<{ decisions: readonly RecordedDecision[]; next: number }> {
    const kept = this.#tailer.kept(from)
    if (kept !== null) {
      const { decisions, next } = kept
      return { decisions: from === kept.from ? decisions : decisions.filter(({ position }) => position >= from), next }
    }
    return await this.#tailer.reread(tx, from, Math.min(BATCH, end - from))
  }
}
