import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import type { z } from 'zod'
import type { Egress, SmallAnswer } from '../../../base/egress.ts'
import { codeOf } from '../../../base/error-code.ts'
import { AppError, type ErrorCode } from '../../../base/errors.ts'
import { retryAfterMs } from '../../../base/retry-after.ts'

/** The way out: one small request, bounded in time and size, no redirect followed. */
export type KeyEgress = Pick<Egress, 'fetchSmall'>
type SmallRequest = NonNullable<Parameters<Egress['fetchSmall']>[1]>

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const TIMEOUTS: ReadonlySet<string> = new Set([
  'TimeoutError',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])
/** As far as a name of an error is shown: never its message or its fields, which may hold bytes of an answer. */
const ERROR_NAME = /^[A-Za-z_]{1,60}$/
const MAX_SECRET_BYTES = 8 * 1024
/** What may stand in a header. */
const SECRET = /^[\x21-\x7e]{1,8192}$/

/**
 * The address of a key server, without a slash at its end. Keys travel there, so it is https, or this very machine.
 *
 * @throws {AppError} CONFIG_INVALID
 */
export function keyServerAddress(address: string): string {
  const url = URL.parse(address)
  if (url === null) throw new AppError('CONFIG_INVALID', 'the address of the key server is none')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new AppError('CONFIG_INVALID', 'the address of a key server is https://host:port, and nothing beside a path')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    throw new AppError('CONFIG_INVALID', `keys go to a key server over https, not over ${url.protocol}//${url.host}`)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/**
 * Asks a key server something. What goes wrong is told without a word of what was sent or came: a key could be in it.
 *
 * @param server As it is named to people.
 * @throws {AppError} UPSTREAM_TIMEOUT, UPSTREAM_UNAVAILABLE
 */
export async function askKeyServer(
  egress: KeyEgress,
  server: string,
  url: string,
  request: SmallRequest,
): Promise<SmallAnswer> {
  try {
    return await egress.fetchSmall(url, request)
  } catch (error) {
    const why = nameOf(error)
    const cause = new Error(why)
    if (TIMEOUTS.has(why)) throw new AppError('UPSTREAM_TIMEOUT', `${server} did not answer in time`, { cause })
    throw new AppError('UPSTREAM_UNAVAILABLE', `${server} can’t be reached (${why})`, { cause })
  }
}

/** The body of an answer, read as it should be. @throws {AppError} UPSTREAM_UNAVAILABLE; quotes nothing of it */
export function readKeyAnswer<Schema extends z.ZodType>(
  schema: Schema,
  server: string,
  { body }: SmallAnswer,
): z.output<Schema> {
  const read = schema.safeParse(parse(body))
  if (read.success) return read.data
  throw new AppError('UPSTREAM_UNAVAILABLE', `${server} gave an answer that is none of a key server’s`)
}

/** What a server said went wrong, if it said so in the form of its kind. */
export function readFailure<Schema extends z.ZodType>(schema: Schema, { body }: SmallAnswer): z.output<Schema> | null {
  const read = schema.safeParse(parse(body))
  return read.success ? read.data : null
}

/** A failure with the time to wait, where the server gave one. */
export function overloaded(server: string, { headers }: SmallAnswer): AppError {
  const waitMs = retryAfterMs(headers)
  const wait = waitMs === null ? 'later' : `in ${Math.ceil(waitMs / 1_000)} s`
  return new AppError('OVERLOADED', `${server} takes no more requests now: try again ${wait}`)
}

/** Fails by code and words that name the server. */
export function keyServerError(code: ErrorCode, server: string, what: string): AppError {
  return new AppError(code, `${server} ${what}`)
}

/** A token or secret from a file that somebody else may renew: read each time. @throws {AppError} CONFIG_INVALID naming the file */
export function readSecretFile(path: string): string {
  return checkSecret(readSecretText(path).trim(), path)
}

/** What a small file says, without the end of its line. @throws {AppError} CONFIG_INVALID naming the file */
export function readSecretText(path: string): string {
  try {
    const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const { mode, size } = fstatSync(handle)
      if ((mode & constants.S_IFMT) !== constants.S_IFREG || size > MAX_SECRET_BYTES) throw new Error('not a secret')
      return readFileSync(handle, 'utf8').replace(/\r?\n$/, '')
    } finally {
      closeSync(handle)
    }
  } catch {
    throw new AppError('CONFIG_INVALID', `the file ${path} can’t be read as a token or secret`)
  }
}

/** @param from Where it came from, for people. @throws {AppError} CONFIG_INVALID for what would not fit in a header */
export function checkSecret(secret: string | undefined, from: string): string {
  if (secret !== undefined && SECRET.test(secret)) return secret
  throw new AppError('CONFIG_INVALID', `${from} holds no token or secret`)
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = codeOf(error) ?? error.name
  return ERROR_NAME.test(code) ? code : 'unknown'
}

/** A parser's words quote what it reads. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
