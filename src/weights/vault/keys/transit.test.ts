import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { impatient } from '../../../../test/support/impatient-egress.ts'
import { ROLE, startTransit, type TransitServer } from '../../../../test/support/transit-server.ts'
import { ManualClock } from '../../../base/clock.ts'
import { EgressConfig } from '../../../base/edge-config.ts'
import { Egress } from '../../../base/egress.ts'
import { createIds } from '../../../base/ids.ts'
import { ModelKey } from './model-key.ts'
import { createModelKey, rewrapModelKey } from './model-key-record.ts'
import { KeyProviderConfig, openKeyProvider } from './open.ts'
import type { KeyProvider } from './provider.ts'

const KEY = randomBytes(32)
const KEY_TEXTS = [KEY.toString('base64'), KEY.toString('hex')]
const TOKEN = 's.the-token-of-the-vault'
const CONTEXT = { model: 'm', version: '1' }
const resources = new AsyncDisposableStack()
let server: TransitServer
let egress: Egress
let dir: string
let clock: ManualClock
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-transit-'))
  resources.defer(() => rmSync(dir, { recursive: true, force: true }))
  server = resources.use(await startTransit({ namespace: 'research/weights' }))
  egress = resources.use(new Egress(EgressConfig.parse({})))
})
afterAll(() => resources.disposeAsync())
beforeEach(() => {
  clock = new ManualClock()
  server.seen.length = 0
  server.keys.clear()
  for (const [name, derived] of [
    ['weights', false],
    ['derived.key', true],
  ] as const)
    server.keys.set(name, { versions: [randomBytes(32)], derived, minDecryptionVersion: 1 })
  server.tokens.clear()
  server.tokens.add(TOKEN)
  server.sealed = false
  server.intercept = () => false
})

const config = (over: object = {}) =>
  KeyProviderConfig.parse({
    type: 'transit',
    address: server.url,
    namespace: 'research/weights',
    key: 'weights',
    auth: { type: 'token', env: 'VAULT_TOKEN' },
    ...over,
  })
const open = (over: object = {}, env: Record<string, string> = { VAULT_TOKEN: TOKEN }): Promise<KeyProvider> =>
  openKeyProvider(config(over), { egress, clock, ids: createIds(clock), env })
const approle = { auth: { type: 'approle', roleId: ROLE.roleId, secretIdEnv: 'SECRET_ID' } }
const openAsRole = (env: Record<string, string> = { SECRET_ID: ROLE.secretId }) => open(approle, env)
const failing = (code: string) => expect.objectContaining({ code })

/** What a failure comes to; nothing of it, however it is printed, shows a key, a token or a secret. */
async function failureOf(work: Promise<unknown>): Promise<{ code?: string; message?: string }> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  const printed = inspect(error, { depth: 9, showHidden: true })
  for (const secret of [...KEY_TEXTS, TOKEN, ROLE.secretId]) expect(printed).not.toContain(secret)
  return error as { code?: string; message?: string }
}

