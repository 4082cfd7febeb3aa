import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { EgressConfig } from '../../../base/edge-config.ts'
import { Egress } from '../../../base/egress.ts'
import { createIds } from '../../../base/ids.ts'
import { LocalKeyProvider } from './local-provider.ts'
import { KeyProviderConfig, openKeyProvider } from './open.ts'

const PASSPHRASE = 'a passphrase with blanks'
const dir = mkdtempSync(join(tmpdir(), 'safelevel-open-'))
const egress = new Egress(EgressConfig.parse({}))
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await egress.close()
})
const clock = new ManualClock()
const deps = { clock, ids: createIds(clock) }
const [plain, locked, passphraseFile] = ['plain.key', 'locked.key', 'passphrase'].map((name) => join(dir, name))
const open = (config: object, env: Record<string, string> = {}) =>
  openKeyProvider(KeyProviderConfig.parse({ type: 'local', ...config }), { ...deps, egress, env })
const failing = (code: string) => expect.objectContaining({ code })

beforeAll(async () => {
  await LocalKeyProvider.create(plain ?? '', null, deps)
  await LocalKeyProvider.create(locked ?? '', PASSPHRASE, deps, 2 ** 14)
  writeFileSync(passphraseFile ?? '', `${PASSPHRASE}\n`)
})

describe('a key file that is set up', () => {
  it('opens without a passphrase, or with that of a variable or a file', async () => {
    const context = { model: 'm', version: '1' }
    for (const provider of [
      await open({ file: plain }),
      await open({ file: locked, passphraseEnv: 'P' }, { P: PASSPHRASE }),
      await open({ file: locked, passphraseFile }),
    ])
      expect(await provider.unwrap(await provider.wrap(Buffer.alloc(32), context), context)).toEqual(Buffer.alloc(32))
  })

  it('does not open without the passphrase that is named', async () => {
    await expect(open({ file: plain, passphraseEnv: 'P' })).rejects.toThrow(failing('CONFIG_INVALID'))
    await expect(open({ file: locked, passphraseEnv: 'P' })).rejects.toThrow(failing('CONFIG_INVALID'))
    await expect(open({ file: locked, passphraseFile: join(dir, 'none') })).rejects.toThrow(failing('CONFIG_INVALID'))
    await expect(open({ file: locked, passphraseFile: dir })).rejects.toThrow(failing('CONFIG_INVALID'))
    await expect(open({ file: locked, passphraseEnv: 'P' }, { P: '' })).rejects.toThrow(failing('CONFIG_INVALID'))
  })

  it('names its passphrase in one way', () => {
    const both = { type: 'local', file: 'f', passphraseEnv: 'P', passphraseFile: 'p' }
    expect(KeyProviderConfig.safeParse(both).success).toBe(false)
    expect(KeyProviderConfig.safeParse({ type: 'local', file: 'f', passphrase: 'p' }).success).toBe(false)
  })
})
