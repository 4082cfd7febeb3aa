import { createHash, hkdfSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { createIds } from '../../../base/ids.ts'
import { aesKeyUnwrap } from './aes-key-wrap.ts'
import { LocalKeyProvider } from './local-provider.ts'
import { ModelKey } from './model-key.ts'
import {
  createModelKey,
  eraseModelKey,
  ModelKeyRecord,
  openVersion,
  rewrapModelKey,
  rotateModelKey,
} from './model-key-record.ts'
import type { KeyProvider, KeyProviders } from './provider.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-model-key-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const clock = new ManualClock()
const deps = { clock, ids: createIds(clock) }
const FILE = { modelVersion: '2026-01', path: 'model-00001-of-00002.safetensors' }
const DATA_KEY = Buffer.alloc(32, 5)
const failing = (code: string) => expect.objectContaining({ code })
const byId = (...providers: KeyProvider[]): KeyProviders =>
  new Map(providers.map((provider) => [provider.id, provider]))
let root: LocalKeyProvider
let other: LocalKeyProvider
let record: ModelKeyRecord
beforeAll(async () => {
  root = await LocalKeyProvider.create(join(dir, 'root.key'), null, deps)
  other = await LocalKeyProvider.create(join(dir, 'other.key'), null, deps)
})
beforeEach(async () => {
  record = await createModelKey('atlas', root, deps)
})

/** A provider that counts what it is asked, and can be away. */
function watched(inner: KeyProvider) {
  const seen = { unwraps: 0, away: false }
  const provider: KeyProvider = {
    id: inner.id,
    wrap: (key, context) => inner.wrap(key, context),
    unwrap: async (wrapped, context) => {
      seen.unwraps++
      if (seen.away) throw new Error('away')
      return await inner.unwrap(wrapped, context)
    },
  }
  return { seen, provider }
}

describe('the key of a model', () => {
  it('wraps data keys that open again, from the record as it is stored', async () => {
    using key = new ModelKey(record, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    using again = new ModelKey(ModelKeyRecord.parse(JSON.parse(JSON.stringify(record))), byId(root))
    expect(await again.unwrapDataKey(wrapped, FILE)).toEqual(DATA_KEY)
    expect(wrapped).toMatch(/^v1:[A-Za-z0-9+/]{54}==$/)
  })

  it('wraps as its format says, so that others can unwrap', async () => {
    const model = await openVersion(record, 1, byId(root))
    const context = `{"format":"safelevel-data-key/v1","model":"atlas","modelVersion":"${FILE.modelVersion}","path":"${FILE.path}"}`
    const info = Buffer.concat([Buffer.from('safelevel-data-key/v1\0'), createHash('sha256').update(context).digest()])
    const kek = Buffer.from(hkdfSync('sha256', model, '', info, 32))
    using key = new ModelKey(record, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    expect(aesKeyUnwrap(kek, Buffer.from(wrapped.slice(3), 'base64'))).toEqual(DATA_KEY)
  })

  it('opens a data key for its own file alone', async () => {
    const twin = await createModelKey('atlas', root, deps)
    using key = new ModelKey(record, byId(root))
    using twinKey = new ModelKey(twin, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    const wrong = failing('VERIFICATION_FAILED')
    await expect(key.unwrapDataKey(wrapped, { ...FILE, path: 'other.safetensors' })).rejects.toThrow(wrong)
    await expect(key.unwrapDataKey(wrapped, { ...FILE, modelVersion: '2026-02' })).rejects.toThrow(wrong)
    await expect(twinKey.unwrapDataKey(wrapped, FILE)).rejects.toThrow(wrong)
  })

  it('opens nothing that was changed', async () => {
    using key = new ModelKey(record, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    const at = fc.integer({ min: 3, max: wrapped.length - 1 })
    await fc.assert(
      fc.asyncProperty(at, fc.constantFrom(...'AZaz09+/=: '), async (at, char) => {
        const changed = wrapped.slice(0, at) + char + wrapped.slice(at + 1)
        fc.pre(changed !== wrapped)
        await expect(key.unwrapDataKey(changed, FILE)).rejects.toThrow(failing('VERIFICATION_FAILED'))
      }),
    )
    for (const none of ['', 'v0:', wrapped.slice(3), `v9999${wrapped.slice(2)}x`, 'v1:AAAA', `${wrapped}\n`])
      await expect(key.unwrapDataKey(none, FILE)).rejects.toThrow(failing('VERIFICATION_FAILED'))
    await expect(key.unwrapDataKey(wrapped.replace('v1', 'v2'), FILE)).rejects.toThrow(failing('NOT_FOUND'))
  })

  it('takes any file, and no data key of another length', async () => {
    using key = new ModelKey(record, byId(root))
    const text = fc.string({ unit: 'binary', maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        async (modelVersion, path, dataKey) => {
          const file = { modelVersion, path }
          expect(await key.unwrapDataKey(await key.wrapDataKey(dataKey, file), file)).toEqual(Buffer.from(dataKey))
        },
      ),
      { numRuns: 50 },
    )
    for (const length of [0, 16, 31, 33, 64])
      await expect(key.wrapDataKey(Buffer.alloc(length), FILE)).rejects.toThrow(failing('REQUEST_INVALID'))
    await expect(key.wrapDataKey(DATA_KEY, { ...FILE, path: '\ud800' })).rejects.toThrow(failing('REQUEST_INVALID'))
    await expect(key.wrapDataKey(DATA_KEY, { ...FILE, path: 'x'.repeat(9_000) })).rejects.toThrow(
      failing('REQUEST_INVALID'),
    )
  })

  it('asks its provider once, and again after a failure', async () => {
    const { seen, provider } = watched(root)
    using key = new ModelKey(record, byId(provider))
    seen.away = true
    await expect(key.wrapDataKey(DATA_KEY, FILE)).rejects.toThrow('away')
    seen.away = false
    await Promise.all(Array.from({ length: 10 }, () => key.wrapDataKey(DATA_KEY, FILE)))
    expect(seen.unwraps).toBe(2)
  })

  it('does nothing once it is closed, also for those who wait', async () => {
    const key = new ModelKey(record, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    const cold = new ModelKey(record, byId(root))
    const waiting = [key.unwrapDataKey(wrapped, FILE), cold.wrapDataKey(DATA_KEY, FILE)]
    key.close()
    cold.close()
    for (const one of await Promise.allSettled(waiting)) expect(one).toMatchObject({ reason: { code: 'CONFLICT' } })
    await expect(key.unwrapDataKey(wrapped, FILE)).rejects.toThrow(failing('CONFLICT'))
  })

  it('shows no key when it is printed', async () => {
    using key = new ModelKey(record, byId(root))
    await key.wrapDataKey(DATA_KEY, FILE)
    expect(inspect(key, { depth: 9, showHidden: true })).not.toMatch(/Buffer|wrapped/)
  })
})

describe('rotation', () => {
  it('leaves wrapped data keys as they are, and can bring them to the version in use', async () => {
    using before = new ModelKey(record, byId(root))
    const wrapped = await before.wrapDataKey(DATA_KEY, FILE)
    const rotated = await rotateModelKey(record, root, deps)
    using after = new ModelKey(rotated, byId(root))
    expect(await after.unwrapDataKey(wrapped, FILE)).toEqual(DATA_KEY)
    const moved = await after.rewrapDataKey(wrapped, FILE)
    expect(moved).toMatch(/^v2:/)
    using erased = new ModelKey(eraseModelKey(rotated, clock, 1), byId(root))
    expect(await erased.unwrapDataKey(moved, FILE)).toEqual(DATA_KEY)
    await expect(erased.unwrapDataKey(wrapped, FILE)).rejects.toThrow(failing('NOT_FOUND'))
  })

  it('of the root key, or a move to another one, changes neither the model’s key nor a data key', async () => {
    using key = new ModelKey(record, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    const two = await rotateModelKey(record, root, deps)
    const moved = await rewrapModelKey(two, byId(root), other)
    using after = new ModelKey(moved, byId(other))
    expect(await after.unwrapDataKey(wrapped, FILE)).toEqual(DATA_KEY)
    expect(moved.versions.map(({ commitment }) => commitment)).toEqual(two.versions.map(({ commitment }) => commitment))
    expect(moved.versions.map(({ providerId }) => providerId)).toEqual([other.id, other.id])
  })

  it('changes nothing when a provider fails on the way', async () => {
    const { seen, provider } = watched(other)
    seen.away = true
    await expect(rewrapModelKey(record, byId(root), provider)).rejects.toThrow('away')
    await expect(rotateModelKey(record, provider, deps)).rejects.toThrow('away')
    using key = new ModelKey(record, byId(root))
    expect(await key.unwrapDataKey(await key.wrapDataKey(DATA_KEY, FILE), FILE)).toEqual(DATA_KEY)
  })

  it('never seals under a key that the provider can’t give back', async () => {
    const forgetful: KeyProvider = { ...watched(root).provider, unwrap: async () => Buffer.alloc(32) }
    await expect(createModelKey('atlas', forgetful, deps)).rejects.toThrow(failing('VERIFICATION_FAILED'))
    await expect(rotateModelKey(record, forgetful, deps)).rejects.toThrow(failing('VERIFICATION_FAILED'))
    await expect(rewrapModelKey(record, byId(root), forgetful)).rejects.toThrow(failing('VERIFICATION_FAILED'))
  })
})

describe('opening', () => {
  it('takes no other key than the model’s from a provider', async () => {
    const swapped = await createModelKey('atlas', root, deps)
    const stolen = { ...record, versions: [{ ...record.versions[0], wrapped: swapped.versions[0]?.wrapped }] }
    await expect(openVersion(ModelKeyRecord.parse(stolen), 1, byId(root))).rejects.toThrow(
      failing('VERIFICATION_FAILED'),
    )
    const renamed = { ...record, model: 'borealis' }
    await expect(openVersion(renamed, 1, byId(root))).rejects.toThrow(failing('VERIFICATION_FAILED'))
  })

  it('says which provider is missing, and which version', async () => {
    await expect(openVersion(record, 1, byId(other))).rejects.toThrow(root.id)
    for (const version of [0, 2, -1, 1.5])
      await expect(openVersion(record, version, byId(root))).rejects.toThrow(failing('NOT_FOUND'))
  })
})

describe('crypto-erase', () => {
  it('leaves no wrapped key in the record, and nothing opens', async () => {
    using key = new ModelKey(record, byId(root))
    const wrapped = await key.wrapDataKey(DATA_KEY, FILE)
    const erased = eraseModelKey(await rotateModelKey(record, root, deps), clock)
    for (const { wrapped } of record.versions) expect(JSON.stringify(erased)).not.toContain(wrapped)
    expect(ModelKeyRecord.parse(erased).versions.map(({ erasedAt }) => erasedAt)).toEqual(
      Array(2).fill('2026-01-01T00:00:00.000Z'),
    )
    using after = new ModelKey(erased, byId(root))
    await expect(after.unwrapDataKey(wrapped, FILE)).rejects.toThrow(failing('NOT_FOUND'))
    await expect(after.wrapDataKey(DATA_KEY, FILE)).rejects.toThrow(failing('NOT_FOUND'))
    await expect(rotateModelKey(erased, root, deps)).rejects.toThrow(failing('CONFLICT'))
    expect(await rewrapModelKey(erased, byId(root), other)).toEqual(erased)
  })

  it('of one version spares the one in use, and keeps the time of the first erasure', async () => {
    const two = await rotateModelKey(record, root, deps)
    expect(() => eraseModelKey(two, clock, 2)).toThrow(failing('CONFLICT'))
    expect(() => eraseModelKey(two, clock, 3)).toThrow(failing('NOT_FOUND'))
    const erased = eraseModelKey(two, clock, 1)
    const later = new ManualClock(Date.UTC(2027, 0, 1))
    expect(eraseModelKey(erased, later).versions.map(({ erasedAt }) => erasedAt?.slice(0, 4))).toEqual(['2026', '2027'])
  })
})

describe('the stored record', () => {
  it.each<[string, (stored: ModelKeyRecord) => object]>([
    ['another format', (stored) => ({ ...stored, format: 'safelevel-model-key/v2' })],
    ['no versions', (stored) => ({ ...stored, versions: [] })],
    ['versions out of order', (stored) => ({ ...stored, versions: [...stored.versions, ...stored.versions] })],
    [
      'a version neither kept nor erased',
      (stored) => ({ ...stored, versions: [{ ...stored.versions[0], wrapped: null }] }),
    ],
    [
      'a huge wrapped key',
      (stored) => ({ ...stored, versions: [{ ...stored.versions[0], wrapped: 'x'.repeat(8_193) }] }),
    ],
    ['a field too many', (stored) => ({ ...stored, key: 'x' })],
  ])('is not read with %s', (_, edit) => {
    expect(ModelKeyRecord.safeParse(record).success).toBe(true)
    expect(ModelKeyRecord.safeParse(edit(record)).success).toBe(false)
  })
})
