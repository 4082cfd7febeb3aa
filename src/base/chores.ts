import type { Log } from './log.ts'

/**
 * Work that a room does by the clock. Each chore runs one at a time: a turn that comes while the one before still runs is skipped. What
 * fails is logged and tried again at the next turn. Timers keep no process alive.
 */
export class Chores implements AsyncDisposable {
  readonly #log: Log
  readonly #timers: NodeJS.Timeout[] = []
  readonly #running = new Set<Promise<void>>()

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * @param failure What the log says when a turn fails.
   * @param options.first `now` for a first turn that doesn't wait for the interval.
   */
  every(intervalMs: number, failure: string, work: () => Promise<void>, options: { first?: 'now' } = {}): void {
    let running = false
    const turn = () => {
      if (running) return
      running = true
      this.now(failure, () =>
        work().finally(() => {
          running = false
        }),
      )
    }
    this.#timers.push(setInterval(turn, intervalMs).unref())
    if (options.first === 'now') turn()
  }

  /** Once, at once; the caller doesn't wait. */
  now(failure: string, work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => this.#log.warn({ err: error }, failure))
      .finally(() => this.#running.delete(done))
    this.#running.add(done)
  }

  /** No new turns; waits for those that run. */
  async close(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    await Promise.all(this.#running)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
