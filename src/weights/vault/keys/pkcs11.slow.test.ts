import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isRequired } from '../../../../test/support/required.ts'
import { ManualClock } from '../../../base/clock.ts'
import { EgressConfig } from '../../../base/edge-config.ts'
import { Egress } from '../../../base/egress.ts'
import { createIds } from '../../../base/ids.ts'
import { ModelKey } from './model-key.ts'
import { createModelKey, rewrapModelKey } from './model-key-record.ts'
import { KeyProviderConfig, openKeyProvider } from './open.ts'
import { Pkcs11KeyProvider } from './pkcs11-provider.ts'

/** Of Debian's packages `libsofthsm2` and `softhsm2`; `opensc` brings `pkcs11-tool`. */
const MODULE = '/usr/lib/softhsm/libsofthsm2.so'
const required = isRequired('softhsm')
const ready = existsSync(MODULE) && spawnSync('pkcs11-tool', ['--help']).error === undefined
if (!ready && !required) process.stderr.write('SKIPPED: a key in a token needs libsofthsm2, softhsm2 and opensc\n')
const PIN = '98765432'
const KEY = randomBytes(32)
const CONTEXT = { model: 'm', version: '1' }
const clock = new ManualClock()
const ids = createIds(clock)
const egress = new Egress(EgressConfig.parse({}))
const opened: Pkcs11KeyProvider[] = []
let dir: string
let conf: string

