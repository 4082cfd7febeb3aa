import { AwsSigner } from '../../../base/aws-signer.ts'
import type { Clock } from '../../../base/clock.ts'
import type { AwsAuth as AwsConfig } from '../../../base/upstream-config.ts'
import type { OutgoingRequest, RequestAuth } from './request-auth.ts'

/** AWS Signature Version 4 over path, query, signed headers and body. */
export class AwsAuth implements RequestAuth {
  readonly #signer: AwsSigner

  constructor(config: AwsConfig, deps: { readonly clock: Clock }) {
    this.#signer = new AwsSigner(config, deps)
  }

  async headers({ origin, path, headers, body }: OutgoingRequest): Promise<Record<string, string>> {
    // What may be rewritten on the way (user-agent, accept-encoding) is not signed.
    const signed = { 'content-type': headers['content-type'] ?? 'application/json' }
    return await this.#signer.sign({ url: new URL(origin + path), headers: signed, body })
  }

  renew(): void {
    this.#signer.renew()
  }

  async prove(): Promise<void> {
    await this.headers({ origin: 'https://example.com', path: '/', headers: {}, body: new Uint8Array(0) })
  }
}
