import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { proveServer, readOperatorToken } from '../accounts/index.ts'
import { AppError, isErrorCode } from '../base/errors.ts'
import { linesOf } from '../base/lines.ts'
import { eachItem } from '../base/page.ts'
import { type OwnAnswer, type OwnFetch, pinnedFetch } from '../base/pinned-fetch.ts'
import { replacePrivateFile } from '../base/private-file.ts'
import { readOwnCertificate } from '../base/tls-files.ts'

const ServerInfo = z.object({
  control: z.url({ protocol: /^https?$/ }),
  public: z.string(),
  pid: z.int().positive(),
  certFile: z.string().optional().meta({ description: 'of the control plane, when it speaks TLS' }),
})
/** Where the server that holds a data folder listens. */
export type ServerInfo = z.infer<typeof ServerInfo>

const PROBE_TIMEOUT_MS = 2_000
const REQUEST_TIMEOUT_MS = 30_000
/** A file is sent, and read over there. */
const UPLOAD_TIMEOUT_MS = 600_000
const MAX_LINE_BYTES = 16 * 1024 * 1024
const RECONNECT_MS = 1_000

function serverFile(dataDir: string): string {
  return join(dataDir, 'server.json')
}

/** Written by a server once it listens, so that commands on this machine find it. The caller holds the data lock. */
export function writeServerFile(dataDir: string, info: ServerInfo): void {
  replacePrivateFile(serverFile(dataDir), `${JSON.stringify(info)}\n`)
}

/** Null when no server has left its address, or what stands there is none. The server may be gone: see `connectOperator`. */
export function readServerFile(dataDir: string): ServerInfo | null {
  try {
    return ServerInfo.parse(JSON.parse(readFileSync(serverFile(dataDir), 'utf8')))
  } catch {
    return null
  }
}

/** At an orderly stop; one that was killed leaves its file, which then answers to nobody. */
export function removeServerFile(dataDir: string): void {
  rmSync(serverFile(dataDir), { force: true })
}

/** The operator API of a running server. */
export class OperatorClient {
  readonly url: string
  readonly #token: string
  readonly #send: OwnFetch

  /** @param url of the control plane, with or without a slash at its end. */
  constructor(url: string, token: string, send: OwnFetch = fetch) {
    this.url = url.replace(/\/+$/, '')
    this.#token = token
    this.#send = send
  }

