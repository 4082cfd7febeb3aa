import {
  formatBundle,
  formatCheckpoint,
  type LogSource,
  leafHash,
  type NoteSigner,
  signNote,
  TILE_WIDTH,
  TreeBuilder,
  tilePath,
} from '../ledger/index.ts'

/** A small log in memory, for drills and tests: tiles, bundles and notes as a real one has them. */
export class MemoryLog {
  readonly #signer: NoteSigner
  readonly #tree = new TreeBuilder()
  readonly #files = new Map<string, Uint8Array>()
  readonly #entries: Uint8Array[] = []
  #note = ''

  private constructor(signer: NoteSigner) {
    this.#signer = signer
  }

  /** @param entries Each at most 65,535 bytes. */
  static async open(signer: NoteSigner, entries: readonly Uint8Array[] = []): Promise<MemoryLog> {
    const log = new MemoryLog(signer)
    await log.append(entries)
    return log
  }

  get vkey(): string {
    return this.#signer.vkey
  }

  get size(): number {
    return this.#entries.length
  }

  /** The newest signed note. */
  checkpoint(): string {
    return this.#note
  }

  get tiles(): LogSource {
    return { read: async (path) => (path === 'checkpoint' ? Buffer.from(this.#note) : (this.#files.get(path) ?? null)) }
  }

  /** Signs a new head over what was there and these. */
  async append(entries: readonly Uint8Array[]): Promise<void> {
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#tree.append(leafHash(entry), (tile, hashes) => this.#files.set(tilePath(tile), hashes.slice()))
    }
    for (const { tile, hashes } of this.#tree.partials()) this.#files.set(tilePath(tile), hashes.slice())
    for (let index = 0; index * TILE_WIDTH < this.size; index++) {
      const bundle = this.#entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)
      this.#files.set(tilePath({ level: 'entries', index, width: bundle.length }), formatBundle(bundle))
    }
    const { size } = this
    const text = formatCheckpoint({ origin: this.#signer.name, size, root: this.#tree.root() })
    this.#note = await signNote(text, [this.#signer])
  }
}
