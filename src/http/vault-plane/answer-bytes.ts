import { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { AppError, toAppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { OpenRead } from '../../weights/reading/index.ts'
import type { HttpEnv } from '../router.ts'
import { isKnown, isUnchanged, wantedOf } from './byte-range.ts'
import { pour } from './pour.ts'

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
  log: Log,
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
  const head = () =>
    c.newResponse(null, wanted.type === 'part' ? 206 : 200, {
      ...headers,
      ...(wanted.type === 'part' ? { 'content-range': contentRange } : {}),
      'content-type': 'application/octet-stream',
      'content-length': String(part.length),
    })
  if (c.req.method === 'HEAD' || part.length === 0) return head()
  const outgoing = outgoingOf(c)
  const open = await read(start + part.start, part.length)
  const { status, headers: sent } = head()
  outgoing.writeHead(status, Object.fromEntries(sent))
  const failure = await pour(open, outgoing)
  if (failure !== null) note(c, log, failure)
  return RESPONSE_ALREADY_SENT
}

/** The connection itself: a stream in between would hold pieces that are no longer good. */
function outgoingOf(c: Context<HttpEnv>): ServerResponse {
  const env: unknown = c.env
  if (typeof env === 'object' && env !== null && 'outgoing' in env && env.outgoing instanceof ServerResponse)
    return env.outgoing
  throw new AppError('INTERNAL', 'weights are given over a connection alone')
}

/** The client sees a connection that broke off; why stands in the log. */
function note(c: Context<HttpEnv>, log: Log, failure: unknown): void {
  const error = toAppError(failure)
  const about = { err: error, requestId: c.get('requestId'), code: error.code }
  if (error.status >= 500) log.error(about, 'a reading of weights broke off')
  else log.info(about, 'a reading of weights was ended')
}
