import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { SignatureV4 } from '@smithy/signature-v4'
import type { Clock } from '../../../base/clock.ts'
import { AppError } from '../../../base/errors.ts'
import type { AwsAuth as AwsConfig } from '../../../base/upstream-config.ts'
import type { OutgoingRequest, RequestAuth } from './request-auth.ts'

/** AWS Signature Version 4 over path, query, signed headers and body. */
export class AwsAuth implements RequestAuth {
  readonly #config: AwsConfig
  readonly #clock: Clock
  #signer: Promise<SignatureV4> | null = null

  constructor(config: AwsConfig, deps: { readonly clock: Clock }) {
    this.#config = config
    this.#clock = deps.clock
  }

  async headers({ origin, path, headers, body }: OutgoingRequest): Promise<Record<string, string>> {
    const url = new URL(origin + path)
    try {
      const signer = await this.#open()
      const signed = await signer.sign(
        {
          method: 'POST',
          protocol: url.protocol,
          hostname: url.hostname,
          ...(url.port === '' ? {} : { port: Number(url.port) }),
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          // What may be rewritten on the way (user-agent, accept-encoding) is not signed.
          headers: { host: url.host, 'content-type': headers['content-type'] ?? 'application/json' },
          body,
        },
        { signingDate: new Date(this.#clock.now()) },
      )
      return signed.headers
    } catch (cause) {
      const why = cause instanceof Error ? cause.name : 'unknown'
      throw new AppError('UPSTREAM_UNAVAILABLE', `no credentials: AWS has none to be found here (${why})`, { cause })
    }
  }

  renew(): void {
    this.#signer = null
  }

  async prove(): Promise<void> {
    await this.headers({ origin: 'https://example.com', path: '/', headers: {}, body: new Uint8Array(0) })
  }

  /** The SDK's parts are loaded when the first request is signed: most installations have no AWS. */
  #open(): Promise<SignatureV4> {
    this.#signer ??= openSigner(this.#config)
    this.#signer.catch(() => {
      this.#signer = null
    })
    return this.#signer
  }
}

async function openSigner({ region, service, profile }: AwsConfig): Promise<SignatureV4> {
  const [{ SignatureV4: Signer }, { defaultProvider }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-sdk/credential-provider-node'),
  ])
  const credentials = defaultProvider({ clientConfig: { region }, ...(profile === undefined ? {} : { profile }) })
  return new Signer({ service, region, credentials, sha256: Sha256 })
}

/** Node's own hash, as the SDK asks for one. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}
