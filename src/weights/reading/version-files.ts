import type { Clock } from '../../base/clock.ts'
import type { ReadableFile, ReadingGrant, VaultPort } from './ports.ts'

/** A decoy that is planted meanwhile is known after so long. */
const KNOWN_MS = 5_000
const MOST_VERSIONS = 64

/** The files of versions, for a few seconds: a model of ten thousand files is not listed again for each of them. */
export class VersionFiles {
  readonly #vault: Pick<VaultPort, 'versions'>
  readonly #clock: Clock
  readonly #known = new Map<string, { readonly files: readonly ReadableFile[]; readonly readMs: number }>()

  constructor({ vault, clock }: { vault: Pick<VaultPort, 'versions'>; clock: Clock }) {
    this.#vault = vault
    this.#clock = clock
  }

  /** By position, decoys too. @param grant was found to stand just now */
  async of({ version, manifestDigest }: ReadingGrant): Promise<readonly ReadableFile[]> {
    const key = `${version} ${manifestDigest}`
    const now = this.#clock.monotonic()
    const known = this.#known.get(key)
    if (known !== undefined && now - known.readMs < KNOWN_MS) return known.files
    const files = await this.#vault.versions.files(version)
    this.#known.delete(key)
    this.#known.set(key, { files, readMs: now })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_VERSIONS && oldest !== undefined) this.#known.delete(oldest)
    return files
  }
}
