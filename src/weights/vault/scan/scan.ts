import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import { iso } from '../../../base/clock.ts'
import { codeOf } from '../../../base/error-code.ts'
import { isWithin, type Known, type KnownFile } from './known.ts'
import type { Probe } from './probe.ts'
import { recognise } from './recognise.ts'
import type { Recognised, ScanFinding, ScanGap, ScanSummary } from './schema.ts'
import { showPath, type WalkedFile, type WalkedGap, type WalkTally, walk } from './walk.ts'

export interface ScanOptions {
  /** null: whatever is found is unknown. */
  readonly known: Known | null
  /** Absolute folders in which models that are not the vault's may lie. */
  readonly allowed: readonly string[]
  /** Smaller files are not looked at. */
  readonly minBytes: number
  readonly maxDepth: number
  readonly maxEntries: number
  readonly clock: Clock
  readonly signal?: AbortSignal
  /** Called after each batch of files, and while a large one is read whole. */
  readonly onProgress?: (progress: ScanProgress) => void
}

export interface ScanProgress {
  readonly entries: number
  readonly examined: number
  readonly examinedBytes: number
  /** Bytes that were read to compare them with the vault's digests. */
  readonly comparedBytes: number
  /** Where it is. */
  readonly path: string
}

export const SCAN_DEFAULTS = { minBytes: 1024 * 1024, maxDepth: 64, maxEntries: 50_000_000 } as const

/** Storage over a network waits more than it works. */
const AT_ONCE = 16
const BATCH = 64
const HASH_BLOCK_BYTES = 1024 * 1024

type Found = ScanFinding | ScanGap

/**
 * Looks for files of weights on storage. Reads only; nothing of any content goes into what it tells.
 *
 * @param paths files or folders
 * @throws the signal's reason
 */
export async function* scanForWeights(
  paths: readonly string[],
  options: ScanOptions,
): AsyncGenerator<Found, ScanSummary> {
  const scan = new Scan(options)
  for (const path of paths) {
    let batch: WalkedFile[] = []
    for await (const walked of walk(resolve(path), options, scan.tally)) {
      options.signal?.throwIfAborted()
      if ('why' in walked) yield scan.gap(walked)
      else if (walked.stats.size >= options.minBytes) batch.push(walked)
      if (batch.length < BATCH) continue
      yield* await scan.examineAll(batch)
      batch = []
    }
    yield* await scan.examineAll(batch)
  }
  return scan.summary()
}

class Scan {
  readonly tally: WalkTally = { entries: 0, passedOver: 0 }
  readonly #options: ScanOptions
  readonly #startedMs: number
  #examined = 0
  #examinedBytes = 0
  #comparedBytes = 0
  #found = 0
  #unapproved = 0
  #gaps = 0

  constructor(options: ScanOptions) {
    this.#options = options
    this.#startedMs = options.clock.monotonic()
  }

