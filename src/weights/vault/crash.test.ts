import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { CRASH_FILE } from '../../../test/support/crash-vault.ts'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds } from '../../../test/support/stores.ts'
import { ENGINEER, putParts, readAll } from '../../../test/support/vault-world.ts'
import { systemClock } from '../../base/clock.ts'
import { systemIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { weightsJournal } from '../records/index.ts'
import { parseWeightsConfig, Vault, type VaultFinding } from './index.ts'

const CHILD = join(import.meta.dirname, '../../../test/support/crash-vault.ts')

describe.each(storeKinds('vault: crash'))('a process killed while weights come in, on $kind', ({ create }) => {
  it.each<[string, number[]]>([
    ['part', [0]],
    ['stored', [0]],
    ['sealing', [0, 1]],
  ])('%s: goes on where it was, and nothing is lost', async (when, stored) => {
    await using store = await create()
    const child = spawn(process.execPath, [CHILD, store.dataDir, store.url ?? '-', when])
    const [errors, [, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([errors, signal]).toEqual(['', 'SIGKILL'])

    await using handle = await store.open()
    const ledger = new MemoryLog()
    const deps = { db: handle, clock: systemClock, ids: systemIds, log: silentLog, env: {} }
    await using vault = await Vault.open({
      ...deps,
      journal: weightsJournal({ ...deps, db: handle.db, ledger }),
      config: parseWeightsConfig({}).vault,
      keysDir: join(store.dataDir, 'keys'),
      dataDir: store.dataDir,
      egress: { fetchSmall: () => Promise.reject(new Error('no key server')) },
    })
    const files = { 'a.bin': CRASH_FILE }
    if (when !== 'sealing') {
      const declared = [{ path: 'a.bin', sizeBytes: CRASH_FILE.length }]
      const upload = await vault.uploads.begin({ model: 'atlas', version: '1', files: declared }, ENGINEER)
      expect(upload.files[0]?.stored).toEqual(stored)
      await putParts(vault, upload, files)
      await vault.uploads.finish(upload.id, ENGINEER)
    }
    expect(ledger.kinds()).toEqual(['weights.sealed'])
    expect((await readAll(vault, 'atlas/1', 'a.bin')).equals(CRASH_FILE)).toBe(true)
    const findings: VaultFinding[] = []
    for await (const finding of vault.fsck({ deep: true, by: ENGINEER })) findings.push(finding)
    expect(findings).toEqual([])
    const [upload = ''] = readdirSync(join(store.dataDir, 'weights'))
    const left = readdirSync(join(store.dataDir, 'weights', upload, '00000')).filter((name) => name.endsWith('.part'))
    expect(left).toEqual([])
  })
})
