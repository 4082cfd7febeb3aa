import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A connection that breaks off is taken up again so often in a row. */
const TRIES = 5
const RETRY_MS = 250
/** Statuses that may pass: the server is overloaded, or stops. */
const PASSING = [502, 503, 504]

export interface WeightsOptions {
  /** Of the control plane: https, or http on this machine. */
  readonly url: string
  /** Id of a grant for this host. */
  readonly grant: string
  /** The device's key, or where it is: SAFELEVEL_DEVICE_KEY, or `safelevel/device.key` in the user's configuration, when left out. */
  readonly key?: KeyObject | string
  readonly timeoutMs?: number
}

/** The server's answer: its code (`FORBIDDEN`, `BUDGET_SPENT`, …), HTTP status and words. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(`${detail} (${code})`)
    this.status = status
    this.code = code
  }
}

/** A file that the grant covers. */
export interface WeightsFile {
  readonly n: number
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** Where a tensor lies: `dtype` as its format spells it, `shape` in C order. */
export interface TensorInfo {
  readonly name: string
  readonly file: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly start: number
  readonly length: number
}

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array

/** F16 and BF16 come as float32, which holds the same numbers; what JavaScript has no numbers for comes as its bytes. */
export interface Tensor extends TensorInfo {
  readonly data: TensorData
}

/**
 * What a grant lets this host read out of a Safelevel vault: tensors by name, files by range. Every byte is counted against the grant and on
 * record before it is sent.
 */
export class Weights {
  readonly #base: string
  readonly #grant: string
  readonly #key: KeyObject
  readonly #jwk: { readonly crv: string; readonly kty: string; readonly x: string }
  readonly #timeoutMs: number
  #token: Promise<string> | null = null
  #files: Promise<readonly WeightsFile[]> | null = null
  #index: Promise<ReadonlyMap<string, TensorInfo>> | null = null

  constructor({ url, grant, key, timeoutMs = 120_000 }: WeightsOptions) {
    this.#base = `${checked(url)}/vault/v1`
    this.#grant = grant
    this.#key = key === undefined || typeof key === 'string' ? readKey(key ?? keyPath()) : key
    this.#jwk = publicJwk(this.#key)
    this.#timeoutMs = timeoutMs
  }

  /** The files that the grant covers. */
  files(): Promise<readonly WeightsFile[]> {
    this.#files ??= this.#json('/files').then((answer) => listOf(answer, 'files').map(toFile))
    return this.#files
  }

  /** All tensors of all files, in the order in which they lie. */
  index(): Promise<ReadonlyMap<string, TensorInfo>> {
    this.#index ??= this.#readIndex()
    return this.#index
  }

  /** One tensor, and nothing else of its file. */
  async tensor(name: string): Promise<Tensor> {
    const info = (await this.index()).get(name)
    if (info === undefined) throw new RangeError(`there is no tensor ${JSON.stringify(name)}`)
    return { ...info, data: typed(info.dtype, await this.read(info.file, info.start, info.length)) }
  }

  /** All tensors, one after the other: no more than one is in memory because of this. */
  async *tensors(prefix = ''): AsyncGenerator<Tensor, void, undefined> {
    for (const name of (await this.index()).keys()) if (name.startsWith(prefix)) yield await this.tensor(name)
  }

  /** Bytes of a file, to its end when no length is given. */
  async read(path: string, start = 0, length?: number): Promise<Uint8Array<ArrayBuffer>> {
    const { sizeBytes } = await this.#file(path)
    const bytes = new Uint8Array(Math.max(0, Math.min(length ?? sizeBytes, sizeBytes - start)))
    let at = 0
    for await (const chunk of this.stream(path, start, bytes.length)) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  /** The same in pieces, as they come. What breaks off is taken up where it broke off. */
  async *stream(path: string, start = 0, length?: number): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await this.#file(path)
    const end = Math.min(file.sizeBytes, start + (length ?? file.sizeBytes))
    let at = start
    for (let failures = 0; at < end; ) {
      const from = at
      try {
        for await (const chunk of await this.#range(file, at, end)) {
          at += chunk.length
          yield chunk
        }
        if (at < end) throw new Error('the answer broke off')
      } catch (error) {
        failures = at > from ? 1 : failures + 1
        const passes = !(error instanceof VaultError) || PASSING.includes(error.status)
        if (!passes || failures >= TRIES) throw error
        await wait(RETRY_MS * 2 ** failures)
      }
    }
  }

  async #readIndex(): Promise<ReadonlyMap<string, TensorInfo>> {
    const index = new Map<string, TensorInfo>()
    for (const { n, path } of await this.files()) {
      for (const found of listOf(await this.#json(`/files/${n}/tensors`), 'tensors')) {
        const tensor = toTensor(found, path)
        if (!index.has(tensor.name)) index.set(tensor.name, tensor)
      }
    }
    return index
  }

  async #file(path: string): Promise<WeightsFile> {
    const file = (await this.files()).find((one) => one.path === path)
    if (file === undefined) throw new RangeError(`the grant covers no file ${JSON.stringify(path)}`)
    return file
  }