  /** In the order of the walk. */
  async examineAll(batch: readonly WalkedFile[]): Promise<Found[]> {
    const results: (Found | null)[] = []
    const queue = batch.entries()
    const work = async () => {
      for (const [at, file] of queue) results[at] = await this.#examine(file)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    const last = batch.at(-1)
    if (last !== undefined) this.#report(last.path)
    return results.filter((result) => result !== null)
  }

  gap({ path, why }: WalkedGap | ScanGapAt): ScanGap {
    this.#gaps++
    return { type: 'gap', path: showPath(path), why }
  }

  summary(): ScanSummary {
    const verdict = this.#unapproved > 0 ? 'found' : this.#gaps > 0 ? 'incomplete' : 'clean'
    const durationMs = Math.round(this.#options.clock.monotonic() - this.#startedMs)
    const { entries, passedOver } = this.tally
    return {
      ...{ type: 'summary', entries, passedOver, examined: this.#examined, examinedBytes: this.#examinedBytes },
      ...{ found: this.#found, unapproved: this.#unapproved, gaps: this.#gaps, verdict, durationMs },
    }
  }

  async #examine(file: WalkedFile): Promise<Found | null> {
    this.#options.signal?.throwIfAborted()
    let handle: FileHandle
    try {
      handle = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    } catch (error) {
      return this.#failed(file.path, error)
    }
    try {
      return await this.#look(file, handle)
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      return this.#failed(file.path, error)
    } finally {
      await handle.close()
    }
  }

  async #look({ path, stats }: WalkedFile, handle: FileHandle): Promise<Found | null> {
    const { size, dev, ino, mtimeMs } = await handle.stat()
    if (dev !== stats.dev || ino !== stats.ino) return this.gap({ path, why: 'changed' })
    this.#examined++
    this.#examinedBytes += size
    const name = showPath(path.subarray(path.lastIndexOf('/') + 1))
    const recognised = await recognise(name, probeOf(handle, size))
    const isCandidate = recognised !== null || this.#options.known?.hasSize(size) === true
    if (!isCandidate) return null
    const files = await this.#filesOf(handle, size, path)
    if (recognised === null && files.length === 0) return null // of the size of one of the vault's, and no more
    return this.#finding(path, { sizeBytes: size, modifiedMs: mtimeMs }, recognised ?? OTHER, files)
  }

  #finding(
    path: Buffer,
    of: { sizeBytes: number; modifiedMs: number },
    recognised: Recognised,
    files: readonly KnownFile[],
  ): ScanFinding {
    const shown = showPath(path)
    const place = this.#options.known?.copyAt(shown, files) ?? null
    const file = place?.file ?? files[0] ?? null
    const isAllowed = this.#options.allowed.some((folder) => isWithin(shown, folder))
    const standing = place !== null ? 'registered' : file !== null ? 'stray' : isAllowed ? 'allowed' : 'unknown'
    const approved = standing === 'registered' || standing === 'allowed'
    this.#found++
    if (!approved) this.#unapproved++
    return {
      ...{
        type: 'found',
        path: shown,
        sizeBytes: of.sizeBytes,
        modifiedAt: iso(Math.round(of.modifiedMs)),
        ...recognised,
      },
      ...{ standing, approved, version: file?.version ?? null, file: file?.path ?? null, copy: place?.copy ?? null },
    }
  }

  /** Read whole only when its size is that of a file of the vault. */
  async #filesOf(handle: FileHandle, size: number, path: Buffer): Promise<readonly KnownFile[]> {
    const { known } = this.#options
    if (known === null || !known.hasSize(size)) return []
    const hash = createHash('sha256')
    const block = Buffer.allocUnsafe(HASH_BLOCK_BYTES)
    for (let at = 0; at < size; ) {
      this.#options.signal?.throwIfAborted()
      const { bytesRead } = await handle.read(block, 0, Math.min(block.length, size - at), at)
      if (bytesRead === 0) return [] // shorter than it was
      hash.update(block.subarray(0, bytesRead))
      at += bytesRead
      this.#comparedBytes += bytesRead
      if (at % (64 * HASH_BLOCK_BYTES) === 0) this.#report(path)
    }
    return known.filesWith(size, hash.digest('hex'))
  }

  #failed(path: Buffer, error: unknown): ScanGap | null {
    const code = codeOf(error)
    if (code === 'ENOENT') return null
    if (code === 'ELOOP') return this.gap({ path, why: 'changed' })
    return this.gap({ path, why: code === 'EACCES' || code === 'EPERM' ? 'permission' : 'failed' })
  }

  #report(path: Buffer): void {
    const { entries } = this.tally
    const counts = { examined: this.#examined, examinedBytes: this.#examinedBytes, comparedBytes: this.#comparedBytes }
    this.#options.onProgress?.({ entries, ...counts, path: showPath(path) })
  }
}

interface ScanGapAt {
  readonly path: Buffer
  readonly why: ScanGap['why']
}

/** A file of the vault that is no weights by its content: it has its place beside them. */
const OTHER: Recognised = { format: 'opaque', within: null }

function probeOf(handle: FileHandle, sizeBytes: number): Probe {
  return {
    sizeBytes,
    read: async (start, length) => {
      const room = Math.max(Math.min(length, sizeBytes - start, HASH_BLOCK_BYTES), 0)
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(room), 0, room, start)
      return buffer.subarray(0, bytesRead)
    },
  }
}