const tokens = () => join(dir, 'tokens')
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, {
    env: { ...process.env, SOFTHSM2_CONF: conf },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString()
const inToken = (...args: string[]) =>
  run('pkcs11-tool', '--module', MODULE, '--token-label', 'a token', '--login', '--pin', PIN, ...args)
const makeKey = (label: string, { id = '01', type = 'aes:32', mode = '--sensitive' } = {}) =>
  inToken('--keygen', '--key-type', type, '--label', label, '--id', id, mode)
const makeToken = (label: string) =>
  run('softhsm2-util', '--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', PIN)

async function open(over: object = {}, env: Record<string, string> = { PIN }): Promise<Pkcs11KeyProvider> {
  const config = KeyProviderConfig.parse({
    type: 'pkcs11',
    module: MODULE,
    token: 'a token',
    key: 'root',
    pinEnv: 'PIN',
    moduleEnv: { SOFTHSM2_CONF: conf },
    ...over,
  })
  const provider = (await openKeyProvider(config, { egress, clock, ids, env })) as Pkcs11KeyProvider
  opened.push(provider)
  return provider
}

/** What is said when something is wrapped by the key that is configured so. */
async function refusalOf(over: object) {
  return await failureOf((await open(over)).wrap(KEY, CONTEXT))
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  const printed = inspect(error, { depth: 9, showHidden: true })
  for (const secret of [KEY.toString('base64'), PIN]) expect(printed).not.toContain(secret)
  return error as { code: string; message: string }
}

describe.skipIf(!ready && !required)('a key in a token', () => {
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'safelevel-pkcs11-'))
    mkdirSync(tokens())
    conf = join(dir, 'softhsm2.conf')
    writeFileSync(conf, `directories.tokendir = ${tokens()}\nobjectstore.backend = file\nlog.level = ERROR\n`)
    makeToken('a token')
    makeKey('root')
  })
  afterEach(() => {
    for (const provider of opened.splice(0)) provider.close()
  })
  afterAll(async () => {
    await egress.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('wraps what it unwraps, also when it is opened again', async () => {
    const wrapped = await (await open()).wrap(KEY, CONTEXT)
    const again = await open()
    expect(await again.unwrap(wrapped, { version: '1', model: 'm' })).toEqual(KEY)
    expect(again.id).toBe('pkcs11:token=a%20token;object=root')
    expect(wrapped).toMatch(/^v1:[A-Za-z0-9+/]{80}$/)
    expect(wrapped).not.toBe(await again.wrap(KEY, CONTEXT))
  })

  it('opens nothing of another context, and nothing that was changed', async () => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    const wrong = expect.objectContaining({ code: 'VERIFICATION_FAILED' })
    expect(await failureOf(provider.unwrap(wrapped, { ...CONTEXT, model: 'n' }))).toEqual(wrong)
    const at = fc.integer({ min: 3, max: wrapped.length - 1 })
    await fc.assert(
      fc.asyncProperty(at, fc.constantFrom(...'aZ9+= '), async (at, char) => {
        const changed = wrapped.slice(0, at) + char + wrapped.slice(at + 1)
        fc.pre(changed !== wrapped)
        expect(await failureOf(provider.unwrap(changed, CONTEXT))).toEqual(wrong)
      }),
      { numRuns: 60 },
    )
    for (const none of ['', 'v1:', 'v1:AAAA', `${wrapped}\n`, `v99999999999${wrapped.slice(2)}`])
      expect(await failureOf(provider.unwrap(none, CONTEXT))).toEqual(wrong)
    expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY)
  })

  it('unwraps after a rotation what was wrapped before it, and says which version is missing', async () => {
    makeKey('turning')
    const provider = await open({ key: 'turning' })
    const before = await provider.wrap(KEY, CONTEXT)
    await provider.rotate()
    const after = await provider.wrap(KEY, CONTEXT)
    expect(after).toMatch(/^v2:/)
    for (const wrapped of [before, after]) expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY)
    expect(await failureOf(provider.unwrap(after.replace('v2', 'v1'), CONTEXT))).toMatchObject({
      code: 'VERIFICATION_FAILED',
    })
    const missing = await failureOf(provider.unwrap(after.replace('v2', 'v3'), CONTEXT))
    expect(missing).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('version 3') })
    expect(inToken('-O')).toMatch(/turning.*00000002.*never extractable/s)
  })

  it('keeps the key of a model, and moves it to another key', async () => {
    makeKey('next')
    const [root, next] = [await open(), await open({ key: 'next' })]
    const file = { modelVersion: '1', path: 'model.safetensors' }
    const record = await createModelKey('atlas', root, { clock, ids })
    using key = new ModelKey(record, new Map([[root.id, root]]))
    const wrapped = await key.wrapDataKey(KEY, file)
    using after = new ModelKey(
      await rewrapModelKey(record, new Map([[root.id, root]]), next),
      new Map([[next.id, next]]),
    )
    expect(await after.unwrapDataKey(wrapped, file)).toEqual(KEY)
  })

  it('is out of reach while the token is away, and in reach when it is back', async () => {
    const provider = await open()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    renameSync(tokens(), `${tokens()}-away`)
    try {
      expect(await failureOf(provider.unwrap(wrapped, CONTEXT))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
      expect(await failureOf(provider.wrap(KEY, CONTEXT))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    } finally {
      renameSync(`${tokens()}-away`, tokens())
    }
    expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY)
  })

  it('answers all who ask at once', async () => {
    const provider = await open()
    const wrapped = await Promise.all(Array.from({ length: 20 }, () => provider.wrap(KEY, CONTEXT)))
    expect(new Set(wrapped).size).toBe(20)
    expect(await Promise.all(wrapped.map((one) => provider.unwrap(one, CONTEXT)))).toEqual(Array(20).fill(KEY))
  })

  it('is refused when it may leave the token, or is no AES key of 256 bits', async () => {
    makeKey('loose', { mode: '--extractable' })
    makeKey('short', { type: 'aes:16' })
    for (const key of ['loose', 'short']) expect(await refusalOf({ key })).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await refusalOf({ key: 'none' })).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('is refused when one version is there twice', async () => {
    for (const _ of [1, 2]) makeKey('twin', { id: '07' })
    const failure = await refusalOf({ key: 'twin' })
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('twice') })
  })

  it('never tries a refused PIN again, and takes the next one', async () => {
    const pinFile = join(dir, 'pin')
    writeFileSync(pinFile, 'not the pin\n')
    const provider = await open({ pinEnv: undefined, pinFile })
    for (const _ of [1, 2]) expect(await failureOf(provider.wrap(KEY, CONTEXT))).toMatchObject({ code: 'FORBIDDEN' })
    expect((await failureOf(provider.wrap(KEY, CONTEXT))).message).toContain('refused before')
    writeFileSync(pinFile, `${PIN}\n`)
    expect(await provider.unwrap(await provider.wrap(KEY, CONTEXT), CONTEXT)).toEqual(KEY)
  })

  it.each<[string, object, string]>([
    ['another token', { token: 'no token' }, 'UPSTREAM_UNAVAILABLE'],
    ['another serial number', { serial: '0000' }, 'UPSTREAM_UNAVAILABLE'],
    ['a library that is not there', { module: '/nonexistent.so' }, 'CONFIG_INVALID'],
    ['a library that speaks no PKCS#11', { module: '/bin/true' }, 'CONFIG_INVALID'],
  ])('fails in words with %s', async (_, over, code) => {
    expect(await refusalOf(over)).toMatchObject({ code })
  })

  it('names the token that is meant where two have one label', async () => {
    for (const _ of [1, 2]) makeToken('twins')
    expect((await refusalOf({ token: 'twins' })).message).toContain('more than one')
    const slots = run('softhsm2-util', '--show-slots')
    const serial = /Serial number: +(\w+)\s+Initialized: +yes\s+User PIN init\.: +yes\s+Label: +twins/.exec(slots)?.[1]
    expect((await refusalOf({ token: 'twins', serial })).message).toContain('no such key')
  })

  it('says what to install where the binding is missing', async () => {
    const key = { module: MODULE, tokenLabel: 'a token', tokenSerial: undefined, keyLabel: 'root' }
    const provider = new Pkcs11KeyProvider(
      { key, pin: () => PIN, env: {}, timeoutMs: 10_000, binding: 'no-such-package' },
      { ids },
    )
    expect(await failureOf(provider.wrap(KEY, CONTEXT))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('npm install pkcs11js'),
    })
  })
})
