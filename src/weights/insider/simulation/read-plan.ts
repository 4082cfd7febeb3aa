import type { ReadMany } from './campaign.ts'
import type { Draw } from './draw.ts'
import type { ModelFile } from './world/world.ts'

const CHUNK_BYTES = 64 * 1024 * 1024

export interface Range {
  readonly file: ModelFile
  readonly start: number
  readonly bytes: number
}

/** The ranges that somebody reads one after the other, who reads `how`. Whole bytes; the last range of a file may be short. */
export function* planReads(files: readonly ModelFile[], how: ReadMany, draw: Draw): Generator<Range> {
  const { order = 'serial', share = 1, skipBytes = 0, chunkBytes = CHUNK_BYTES } = how
  const chosen = how.files ?? files
  const total = chosen.reduce((sum, file) => sum + file.sizeBytes, 0)
  const chunk = Math.max(1, Math.floor(chunkBytes))
  const wanted = Math.min(total, Math.ceil(total * share))
  const ranges = order === 'serial' ? serial(chosen, skipBytes, chunk) : draw.shuffled([...serial(chosen, 0, chunk)])
  let planned = 0
  for (const range of ranges) {
    if (planned >= wanted) return
    const bytes = Math.min(range.bytes, wanted - planned)
    planned += bytes
    yield { ...range, bytes }
  }
}

function* serial(files: readonly ModelFile[], skipBytes: number, chunk: number): Generator<Range> {
  let skip = Math.floor(skipBytes)
  for (const file of files) {
    const from = Math.min(skip, file.sizeBytes)
    skip -= from
    for (let start = from; start < file.sizeBytes; start += chunk)
      yield { file, start, bytes: Math.min(chunk, file.sizeBytes - start) }
  }
}
