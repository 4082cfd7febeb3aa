import type { Readable, Writable } from 'node:stream'

/** Passes on what a command prints, and counts it: what is printed leaves the sandbox as much as what is written. */
export class PrintMeter {
  readonly #limitBytes: number
  readonly #onOver: () => void
  #bytes = 0

  constructor(limitBytes: number, onOver: () => void) {
    this.#limitBytes = limitBytes
    this.#onOver = onOver
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns when `from` has ended; over the limit nothing more is passed on, and the rest is read away */
  async pass(from: Readable, to: Writable): Promise<void> {
    for await (const chunk of from) {
      if (!(chunk instanceof Uint8Array) || this.#bytes > this.#limitBytes) continue
      const room = this.#limitBytes - this.#bytes
      this.#bytes += chunk.length
      if (chunk.length > room) this.#onOver()
      if (!to.write(chunk.subarray(0, room)) && to.writable) await drained(to)
    }
  }
}

async function drained(to: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const event of ['drain', 'close', 'error']) to.once(event, resolve)
  await promise
  for (const event of ['drain', 'close', 'error']) to.off(event, resolve)
}
