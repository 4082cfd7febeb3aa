import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { storeKinds } from '../../../test/support/stores.ts'
import { ManualClock, systemClock } from '../../base/clock.ts'
import { systemIds } from '../../base/ids.ts'
import { IntakeConfig } from '../../base/intake-config.ts'
import { silentLog } from '../../base/log.ts'
import type { LedgerEvent } from '../../ledger/index.ts'
import { Intake } from '../index.ts'

const CHILD = join(import.meta.dirname, '../../../test/support/crash-intake.ts')
const STAFF = { type: 'staff', id: 'per_1' } as const
const TWO_DAYS_MS = 2 * 86_400_000

describe.each(storeKinds('intake: crash'))('a process killed while a report comes in, on $kind', ({ create }) => {
  it.each(['stored', 'recording'])('%s: the report is there with its file, or neither is', async (when) => {
    await using store = await create()
    const child = spawn(process.execPath, [CHILD, store.dataDir, store.url ?? '-', when])
    const [errors, [, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([errors, signal]).toEqual(['', 'SIGKILL'])

    await using handle = await store.open()
    const appended: LedgerEvent[] = []
    const clock = new ManualClock(systemClock.now())
    const files = () => handle.db.selectFrom('intakeFile').select(['id', 'recordId']).execute()
    expect(await files()).toMatchObject([{ recordId: null }])
    await using intake = await Intake.open({
      db: handle,
      ledger: { append: async (event) => ({ position: appended.push(event) }) },
      clock,
      ids: systemIds,
      log: silentLog,
      keysDir: join(store.dataDir, 'keys'),
      config: IntakeConfig.parse({}),
      digest: (s) => s,
      decisions: { find: async () => null },
    })
    clock.advance(TWO_DAYS_MS)
    await intake.catchUp()
    const { items } = await intake.reports.list({ limit: 10 })
    if (when === 'stored') {
      expect([items, await files(), appended]).toEqual([[], [], []])
      return
    }
    const [report] = items
    expect(appended.map(({ kind }) => kind)).toEqual(['intake.report_received'])
    expect(await files()).toMatchObject([{ recordId: report?.id }])
    const { files: named } = await intake.reports.read(report?.id ?? '', STAFF)
    const opened = await intake.reports.openFile(report?.id ?? '', named[0]?.id ?? '', STAFF)
    expect(opened.bytes.toString()).toBe('what I saw')
  })
})
