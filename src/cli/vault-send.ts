import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../base/errors.ts'
import { checkUnchanged, type ModelFile, openModelFile, type Upload } from '../weights/vault/index.ts'
import type { OperatorClient } from './operator-client.ts'

/** Sent at once: enough to keep disk, network and the server's cores busy; each holds a part in memory. */
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
 * Sends what is not in the vault yet, part by part: several at once, each file's in order. What arrived is durable; who is interrupted goes on
 * after it.
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
  const largest = Math.max(1, ...upload.files.map((file) => Math.min(file.partBytes, file.sizeBytes)))
  const work = async () => {
    const buffer = Buffer.allocUnsafeSlow(largest)
    for (const { file, part } of parts) {
      if (stop.aborted) return
      const bytes = await readPart(await opened.get(file), partOf(upload, file, part), buffer)
      await send(options, `${uploadPath(upload.id)}/files/${file}/parts/${part}`, bytes)
      await opened.sent(file)
      done += bytes.length
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
  await opened.close()
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

function partOf(upload: Upload, file: number, part: number): { start: number; length: number } {
  const { partBytes = 0, sizeBytes = 0 } = upload.files[file] ?? {}
  const start = part * partBytes
  return { start, length: Math.min(partBytes, sizeBytes - start) }
}

async function readPart(
  handle: FileHandle,
  { start, length }: { start: number; length: number },
  buffer: Buffer<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let read = 0; read < length; ) {
    const { bytesRead } = await handle.read(buffer, read, length - read, start + read)
    if (bytesRead === 0) throw new AppError('CONFLICT', 'a file of the model became shorter while it was read')
    read += bytesRead
  }
  return buffer.subarray(0, length)
}

/** What the network loses is sent again; what the server refuses is not. */
async function send(
  { client, wait, signal }: SendOptions,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.put(path, bytes)
    } catch (error) {
      const passing =
        error instanceof AppError && (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'OVERLOADED')
      if (!passing || attempt >= TRIES || signal.aborted) throw error
      await wait(RETRY_MS * 2 ** attempt)
    }
  }
}

/** Files are opened for their first part, and looked at again after their last: one that changed is neither its old self nor its new one. */
class OpenFiles {
  readonly #options: SendOptions
  readonly #left: number[]
  readonly #handles = new Map<number, Promise<FileHandle>>()

  constructor(options: SendOptions) {
    this.#options = options
    this.#left = options.upload.files.map(({ parts, stored }) => parts - stored.length)
  }

  get(position: number): Promise<FileHandle> {
    const known = this.#handles.get(position)
    if (known !== undefined) return known
    const handle = this.#open(position)
    this.#handles.set(position, handle)
    return handle
  }

  async sent(position: number): Promise<void> {
    const left = (this.#left[position] ?? 0) - 1
    this.#left[position] = left
    const handle = this.#handles.get(position)
    if (left > 0 || handle === undefined) return
    this.#handles.delete(position)
    await using opened = await handle
    await checkUnchanged(opened, this.#at(position))
  }

  async close(): Promise<void> {
    for (const one of await Promise.allSettled(this.#handles.values()))
      if (one.status === 'fulfilled') await one.value.close()
  }

  async #open(position: number): Promise<FileHandle> {
    const { root, upload } = this.#options
    const handle = await openModelFile(root, this.#at(position))
    const wasBegun = (upload.files[position]?.stored.length ?? 0) > 0
    if (!wasBegun || (await handle.stat()).mtimeMs < Date.parse(upload.beganAt)) return handle
    await handle.close()
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
