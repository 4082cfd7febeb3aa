import type { ReadingContext } from './context.ts'
import { CoverageMap } from './coverage-map.ts'
import type { CoverageView } from './schema.ts'
import { type CoverageQuery, type CoverageRow, listCoverage } from './store.ts'

/** How much of each version somebody has ever read. */
export class Coverage {
  readonly #context: Pick<ReadingContext, 'db' | 'vault'>

  constructor(context: Pick<ReadingContext, 'db' | 'vault'>) {
    this.#context = context
  }

  /** By version. */
  ofPerson(personId: string): Promise<CoverageView[]> {
    return this.#views({ personId })
  }

  /** Who has read how much of it, the most first. */
  async ofVersion(version: string): Promise<CoverageView[]> {
    return (await this.#views({ version })).sort((a, b) => b.bytes - a.bytes)
  }

  async #views(query: CoverageQuery): Promise<CoverageView[]> {
    const groups = Map.groupBy(
      await listCoverage(this.#context.db.db, query),
      (row) => `${row.version} ${row.personId}`,
    )
    return await Promise.all([...groups.values()].map((rows) => this.#view(rows)))
  }

  async #view(rows: readonly CoverageRow[]): Promise<CoverageView> {
    const { version = '', personId = '' } = rows[0] ?? {}
    const { versions } = this.#context.vault
    const sizes = new Map((await versions.files(version)).map(({ path, sizeBytes }) => [path, sizeBytes]))
    const { sizeBytes } = await versions.get(version)
    const files = rows.map(({ path, blocks, blockBytes }) => {
      const size = sizes.get(path) ?? 0
      const bytes = new CoverageMap(size, blocks, blockBytes).bytes
      return { path, bytes, sizeBytes: size, share: shareOf(bytes, size) }
    })
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    return { personId, version, bytes, sizeBytes, share: shareOf(bytes, sizeBytes), files }
  }
}

function shareOf(bytes: number, sizeBytes: number): number {
  return sizeBytes === 0 ? 0 : Math.min(1, bytes / sizeBytes)
}
