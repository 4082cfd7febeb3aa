import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { AppError } from '../../base/errors.ts'
import { isRefusal, openS3Client, s3StatusOf } from '../../base/s3-client.ts'
import type { S3Config } from '../../base/s3-config.ts'
import { MAX_BUNDLE_BYTES, parseTilePath, TILE_WIDTH, type TileId, tilePath } from '../tlog/index.ts'
import type { PublicFile, TileHooks, TileStore } from './tile-store.ts'

const PARALLEL = 16
/** One request, and all attempts at it. */
const REQUEST_MS = 3_000
const ATTEMPTS = 3
const FIRST_PAUSE_MS = 100
const AT_ONCE = 1_000
const FOREVER = 'public, max-age=31536000, immutable'
const SHORT = 'public, max-age=60'
const NEVER = 'no-cache'

/** Opens a bucket; whether it is there shows at the first reading. */
export async function openS3Tiles(config: S3Config, hooks: TileHooks): Promise<S3Tiles> {
  const client = openS3Client(config, {
    requestTimeout: REQUEST_MS,
    throwOnRequestTimeout: true, // it would only warn
    connectionTimeout: REQUEST_MS,
    socketTimeout: REQUEST_MS,
  })
  return new S3Tiles(client, config, hooks)
}

/**
 * A log's public files in S3-compatible storage. Full tiles are written only where there is none; the checkpoint only over the one that
 * this store read or wrote last, so that a process that lost the lease without noticing is refused.
 */
export class S3Tiles implements TileStore {
  readonly conditional = true
  readonly #client: S3Client
  readonly #config: S3Config
  readonly #hooks: TileHooks
  /** Of the checkpoint that stands, as far as this store knows; null when there is none. */
  #etag: string | null = null
  /** Widths of partial tiles that this store wrote, by the path of their full tile. */
  readonly #partials = new Map<string, Set<number>>()
  /** Levels whose tile at the edge was found full since the checkpoint was read: whoever published before wrote some of its partial forms. */
  readonly #cleared = new Set<TileId['level']>()

  constructor(client: S3Client, config: S3Config, hooks: TileHooks) {
    this.#hooks = hooks
    this.#client = client
    this.#config = config
  }

  get place(): string {
    return `s3://${this.#config.bucket}/${this.#config.prefix}`
  }

  async read(path: string): Promise<Uint8Array | null> {
    const found = await this.#get(path)
    if (path === 'checkpoint') {
      this.#etag = found?.etag ?? null
      this.#cleared.clear()
    }
    return found?.bytes ?? null
  }

