import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Clock } from '../../../base/clock.ts'
import type { Egress, SmallAnswer } from '../../../base/egress.ts'
import { AppError } from '../../../base/errors.ts'
import type { EntraAuth as EntraConfig } from '../../../base/upstream-config.ts'
import type { RequestAuth } from './request-auth.ts'
import { type AccessToken, TokenCache } from './token-cache.ts'

const Token = z.object({
  access_token: z
    .string()
    .min(1)
    .max(16_384)
    .regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().max(604_800),
})
/** `AADSTS7000215: …`: the number says what is wrong, the rest may hold names. */
const ERROR_NUMBER = /\bAADSTS\d{3,8}\b/
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const METADATA_VERSION = '2018-02-01'

/**
 * Microsoft Entra ID: an access token by the client credentials grant (a secret, or a token of the platform that Entra trusts), or from the
 * metadata service of the machine.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export class EntraAuth implements RequestAuth {
  readonly #config: EntraConfig
  readonly #clientSecret: string | undefined
  readonly #egress: Pick<Egress, 'fetchSmall'>
  readonly #tokens: TokenCache

  constructor(
    config: EntraConfig,
    clientSecret: string | undefined,
    deps: { readonly egress: Pick<Egress, 'fetchSmall'>; readonly clock: Clock },
  ) {
    this.#config = config
    this.#clientSecret = clientSecret
    this.#egress = deps.egress
    this.#tokens = new TokenCache(deps.clock, () => this.#fetch())
  }

  async headers(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await this.#tokens.get()}` }
  }

  renew(): void {
    this.#tokens.forget()
  }

  async prove(): Promise<void> {
    await this.#tokens.get()
  }

  async #fetch(): Promise<AccessToken> {
    const answer = await this.#ask()
    const token = answer.status === 200 ? Token.safeParse(parse(answer.body)) : null
    if (token?.success !== true) {
      const number = ERROR_NUMBER.exec(answer.body)?.[0]
      throw unavailable(`answered with status ${answer.status}${number === undefined ? '' : ` (${number})`}`)
    }
    return { token: token.data.access_token, expiresInSeconds: token.data.expires_in }
  }

  async #ask(): Promise<SmallAnswer> {
    const { managedIdentity } = this.#config
    const url = managedIdentity ? this.#metadataUrl() : this.#tokenUrl()
    const request = managedIdentity ? { headers: { metadata: 'true' } } : await this.#grant()
    try {
      return await this.#egress.fetchSmall(url, request)
    } catch (cause) {
      throw unavailable('can’t be reached', cause)
    }
  }

  #tokenUrl(): string {
    const { authority, tenantId } = this.#config
    return `${authority.replace(/\/$/, '')}/${tenantId ?? ''}/oauth2/v2.0/token`
  }

  #metadataUrl(): string {
    const { metadataUrl, scope, clientId } = this.#config
    const query = new URLSearchParams({ 'api-version': METADATA_VERSION, resource: scope.replace(/\/\.default$/, '') })
    if (clientId !== undefined) query.set('client_id', clientId)
    return `${metadataUrl.replace(/\/$/, '')}/metadata/identity/oauth2/token?${query}`
  }

  async #grant() {
    const { clientId = '', scope, federatedTokenFile } = this.#config
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, scope })
    if (federatedTokenFile === undefined) {
      form.set('client_secret', this.#clientSecret ?? '')
    } else {
      form.set('client_assertion_type', ASSERTION)
      form.set('client_assertion', await readToken(federatedTokenFile))
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { method: 'POST' as const, headers, body: form.toString() }
  }
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new AppError('UPSTREAM_UNAVAILABLE', `federatedTokenFile ${path} can’t be read`, { cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // no token, as the caller finds
  }
}

function unavailable(what: string, cause?: unknown): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', `no credentials: Entra ID ${what}`, { cause })
}
