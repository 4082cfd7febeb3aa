import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../base/errors.ts'
import { describeModelFile, type ModelFile, type Upload } from '../weights/vault/index.ts'
import type { OperatorClient } from './operator-client.ts'

/** Sent at once: enough to keep disk, network and the server's cores busy. */
const AT_ONCE = 3
/** A part that did not arrive is sent again so often, after so long. */
const TRIES = 4
const RETRY_MS = 500

export interface SendOptions {
  readonly client: Pick<OperatorClient, 'put'>
  readonly root: string
  readonly upload: Upload
  /** As they were found when the upload was begun, in its order. */
  readonly files: readonly ModelFile[]
  /** Bytes that are in, of all there are. */
  readonly onProgress: (done: number) => void
  readonly wait: (ms: number) => Promise<unknown>
  readonly signal: AbortSignal
}

/**
 * Sends what is not in the vault yet, part by part: several at once, each file's in order, and streamed from the disk. What arrived is durable;
 * who is interrupted goes on after it.
 *
 * @throws {AppError} CONFLICT when a file changes meanwhile, or did since parts of it were sent; what the server answers
 */
export async function sendParts(options: SendOptions): Promise<void> {
  const { upload, onProgress, signal } = options
  let done = upload.files.reduce((sum, file) => sum + storedBytes(file), 0)
  onProgress(done)
  const parts = missingParts(upload)
  const opened = new OpenFiles(options)
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const work = async () => {
    for (const { file, part } of parts) {
      if (stop.aborted) return
      const { start, end } = placeOf(upload, file, part)
      const path = `${uploadPath(upload.id)}/files/${file}/parts/${part}`
      await send(options, path, (await opened.get(file)).slice(start, end), () => opened.check(file))
      await opened.sent(file)
      done += end - start
      onProgress(done)
    }
  }
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failed.abort()
      throw error
    }),
  )
  const ends = await Promise.allSettled(workers)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  signal.throwIfAborted()
}

export function uploadPath(id: string): string {
  return `/api/v1/weights/uploads/${encodeURIComponent(id)}`
}

/** One list for all who send: taking from it is what keeps them apart. */
function* missingParts(upload: Upload): Generator<{ file: number; part: number }> {
  for (const [file, { parts, stored }] of upload.files.entries()) {
    const known = new Set(stored)
    for (let part = 0; part < parts; part += 1) if (!known.has(part)) yield { file, part }
  }
}

function storedBytes({ stored, partBytes, sizeBytes }: Upload['files'][number]): number {
  return stored.reduce((sum, part) => sum + Math.min(partBytes, sizeBytes - part * partBytes), 0)
}

function placeOf(upload: Upload, file: number, part: number): { start: number; end: number } {
  const { partBytes = 0, sizeBytes = 0 } = upload.files[file] ?? {}
  const start = part * partBytes
  return { start, end: Math.min(start + partBytes, sizeBytes) }
}

/** What the network loses is sent again; what the server refuses is not, nor a file that has changed, which can't be read any more. */
async function send(
  { client, wait, signal }: SendOptions,
  path: string,
  bytes: Blob,
  checkFile: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.put(path, bytes)
    } catch (error) {
      await checkFile()
      const passing =
        error instanceof AppError && (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'OVERLOADED')
      if (!passing || attempt >= TRIES || signal.aborted) throw error
      await wait(RETRY_MS * 2 ** attempt)
    }
  }
}

/** Files are looked at before their first part and after their last: one that changed is neither its old self nor its new one. */
class OpenFiles {
  readonly #options: SendOptions
  readonly #left: number[]
  readonly #blobs = new Map<number, Promise<Blob>>()

  constructor(options: SendOptions) {
    this.#options = options
    this.#left = options.upload.files.map(({ parts, stored }) => parts - stored.length)
  }

  get(position: number): Promise<Blob> {
    const known = this.#blobs.get(position)
    if (known !== undefined) return known
    const blob = this.#open(position)
    this.#blobs.set(position, blob)
    return blob
  }

  async sent(position: number): Promise<void> {
    const left = (this.#left[position] ?? 0) - 1
    this.#left[position] = left
    if (left > 0) return
    this.#blobs.delete(position)
    await this.check(position)
  }

  /** @throws {AppError} CONFLICT when the file is no longer as it was found */
  async check(position: number): Promise<void> {
    const file = this.#at(position)
    const { state } = await describeModelFile(this.#options.root, file.path)
    if (state === file.state) return
    throw new AppError('CONFLICT', `file ${position} changed while it was sent: try again when nobody writes to it`)
  }

  async #open(position: number): Promise<Blob> {
    const { root, upload } = this.#options
    await this.check(position)
    const path = join(root, this.#at(position).path)
    const wasBegun = (upload.files[position]?.stored.length ?? 0) > 0
    if (!wasBegun || (await stat(path)).mtimeMs < Date.parse(upload.beganAt)) return await openAsBlob(path)
    throw new AppError(
      'CONFLICT',
      `file ${position} was written to since parts of it were sent: say --anew to send all of it again`,
    )
  }

  #at(position: number): ModelFile {
    const file = this.#options.files[position]
    if (file === undefined) throw new AppError('CONFLICT', 'the server has other files in this upload than were found')
    return file
  }
}
