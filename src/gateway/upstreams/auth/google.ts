import { readFile } from 'node:fs/promises'
import type { AuthClient } from 'google-auth-library'
import { z } from 'zod'
import type { Egress } from '../../../base/egress.ts'
import { AppError } from '../../../base/errors.ts'
import type { GoogleAuth as GoogleConfig } from '../../../base/upstream-config.ts'
import type { OutgoingRequest, RequestAuth } from './request-auth.ts'

/** The kinds of file that Google hands out. What else stands in one is its library's affair. */
const Credentials = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('service_account'),
    client_email: z.string().min(1),
    private_key: z.string().min(1),
    private_key_id: z.string(),
  }),
  z.object({
    type: z.literal('authorized_user'),
    client_id: z.string().min(1),
    client_secret: z.string().min(1),
    refresh_token: z.string().min(1),
  }),
  z.looseObject({
    type: z.literal('external_account'),
    audience: z.string(),
    subject_token_type: z.string(),
    token_url: z.string(),
  }),
])

/** Google's access tokens, by Google's own library: service account, workload identity, metadata server, what `gcloud` left. */
export class GoogleAuth implements RequestAuth {
  readonly #config: GoogleConfig
  readonly #egress: Pick<Egress, 'fetchSmall'>
  #client: Promise<AuthClient> | null = null

  constructor(config: GoogleConfig, deps: { readonly egress: Pick<Egress, 'fetchSmall'> }) {
    this.#config = config
    this.#egress = deps.egress
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
    this.#client ??= openClient(this.#config, this.#egress)
    this.#client.catch(() => {
      this.#client = null
    })
    return this.#client
  }
}

async function openClient(config: GoogleConfig, egress: Pick<Egress, 'fetchSmall'>): Promise<AuthClient> {
  const google = await import('google-auth-library')
  const { credentialsFile, scopes } = config
  const fetchImplementation: typeof fetch = (url, init) => fetchThrough(egress, url, init)
  const options = { scopes, transporterOptions: { fetchImplementation } }
  if (credentialsFile === undefined) {
    return await new google.GoogleAuth({ scopes, clientOptions: options }).getClient()
  }
  const file = Credentials.parse(JSON.parse(await readFile(credentialsFile, 'utf8')))
  if (file.type === 'service_account')
    return new google.JWT({ ...options, email: file.client_email, key: file.private_key, keyId: file.private_key_id })
  if (file.type === 'authorized_user') {
    const { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken } = file
    return new google.UserRefreshClient({ ...options, clientId, clientSecret, refreshToken })
  }
  const client = google.ExternalAccountClient.fromJSON({ ...file, ...options })
  if (client === null) throw new Error('the file describes no workload identity')
  return client
}

/** The library's own requests go out as all others do: by the same proxy, with the same trust, within the same bounds. */
async function fetchThrough(
  egress: Pick<Egress, 'fetchSmall'>,
  url: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const { status, headers, body } = await egress.fetchSmall(url instanceof Request ? url.url : String(url), {
    method: init.method === 'POST' ? 'POST' : 'GET',
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(init.body == null ? {} : { body: await new Response(init.body).text() }),
  })
  return new Response(body === '' ? null : body, { status, headers })
}
