import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip, gunzipSync, gzipSync } from 'node:zlib'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { systemClock } from '../base/clock.ts'
import { NO_SECRETS, parseConfig } from '../base/config.ts'
import { systemIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { ArchiveWriter, readArchive } from './archive.ts'
import { type Keys, openKeys, readKeys, restoreBackup, sealKeys, verifyBackup } from './index.ts'
import { placeKeys } from './keys.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-backup-test-'))
const file = (name: string) => join(dir, name)
const backup = file('b.tgz')
let app: RunningApp
let keys: Keys

beforeAll(async () => {
  app = await startApp({ config: { content: { keep: 'all' } } })
  await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'the words of a customer' }] }),
  })
  await app.app.decisions.catchUp()
  keys = readKeys(join(app.dataDir, 'keys')) ?? new Map()
  await using made = await app.app.backups.make({ type: 'operator', id: 'operator' })
  await pipeline(createReadStream(made.path), createWriteStream(backup))
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const digestKey = () => keys.get('digest.key') ?? Buffer.alloc(0)
const whole = () => gunzipSync(readFileSync(backup))
function changed(name: string, change: (tar: Buffer) => Buffer): string {
  writeFileSync(file(name), gzipSync(change(whole())))
  return file(name)
}

describe('a backup', () => {
  it('holds the rows and the entries of one instant, by which installation, and neither keys nor words', async () => {
    const { manifest, authentic } = await verifyBackup(backup, dir, digestKey())
    expect(authentic).toBe(true)
    expect(manifest.tables.find(({ name }) => name === 'decision')?.rows).toBe(1)
    expect(manifest.tables.find(({ name }) => name === 'api_key')?.rows).toBe(1)
    expect(manifest.keys).toContain('ledger.key')
    const bytes = whole()
    expect(bytes.includes('the words of a customer')).toBe(false)
    for (const [name, key] of keys) expect([name, bytes.includes(key)]).toEqual([name, false])
    const [entry] = await app.app.ledger.entries(manifest.ledger.size, 1)
    expect(entry?.event?.kind).toBe('system.backup_taken')
  })

  it('is refused when a byte of it, its end or its name has changed', async () => {
    const at = whole().indexOf('"organisation_id"')
    const cases: [string, string][] = [
      [changed('byte.tgz', (tar) => tar.fill('X', at + 1, at + 2)), 'is not what it was'],
      [changed('end.tgz', (tar) => tar.subarray(0, tar.length - 3_072)), 'too early'],
      [changed('head.tgz', (tar) => tar.fill('x', 0, 1)), 'does not add up'],
    ]
    for (const [path, why] of cases)
      await expect(verifyBackup(path, dir, null)).rejects.toMatchObject({
        code: 'VERIFICATION_FAILED',
        message: expect.stringContaining(why),
      })
    await expect(verifyBackup(backup, dir, Buffer.alloc(32))).rejects.toThrow(/another installation, or was changed/)
  })

  it('is refused when it names files elsewhere, however well its digests fit', async () => {
    const path = file('hostile.tgz')
    const writer = new ArchiveWriter(path)
    await writer.add('ledger/public/../../../../tmp/pwned', Buffer.from('x'))
    const { manifest } = await verifyBackup(backup, dir, null)
    await writer.add('manifest.json', Buffer.from(JSON.stringify({ ...manifest, files: writer.entries })))
    await writer.add('manifest.mac', Buffer.from('00'))
    await writer.end()
    await expect(verifyBackup(path, dir, null)).rejects.toThrow(/manifest is none that this version knows/)
  })

  it('can be looked at with tar', async () => {
    const names: string[] = []
    for await (const { name } of readArchive(backup)) names.push(name)
    expect(names.slice(-2)).toEqual(['manifest.json', 'manifest.mac'])
    // POSIX: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar Interchange Format)
    expect(whole().toString('latin1', 257, 265)).toBe('ustar\x0000')
    const again = file('again.tgz')
    await pipeline(createReadStream(backup), createGunzip(), createGzip({ level: 1 }), createWriteStream(again))
    expect((await verifyBackup(again, dir, digestKey())).authentic).toBe(true)
  })
})

describe('a restoration', () => {
  const restore = (dataDir: string, more: object = {}) =>
    restoreBackup({
      path: backup,
      config: parseConfig({ dataDir, publicPort: 0, controlPort: 0 }),
      secrets: NO_SECRETS,
      keys,
      newest: null,
      acceptLoss: false,
      clock: systemClock,
      ids: systemIds,
      log: silentLog,
      ...more,
    })

  it('writes over nothing, and leaves nothing behind when it is refused', async () => {
    await expect(restore(app.dataDir)).rejects.toMatchObject({ code: 'CONFLICT' })
    const some = new Map([...keys].filter(([name]) => name !== 'ledger.key'))
    await expect(restore(file('some'), { keys: some })).rejects.toThrow(/missing: ledger\.key/)
    const others = new Map([...keys, ['digest.key', Buffer.alloc(32)] as const])
    await expect(restore(file('others'), { keys: others })).rejects.toThrow(/another installation/)
    expect(['some', 'some.restoring', 'others', 'others.restoring'].filter((name) => existsSync(file(name)))).toEqual(
      [],
    )
  })

  it('goes on past a loss that is known only when told so', async () => {
    const newest = app.app.ledger.checkpoint()
    const { manifest } = await verifyBackup(backup, dir, null)
    expect(app.app.ledger.size).toBeGreaterThan(manifest.ledger.size)
    await app.app.ledger.integrated(app.app.ledger.size - 1)
    await expect(restore(file('lossy'), { newest: app.app.ledger.checkpoint() })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(restore(file('lossy'), { newest: newest.replace(/^\d+$/m, '1') })).rejects.toMatchObject({
      code: 'VERIFICATION_FAILED',
    })
  })
})

describe('a copy of the keys', () => {
  it('opens with its passphrase or identity, and with no other', async () => {
    const identity = await generateX25519Identity()
    writeFileSync(file('keys-age'), await sealKeys(keys, { age: [await identityToRecipient(identity)] }))
    expect(await openKeys(file('keys-age'), { age: [identity] })).toEqual(keys)
    const other = { age: [await generateX25519Identity()] }
    await expect(openKeys(file('keys-age'), other)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    // A guess at a passphrase costs a second, so one is enough here.
    const much = new Map([['digest.key', Buffer.alloc(1024 * 1024)]])
    // It could not be opened again.
    const sealing = sealKeys(much, { age: [await identityToRecipient(identity)] })
    await expect(sealing).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    writeFileSync(file('keys-passphrase'), await sealKeys(keys, { passphrase: 'one two' }))
    expect(await openKeys(file('keys-passphrase'), { passphrase: 'one two' })).toEqual(keys)
  })

  it('never takes the place of another key', async () => {
    await placeKeys(keys, file('placed'))
    await placeKeys(keys, file('placed'))
    const other = new Map([['ledger.key', Buffer.from('another')]])
    await expect(placeKeys(other, file('placed'))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readKeys(file('placed'))).toEqual(keys)
  })
})
