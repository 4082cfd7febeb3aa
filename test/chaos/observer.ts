import { setTimeout as sleep } from 'node:timers/promises'
import { openCheckpoint, parseVkey } from '../../src/ledger/index.ts'
import type { Replica } from './replica.ts'

export interface Sighting {
  readonly replica: string
  readonly size: number
  readonly root: string
  readonly atMs: number
}

/** Reads the published checkpoint of every replica again and again, as a stranger would who does not trust them. */
export class Observer {
  readonly #replicas: readonly Replica[]
  readonly #everyMs: number
  readonly #roots = new Map<number, string>()
  readonly #last = new Map<string, Sighting>()
  readonly #growths: { size: number; atMs: number }[] = []
  /** Two roots of one size, a checkpoint that went backwards, a signature that does not verify. */
  readonly violations: string[] = []
  vkey: string
  #running = false
  #watching: Promise<void>[] = []

  constructor(replicas: readonly Replica[], vkey: string, everyMs = 50) {
    this.#replicas = replicas
    this.#everyMs = everyMs
    this.vkey = vkey
  }

  /** Size -> root, hex, of every checkpoint that was seen. */
  get roots(): ReadonlyMap<number, string> {
    return this.#roots
  }

  /** The largest tree that anybody was shown. */
  get size(): number {
    return this.#growths.at(-1)?.size ?? 0
  }

  /** @returns longest time between `fromMs` and now (`performance.now()`) in which nobody was shown a larger tree */
  longestGap(fromMs: number): number {
    const toMs = performance.now()
    const moments = [fromMs, ...this.#growths.map(({ atMs }) => atMs).filter((ms) => ms > fromMs), toMs]
    return Math.max(...moments.slice(1).map((ms, i) => ms - (moments[i] ?? ms)))
  }

  start(): void {
    this.#running = true
    this.#watching = this.#replicas.map((replica) => this.#watch(replica))
  }

  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#watching)
  }

  async #watch(replica: Replica): Promise<void> {
    while (this.#running) {
      if (replica.state === 'running') await this.#look(replica)
      await sleep(this.#everyMs)
    }
  }

  async #look(replica: Replica): Promise<void> {
    let note: string
    try {
      const response = await fetch(`${replica.url}/ledger/checkpoint`, { signal: AbortSignal.timeout(2_000) })
      note = await response.text()
      if (!response.ok) return
    } catch {
      return
    }
    try {
      const { size, root } = await openCheckpoint(note, parseVkey(this.vkey))
      this.#saw({ replica: replica.name, size, root: Buffer.from(root).toString('hex'), atMs: performance.now() })
    } catch (error) {
      this.violations.push(`${replica.name} serves a checkpoint that does not verify: ${error}`)
    }
  }

  #saw(sighting: Sighting): void {
    const { replica, size, root } = sighting
    const known = this.#roots.get(size)
    if (known !== undefined && known !== root)
      this.violations.push(`fork: two roots of ${size} entries, one by ${replica}`)
    this.#roots.set(size, root)
    const last = this.#last.get(replica)
    if (last !== undefined && last.size > size)
      this.violations.push(`${replica} went back from ${last.size} to ${size} entries`)
    this.#last.set(replica, sighting)
    if (size > this.size) this.#growths.push({ size, atMs: sighting.atMs })
  }
}
