import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** An identity provider on loopback: discovery, public keys, and tokens signed by them. Misbehaves as it is told. */
export class TokenIssuer implements AsyncDisposable {
  readonly url: string
  /** Requests for the keys. */
  reads = 0
  /** Set to answer in another way than with the keys; discovery stays. */
  respond: ((req: IncomingMessage, res: ServerResponse) => void) | null = null
  keys: SigningKey[] = []
  readonly #close: () => Promise<void>

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  static async start(alg = 'RS256'): Promise<TokenIssuer> {
    let issuer: TokenIssuer | null = null
    const server = createServer((req, res) => issuer?.answer(req, res))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    issuer = new TokenIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    await issuer.rotate(alg)
    return issuer
  }

  answer(req: IncomingMessage, res: ServerResponse): void {
    if (req.url === '/.well-known/openid-configuration') {
      res.end(JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` }))
      return
    }
    this.reads++
    if (this.respond !== null) this.respond(req, res)
    else res.end(JSON.stringify({ keys: this.keys.map(({ publicJwk }) => publicJwk) }))
  }

  /** A new key in place of those before. */
  async rotate(alg = 'RS256'): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const kid = `key-${Math.random().toString(36).slice(2)}`
    const key = { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
    this.keys = [key]
    return key
  }

  /** A token signed by the newest key. `header` and `claims` go over what is usual. */
  async token(
    claims: Record<string, unknown>,
    options: { nowMs?: number; key?: SigningKey; header?: Record<string, unknown> } = {},
  ): Promise<string> {
    const key = options.key ?? this.keys[0]
    if (key === undefined) throw new Error('no key')
    const now = Math.floor((options.nowMs ?? Date.now()) / 1_000)
    const usual = { iss: this.url, aud: 'safelevel', sub: 'user-1', azp: 'app-1', iat: now, exp: now + 300 }
    return await new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...options.header })
      .sign(key.privateKey)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}
