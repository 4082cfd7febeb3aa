import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openCheckpoint, parseVkey, TILE_WIDTH, type TileId, tilePath, tileWidth } from '../../src/ledger/index.ts'

const ABREAST = 8

/** A stranger's copy of a log's public files, carried on as it grows: full tiles are fetched once. */
export class Mirror {
  readonly folder: string
  readonly #vkey: string

  constructor(folder: string, vkey: string) {
    this.folder = folder
    this.#vkey = vkey
  }

  /**
   * @param prefix `http://127.0.0.1:8080/ledger`
   * @returns entries under the checkpoint that was copied
   */
  async copy(prefix: string): Promise<number> {
    const note = (await get(`${prefix}/checkpoint`)).toString('utf8')
    const { size } = await openCheckpoint(note, parseVkey(this.#vkey))
    const missing: TileId[] = []
    for (const tile of tilesOf(size)) if (!(await this.#has(tile))) missing.push(tile)
    for (let at = 0; at < missing.length; at += ABREAST) {
      await Promise.all(missing.slice(at, at + ABREAST).map((tile) => this.#fetch(prefix, tile)))
    }
    await this.#write('checkpoint', Buffer.from(note))
    await this.#write('vkey', Buffer.from(`${this.#vkey}\n`))
    return size
  }

  async #has(tile: TileId): Promise<boolean> {
    return await readFile(join(this.folder, tilePath(tile))).then(
      () => true,
      () => false,
    )
  }

  async #fetch(prefix: string, tile: TileId): Promise<void> {
    await this.#write(tilePath(tile), await get(`${prefix}/${tilePath(tile)}`))
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
  }
}

/** Every tile and bundle of a tree of that size, as C2SP tlog-tiles names them. */
function* tilesOf(size: number): Generator<TileId> {
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      const width = tileWidth(level, index, size)
      yield { level, index, width }
      if (level === 0) yield { level: 'entries', index, width }
    }
  }
}

async function get(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}