describe('a key of the transit engine', () => {
  it.each(['weights', 'derived.key'])('wraps what it unwraps, whether its key is derived or not: %s', async (key) => {
    const provider = await open({ key })
    const wrapped = await provider.wrap(KEY, CONTEXT)
    expect(await provider.unwrap(wrapped, { version: '1', model: 'm' })).toEqual(KEY)
    expect(provider.id).toBe(`transit:research/weights/transit/${key}`)
    expect(server.seen.map(({ url }) => url)).toEqual([`/v1/transit/encrypt/${key}`, `/v1/transit/decrypt/${key}`])
    expect(server.seen[0]?.headers).toMatchObject({ 'x-vault-token': TOKEN, 'x-vault-request': 'true' })
  })

  it('wraps a part of a larger buffer, and no byte beside it', async () => {
    const provider = await open()
    const part = Buffer.concat([randomBytes(5), KEY, randomBytes(5)]).subarray(5, 37)
    expect(await provider.unwrap(await provider.wrap(part, CONTEXT), CONTEXT)).toEqual(KEY)
  })

  it.each(['weights', 'derived.key'])('opens nothing of another context or key: %s', async (key) => {
    const provider = await open({ key })
    const wrapped = await provider.wrap(KEY, CONTEXT)
    const wrong = failing('VERIFICATION_FAILED')
    expect(await failureOf(provider.unwrap(wrapped, { ...CONTEXT, model: 'n' }))).toEqual(wrong)
    server.keys.set(key, { versions: [randomBytes(32)], derived: key !== 'weights', minDecryptionVersion: 1 })
    expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toEqual(wrong)
  })

  it('opens nothing that was changed', async () => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    const anywhere = fc.integer({ min: 0, max: wrapped.length - 1 })
    await fc.assert(
      fc.asyncProperty(anywhere, fc.constantFrom(...'aZ9+:=" \n'), async (at, char) => {
        const changed = wrapped.slice(0, at) + char + wrapped.slice(at + 1)
        // Spare bits at the end of base64 are nobody's: the server reads over them.
        fc.pre(!Buffer.from(changed.slice(9), 'base64').equals(Buffer.from(wrapped.slice(9), 'base64')) || at < 9)
        fc.pre(changed !== wrapped)
        await expect(provider.unwrap(changed, CONTEXT)).rejects.toThrow(failing('VERIFICATION_FAILED'))
      }),
      { numRuns: 60 },
    )
    expect(await failureOf(provider.unwrap('', CONTEXT))).toEqual(failing('VERIFICATION_FAILED'))
  })

  it('takes the status that some versions give for another context, too', async () => {
    server.intercept = respond(500, { errors: ['1 error occurred:\n\t* cipher: message authentication failed\n\n'] })
    expect(await failureOf((await open()).unwrap('vault:v1:AAAA', CONTEXT))).toEqual(failing('VERIFICATION_FAILED'))
  })

  it('unwraps after a rotation what was wrapped before it, as long as the server lets it', async () => {
    const provider = await open()
    const before = await provider.wrap(KEY, CONTEXT)
    await provider.rotate?.()
    expect((await provider.wrap(KEY, CONTEXT)).slice(0, 9)).toBe('vault:v2:')
    expect(await provider.unwrap(before, CONTEXT)).toEqual(KEY)
    const key = server.keys.get('weights')
    if (key !== undefined) key.minDecryptionVersion = 2
    const failure = await failureOf(provider.unwrap(before, CONTEXT))
    expect(failure).toEqual(failing('FORBIDDEN'))
    expect(failure.message).toContain('min_decryption_version')
  })

  it('keeps the key of a model, through a rotation there', async () => {
    const provider = await open()
    const deps = { clock, ids: createIds(clock) }
    const record = await createModelKey('atlas', provider, deps)
    const file = { modelVersion: '1', path: 'model.safetensors' }
    using key = new ModelKey(record, new Map([[provider.id, provider]]))
    const wrapped = await key.wrapDataKey(KEY, file)
    await provider.rotate?.()
    const moved = await rewrapModelKey(record, new Map([[provider.id, provider]]), provider)
    expect(moved.versions[0]?.wrapped).toMatch(/^vault:v2:/)
    using after = new ModelKey(moved, new Map([[provider.id, provider]]))
    expect(await after.unwrapDataKey(wrapped, file)).toEqual(KEY)
  })
})

const respond =
  (status: number, body: object | string, headers: Record<string, string> = {}) =>
  (_: unknown, res: ServerResponse) => {
    res.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
    return true
  }