  async write(files: readonly PublicFile[]): Promise<void> {
    const waiting = files.values()
    const worker = async () => {
      for (const [path, bytes] of waiting) await this.#writeTile(path, bytes)
    }
    const ended = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL, files.length) }, worker))
    for (const result of ended) if (result.status === 'rejected') throw result.reason
  }

  async replaceCheckpoint(note: string): Promise<void> {
    const condition = this.#etag === null ? { IfNoneMatch: '*' } : { IfMatch: this.#etag }
    const bytes = Buffer.from(note)
    try {
      this.#etag = await this.#put('checkpoint', bytes, NEVER, condition)
    } catch (error) {
      if (!isConflict(error)) throw error
      // An attempt whose answer was lost may have done it.
      const found = await this.#get('checkpoint')
      if (found === null || Buffer.compare(found.bytes, bytes) !== 0)
        throw new AppError('CONFLICT', 'somebody else replaced the checkpoint in the tile store', { cause: error })
      this.#etag = found.etag
    }
  }

  async writeText(path: string, text: string): Promise<void> {
    await this.#put(path, Buffer.from(text), SHORT, {})
  }

  async dropPartials(full: readonly TileId[]): Promise<void> {
    try {
      const paths: string[] = []
      for (const tile of full) {
        const path = tilePath(tile)
        if (this.#cleared.has(tile.level))
          for (const width of this.#partials.get(path) ?? []) paths.push(`${path}.p/${width}`)
        else for await (const found of this.#listBelow(`${path}.p/`)) paths.push(found)
        this.#cleared.add(tile.level)
        this.#partials.delete(path)
      }
      await this.remove(paths)
    } catch {
      // Only surplus: `ledger fsck --mend` finds it.
    }
  }

  list(): AsyncGenerator<string> {
    return this.#listBelow('')
  }

  async *#listBelow(path: string): AsyncGenerator<string> {
    const { bucket: Bucket, prefix } = this.#config
    const Prefix = prefix + path
    let token: string | undefined
    do {
      const command = { Bucket, Prefix, ...(token !== undefined && { ContinuationToken: token }) }
      const page = await this.#attempt(() => this.#client.send(new ListObjectsV2Command(command)))
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key.slice(prefix.length)
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  async remove(paths: readonly string[]): Promise<void> {
    const { bucket: Bucket, prefix } = this.#config
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const Objects = paths.slice(at, at + AT_ONCE).map((path) => ({ Key: prefix + path }))
      await this.#attempt(() =>
        this.#client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
      )
    }
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  async #writeTile(path: string, bytes: Uint8Array): Promise<void> {
    const tile = parseTilePath(path)
    if (tile !== null && tile.width < TILE_WIDTH) {
      await this.#put(path, bytes, SHORT, {})
      const full = tilePath({ ...tile, width: TILE_WIDTH })
      const widths = this.#partials.get(full) ?? new Set()
      this.#partials.set(full, widths.add(tile.width))
      return
    }
    try {
      await this.#put(path, bytes, FOREVER, { IfNoneMatch: '*' })
    } catch (error) {
      if (!isConflict(error)) throw error
      const found = await this.#get(path)
      if (found === null || Buffer.compare(found.bytes, bytes) !== 0)
        throw new AppError('VERIFICATION_FAILED', `${path} in the tile store is not the tile of this log`, {
          cause: error,
        })
    }
  }

  async #get(path: string): Promise<{ bytes: Uint8Array; etag: string | null } | null> {
    try {
      return await this.#attempt(async () => {
        const { bucket: Bucket, prefix } = this.#config
        const answer = await this.#client.send(new GetObjectCommand({ Bucket, Key: prefix + path }))
        if ((answer.ContentLength ?? 0) > MAX_BUNDLE_BYTES)
          throw new AppError('VERIFICATION_FAILED', `${path} is larger than a tile can be`)
        const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0)
        return { bytes, etag: answer.ETag ?? null }
      })
    } catch (error) {
      if (error instanceof NoSuchKey) return null
      throw error
    }
  }

  async #put(
    path: string,
    Body: Uint8Array,
    CacheControl: string,
    condition: { IfNoneMatch?: string; IfMatch?: string },
  ): Promise<string | null> {
    const { bucket: Bucket, prefix } = this.#config
    const ContentType = parseTilePath(path) === null ? 'text/plain; charset=utf-8' : 'application/octet-stream'
    const input = { Bucket, Key: prefix + path, Body, CacheControl, ContentType, ...condition }
    const { ETag } = await this.#attempt(() => this.#client.send(new PutObjectCommand(input)))
    this.#hooks.onWritten?.()
    return ETag ?? null
  }

  /** Again, after growing pauses, when storage fails or is slow. @throws {AppError} UPSTREAM_UNAVAILABLE */
  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (isAnswer(error)) throw error
        if (isRefusal(error))
          throw new AppError(
            'UPSTREAM_UNAVAILABLE',
            `the tile store refuses (${reasonOf(error)}): check ledger.tiles.s3 and its credentials`,
            { cause: error },
          )
        if (attempt === ATTEMPTS)
          throw new AppError('UPSTREAM_UNAVAILABLE', `the tile store fails (${reasonOf(error)})`, { cause: error })
        const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }
}

/** 412: the condition does not hold. 409: another write of the same key was under way. */
function isConflict(error: unknown): boolean {
  const status = s3StatusOf(error)
  return status === 412 || status === 409
}

/** An answer to what was asked: there is none, or the condition does not hold. */
function isAnswer(error: unknown): boolean {
  return error instanceof AppError || error instanceof NoSuchKey || isConflict(error)
}

/** Public: the kind of failure. */
function reasonOf(error: unknown): string {
  const status = s3StatusOf(error)
  const name = error instanceof Error ? error.name : ''
  if (status !== null) return `${status} ${name}`
  return name === 'TimeoutError' ? 'no answer in time' : 'it can’t be reached'
}
