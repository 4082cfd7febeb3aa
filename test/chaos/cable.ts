import { once } from 'node:events'
import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'

/**
 * `whole`: bytes pass. `cut`: connections are reset and new ones refused. `silent`: nothing passes and nobody is told, as when a
 * cable is pulled. `slow`: each piece arrives late.
 */
export type CableState = 'whole' | 'cut' | 'silent' | 'slow'

interface Line {
  readonly near: Socket
  readonly far: Socket
}

/** A TCP line from one replica to one server, which can be cut. */
export class Cable implements AsyncDisposable {
  readonly #server: Server
  readonly #target: () => number
  readonly #lines = new Set<Line>()
  #state: CableState = 'whole'
  delayMs = 50

  private constructor(server: Server, target: () => number) {
    this.#server = server
    this.#target = target
  }

  /** @param target port on the loopback, asked for at each connection, since a server may come back on another */
  static async open(target: () => number): Promise<Cable> {
    const server = createServer()
    const cable = new Cable(server, target)
    server.on('connection', (near) => cable.#accept(near))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return cable
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the cable is closed')
    return address.port
  }

  get state(): CableState {
    return this.#state
  }

  set(state: CableState): void {
    const was = this.#state
    this.#state = state
    // What was swallowed can't be given back: lines that were silent end with the silence, as TCP would end them.
    if (state === 'cut' || (was === 'silent' && state !== 'silent')) this.#reset()
  }

  #reset(): void {
    for (const { near, far } of this.#lines) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
    this.#lines.clear()
  }

  #accept(near: Socket): void {
    near.on('error', () => {})
    if (this.#state === 'cut') {
      near.resetAndDestroy()
      return
    }
    const far = tcpConnect({ port: this.#target(), host: '127.0.0.1', noDelay: true })
    near.setNoDelay(true)
    const line = { near, far }
    this.#lines.add(line)
    this.#carry(near, far)
    this.#carry(far, near)
    const end = () => {
      if (!this.#lines.delete(line)) return
      if (this.#state === 'silent') return
      near.destroy()
      far.destroy()
    }
    near.on('close', end)
    far.on('close', end)
    far.on('error', () => near.resetAndDestroy())
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (bytes: Buffer) => {
      if (this.#state === 'silent') return
      if (this.#state === 'slow') setTimeout(() => void to.write(bytes), this.delayMs)
      else if (!to.write(bytes)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    })
    from.on('end', () => {
      if (this.#state !== 'silent') to.end()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reset()
    this.#server.close()
    await Promise.resolve()
  }
}
