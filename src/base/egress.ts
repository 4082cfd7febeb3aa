import { getCACertificates } from 'node:tls'
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import type { Config, Secrets } from './config.ts'
import { readCertificates, readKeyPair } from './tls-files.ts'

/** How one server outside is reached, where that differs from the others. */
export interface EgressOptions {
  /** `https://api.example.com` */
  readonly origin: string
  /** Address of a CONNECT proxy; `none` goes straight; absent = as configured for all. */
  readonly proxy?: string | undefined
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly connectTimeoutMs?: number
  readonly maxConnections?: number
  readonly headersTimeoutMs?: number
  readonly bodyTimeoutMs?: number
}

/** Fetching keys and tokens, which are small: nothing takes longer than this, and nothing larger is read. */
const SMALL_TIMEOUT_MS = 5_000
const SMALL_BYTES = 256 * 1024

/** What one small request gave. */
export interface SmallAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The way out of this machine: proxy and trust in one place. Knows no server; each has a dispatcher of its own. */
export class Egress implements AsyncDisposable {
  readonly #config: Config['egress']
  readonly #proxies: Secrets['proxies']
  readonly #small = new Map<string, Dispatcher>()

  constructor(config: Config['egress'], proxies: Secrets['proxies'] = {}) {
    this.#config = config
    this.#proxies = proxies
  }

  /**
   * A pool of connections. Loopback is never reached through the proxy for all: a proxy elsewhere has another loopback.
   *
   * @throws {AppError} CONFIG_INVALID naming the file that is no certificate or key
   */
  open(options: EgressOptions): Dispatcher {
    const tls = this.#tls(options)
    const agent = {
      connections: options.maxConnections ?? null,
      connect: { ...tls, timeout: options.connectTimeoutMs ?? SMALL_TIMEOUT_MS },
      ...(options.headersTimeoutMs === undefined ? {} : { headersTimeout: options.headersTimeoutMs }),
      ...(options.bodyTimeoutMs === undefined ? {} : { bodyTimeout: options.bodyTimeoutMs }),
    }
    const { proxy, noProxy } = this.#proxyFor(options)
    if (proxy === undefined) return new Pool(options.origin, agent)
    return new EnvHttpProxyAgent({
      ...agent,
      httpProxy: proxy,
      httpsProxy: proxy,
      noProxy,
      requestTls: { ...tls, timeout: agent.connect.timeout },
      proxyTls: { ...tls, timeout: agent.connect.timeout },
    })
  }

  /**
   * One request for something small: keys, tokens. No redirect is followed.
   *
   * @throws {Error} when nothing came in 5 s, or more than 256 KiB did; says nothing of what was sent
   */
  async fetchSmall(
    url: string,
    request: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string } = {},
  ): Promise<SmallAnswer> {
    const { origin, pathname, search } = new URL(url)
    const { statusCode, headers, body } = await this.#smallTo(origin).request({
      origin,
      path: pathname + search,
      method: request.method ?? 'GET',
      headers: { accept: 'application/json', ...request.headers },
      body: request.body ?? null,
      signal: AbortSignal.timeout(SMALL_TIMEOUT_MS),
    })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > SMALL_BYTES) throw new Error(`more than ${SMALL_BYTES} bytes came`)
      chunks.push(chunk)
    }
    return { status: statusCode, headers: flat(headers), body: Buffer.concat(chunks).toString('utf8') }
  }

  /** Few: the operator names them all. */
  #smallTo(origin: string): Dispatcher {
    const known = this.#small.get(origin)
    if (known !== undefined) return known
    const opened = this.open({ origin, headersTimeoutMs: SMALL_TIMEOUT_MS, bodyTimeoutMs: SMALL_TIMEOUT_MS })
    this.#small.set(origin, opened)
    return opened
  }

  async close(): Promise<void> {
    await Promise.all([...this.#small.values()].map((dispatcher) => dispatcher.destroy()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** As other programs do: HTTPS_PROXY is for https, HTTP_PROXY for http, and neither for the other. */
  #proxyFor({ origin, proxy }: EgressOptions): { proxy?: string | undefined; noProxy: string } {
    if (proxy === 'none') return { noProxy: '*' }
    if (proxy !== undefined) return { proxy, noProxy: '' }
    const { http, https, noProxy = '' } = this.#proxies
    const named = ['localhost', '127.0.0.1', '::1', ...(this.#config.noProxy ?? [noProxy])]
    return {
      proxy: this.#config.proxy ?? (origin.startsWith('https:') ? https : http),
      noProxy: named.filter((name) => name !== '').join(','),
    }
  }

  #tls({ caFile, certFile, keyFile }: EgressOptions): { ca?: string[]; cert?: string; key?: string } {
    const files = caFile === undefined ? this.#config.caFiles : [...this.#config.caFiles, caFile]
    const ca = files.length === 0 ? {} : { ca: [...getCACertificates('default'), ...files.flatMap(readCertificates)] }
    if (certFile === undefined || keyFile === undefined) return ca
    return { ...ca, ...readKeyPair(certFile, keyFile) }
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}
