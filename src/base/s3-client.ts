import { S3Client, type S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3'
import type { S3Config } from './s3-config.ts'

/**
 * A client of S3-compatible storage. It sends each request once: who repeats it, and for how long, is the caller's to say.
 *
 * @param limits How long one request may take.
 */
export function openS3Client(
  { region, endpoint, pathStyle }: S3Config,
  limits: NonNullable<S3ClientConfig['requestHandler']>,
): S3Client {
  return new S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint !== undefined && { endpoint }),
    // Storage that is not Amazon's often knows no other checksums than those that S3 always had.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: limits,
  })
}

/** What storage answered to a request that failed; null = nothing. */
export function s3StatusOf(error: unknown): number | null {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null
}

/** What the same request would get again. */
export function isRefusal(error: unknown): boolean {
  const status = s3StatusOf(error)
  return status !== null && status < 500 && status !== 408 && status !== 429
}
