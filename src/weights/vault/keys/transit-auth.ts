import { z } from 'zod'
import type { Clock } from '../../../base/clock.ts'
import {
  askKeyServer,
  checkSecret,
  type KeyEgress,
  keyServerError,
  overloaded,
  readKeyAnswer,
  readSecretFile,
} from './key-server.ts'

/** A token of the server's, to stand in a header. */
export interface TransitAuth {
  /** @throws {AppError} FORBIDDEN, CONFIG_INVALID when there is none to be had; else as `askKeyServer` */
  token(): string | Promise<string>
  /** The server refused the token. @returns whether the next one may be another */
  renew(): boolean
}

/** One that the operator gave. @param from Where, for people. @throws {AppError} CONFIG_INVALID */
export function fixedToken(token: string | undefined, from: string): TransitAuth {
  const checked = checkSecret(token, from)
  return { token: () => checked, renew: () => false }
}

/** One in a file that an agent renews: read for each request. */
export function tokenFromFile(path: string): TransitAuth {
  return { token: () => readSecretFile(path), renew: () => false }
}

const Login = z.object({
  auth: z.object({
    client_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
    lease_duration: z.int().nonnegative().meta({ description: 'seconds; 0 = does not expire' }),
  }),
})

export interface AppRoleOptions {
  /** Of the login, with its mount: `https://…/v1/auth/approle/login` */
  readonly loginUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly roleId: string
  /** Asked at each login: it may be renewed. @throws {AppError} CONFIG_INVALID */
  readonly secretId: () => string
  readonly server: string
}

/**
 * Logs in as a role. The token is used for half of its life, fetched by one request for all that wait.
 *
 * @see https://openbao.org/api-docs/auth/approle: "Login with AppRole"
 */
export class AppRoleAuth implements TransitAuth {
  readonly #options: AppRoleOptions
  readonly #deps: { readonly egress: KeyEgress; readonly clock: Clock }
  #token: string | null = null
  #goodUntilMs = 0
  #fetching: Promise<string> | null = null

  constructor(options: AppRoleOptions, deps: { readonly egress: KeyEgress; readonly clock: Clock }) {
    this.#options = options
    this.#deps = deps
  }

  async token(): Promise<string> {
    if (this.#token !== null && this.#deps.clock.monotonic() < this.#goodUntilMs) return this.#token
    this.#fetching ??= this.#login().finally(() => {
      this.#fetching = null
    })
    return await this.#fetching
  }

  renew(): boolean {
    this.#token = null
    return true
  }

  async #login(): Promise<string> {
    const { loginUrl, headers, roleId, secretId, server } = this.#options
    const askedMs = this.#deps.clock.monotonic()
    const answer = await askKeyServer(this.#deps.egress, server, loginUrl, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ role_id: roleId, secret_id: secretId() }),
    })
    if (answer.status === 429) throw overloaded(server, answer)
    if (answer.status === 400 || answer.status === 403) throw keyServerError('FORBIDDEN', server, 'refuses the AppRole')
    if (answer.status !== 200)
      throw keyServerError('UPSTREAM_UNAVAILABLE', server, `answered the login with status ${answer.status}`)
    const { auth } = readKeyAnswer(Login, server, answer)
    this.#token = auth.client_token
    this.#goodUntilMs = auth.lease_duration === 0 ? Number.POSITIVE_INFINITY : askedMs + auth.lease_duration * 500
    return auth.client_token
  }
}
