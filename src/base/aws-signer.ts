import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { SignatureV4 } from '@smithy/signature-v4'
import type { Clock } from './clock.ts'
import { AppError } from './errors.ts'

/** A POST about to leave. */
export interface UnsignedRequest {
  readonly url: URL
  /** All are signed, and `host` with them: AWS asks that of every `x-amz-` header. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export interface AwsSignerOptions {
  readonly region: string
  /** `kms`, `bedrock` */
  readonly service: string
  /** In the files of the AWS command line. */
  readonly profile?: string | undefined
}

/** AWS Signature Version 4, with credentials as the AWS SDK finds them: environment, profile, web identity, container, instance. */
export class AwsSigner {
  readonly #options: AwsSignerOptions
  readonly #clock: Clock
  #signer: Promise<SignatureV4> | null = null

  constructor(options: AwsSignerOptions, deps: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = deps.clock
  }

  /** @returns the headers to send @throws {AppError} UPSTREAM_UNAVAILABLE when there are no credentials to be had */
  async sign({ url, headers, body }: UnsignedRequest): Promise<Record<string, string>> {
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...headers },
      body,
    }
    try {
      const signer = await this.#open()
      return (await signer.sign(request, { signingDate: new Date(this.#clock.now()) })).headers
    } catch (cause) {
      const why = cause instanceof Error ? cause.name : 'unknown'
      throw new AppError('UPSTREAM_UNAVAILABLE', `no credentials: AWS has none to be found here (${why})`, { cause })
    }
  }

  /** They were refused: the next ones are looked for anew. */
  renew(): void {
    this.#signer = null
  }

  /** The SDK's parts are loaded when the first request is signed: most installations have no AWS. */
  #open(): Promise<SignatureV4> {
    this.#signer ??= openSigner(this.#options)
    this.#signer.catch(() => this.renew())
    return this.#signer
  }
}

async function openSigner({ region, service, profile }: AwsSignerOptions): Promise<SignatureV4> {
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
