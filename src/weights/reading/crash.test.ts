import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clearReading,
  openReading,
  PlainVault,
  ReadingDevice,
  ScriptedAccess,
} from '../../../test/support/reading-world.ts'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'

const SCRIPT = fileURLToPath(new URL('../../../test/support/crash-reading.ts', import.meta.url))

describe.each(storeKinds('weights/reading crash'))('a reading that is killed on $kind', ({ create }) => {
  let store: TestStore
  beforeAll(async () => {
    store = await create()
    const handle = await store.open()
    await handle.close()
  })
  afterAll(() => store[Symbol.asyncDispose]())

  const withDb = async <T>(work: (handle: DbHandle) => Promise<T>): Promise<T> => {
    await using handle = await store.open()
    return await work(handle)
  }

  it.each(['counted', 'recorded'])('stays counted, once it was, and leaves the rest: %s', async (when) => {
    await withDb(clearReading)
    const killed = promisify(execFile)(process.execPath, [SCRIPT, store.dataDir, store.url ?? '-', when])
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' })
    await withDb(async (handle) => {
      const vault = new PlainVault([{ path: 'model.bin', bytes: Buffer.alloc(10_000, 1) }])
      const access = new ScriptedAccess()
      const { id, thumbprint } = access.add(await ReadingDevice.make(), { budgetBytes: 10_000 })
      await using reading = openReading({ db: handle, ledger: new MemoryLog(), vault, access })
      expect((await reading.usage([id])).get(id)).toBe(6_000)
      const session = { id: 'wses_2', grantId: id, thumbprint, expiresAtMs: Number.MAX_SAFE_INTEGER }
      const covered = await reading.file(session, { n: 0 })
      await expect(reading.read(covered, 0, 4_001)).rejects.toMatchObject({ code: 'BUDGET_SPENT' })
      const read = await reading.read(covered, 0, 4_000)
      let bytes = 0
      for await (const piece of read) bytes += piece.length
      expect([bytes, vault.opened]).toEqual([4_000, 4_000])
      expect(await reading.coverage.ofPerson('per_1')).toMatchObject([{ bytes: 10_000 }])
    })
  })
})
