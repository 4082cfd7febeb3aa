/**
 * Work that many ask for at the same time, such as reading what has changed: whoever asks gets a turn that begins after they have asked, and
 * shares it with all who asked meanwhile. One turn at a time.
 */
export class SharedTurn {
  readonly #work: () => Promise<void>
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Rejects as the work does. */
  run(): Promise<void> {
    if (this.#next !== null) return this.#next
    const turn = this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null
        return this.#work()
      })
    this.#next = turn
    this.#running = turn
    return turn
  }
}