  /**
   * @param path from `/api/v1/…`
   * @throws {AppError} with the code of the server's answer; UPSTREAM_UNAVAILABLE when it gives none that makes sense.
   */
  async request<T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    return this.#read(await this.#fetch(method, path, body), schema)
  }

  /**
   * Everything of a list, page by page, in its order.
   *
   * @param path of the list, without a query
   * @param query what is asked for; what is undefined or empty is left out
   * @throws {AppError} as `request`
   */
  async *each<T>(
    path: string,
    item: z.ZodType<T>,
    query: Readonly<Record<string, string | undefined>> = {},
  ): AsyncGenerator<T, void, undefined> {
    const page = z.object({ items: z.array(item), next: z.string().nullable() })
    yield* eachItem(({ after, limit }) => {
      const asked = new URLSearchParams({ limit: String(limit) })
      for (const [name, value] of Object.entries({ after, ...query })) if (value) asked.set(name, value)
      return this.request('GET', `${path}?${asked}`, page)
    })
  }

  /** Sends a file as it is. @throws {AppError} as `request` */
  async upload<T>(path: string, file: Blob, schema: z.ZodType<T>): Promise<T> {
    return this.#read(await this.#fetch('POST', path, file), schema)
  }

  /** Puts bytes somewhere; there is no answer but that they are there. @throws {AppError} as `request` */
  async put(path: string, bytes: Blob): Promise<void> {
    const response = await this.#fetch('PUT', path, bytes)
    if (!response.ok) throw toError(await response.json().catch(() => null), response.status)
    await response.body?.cancel()
  }

  /** A long answer, one JSON value a line, as it comes. @throws {AppError} as `request`; UPSTREAM_UNAVAILABLE when it breaks off */
  async *lines<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): AsyncGenerator<T, void, undefined> {
    const response = await this.#fetch(method, path, body, null)
    if (!response.ok) throw toError(await response.json().catch(() => null), response.status)
    if (response.body === null) throw this.#strange(null)
    const read = (line: string): T => {
      const parsed = schema.safeParse(JSON.parse(line))
      if (!parsed.success) throw this.#strange(parsed.error)
      return parsed.data
    }
    try {
      for await (const { text } of linesOf(response.body, MAX_LINE_BYTES)) {
        if (text === undefined) throw this.#strange(null)
        yield read(text)
      }
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      throw new AppError('UPSTREAM_UNAVAILABLE', `the server at ${this.url} broke off its answer`, { cause })
    }
  }

  /** A file, as it comes, however long it takes to be made. @throws {AppError} as `request`; UPSTREAM_UNAVAILABLE when it breaks off */
  async *download(method: string, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const response = await this.#fetch(method, path, undefined, null)
    if (!response.ok) throw toError(await response.json().catch(() => null), response.status)
    if (response.body === null) throw this.#strange(null)
    try {
      yield* response.body
    } catch (cause) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `the server at ${this.url} broke off its answer`, { cause })
    }
  }

  /** What doesn't come as JSON, such as a page. @throws {AppError} as `request` */
  async text(path: string): Promise<string> {
    const response = await this.#fetch('GET', path, undefined)
    if (!response.ok) throw toError(await response.json().catch(() => null), response.status)
    return await response.text()
  }

  async #read<T>(response: OwnAnswer, schema: z.ZodType<T>): Promise<T> {
    let answer: unknown
    try {
      answer = response.status === 204 ? null : await response.json()
    } catch (cause) {
      throw this.#strange(cause)
    }
    if (!response.ok) throw toError(answer, response.status)
    const parsed = schema.safeParse(answer)
    if (!parsed.success) throw this.#strange(parsed.error)
    return parsed.data
  }

  /**
   * Server-sent events, for as long as they come: a stream that ends or breaks off is taken up again after the last event.
   *
   * @throws {AppError} with the code of the server's answer, or UPSTREAM_UNAVAILABLE when it can't be reached (any more).
   */
  async *events(path: string): AsyncGenerator<{ readonly event: string; readonly data: string }, void, undefined> {
    for (let lastId: string | null = null; ; await wait(RECONNECT_MS)) {
      const response = await this.#stream(path, lastId)
      const decoder = new TextDecoder()
      let text = ''
      for await (const bytes of untilBroken(response)) {
        text += decoder.decode(bytes, { stream: true })
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) {
          const fields = fieldsOf(block)
          lastId = fields.get('id') ?? lastId
          const event = fields.get('event')
          if (event !== undefined) yield { event, data: fields.get('data') ?? '' }
        }
      }
    }
  }

  async #stream(path: string, lastId: string | null): Promise<AsyncIterable<Uint8Array>> {
    const headers = { authorization: `Bearer ${this.#token}`, accept: 'text/event-stream' }
    const resumed = lastId === null ? headers : { ...headers, 'last-event-id': lastId }
    let response: OwnAnswer
    try {
      response = await this.#send(`${this.url}${path}`, { headers: resumed, redirect: 'error' })
    } catch (cause) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `the server at ${this.url} can't be reached`, { cause })
    }
    if (!response.ok) throw toError(await response.json().catch(() => null), response.status)
    if (response.body === null) throw this.#strange(null)
    return response.body
  }

  /** @param timeoutMs null = however long it takes */
  async #fetch(method: string, path: string, body: unknown, timeoutMs?: number | null): Promise<OwnAnswer> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}`, accept: 'application/json' }
    const isFile = body instanceof Blob
    const waitMs = timeoutMs === undefined ? (isFile ? UPLOAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS) : timeoutMs
    if (body !== undefined) headers['content-type'] = isFile ? 'application/octet-stream' : 'application/json'
    try {
      return await this.#send(`${this.url}${path}`, {
        method,
        headers,
        body: isFile ? body : body === undefined ? null : JSON.stringify(body),
        redirect: 'error', // the token goes where it was sent and nowhere else
        ...(waitMs === null ? {} : { signal: AbortSignal.timeout(waitMs) }),
      })
    } catch (cause) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `the server at ${this.url} can't be reached`, { cause })
    }
  }

  #strange(cause: unknown): AppError {
    const message = `what answers at ${this.url} is not the control plane of this version of Safelevel`
    return new AppError('UPSTREAM_UNAVAILABLE', message, { cause })
  }
}

