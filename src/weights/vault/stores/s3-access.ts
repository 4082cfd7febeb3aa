import { NoSuchKey, type S3Client } from '@aws-sdk/client-s3'
import { AppError } from '../../../base/errors.ts'
import { isRefusal, openS3Client, s3StatusOf } from '../../../base/s3-client.ts'
import type { S3Config } from '../../../base/s3-config.ts'

/** One request without any progress. */
const SILENCE_MS = 15_000
const CONNECT_MS = 5_000
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 200

/** Requests to the bucket: repeated while it makes sense, and failing in words that help. */
export class S3Access {
  readonly client: S3Client

  constructor(config: S3Config) {
    this.client = openS3Client(config, { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS })
  }

  close(): void {
    this.client.destroy()
  }

  /** Again, after growing pauses, when the store fails or is slow. @throws {AppError} UPSTREAM_UNAVAILABLE; what isn't a failure comes as it is */
  async attempt<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof AppError || isAnswer(error)) throw error
        if (isRefusal(error) || attempt === ATTEMPTS) throw failure(error)
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)))
      }
    }
  }
}

export function statusOf(error: unknown): number | null {
  return s3StatusOf(error instanceof AppError ? error.cause : error)
}

/** An answer to what was asked: there is none of it, or it is not as it was said to be. */
function isAnswer(error: unknown): boolean {
  const status = statusOf(error)
  return error instanceof NoSuchKey || status === 404 || status === 400 || status === 416
}

function failure(cause: unknown): AppError {
  const status = statusOf(cause)
  if (status === 507)
    return new AppError('INSUFFICIENT_STORAGE', 'the store of weights is full: make room, then go on', { cause })
  const why = status === null ? 'it can’t be reached' : `it answers ${status}`
  const hint = isRefusal(cause) ? ': check weights.store and its credentials' : ''
  return new AppError('UPSTREAM_UNAVAILABLE', `the store of weights fails (${why})${hint}`, { cause })
}
