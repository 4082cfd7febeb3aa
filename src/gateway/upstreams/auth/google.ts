import type { AuthClient } from 'google-auth-library'
import { AppError } from '../../../base/errors.ts'
import type { GoogleAuth as GoogleConfig } from '../../../base/upstream-config.ts'
import type { OutgoingRequest, RequestAuth } from './request-auth.ts'

/** Google's access tokens, by Google's own library: service account, workload identity, metadata server, what `gcloud` left. */
export class GoogleAuth implements RequestAuth {
  readonly #config: GoogleConfig
  #client: Promise<AuthClient> | null = null

  constructor(config: GoogleConfig) {
    this.#config = config
  }

  async headers({ origin }: Pick<OutgoingRequest, 'origin'>): Promise<Record<string, string>> {
    try {
      const client = await this.#open()
      return Object.fromEntries(await client.getRequestHeaders(origin))
    } catch (cause) {
      // What the library says may quote a file or an answer: it stays in the cause.
      throw new AppError('UPSTREAM_UNAVAILABLE', 'no credentials: Google gave none, or they can’t be found here', {
        cause,
      })
    }
  }

  renew(): void {
    this.#client = null
  }

  async prove(): Promise<void> {
    await this.headers({ origin: 'https://aiplatform.googleapis.com' })
  }

  /** Loaded when the first request goes out: most installations have no Google. */
  #open(): Promise<AuthClient> {
    this.#client ??= openClient(this.#config)
    this.#client.catch(() => {
      this.#client = null
    })
    return this.#client
  }
}

async function openClient({ credentialsFile, scopes }: GoogleConfig): Promise<AuthClient> {
  const { GoogleAuth: Library } = await import('google-auth-library')
  return await new Library({
    scopes,
    ...(credentialsFile === undefined ? {} : { keyFilename: credentialsFile }),
  }).getClient()
}