describe('a server that gives no key fails it, in words', () => {
  it.each<[string, TransitServer['intercept'], string, RegExp]>([
    ['sealed', respond(503, { errors: ['Vault is sealed'] }), 'UPSTREAM_UNAVAILABLE', /is sealed/],
    ['overloaded', respond(503, { errors: ['overloaded, try again later'] }), 'UPSTREAM_UNAVAILABLE', /status 503/],
    [
      'limiting',
      respond(429, { errors: ['rate limit quota exceeded'] }, { 'retry-after': '7' }),
      'OVERLOADED',
      /in 7 s/,
    ],
    ['limiting without a time', respond(429, {}, { 'retry-after': 'soon' }), 'OVERLOADED', /later/],
    ['a standby', respond(307, '', { location: 'http://elsewhere' }), 'UPSTREAM_UNAVAILABLE', /active one/],
    ['a performance standby', respond(473, ''), 'UPSTREAM_UNAVAILABLE', /status 473/],
    ['behind in its data', respond(412, {}), 'UPSTREAM_UNAVAILABLE', /status 412/],
    ['denying', respond(403, { errors: ['permission denied'] }), 'FORBIDDEN', /refuses our token/],
    ['without that key', respond(400, { errors: ['encryption key not found'] }), 'CONFIG_INVALID', /has no transit:/],
    ['without that engine', respond(404, { errors: ['no handler for route'] }), 'CONFIG_INVALID', /has no transit:/],
    ['with a key for signing', respond(400, { errors: ['unsupported operation'] }), 'CONFIG_INVALID', /AES-GCM/],
    ['no such server', respond(200, '<html>welcome</html>'), 'UPSTREAM_UNAVAILABLE', /none of a key server/],
    [
      'giving something else',
      respond(200, { data: { plaintext: 7, ciphertext: 7 } }),
      'UPSTREAM_UNAVAILABLE',
      /none of a key server/,
    ],
    [
      'giving no ciphertext',
      respond(200, { data: { plaintext: '!!', ciphertext: 'plain' } }),
      'UPSTREAM_UNAVAILABLE',
      /key/,
    ],
    ['talking for ever', respond(200, 'x'.repeat(300 * 1024)), 'UPSTREAM_UNAVAILABLE', /reached/],
    [
      'repeating what it was sent',
      (seen, res) => respond(500, { errors: [seen.body.toString(), String(seen.headers['x-vault-token'])] })(seen, res),
      'UPSTREAM_UNAVAILABLE',
      /status 500/,
    ],
    [
      'repeating it as no JSON',
      (seen, res) => respond(200, `{"data":${seen.body}`)(seen, res),
      'UPSTREAM_UNAVAILABLE',
      /none of a key server/,
    ],
    ['breaking off', (_, res) => res.destroy() !== undefined, 'UPSTREAM_UNAVAILABLE', /reached/],
    [
      'speaking no HTTP',
      (seen, res) => res.socket?.end(`nonsense ${seen.body}`) !== undefined,
      'UPSTREAM_UNAVAILABLE',
      /reached/,
    ],
  ])('%s', async (_, intercept, code, words) => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    server.intercept = intercept
    for (const work of [() => provider.wrap(KEY, CONTEXT), () => provider.unwrap(wrapped, CONTEXT)]) {
      const failure = await failureOf(work())
      expect(failure).toEqual(failing(code))
      expect(failure.message).toMatch(words)
    }
  })

  it('silent', async () => {
    server.intercept = () => true
    const provider = await openKeyProvider(config(), {
      egress: impatient,
      clock,
      ids: createIds(clock),
      env: { VAULT_TOKEN: TOKEN },
    })
    expect(await failureOf(provider.wrap(KEY, CONTEXT))).toEqual(failing('UPSTREAM_TIMEOUT'))
  })

  it('gone', async () => {
    const gone = await startTransit()
    await gone[Symbol.asyncDispose]()
    const provider = await open({ address: gone.url })
    expect(await failureOf(provider.wrap(KEY, CONTEXT))).toEqual(failing('UPSTREAM_UNAVAILABLE'))
  })

  it('with another namespace', async () => {
    expect(await failureOf((await open({ namespace: 'research' })).wrap(KEY, CONTEXT))).toEqual(
      failing('CONFIG_INVALID'),
    )
  })

  it('never makes a key that is misspelt', async () => {
    expect(await failureOf((await open({ key: 'wieghts' })).wrap(KEY, CONTEXT))).toEqual(failing('FORBIDDEN'))
    expect([...server.keys.keys()]).toEqual(['weights', 'derived.key'])
  })
})

