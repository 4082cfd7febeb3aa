import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { createIds } from '../../../base/ids.ts'
import { LocalKeyProvider } from './local-provider.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-keys-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const clock = new ManualClock()
const deps = { clock, ids: createIds(clock) }
const CONTEXT = { model: 'm', version: '1' }
const KEY = Buffer.alloc(32, 7)
const PASSPHRASE = 'correct horse battery Zürich'
/** The least that a file may ask for: 16 MiB. */
const CHEAP = 2 ** 14
let path: string
let count = 0
beforeEach(() => {
  path = join(dir, `${++count}`, 'root.key')
})
const create = (passphrase: string | null = null) => LocalKeyProvider.create(path, passphrase, deps, CHEAP)
const open = (passphrase: string | null = null) => LocalKeyProvider.open(path, passphrase, deps)
const failing = (code: string) => expect.objectContaining({ code })
/** As far as the tests take a key file apart. */
interface Stored {
  readonly content: { readonly stretching: object }
}
const change = (edit: (file: Stored) => unknown) =>
  writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')))), { mode: 0o600 })

describe('a root key in a file', () => {
  it.each([null, PASSPHRASE])('wraps what it unwraps when it is opened again (passphrase: %s)', async (passphrase) => {
    const wrapped = await (await create(passphrase)).wrap(KEY, CONTEXT)
    const again = await open(passphrase)
    expect(await again.unwrap(wrapped, { version: '1', model: 'm' })).toEqual(KEY)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(path, '..'))).toEqual(['root.key'])
  })

  it('never wraps in the same way twice', async () => {
    const provider = await create()
    expect(await provider.wrap(KEY, CONTEXT)).not.toBe(await provider.wrap(KEY, CONTEXT))
  })

  it('opens nothing that was changed, of another context or of another file', async () => {
    const provider = await create()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    path = join(dir, 'other.key')
    await expect((await create()).unwrap(wrapped, CONTEXT)).rejects.toThrow(failing('VERIFICATION_FAILED'))
    await expect(provider.unwrap(wrapped, { ...CONTEXT, model: 'n' })).rejects.toThrow(failing('VERIFICATION_FAILED'))
    await expect(provider.unwrap(wrapped.replace('v1', 'v2'), CONTEXT)).rejects.toThrow(failing('VERIFICATION_FAILED'))
    await fc.assert(
      fc.asyncProperty(fc.nat(wrapped.length - 1), fc.constantFrom(...'Aa9+/=:v1 \n'), async (at, char) => {
        const changed = wrapped.slice(0, at) + char + wrapped.slice(at + 1)
        fc.pre(changed !== wrapped)
        await expect(provider.unwrap(changed, CONTEXT)).rejects.toThrow(failing('VERIFICATION_FAILED'))
      }),
    )
  })

  it.each([
    [null, PASSPHRASE],
    [PASSPHRASE, null],
    [PASSPHRASE, 'another passphrase'],
  ])('keeps its keys when its passphrase changes from %s to %s', async (from, to) => {
    const provider = await create(from)
    const wrapped = await provider.wrap(KEY, CONTEXT)
    await provider.protect(to, CHEAP)
    await provider.rotate()
    const again = await open(to)
    expect(await again.unwrap(wrapped, CONTEXT)).toEqual(KEY)
    expect([again.id, again.versions]).toEqual([provider.id, 2])
    await expect(open(from)).rejects.toThrow()
    expect(readFileSync(path, 'utf8').includes('"keys"')).toBe(to === null)
  })

  it('unwraps after a rotation what was wrapped before it, here and when it is opened again', async () => {
    const provider = await create(PASSPHRASE)
    const before = await provider.wrap(KEY, CONTEXT)
    await provider.rotate()
    const after = await provider.wrap(KEY, CONTEXT)
    expect([before.slice(0, 3), after.slice(0, 3)]).toEqual(['v1:', 'v2:'])
    for (const reader of [provider, await open(PASSPHRASE)]) {
      expect(reader.id).toBe(provider.id)
      expect(await reader.unwrap(before, CONTEXT)).toEqual(KEY)
      expect(await reader.unwrap(after, CONTEXT)).toEqual(KEY)
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('loses no version that another process has made meanwhile', async () => {
    const [one, other] = [await create(), await open()]
    await one.rotate()
    await expect(other.rotate()).rejects.toThrow(failing('CONFLICT'))
    expect(await (await open()).unwrap(await one.wrap(KEY, CONTEXT), CONTEXT)).toEqual(KEY)
  })

  it('is never overwritten', async () => {
    const wrapped = await (await create()).wrap(KEY, CONTEXT)
    await expect(create()).rejects.toThrow(failing('CONFLICT'))
    expect(await (await open()).unwrap(wrapped, CONTEXT)).toEqual(KEY)
    expect(readdirSync(join(path, '..'))).toEqual(['root.key'])
  })

  it('does nothing once it is closed', async () => {
    const provider = await create()
    const wrapped = await provider.wrap(KEY, CONTEXT)
    provider.close()
    await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toThrow(failing('CONFLICT'))
    await expect(provider.wrap(KEY, CONTEXT)).rejects.toThrow(failing('CONFLICT'))
    await expect(provider.rotate()).rejects.toThrow(failing('CONFLICT'))
    expect(await (await open()).unwrap(wrapped, CONTEXT)).toEqual(KEY)
  })

  it('reads a passphrase the same from every keyboard', async () => {
    const wrapped = await (await create(PASSPHRASE.normalize('NFD'))).wrap(KEY, CONTEXT)
    expect(await (await open(PASSPHRASE.normalize('NFC'))).unwrap(wrapped, CONTEXT)).toEqual(KEY)
  })

  it('shows its keys neither in the file, with a passphrase, nor when it is printed', async () => {
    const provider = await create()
    const { content } = JSON.parse(readFileSync(path, 'utf8'))
    const key: string = content.keys[0].key
    expect(inspect(provider, { depth: 9, showHidden: true })).not.toContain(key)
    expect(inspect(provider, { depth: 9, showHidden: true })).not.toContain('Buffer')
    path = join(dir, 'sealed.key')
    await create(PASSPHRASE)
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).content)).toEqual(['protection', 'stretching', 'sealed'])
  })
})

