import { z } from 'zod'
import { type Clock, systemClock } from '../../base/clock.ts'
import { type DeviceKey, deviceKeyPath, loadDeviceKey } from '../../base/device-key.ts'
import { proofOf } from '../../base/device-proof.ts'
import { AppError, ERROR_CODES, type ErrorCode } from '../../base/errors.ts'
import { type Ids, systemIds } from '../../base/ids.ts'
import { type OwnAnswer, type OwnFetch, pinnedFetch } from '../../base/pinned-fetch.ts'
import { readOwnCertificate } from '../../base/tls-files.ts'
import { Device, Draft, DraftProgress, Grant, type NewDraft } from '../../weights/access/index.ts'
import { SessionView } from '../../weights/reading/index.ts'
import { readServerFile } from '../operator-client.ts'
import { VaultSession } from './vault-session.ts'

const TIMEOUT_MS = 30_000

const OwnGrant = z.object({
  grant: Grant,
  locked: z.string().nullable().meta({ description: 'why nothing of the model is opened; null when it is not locked' }),
})
/** A grant, and what stands in its way. */
export type OwnGrant = z.infer<typeof OwnGrant>

export interface VaultClientOptions {
  /** Of the control plane. */
  readonly url: string
  readonly key: DeviceKey
  readonly send?: OwnFetch
  readonly clock?: Clock
  readonly ids?: Ids
}

/** The door for programs, spoken to as this host. Not the operator's: no token goes over it but those of sessions. */
export class VaultClient {
  readonly url: string
  readonly key: DeviceKey
  readonly #send: OwnFetch
  readonly #clock: Clock
  readonly #ids: Ids

  /** @throws {AppError} CONFIG_INVALID for an address over which weights would travel in the clear */
  constructor({ url, key, send = fetch, clock = systemClock, ids = systemIds }: VaultClientOptions) {
    this.url = checkAddress(url)
    this.key = key
    this.#send = send
    this.#clock = clock
    this.#ids = ids
  }

  /** As the server knows this host. */
  device(): Promise<Device> {
    return this.request('GET', '/device', Device)
  }

  /** Files what this host asks for, for its person to confirm in the console. */
  draft(draft: NewDraft): Promise<Draft> {
    return this.request('POST', '/requests', Draft, { body: draft })
  }

  /** How that fares. */
  progress(id: string): Promise<DraftProgress> {
    return this.request('GET', `/requests/${encodeURIComponent(id)}`, DraftProgress)
  }

  /** A grant of this host's, in whatever state. @throws {AppError} NOT_FOUND also for one of another's */
  grant(id: string): Promise<OwnGrant> {
    return this.request('GET', `/grants/${encodeURIComponent(id)}`, OwnGrant)
  }

  /** Begins to read under a grant. */
  async session(grant: string): Promise<VaultSession> {
    const begin = () => this.request('POST', '/sessions', SessionView, { body: { grant } })
    return new VaultSession(this, begin, await begin())
  }

  /** @param path below `/vault/v1`. @throws {AppError} with the code of the answer; UPSTREAM_UNAVAILABLE when there is none */
  async request<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    options: { readonly body?: unknown; readonly token?: string } = {},
  ): Promise<T> {
    const response = await this.open(method, path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const parsed = schema.safeParse(await response.json().catch(() => null))
    if (parsed.success) return parsed.data
    throw new AppError('UPSTREAM_UNAVAILABLE', `what answers at ${this.url} is not this version of Safelevel`)
  }

  /** The answer, whose body is still to come. @throws {AppError} as `request` */
  async open(
    method: string,
    path: string,
    options: {
      readonly body?: unknown
      readonly token?: string
      readonly headers?: Record<string, string>
      readonly signal: AbortSignal
    },
  ): Promise<OwnAnswer> {
    const { body, token = null, headers = {}, signal } = options
    const url = `${this.url}/vault/v1${path}`
    const dpop = await proofOf(this.key, { method, url, token }, this.#clock, this.#ids)
    let response: OwnAnswer
    try {
      response = await this.#send(url, {
        method,
        headers: {
          dpop,
          ...(token === null ? {} : { authorization: `DPoP ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
        redirect: 'error',
        signal,
      })
    } catch (cause) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `the server at ${this.url} can't be reached`, { cause })
    }
    if (response.ok) return response
    throw toError(await response.json().catch(() => null), response.status)
  }
}

/**
 * The server to read weights from, as this host: the one that SAFELEVEL_URL names, or else the one that runs on this data folder.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when there is none; NOT_FOUND when this host has no key
 */
export async function openVaultClient(env: NodeJS.ProcessEnv, dataDir: string): Promise<VaultClient> {
  const key = await loadDeviceKey(deviceKeyPath(env))
  if (env.SAFELEVEL_URL) return new VaultClient({ url: env.SAFELEVEL_URL, key })
  const server = readServerFile(dataDir)
  if (server === null) {
    throw new AppError(
      'UPSTREAM_UNAVAILABLE',
      'name the server by SAFELEVEL_URL (its control plane: https://vault.example:8081), or run one here',
    )
  }
  const { control, certFile } = server
  const send = certFile === undefined ? fetch : pinnedFetch(() => readOwnCertificate(certFile))
  return new VaultClient({ url: control, key, send })
}

function checkAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLoopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url.href.replace(/\/+$/, '')
  throw new AppError('CONFIG_INVALID', 'weights are read over https, or http from this machine: mend SAFELEVEL_URL')
}

const Problem = z.object({ code: z.string(), detail: z.string() })

function toError(answer: unknown, status: number): AppError {
  const problem = Problem.safeParse(answer)
  if (!problem.success) return new AppError('UPSTREAM_UNAVAILABLE', `the server answered with status ${status}`)
  const { code, detail } = problem.data
  return new AppError(isErrorCode(code) ? code : 'UPSTREAM_UNAVAILABLE', detail)
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
