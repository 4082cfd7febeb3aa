import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AppError } from '../../../base/errors.ts'
import type { S3Config } from '../../../base/s3-config.ts'
import { S3Access, statusOf } from './s3-access.ts'
import { S3Object } from './s3-object.ts'
import {
  MAX_NOTE_BYTES,
  type OpenObject,
  type PartSink,
  partPlace,
  type StoreObject,
  type WeightStore,
} from './store.ts'

const MEBIBYTE = 1024 * 1024
/** Parts are held whole while they are sent, so that a failed attempt can be repeated; this much of them at once. */
const MOST_BUFFERED_BYTES = 96 * MEBIBYTE

/** A bucket. An object is one of the bucket's, put by a multipart upload. */
export class S3Store implements WeightStore {
  readonly mostParts = 10_000
  readonly leastPartBytes = 5 * MEBIBYTE
  readonly #access: S3Access
  readonly #config: S3Config
  readonly #buffers = new Room(MOST_BUFFERED_BYTES)

  constructor(config: S3Config) {
    this.#config = config
    this.#access = new S3Access(config)
  }

  get place(): string {
    return `s3://${this.#config.bucket}/${this.#config.prefix}`
  }

  /** A bucket does not tell. */
  async checkSpace(): Promise<void> {}

  async begin({ key }: StoreObject): Promise<string> {
    const ContentType = 'application/octet-stream'
    const { UploadId } = await this.#run((s3) =>
      s3.send(new CreateMultipartUploadCommand({ ...this.#at(key), ContentType })),
    )
    if (UploadId === undefined) throw new AppError('UPSTREAM_UNAVAILABLE', 'the store of weights began no upload')
    return UploadId
  }

  async part(object: StoreObject, target: string, part: number): Promise<PartSink> {
    const { length } = partPlace(object, part)
    const give = await this.#buffers.take(length)
    const send = async (Body: Buffer) => {
      const command = {
        ...this.#at(object.key),
        UploadId: target,
        PartNumber: part + 1,
        Body,
        ContentLength: Body.length,
      }
      const { ETag } = await this.#run((s3) => s3.send(new UploadPartCommand(command)))
      if (ETag === undefined)
        throw new AppError('UPSTREAM_UNAVAILABLE', 'the store of weights did not say that it has the part')
      return ETag
    }
    return new S3Part(length, send, give)
  }

  async finish(object: StoreObject, target: string, marks: readonly string[]): Promise<void> {
    if ((await this.sizeOf(object)) === object.sizeBytes) return // finished before, and its answer was lost
    const Parts = marks.map((ETag, i) => ({ ETag, PartNumber: i + 1 }))
    const command = { ...this.#at(object.key), UploadId: target, MultipartUpload: { Parts } }
    try {
      await this.#run((s3) => s3.send(new CompleteMultipartUploadCommand(command)))
    } catch (error) {
      if ((await this.sizeOf(object)) === object.sizeBytes) return
      if (statusOf(error) === 400 || statusOf(error) === 404)
        throw new AppError('CONFLICT', 'the store of weights does not have all parts', { cause: error })
      throw error
    }
    if ((await this.sizeOf(object)) !== object.sizeBytes)
      throw new AppError('CONFLICT', 'the store of weights put together something else')
  }

  async lostParts({ key }: StoreObject, target: string, marks: readonly string[]): Promise<number[]> {
    const found = new Map<number, string>()
    let PartNumberMarker: string | undefined
    try {
      do {
        const command = { ...this.#at(key), UploadId: target, ...(PartNumberMarker && { PartNumberMarker }) }
        const page = await this.#run((s3) => s3.send(new ListPartsCommand(command)))
        for (const { PartNumber = 0, ETag = '' } of page.Parts ?? []) found.set(PartNumber - 1, ETag)
        PartNumberMarker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
      } while (PartNumberMarker !== undefined)
    } catch (error) {
      if (statusOf(error) !== 404) throw error
    }
    return marks.flatMap((mark, part) => (found.get(part) === mark ? [] : [part]))
  }

  async remove({ key }: StoreObject, target: string): Promise<void> {
    if (target !== '')
      await this.#gone(() =>
        this.#run((s3) => s3.send(new AbortMultipartUploadCommand({ ...this.#at(key), UploadId: target }))),
      )
    await this.#gone(() => this.#run((s3) => s3.send(new DeleteObjectCommand(this.#at(key)))))
  }

  async sizeOf({ key }: StoreObject): Promise<number | null> {
    const head = await this.#gone(() => this.#run((s3) => s3.send(new HeadObjectCommand(this.#at(key)))))
    return head?.ContentLength ?? null
  }

  async open(object: StoreObject, signal?: AbortSignal): Promise<OpenObject> {
    const size = await this.sizeOf(object)
    if (size === null) throw new AppError('NOT_FOUND', 'the sealed file is not in the store')
    return new S3Object(this.#access, this.#at(object.key), size, signal)
  }

  async writeNote(path: string, text: string): Promise<void> {
    await this.#run((s3) =>
      s3.send(new PutObjectCommand({ ...this.#at(path), Body: Buffer.from(text), ContentType: 'application/json' })),
    )
  }

  async readNote(path: string): Promise<string | null> {
    return await this.#gone(async () => {
      const answer = await this.#run((s3) => s3.send(new GetObjectCommand(this.#at(path))))
      if ((answer.ContentLength ?? 0) > MAX_NOTE_BYTES)
        throw new AppError('VERIFICATION_FAILED', `${path} in the store is too large for what it is`)
      return (await answer.Body?.transformToString()) ?? ''
    })
  }

  async removeNote(path: string): Promise<void> {
    await this.#gone(() => this.#run((s3) => s3.send(new DeleteObjectCommand(this.#at(path)))))
  }

  async *list(): AsyncGenerator<string> {
    const { bucket: Bucket, prefix: Prefix } = this.#config
    let token: string | undefined
    do {
      const command = { Bucket, Prefix, ...(token !== undefined && { ContinuationToken: token }) }
      const page = await this.#run((s3) => s3.send(new ListObjectsV2Command(command)))
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key.slice(Prefix.length)
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#access.close()
  }

  /** @throws {AppError} UPSTREAM_UNAVAILABLE; as the store answers with 400, 404 and 416 */
  #run<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
    return this.#access.attempt(() => work(this.#access.client))
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#config.bucket, Key: this.#config.prefix + key }
  }

  /** Null for what is not there. */
  async #gone<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw error
    }
  }
}

/** Holds a part until all of it is there, and sends it then. */
class S3Part implements PartSink {
  readonly #send: (body: Buffer) => Promise<string>
  readonly #give: () => void
  #body: Buffer
  #at = 0

  constructor(length: number, send: (body: Buffer) => Promise<string>, give: () => void) {
    this.#body = Buffer.allocUnsafeSlow(length)
    this.#send = send
    this.#give = give
  }

  async write(buffers: readonly Buffer[]): Promise<void> {
    for (const buffer of buffers) {
      this.#body.set(buffer, this.#at)
      this.#at += buffer.length
    }
  }

  async commit(): Promise<string> {
    return await this.#send(this.#body)
  }

  async discard(): Promise<void> {
    this.#body = Buffer.alloc(0)
    this.#give()
  }
}

/** Lends so much of something at once; who asks for more waits. */
class Room {
  #free: number
  readonly #size: number
  readonly #waiting: (() => void)[] = []

  constructor(size: number) {
    this.#free = size
    this.#size = size
  }

  /** @returns gives it back; safe to call twice */
  async take(amount: number): Promise<() => void> {
    const taken = Math.min(amount, this.#size) // a single part that is larger than all goes alone
    while (this.#free < taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#free -= taken
    let isOut = true
    return () => {
      if (isOut) this.#free += taken
      isOut = false
      for (const wake of this.#waiting.splice(0)) wake()
    }
  }
}