describe('a login', () => {
  it('is one for all that wait, and made anew after half of its life', async () => {
    const provider = await openAsRole()
    await Promise.all(Array.from({ length: 5 }, () => provider.wrap(KEY, CONTEXT)))
    const logins = () => server.seen.filter(({ url }) => url === '/v1/auth/approle/login').length
    expect(logins()).toBe(1)
    expect(server.seen[0]?.headers['x-vault-namespace']).toBe('research/weights')
    clock.advance(599_000)
    await provider.wrap(KEY, CONTEXT)
    expect(logins()).toBe(1)
    clock.advance(2_000)
    await provider.wrap(KEY, CONTEXT)
    expect(logins()).toBe(2)
  })

  it('is made anew when its token is refused, once', async () => {
    const provider = await openAsRole()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    server.tokens.clear()
    expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY)
    server.seen.length = 0
    server.intercept = (seen, res) =>
      seen.url.includes('decrypt') && respond(403, { errors: ['permission denied'] })(seen, res)
    expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toEqual(failing('FORBIDDEN'))
    expect(server.seen.map(({ url }) => url.slice(4, 11))).toEqual(['transit', 'auth/ap', 'transit'])
  })

  it.each<[string, TransitServer['intercept'], string]>([
    ['limited', respond(429, {}), 'OVERLOADED'],
    ['of a sealed server', respond(503, { errors: ['Vault is sealed'] }), 'UPSTREAM_UNAVAILABLE'],
    ['without a token', respond(200, { auth: null }), 'UPSTREAM_UNAVAILABLE'],
    [
      'with a token that is two headers',
      respond(200, { auth: { client_token: 'a\r\nx: y', lease_duration: 1 } }),
      'UPSTREAM_UNAVAILABLE',
    ],
    ['repeating the secret', (seen, res) => respond(200, `{${seen.body}`)(seen, res), 'UPSTREAM_UNAVAILABLE'],
  ])('%s fails what needs it', async (_, intercept, code) => {
    server.intercept = intercept
    expect(await failureOf((await openAsRole()).wrap(KEY, CONTEXT))).toEqual(failing(code))
  })

  it('with a wrong or missing secret is refused, and the next one is tried', async () => {
    const env: Record<string, string> = { SECRET_ID: 'wrong' }
    const provider = await openAsRole(env)
    expect(await failureOf(provider.wrap(KEY, CONTEXT))).toEqual(failing('FORBIDDEN'))
    delete env.SECRET_ID
    expect(await failureOf(provider.wrap(KEY, CONTEXT))).toEqual(failing('CONFIG_INVALID'))
    env.SECRET_ID = ROLE.secretId
    expect(await provider.unwrap(await provider.wrap(KEY, CONTEXT), CONTEXT)).toEqual(KEY)
  })
})

describe('a token', () => {
  it('in a file is read again for each request', async () => {
    const file = join(dir, 'token')
    writeFileSync(file, `${TOKEN}\n`)
    const provider = await open({ auth: { type: 'token', file } }, {})
    const wrapped = await provider.wrap(KEY, CONTEXT)
    writeFileSync(file, 's.another')
    expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toEqual(failing('FORBIDDEN'))
    server.tokens.add('s.another')
    expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY)
    for (const content of ['', 'a b', `${TOKEN}\r\nx-header: y`, 'x'.repeat(9_000)]) {
      writeFileSync(file, content)
      expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toEqual(failing('CONFIG_INVALID'))
    }
    rmSync(file)
    expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toEqual(failing('CONFIG_INVALID'))
  })

  it('that is missing or none is found out when the provider is opened', async () => {
    expect(await failureOf(open({}, {}))).toEqual(failing('CONFIG_INVALID'))
    expect(await failureOf(open({}, { VAULT_TOKEN: `${TOKEN}\nx: y` }))).toEqual(failing('CONFIG_INVALID'))
  })

  it('stands nowhere in the provider when it is printed', async () => {
    expect(inspect(await open(), { depth: 9, showHidden: true })).not.toContain(TOKEN)
  })
})

describe('settings', () => {
  it.each([
    'http://vault.example.com',
    'https://user:pass@vault.example.com',
    'https://vault.example.com/?a=b',
    'http://127.0.0.1.example.com',
  ])('keys are not sent to %s', async (address) => {
    expect(await failureOf(open({ address }))).toEqual(failing('CONFIG_INVALID'))
  })

  it.each([
    'https://vault.example.com',
    'https://vault.example.com/behind/a/proxy/',
    'http://localhost:8200',
    'http://[::1]:8200',
  ])('may be sent to %s', async (address) => {
    await expect(open({ address })).resolves.toBeDefined()
  })

  it.each<[string, object]>([
    ['a key with a slash', { key: 'a/b' }],
    ['a key of dots', { key: '..' }],
    ['a mount that climbs', { mount: 'transit/../sys' }],
    ['a mount with a query', { mount: 'transit?x' }],
    ['two tokens', { auth: { type: 'token', env: 'A', file: 'b' } }],
    ['no token', { auth: { type: 'token' } }],
    ['a secret in the file', { auth: { type: 'approle', roleId: 'r', secretId: 's' } }],
    ['an option too many', { verify: false }],
  ])('are not read with %s', (_, over) => {
    expect(() => config(over)).toThrow()
  })
})