describe('a key file is not opened', () => {
  const refused = async (code: string, passphrase: string | null = null) => {
    const error = await open(passphrase).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toEqual(failing(code))
    return inspect(error, { depth: 9, showHidden: true })
  }

  it('that is not there', async () => {
    await refused('NOT_FOUND')
  })

  it('with another passphrase, without one, or with one that it has not', async () => {
    await create(PASSPHRASE)
    const said = await refused('VERIFICATION_FAILED', 'another passphrase')
    expect(said).not.toContain('another passphrase')
    await refused('CONFIG_INVALID')
    await refused('CONFIG_INVALID', 'short')
    path = join(dir, 'plain.key')
    await create()
    await refused('CONFIG_INVALID', PASSPHRASE)
  })

  it('that others may read', async () => {
    await create()
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(path, mode)
      await refused('CONFIG_INVALID')
    }
    chmodSync(path, 0o400)
    await open()
  })

  it.runIf(process.getuid?.() === 0)('that belongs to somebody else', async () => {
    await create()
    chownSync(path, 12_345, 12_345)
    await refused('CONFIG_INVALID')
  })

  it('through a symbolic link, or when it is a folder, huge or torn', async () => {
    await create()
    const real = path
    path = `${real}.link`
    symlinkSync(real, path)
    await refused('CONFIG_INVALID')
    path = `${real}.folder`
    mkdirSync(path, { mode: 0o700 })
    await refused('CONFIG_INVALID')
    path = real
    for (let size = statSync(path).size - 3; size >= 0; size -= 40) {
      truncateSync(path, size)
      await refused('CONFIG_INVALID')
    }
    truncateSync(path, 2 ** 30)
    await refused('CONFIG_INVALID')
  })

  it.each<[string, (file: Stored) => unknown]>([
    ['another format', (file) => ({ ...file, format: 'safelevel-vault-root/v2' })],
    ['a field too many', (file) => ({ ...file, more: 1 })],
    ['no keys', (file) => ({ ...file, content: { protection: 'none', keys: [] } })],
    [
      'a short key',
      (file) => ({
        ...file,
        content: { protection: 'none', keys: [{ createdAt: '2026-01-01T00:00:00.000Z', key: 'AAAA' }] },
      }),
    ],
    ['no object', () => []],
  ])('with %s', async (_, edit) => {
    await create()
    const key: string = JSON.parse(readFileSync(path, 'utf8')).content.keys[0].key
    change(edit)
    expect(await refused('CONFIG_INVALID')).not.toContain(key)
  })

  it.each<[string, object]>([
    ['little work', { n: 2 ** 13 }],
    ['more memory than there is', { n: 2 ** 30 }],
    ['a cost that is no power of two', { n: 2 ** 14 + 1 }],
    ['other blocks', { r: 1024 }],
    ['endless work', { p: 1_000_000 }],
    ['no salt', { salt: '' }],
    ['another function', { name: 'md5' }],
  ])('that asks for %s', async (_, edit) => {
    await create(PASSPHRASE)
    change(({ content, ...file }) => ({
      ...file,
      content: { ...content, stretching: { ...content.stretching, ...edit } },
    }))
    await refused('CONFIG_INVALID', PASSPHRASE)
  })

  it('when what its passphrase protects was changed, or came from another file', async () => {
    await create(PASSPHRASE)
    change((file) => ({ ...file, id: '0'.repeat(16) }))
    await refused('VERIFICATION_FAILED', PASSPHRASE)
    path = join(dir, 'sealed-2.key')
    await create(PASSPHRASE)
    change(({ content, ...file }) => ({ ...file, content: { ...content, sealed: 'AAAA' } }))
    await refused('VERIFICATION_FAILED', PASSPHRASE)
  })

  it('and none is made with a short passphrase', async () => {
    await expect(create('short')).rejects.toThrow(failing('CONFIG_INVALID'))
    expect(existsSync(path)).toBe(false)
  })
})