  async #range(file: WeightsFile, start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    const headers = { range: `bytes=${start}-${end - 1}`, 'if-range': `"${file.sha256}"` }
    const answer = await this.#ask(`/files/${file.n}`, headers)
    const isThat = answer.headers.get('content-range') === `bytes ${start}-${end - 1}/${file.sizeBytes}`
    if (answer.status === 206 && isThat && answer.body !== null) return answer.body
    await answer.body?.cancel()
    throw new VaultError(answer.status, 'VERIFICATION_FAILED', 'the server did not answer with the range asked for')
  }

  async #json(path: string): Promise<unknown> {
    return await (await this.#ask(path, {})).json()
  }

  /** In the session, or in a new one when that has ended. */
  async #ask(path: string, headers: Record<string, string>): Promise<Response> {
    this.#token ??= this.#begin()
    const used = this.#token
    try {
      return await this.#send('GET', path, headers, await used)
    } catch (error) {
      if (!(error instanceof VaultError) || error.status !== 401) throw error
      if (this.#token === used) this.#token = this.#begin()
      return await this.#send('GET', path, headers, await this.#token)
    }
  }

  async #begin(): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    try {
      const answer = await this.#send('POST', '/sessions', headers, null, JSON.stringify({ grant: this.#grant }))
      return textOf(await answer.json(), 'token')
    } catch (error) {
      this.#token = null
      throw error
    }
  }

  async #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    token: string | null,
    body: string | null = null,
  ): Promise<Response> {
    const url = `${this.#base}${path}`
    const answer = await fetch(url, {
      method,
      headers: {
        ...headers,
        dpop: this.#proof(method, url, token),
        ...(token === null ? {} : { authorization: `DPoP ${token}` }),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(this.#timeoutMs),
    })
    if (answer.ok) return answer
    const problem: unknown = await answer.json().catch(() => null)
    const [code, detail] = [partOf(problem, 'code'), partOf(problem, 'detail')]
    if (typeof code === 'string' && typeof detail === 'string') throw new VaultError(answer.status, code, detail)
    throw new VaultError(answer.status, 'UPSTREAM_UNAVAILABLE', `the server answered with status ${answer.status}`)
  }

  /** Good for one request and a minute. @see RFC 9449 §4.2 */
  #proof(method: string, url: string, token: string | null): string {
    const claims = {
      jti: randomBytes(18).toString('base64url'),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1_000),
      ...(token === null ? {} : { ath: createHash('sha256').update(token).digest('base64url') }),
    }
    const header = { typ: 'dpop+jwt', alg: 'EdDSA', jwk: this.#jwk }
    const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${signed}.${sign(null, Buffer.from(signed), this.#key).toString('base64url')}`
  }
}

function checked(text: string): string {
  const url = new URL(text)
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) return url.href.replace(/\/+$/, '')
  throw new TypeError('weights are read over https, or http from this machine')
}

function keyPath(): string {
  const { SAFELEVEL_DEVICE_KEY: named, XDG_CONFIG_HOME: config } = process.env
  return named || join(config?.startsWith('/') ? config : join(homedir(), '.config'), 'safelevel', 'device.key')
}

function readKey(path: string): KeyObject {
  const file = openSync(path, 'r')
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) throw new Error(`others may read the device key: chmod 600 ${path}`)
    return createPrivateKey(readFileSync(file))
  } finally {
    closeSync(file)
  }
}

function publicJwk(key: KeyObject) {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the device’s key is no Ed25519 key')
  const { crv = '', kty = '', x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { crv, kty, x }
}

function typed(dtype: string, bytes: Uint8Array<ArrayBuffer>): TensorData {
  const { buffer } = bytes
  if (dtype === 'F32') return new Float32Array(buffer)
  if (dtype === 'F64') return new Float64Array(buffer)
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer)
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(buffer), fromHalf)
  if (dtype === 'I8') return new Int8Array(buffer)
  if (dtype === 'I16') return new Int16Array(buffer)
  if (dtype === 'I32') return new Int32Array(buffer)
  if (dtype === 'I64') return new BigInt64Array(buffer)
  if (dtype === 'U16') return new Uint16Array(buffer)
  if (dtype === 'U32') return new Uint32Array(buffer)
  if (dtype === 'U64') return new BigUint64Array(buffer)
  return bytes
}

/** @see IEEE 754, binary16 */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function toFile(value: unknown): WeightsFile {
  return {
    n: numberOf(value, 'n'),
    path: textOf(value, 'path'),
    sizeBytes: numberOf(value, 'sizeBytes'),
    sha256: textOf(value, 'sha256'),
  }
}

function toTensor(value: unknown, file: string): TensorInfo {
  return {
    name: textOf(value, 'name'),
    file,
    dtype: textOf(value, 'dtype'),
    shape: listOf(value, 'shape').map(Number),
    start: numberOf(value, 'start'),
    length: numberOf(value, 'length'),
  }
}

function partOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

function textOf(value: unknown, name: string): string {
  const part = partOf(value, name)
  if (typeof part === 'string') return part
  throw new TypeError(`the server's answer makes no sense: it has no ${name}`)
}

function numberOf(value: unknown, name: string): number {
  const part = partOf(value, name)
  if (typeof part === 'number' && Number.isSafeInteger(part) && part >= 0) return part
  throw new TypeError(`the server's answer makes no sense: it has no ${name}`)
}

/** Empty where the server has null: a file of no kind that has tensors. */
function listOf(value: unknown, name: string): readonly unknown[] {
  const part = partOf(value, name)
  if (part === null) return []
  if (Array.isArray(part)) return part
  throw new TypeError(`the server's answer makes no sense: it has no ${name}`)
}
