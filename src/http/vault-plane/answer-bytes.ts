import type { Context } from 'hono'
import { AppError } from '../../base/errors.ts'
import type { OpenRead } from '../../weights/reading/index.ts'
import type { HttpEnv } from '../router.ts'
import { bodyOf } from './body-of.ts'
import { isKnown, isUnchanged, wantedOf } from './byte-range.ts'

/** A part of a file that stands as something of its own: all of it, or a tensor. */
export interface Representation {
  /** Bytes from the file's beginning. */
  readonly start: number
  readonly length: number
  readonly etag: string
}

/**
 * Answers a request for bytes: all, a range of them, or none. Only the bytes of the answer are read, and nothing at all for HEAD.
 *
 * @param read begins to read, from the file's beginning
 */
export async function answerBytes(
  c: Context<HttpEnv>,
  { start, length, etag }: Representation,
  read: (start: number, length: number) => Promise<OpenRead>,
): Promise<Response> {
  const headers = { 'accept-ranges': 'bytes', 'cache-control': 'no-store, no-transform', etag }
  if (isKnown(c.req.header('if-none-match') ?? null, etag)) return c.body(null, 304, headers)
  const range = isUnchanged(c.req.header('if-range') ?? null, etag) ? (c.req.header('range') ?? null) : null
  const wanted = wantedOf(range, length)
  if (wanted.type === 'unsatisfiable') {
    c.header('content-range', `bytes */${length}`)
    throw new AppError('RANGE_INVALID', `there are ${length} bytes`)
  }
  const part = wanted.type === 'part' ? wanted : { start: 0, length }
  const contentRange = `bytes ${part.start}-${part.start + part.length - 1}/${length}`
  const isEmpty = c.req.method === 'HEAD' || part.length === 0
  const body = isEmpty ? null : bodyOf(await read(start + part.start, part.length))
  return c.newResponse(body, wanted.type === 'part' ? 206 : 200, {
    ...headers,
    ...(wanted.type === 'part' ? { 'content-range': contentRange } : {}),
    'content-type': 'application/octet-stream',
    'content-length': String(part.length),
  })
}
