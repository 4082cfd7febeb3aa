import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { KMS, type KmsServer, keyArn, startKms } from '../../../../test/support/aws-kms-server.ts'
import { impatient } from '../../../../test/support/impatient-egress.ts'
import { ManualClock } from '../../../base/clock.ts'
import { EgressConfig } from '../../../base/edge-config.ts'
import { Egress } from '../../../base/egress.ts'
import { createIds } from '../../../base/ids.ts'
import type { KeyEgress } from './key-server.ts'
import { ModelKey } from './model-key.ts'
import { createModelKey, rewrapModelKey } from './model-key-record.ts'
import { KeyProviderConfig, openKeyProvider } from './open.ts'
import type { KeyProvider } from './provider.ts'

const KEY = randomBytes(32)
const CONTEXT = { model: 'm', version: '1' }
const ONE = keyArn('1234abcd-12ab-34cd-56ef-1234567890ab')
const TWO = keyArn('mrk-1234abcd12ab34cd56ef1234567890ab')
const resources = new AsyncDisposableStack()
let server: KmsServer
let egress: Egress
let clock: ManualClock
beforeAll(async () => {
  server = resources.use(await startKms())
  egress = resources.use(new Egress(EgressConfig.parse({})))
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: KMS.accessKeyId, AWS_SECRET_ACCESS_KEY: KMS.secretKey })
  resources.defer(() => {
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
  })
})
afterAll(() => resources.disposeAsync())
beforeEach(() => {
  clock = new ManualClock()
  server.seen.length = 0
  server.intercept = () => false
  server.keys.clear()
  for (const arn of [ONE, TWO]) server.keys.set(arn, { bytes: randomBytes(32), state: 'Enabled' })
})

const open = (keyArn = ONE, over: object = {}, way: KeyEgress = egress): Promise<KeyProvider> =>
  openKeyProvider(KeyProviderConfig.parse({ type: 'aws-kms', keyArn, endpoint: server.url, ...over }), {
    egress: way,
    clock,
    ids: createIds(clock),
    env: {},
  })
const failing = (code: string) => expect.objectContaining({ code })
const respond = (status: number, body: object | string) => (_: unknown, res: ServerResponse) => {
  res.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  return true
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  const printed = inspect(error, { depth: 9, showHidden: true })
  for (const secret of [KEY.toString('base64'), KMS.secretKey]) expect(printed).not.toContain(secret)
  return error
}

