import { AppError } from '../base/errors.ts'
import { isPublicPath } from './folder-source.ts'
import { type LogSource, MAX_BUNDLE_BYTES } from './tlog/index.ts'

const TIMEOUT_MS = 30_000

/**
 * A log's public files below a URL. The server is not trusted: answers are bounded in size and time.
 *
 * @param prefix `https://example.com/ledger`
 */
export function urlSource(prefix: string): LogSource {
  const base = prefix.replace(/\/+$/, '')
  return {
    async read(path) {
      if (!isPublicPath(path)) return null
      const response = await get(`${base}/${path}`)
      if (response.status === 404) {
        await response.body?.cancel()
        return null
      }
      if (!response.ok) throw new AppError('UPSTREAM_UNAVAILABLE', `${base}/${path} answered ${response.status}`)
      return readBounded(response, path)
    },
  }
}

async function get(url: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  } catch (cause) {
    const timedOut = cause instanceof Error && cause.name === 'TimeoutError'
    throw new AppError(timedOut ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNAVAILABLE', `${url} can't be fetched`, { cause })
  }
}

async function readBounded(response: Response, path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of response.body ?? []) {
      parts.push(part)
      size += part.length
      if (size > MAX_BUNDLE_BYTES) break
    }
  } catch (cause) {
    throw new AppError('UPSTREAM_UNAVAILABLE', `the answer for ${path} broke off`, { cause })
  }
  if (size > MAX_BUNDLE_BYTES) throw new AppError('VERIFICATION_FAILED', `${path} is larger than a tile can be`)
  return Buffer.concat(parts)
}
