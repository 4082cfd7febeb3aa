import type { PublicFile, TileStore } from './tiles/tile-store.ts'
import {
  formatBundle,
  formatCheckpoint,
  leafHash,
  type NoteSigner,
  parseCheckpoint,
  parseNote,
  signNote,
  TILE_WIDTH,
  type TileId,
  type TreeBuilder,
  tilePath,
} from './tlog/index.ts'
import { writeFailure } from './write-ahead.ts'

export interface PublisherOptions {
  readonly tiles: TileStore
  readonly signer: NoteSigner
  readonly checkpointIntervalMs: number
  /** Runs before each round; a rejection postpones it. */
  readonly beforePublish?: () => Promise<void>
  /** Runs once the tiles stand, before the checkpoint over them is put in place; a rejection postpones it. */
  readonly beforeCheckpoint?: (next: Published) => Promise<void>
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
  #edgeEntries: Uint8Array[]
  /** Full tiles and bundles that are not on the disk yet; kept over a failed round. */
  readonly #unwritten = new Map<string, Uint8Array>()
  readonly #finished: TileId[] = []
  #waiters: Waiter[] = []
  #published: Published
  #timer: NodeJS.Timeout | null = null
  #publishing: Promise<void> | null = null
  #failure: string | null = null
  #abandoned = false

  /** @param edgeEntries The last `published.size % 256` entries. */
  constructor(options: PublisherOptions, published: Published, tree: TreeBuilder, edgeEntries: Uint8Array[]) {
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
  add(entries: readonly Uint8Array[]): void {
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
  async restore(pages: AsyncIterable<readonly Uint8Array[]>): Promise<void> {
    for await (const page of pages) {
      this.add(page)
      await this.#options.tiles.write([...this.#unwritten])
      this.#unwritten.clear()
      this.#finished.length = 0
    }
    await this.#options.tiles.write(this.#partialFiles(this.#tree.size))
  }

  /** Publishes all that was added. @throws what writing or signing throws */
  async publish(): Promise<void> {
    while (this.#publishing !== null) await this.#publishing.catch(() => undefined)
    if (this.#abandoned) throw new Error('another process publishes the ledger now')
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

  /** Stops without another word: somebody else publishes from now on. Waits for the round that runs. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#publishing?.catch(() => undefined)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('another process publishes the ledger now'))
  }

  /** Puts the published checkpoint back where an older one, or none, stands. */
  async reaffirm(): Promise<void> {
    if (this.#publishing !== null || this.#published.note === '') return
    this.#publishing = this.#reaffirm()
    try {
      await this.#publishing
    } finally {
      this.#publishing = null
    }
  }

  async #reaffirm(): Promise<void> {
    const { tiles } = this.#options
    const bytes = await tiles.read('checkpoint')
    if (bytes === null || sizeOf(bytes) < this.#published.size) await tiles.replaceCheckpoint(this.#published.note)
  }

  #integrate(entry: Uint8Array): void {
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
    if (this.#abandoned || this.#timer !== null || this.#tree.size <= this.#published.size) return
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
      await this.#options.beforePublish?.()
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
    await this.#options.tiles.write([...full, ...this.#partialFiles(size)])
    const note = await signNote(text, [this.#options.signer])
    await this.#options.beforeCheckpoint?.({ size, note })
    await this.#options.tiles.replaceCheckpoint(note)
    this.#published = { size, note }
    for (const [path] of full) this.#unwritten.delete(path)
    this.#finished.splice(0, finished.length)
    await this.#options.tiles.dropPartials(finished)
  }

  #partialFiles(size: number): PublicFile[] {
    const files = this.#tree.partials().map(({ tile, hashes }): PublicFile => [tilePath(tile), Buffer.from(hashes)])
    const width = this.#edgeEntries.length
    if (width === 0) return files
    const bundle: TileId = { level: 'entries', index: Math.floor(size / TILE_WIDTH), width }
    return [...files, [tilePath(bundle), formatBundle(this.#edgeEntries)]]
  }
}

/** Entries that a stored checkpoint covers; below any when it can't be read. */
function sizeOf(note: Uint8Array): number {
  try {
    return parseCheckpoint(parseNote(note).text).size
  } catch {
    return -1
  }
}