describe('a key in AWS KMS', () => {
  it('wraps what it unwraps, with a signature that AWS accepts', async () => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    expect(await provider.unwrap(wrapped, { version: '1', model: 'm' })).toEqual(KEY)
    expect(provider.id).toBe(`aws-kms:${ONE}`)
    expect(server.seen.map(({ headers }) => headers['x-amz-target'])).toEqual([
      'TrentService.Encrypt',
      'TrentService.Decrypt',
    ])
    expect(JSON.parse(server.seen[1]?.body.toString() ?? '')).toMatchObject({ KeyId: ONE, EncryptionContext: CONTEXT })
  })

  it('opens nothing of another context or key, and nothing that was changed', async () => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    const wrong = failing('VERIFICATION_FAILED')
    expect(await failureOf(provider.unwrap(wrapped, { ...CONTEXT, model: 'n' }))).toEqual(wrong)
    expect(await failureOf((await open(TWO)).unwrap(wrapped, CONTEXT))).toEqual(wrong)
    const bytes = Buffer.from(wrapped, 'base64')
    for (const at of [0, 99, 100, 112, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await failureOf(provider.unwrap(changed.toString('base64'), CONTEXT))).toEqual(wrong)
    }
    for (const none of ['', '{}', 'AAAA', 'x'.repeat(8_193)])
      expect(await failureOf(provider.unwrap(none, CONTEXT))).toEqual(wrong)
  })

  it('moves a model’s key to another one without touching a data key', async () => {
    const [one, two] = [await open(ONE), await open(TWO)]
    const file = { modelVersion: '1', path: 'model.gguf' }
    const record = await createModelKey('atlas', one, { clock, ids: createIds(clock) })
    using key = new ModelKey(record, new Map([[one.id, one]]))
    const wrapped = await key.wrapDataKey(KEY, file)
    const moved = await rewrapModelKey(record, new Map([[one.id, one]]), two)
    server.keys.delete(ONE)
    using after = new ModelKey(moved, new Map([[two.id, two]]))
    expect(await after.unwrapDataKey(wrapped, file)).toEqual(KEY)
  })

  it('takes no answer that another key gave', async () => {
    const provider = await open()
    server.intercept = respond(200, { CiphertextBlob: 'AAAA', Plaintext: 'AAAA', KeyId: TWO })
    expect(await failureOf(provider.wrap(KEY, CONTEXT))).toEqual(failing('VERIFICATION_FAILED'))
    expect(await failureOf(provider.unwrap('AAAA', CONTEXT))).toEqual(failing('VERIFICATION_FAILED'))
  })

  it.each<['Disabled' | 'PendingDeletion']>([['Disabled'], ['PendingDeletion']])(
    'that is %s opens nothing',
    async (state) => {
      const provider = await open()
      const wrapped = await provider.wrap(KEY, CONTEXT)
      server.keys.set(ONE, { bytes: server.keys.get(ONE)?.bytes ?? KEY, state })
      expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toEqual(failing('FORBIDDEN'))
    },
  )

  it.each<[string, KmsServer['intercept'], string]>([
    ['denied', respond(400, { __type: 'AccessDeniedException', message: 'User: arn is not authorized' }), 'FORBIDDEN'],
    ['expired', respond(400, { __type: 'ExpiredTokenException' }), 'FORBIDDEN'],
    ['not found', respond(400, { __type: 'com.amazonaws.kms#NotFoundException' }), 'CONFIG_INVALID'],
    ['for signing', respond(400, { __type: 'InvalidKeyUsageException' }), 'CONFIG_INVALID'],
    ['throttled', respond(400, { __type: 'ThrottlingException' }), 'OVERLOADED'],
    ['limited', respond(429, ''), 'OVERLOADED'],
    ['broken', respond(500, { __type: 'KMSInternalException' }), 'UPSTREAM_UNAVAILABLE'],
    ['unavailable', respond(500, { __type: 'KeyUnavailableException' }), 'UPSTREAM_UNAVAILABLE'],
    ['unknown', respond(400, { __type: 'constructor' }), 'UPSTREAM_UNAVAILABLE'],
    ['speechless', respond(200, ''), 'UPSTREAM_UNAVAILABLE'],
    [
      'repeating what it was sent',
      (seen, res) => respond(400, `{"__type": ${seen.body}`)(seen, res),
      'UPSTREAM_UNAVAILABLE',
    ],
    ['no key', respond(200, { Plaintext: '!', CiphertextBlob: '!', KeyId: ONE }), 'UPSTREAM_UNAVAILABLE'],
    ['cut off', (_, res) => res.destroy() !== undefined, 'UPSTREAM_UNAVAILABLE'],
  ])('fails when the service is %s', async (_, intercept, code) => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    server.intercept = intercept
    const failures = await Promise.all([
      failureOf(provider.wrap(KEY, CONTEXT)),
      failureOf(provider.unwrap(wrapped, CONTEXT)),
    ])
    expect(failures).toEqual([failing(code), failing(code)])
  })

  it('fails when the service is silent', async () => {
    server.intercept = () => true
    const failure = await failureOf((await open(ONE, {}, impatient)).wrap(KEY, CONTEXT))
    expect(failure).toEqual(failing('UPSTREAM_TIMEOUT'))
  })

  it('looks for credentials once more when they are refused', async () => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    let refusals = 1
    server.intercept = (seen, res) => refusals-- > 0 && respond(400, { __type: 'ExpiredTokenException' })(seen, res)
    expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY)
  })

  it('refuses a wrong secret key', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong'
    const failure = await failureOf((await open()).wrap(KEY, CONTEXT))
    process.env.AWS_SECRET_ACCESS_KEY = KMS.secretKey
    expect(failure).toEqual(failing('FORBIDDEN'))
  })

  it.each([
    'alias/weights',
    'arn:aws:kms:eu-central-1:111122223333:alias/weights',
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    'arn:aws:kms:eu-central-1:111122223333:key/a/../b',
    'arn:aws:kms:evil.example.com:111122223333:key/a',
  ])('is not named by %s', (name) => {
    expect(KeyProviderConfig.safeParse({ type: 'aws-kms', keyArn: name }).success).toBe(false)
  })

  it('is never asked over plain HTTP elsewhere', async () => {
    expect(await failureOf(open(ONE, { endpoint: 'http://kms.example.com' }))).toEqual(failing('CONFIG_INVALID'))
  })
})
