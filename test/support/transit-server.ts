import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type LocalServer, listenLocally, readRequest, type Seen } from './clouds.ts'

interface TransitKey {
  readonly versions: Buffer[]
  readonly derived: boolean
  minDecryptionVersion: number
}

export interface TransitServer extends LocalServer {
  readonly seen: Seen[]
  readonly keys: Map<string, TransitKey>
  /** Good tokens; logins add theirs. */
  readonly tokens: Set<string>
  sealed: boolean
  /** Answers the next requests in its own way, before all else; return false to go on. */
  intercept: (seen: Seen, res: ServerResponse) => boolean
}

export const ROLE = { roleId: '59d6d1ca-47bb-4e7e-a40b-8be3bc5a0ba8', secretId: '84896a0c-1347-aa90-a4f6-aca8b7558780' }

/**
 * As much of OpenBao's and HashiCorp Vault's HTTP API as wrapping a key needs, written from its public description: the transit engine at
 * `transit`, AppRole at `approle`, one namespace. A token may `update`, not `create`.
 *
 * @see https://openbao.org/api-docs/secret/transit and https://openbao.org/api-docs/auth/approle
 */
export async function startTransit({
  namespace,
  leaseSeconds = 1_200,
}: {
  namespace?: string
  leaseSeconds?: number
} = {}): Promise<TransitServer> {
  const state = {
    seen: [] as Seen[],
    keys: new Map<string, TransitKey>(),
    tokens: new Set<string>(),
    sealed: false,
    intercept: (() => false) as TransitServer['intercept'],
  }
  const server = await listenLocally(async (req, res) => {
    const seen = await readRequest(req)
    state.seen.push(seen)
    if (state.intercept(seen, res)) return
    const [status, body] = answer(state, seen, namespace, leaseSeconds)
    res.writeHead(status, { 'content-type': 'application/json' }).end(body === null ? undefined : JSON.stringify(body))
  })
  return Object.assign(state, {
    url: server.url,
    port: server.port,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}

type Answer = readonly [status: number, body: object | null]
const failure = (status: number, ...errors: string[]): Answer => [status, { errors }]
const data = (fields: object): Answer => [
  200,
  {
    request_id: 'r',
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: fields,
    wrap_info: null,
    warnings: null,
    auth: null,
  },
]

function answer(
  state: Pick<TransitServer, 'keys' | 'tokens' | 'sealed'>,
  { method, url, headers, body }: Seen,
  namespace: string | undefined,
  leaseSeconds: number,
): Answer {
  if (state.sealed) return failure(503, 'Vault is sealed')
  if (method !== 'POST' || headers['x-vault-request'] !== 'true') return failure(405, 'unsupported operation')
  const fields = JSON.parse(body.toString()) as Record<string, string>
  if (headers['x-vault-namespace'] !== namespace) return failure(404, `no handler for route "${url}"`)
  if (url === '/v1/auth/approle/login') return login(state.tokens, fields, leaseSeconds)
  if (!state.tokens.has(headers['x-vault-token'] ?? '')) return failure(403, 'permission denied')
  const [, operation, name = '', rotate] =
    /^\/v1\/transit\/(encrypt|decrypt|keys)\/([\w.-]+)(\/rotate)?$/.exec(url) ?? []
  if (operation === undefined) return failure(404, `no handler for route "${url}"`)
  const key = state.keys.get(name)
  if (key === undefined)
    return operation === 'encrypt'
      ? failure(403, '1 error occurred:\n\t* permission denied\n\n')
      : failure(400, 'encryption key not found')
  if (operation === 'encrypt') return encrypt(key, fields)
  if (operation === 'decrypt') return decrypt(key, fields)
  if (rotate === undefined) return failure(405, 'unsupported operation')
  key.versions.push(randomBytes(32))
  return [204, null]
}

function login(tokens: Set<string>, fields: Record<string, string>, leaseSeconds: number): Answer {
  if (fields.role_id !== ROLE.roleId || fields.secret_id !== ROLE.secretId)
    return failure(400, 'invalid role or secret ID')
  const token = `s.${randomBytes(12).toString('hex')}`
  tokens.add(token)
  return [
    200,
    {
      request_id: 'r',
      data: null,
      auth: {
        client_token: token,
        accessor: 'a',
        policies: ['default'],
        lease_duration: leaseSeconds,
        renewable: true,
      },
    },
  ]
}

function keyOf(key: TransitKey, version: number, context: string | undefined): Buffer | null {
  const bytes = key.versions[version - 1]
  if (bytes === undefined) return null
  if (!key.derived) return bytes
  return context === undefined ? null : Buffer.from(hkdfSync('sha256', bytes, '', Buffer.from(context, 'base64'), 32))
}

function encrypt(key: TransitKey, { plaintext = '', context, associated_data = '' }: Record<string, string>): Answer {
  const version = key.versions.length
  const bytes = keyOf(key, version, context)
  if (bytes === null)
    return failure(
      400,
      "missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key",
    )
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(Buffer.from(associated_data, 'base64'))
  const sealed = Buffer.concat([iv, cipher.update(plaintext, 'base64'), cipher.final(), cipher.getAuthTag()])
  return data({ ciphertext: `vault:v${version}:${sealed.toString('base64')}`, key_version: version })
}

function decrypt(key: TransitKey, { ciphertext = '', context, associated_data = '' }: Record<string, string>): Answer {
  const [, version, text = ''] = /^vault:v(\d+):(.*)$/.exec(ciphertext) ?? []
  if (version === undefined) return failure(400, 'invalid ciphertext: no prefix')
  if (Number(version) > key.versions.length) return failure(400, 'invalid ciphertext: version is too new')
  if (Number(version) < key.minDecryptionVersion)
    return failure(400, 'ciphertext or signature version is disallowed by policy (too old)')
  const bytes = keyOf(key, Number(version), context)
  if (bytes === null) return failure(400, "missing 'context' for key derivation")
  const sealed = Buffer.from(text, 'base64')
  if (sealed.length < 28) return failure(400, 'invalid ciphertext length')
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, sealed.subarray(0, 12)).setAAD(
      Buffer.from(associated_data, 'base64'),
    )
    decipher.setAuthTag(sealed.subarray(-16))
    return data({
      plaintext: Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('base64'),
    })
  } catch {
    return failure(400, 'cipher: message authentication failed')
  }
}