/**
 * The server to talk to: the one that SAFELEVEL_URL names, with SAFELEVEL_TOKEN, or else the one that runs on this data folder.
 *
 * @returns null when none runs on this folder.
 * @throws {AppError} CONFIG_INVALID when SAFELEVEL_URL stands without a token or is no URL.
 */
export async function connectOperator(env: NodeJS.ProcessEnv, dataDir: string): Promise<OperatorClient | null> {
  if (env.SAFELEVEL_URL) {
    if (!URL.canParse(env.SAFELEVEL_URL) || !/^https?:/.test(env.SAFELEVEL_URL)) {
      throw new AppError(
        'CONFIG_INVALID',
        'SAFELEVEL_URL must be the address of a control plane: http://127.0.0.1:8081',
      )
    }
    if (!env.SAFELEVEL_TOKEN) {
      throw new AppError('CONFIG_INVALID', 'SAFELEVEL_TOKEN must hold the operator token when SAFELEVEL_URL is set')
    }
    return new OperatorClient(env.SAFELEVEL_URL, env.SAFELEVEL_TOKEN)
  }
  const server = readServerFile(dataDir)
  if (server === null) return null
  const token = readOperatorToken(dataDir)
  const send = sendTo(server)
  if (token === null || !(await answers(server.control, token, send))) return null
  return new OperatorClient(server.control, token, send)
}

/** With TLS of its own it shows a certificate that this machine has too. */
function sendTo({ certFile }: ServerInfo): OwnFetch {
  if (certFile === undefined) return fetch
  return pinnedFetch(() => readOwnCertificate(certFile))
}

/** Whether our server is there. Asked before the token is sent: a stopped server's port may be another program's by now. */
async function answers(url: string, token: string, send: OwnFetch): Promise<boolean> {
  const challenge = randomBytes(32).toString('hex')
  try {
    const response = await send(new URL('/healthz', url).href, {
      headers: { 'x-safelevel-challenge': challenge },
      redirect: 'error',
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    })
    await response.body?.cancel()
    const proof = Buffer.from(response.headers.get('x-safelevel-proof') ?? '')
    const expected = Buffer.from(proveServer(token, challenge))
    return proof.length === expected.length && timingSafeEqual(proof, expected)
  } catch {
    return false
  }
}

/** Of an event as our own server writes it, each field on a line. JSON may hold other signs that end a line elsewhere (U+2028). */
function fieldsOf(block: string): Map<string, string> {
  const lines = block.split('\n').map((line) => ({ line, colon: line.indexOf(': ') }))
  return new Map(lines.map(({ line, colon }) => [line.slice(0, Math.max(0, colon)), line.slice(colon + 2)]))
}

/** What comes until the connection ends, in whichever way. */
async function* untilBroken(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stream
  } catch {
    // taken up again by who reads
  }
}

const ProblemAnswer = z.object({ code: z.string(), detail: z.string() })

function toError(answer: unknown, status: number): AppError {
  const problem = ProblemAnswer.safeParse(answer)
  if (!problem.success) return new AppError('UPSTREAM_UNAVAILABLE', `the server answered with status ${status}`)
  const { code, detail } = problem.data
  return new AppError(isErrorCode(code) ? code : 'UPSTREAM_UNAVAILABLE', detail)
}
