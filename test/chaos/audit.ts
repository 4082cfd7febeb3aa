import { z } from 'zod'
import { TreeBuilder } from '../../src/ledger/index.ts'
import type { Replica } from './replica.ts'

const PAGE = 1_000
const HASH_BYTES = 32

const Page = z.object({
  items: z.array(
    z.object({
      position: z.int(),
      leafHash: z.string(),
      event: z.object({ id: z.string(), kind: z.string(), subject: z.object({ id: z.string() }) }).nullable(),
    }),
  ),
  size: z.int(),
})

/** Reads the log as it grows and keeps what a reader can know of it: that each event stands there once, and what roots its entries lead to. */
export class Audit {
  readonly #events = new Map<string, number>()
  readonly #decisions = new Map<string, number>()
  readonly #leaves: Buffer[] = []
  /** Events that stand on the log twice, positions that do not follow, roots that the entries do not lead to. */
  readonly violations: string[] = []

  /** Entries that were read. */
  get size(): number {
    return this.#leaves.length
  }

  /** Ids of the decisions on the log. */
  get decisions(): ReadonlyMap<string, number> {
    return this.#decisions
  }

  /** Reads on to the end of the log, as that replica tells it. */
  async readOn(replica: Replica): Promise<void> {
    for (;;) {
      const page = Page.parse(await replica.operate('GET', `/ledger/entries?from=${this.size}&limit=${PAGE}`))
      for (const item of page.items) this.#take(item)
      if (page.items.length === 0 || this.size >= page.size) return
    }
  }

  #take({ position, leafHash, event }: z.infer<typeof Page>['items'][number]): void {
    if (position !== this.size) this.violations.push(`position ${position} stands where ${this.size} should`)
    const leaf = Buffer.from(leafHash, 'hex')
    if (leaf.length !== HASH_BYTES) this.violations.push(`entry ${position} has no leaf hash`)
    this.#leaves.push(leaf)
    if (event === null) return
    this.#once(this.#events, event.id, position, 'event')
    if (event.kind === 'gateway.decision') this.#once(this.#decisions, event.subject.id, position, 'decision')
  }

  #once(known: Map<string, number>, id: string, position: number, what: string): void {
    const before = known.get(id)
    if (before !== undefined) this.violations.push(`${what} ${id} stands at ${before} and at ${position}`)
    known.set(id, position)
  }

  /** Those of the given decisions that the log does not hold. */
  lost(accepted: Iterable<string>): string[] {
    return [...accepted].filter((decision) => !this.#decisions.has(decision))
  }

  /** Recomputes the tree and compares each root that somebody was shown. @returns how many were compared */
  checkRoots(shown: ReadonlyMap<number, string>): number {
    const tree = new TreeBuilder()
    let checked = 0
    const check = () => {
      const root = shown.get(tree.size)
      if (root === undefined) return
      checked++
      if (Buffer.from(tree.root()).toString('hex') !== root)
        this.violations.push(`the checkpoint of ${tree.size} entries has a root that they do not lead to`)
    }
    check()
    for (const leaf of this.#leaves) {
      tree.append(leaf, () => {})
      check()
    }
    return checked
  }
}
