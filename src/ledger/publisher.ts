import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LedgerFiles } from './files.ts'
import {
  formatBundle,
  formatCheckpoint,
  leafHash,
  type NoteSigner,
  signNote,
  TILE_WIDTH,
  type TileId,
  type TreeBuilder,
  tilePath,
} from './tlog/index.ts'
import { writeFailure } from './write-ahead.ts'

const PARALLEL_WRITES = 4

export interface PublisherOptions {
  readonly publicDir: string
  readonly temporaryDir: string
  readonly files: LedgerFiles
  readonly signer: NoteSigner
  readonly checkpointIntervalMs: number
  /** Runs before each checkpoint; a rejection postpones it. */
  readonly beforePublish: () => Promise<void>
  readonly onFailure: (reason: string, cause: unknown) => void
}

/** What is public already. */
export interface Published {
  readonly size: number
  /** The signed note. */
  readonly note: string
}

interface Waiter {
  readonly size: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Integrates durable entries into the tree and publishes tiles, bundles and, last, the checkpoint over them. */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #tree: TreeBuilder
  /** Entries of the unfinished bundle at the right edge. */
  #edgeEntries: Buffer[]
  /** Full tiles and bundles that are not on the disk yet; kept over a failed round. */
  readonly #unwritten = new Map<string, Buffer>()
  readonly #finished: TileId[] = []
  readonly #folders = new Set<string>()
  #waiters: Waiter[] = []
  #published: Published
  #timer: NodeJS.Timeout | null = null
  #publishing: Promise<void> | null = null
  #failure: string | null = null

  /** @param edgeEntries The last `published.size % 256` entries. */
  constructor(options: PublisherOptions, published: Published, tree: TreeBuilder, edgeEntries: Buffer[]) {
    this.#options = options
    this.#published = published
    this.#tree = tree
    this.#edgeEntries = edgeEntries
  }

  get published(): Published {
    return this.#published
  }

  /** Why the last round failed; null when it did not. */
  get failure(): string | null {
    return this.#failure
  }

  /** Takes durable entries in; they are public at most one interval (and the time of writing) later. */
  add(entries: readonly Buffer[]): void {
    for (const entry of entries) this.#integrate(entry)
    this.#schedule()
  }

  /** Resolves when the first `size` entries are under a published checkpoint. */
  whenPublished(size: number): Promise<void> {
    if (this.#published.size >= size) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ size, resolve, reject })
    })
  }

  /** Writes the tiles of already published entries anew: `pages` are the first `published.size` entries, in order. */
  async restore(pages: AsyncIterable<readonly Buffer[]>): Promise<void> {
    for await (const page of pages) {
      this.add(page)
      await this.#writeFiles([...this.#unwritten])
      this.#unwritten.clear()
      this.#finished.length = 0
    }
    await this.#writeFiles(this.#partialFiles(this.#tree.size))
  }

  /** Publishes all that was added. @throws what writing or signing throws */
  async publish(): Promise<void> {
    while (this.#publishing !== null) await this.#publishing.catch(() => undefined)
    this.#publishing = this.#round()
    try {
      await this.#publishing
    } finally {
      this.#publishing = null
    }
  }

  /** Publishes what is left; whoever still waits after that is told that it failed. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    try {
      if (this.#tree.size > this.#published.size) await this.publish()
      else await this.#publishing
    } finally {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('the ledger closed before its checkpoint'))
    }
  }

  #integrate(entry: Buffer): void {
    this.#edgeEntries.push(entry)
    this.#tree.append(leafHash(entry), (tile, hashes) => {
      this.#unwritten.set(tilePath(tile), Buffer.from(hashes))
      this.#finished.push(tile)
    })
    if (this.#edgeEntries.length < TILE_WIDTH) return
    const bundle: TileId = { level: 'entries', index: this.#tree.size / TILE_WIDTH - 1, width: TILE_WIDTH }
    this.#unwritten.set(tilePath(bundle), formatBundle(this.#edgeEntries))
    this.#finished.push(bundle)
    this.#edgeEntries = []
  }

  #schedule(): void {
    if (this.#timer !== null || this.#tree.size <= this.#published.size) return
    this.#timer = setTimeout(() => {
      void this.publish()
        .catch(() => undefined)
        .finally(() => {
          this.#timer = null
          this.#schedule()
        })
    }, this.#options.checkpointIntervalMs)
  }

  async #round(): Promise<void> {
    try {
      await this.#options.beforePublish()
      await this.#writeRound()
      this.#failure = null
    } catch (error) {
      const reason = writeFailure(error)
      if (this.#failure !== reason) this.#options.onFailure(reason, error)
      this.#failure = reason
      throw error
    }
    const { size } = this.#published
    const ready = this.#waiters.filter((waiter) => waiter.size <= size)
    this.#waiters = this.#waiters.filter((waiter) => waiter.size > size)
    for (const waiter of ready) waiter.resolve()
  }

  async #writeRound(): Promise<void> {
    // Everything up to the first await is one snapshot: entries may be added while files are written.
    const { size } = this.#tree
    const text = formatCheckpoint({ origin: this.#options.signer.name, size, root: this.#tree.root() })
    const full = [...this.#unwritten]
    const finished = this.#finished.slice()
    await this.#writeFiles([...full, ...this.#partialFiles(size)])
    const note = await signNote(text, [this.#options.signer])
    await this.#replace('checkpoint', Buffer.from(note), 'checkpoint')
    await this.#options.files.syncFolder(this.#options.publicDir)
    this.#published = { size, note }
    for (const [path] of full) this.#unwritten.delete(path)
    this.#finished.splice(0, finished.length)
    await this.#dropPartials(finished)
  }

  #partialFiles(size: number): [string, Buffer][] {
    const files = this.#tree
      .partials()
      .map(({ tile, hashes }): [string, Buffer] => [tilePath(tile), Buffer.from(hashes)])
    const width = this.#edgeEntries.length
    if (width === 0) return files
    const bundle: TileId = { level: 'entries', index: Math.floor(size / TILE_WIDTH), width }
    return [...files, [tilePath(bundle), formatBundle(this.#edgeEntries)]]
  }

  async #writeFiles(files: [string, Buffer][]): Promise<void> {
    const waiting = files.values()
    const changed = new Set<string>()
    const worker = async (name: string) => {
      for (const [path, bytes] of waiting) {
        const folder = join(this.#options.publicDir, dirname(path))
        if (!this.#folders.has(folder)) await this.#options.files.makeFolder(folder, 0o755)
        this.#folders.add(folder)
        changed.add(folder)
        await this.#replace(path, bytes, name)
      }
    }
    const workers = Array.from({ length: Math.min(PARALLEL_WRITES, files.length) }, (_, i) => worker(`tile-${i}`))
    // All must have ended before a next round may use their temporary names.
    const ended = await Promise.allSettled(workers)
    for (const result of ended) if (result.status === 'rejected') throw result.reason
    await Promise.all([...changed].map((folder) => this.#options.files.syncFolder(folder)))
  }

  #replace(path: string, bytes: Buffer, temporary: string): Promise<void> {
    const { files, publicDir, temporaryDir } = this.#options
    return files.replace(join(publicDir, path), join(temporaryDir, temporary), bytes, 0o644)
  }

  /** Partial tiles may go once the full one is published; readers fall back to it (tlog-tiles, "Partial Tiles"). */
  async #dropPartials(finished: readonly TileId[]): Promise<void> {
    for (const tile of finished) {
      const folder = join(this.#options.publicDir, `${tilePath(tile)}.p`)
      this.#folders.delete(folder)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    }
  }
}
