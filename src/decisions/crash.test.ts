import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLedger } from '../../test/ledger/support.ts'
import { storeKinds } from '../../test/support/stores.ts'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Decisions } from './index.ts'

const CHILD = join(import.meta.dirname, '../../test/support/crash-decisions.ts')

describe.each(storeKinds('decisions: crash'))('a process killed while it copies decisions, on $kind', ({ create }) => {
  // Two starts of a process and of a store that was killed: slow where other work shares the cores.
  it('leaves a view that is finished without loss and without counting twice', { timeout: 90_000 }, async () => {
    await using store = await create()
    for (const reached of [30, 90]) {
      const child = spawn(process.execPath, [CHILD, store.dataDir, store.url ?? '-'])
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        seen += text
        if (Number(seen.split('\n').at(-2)) > reached) child.kill('SIGKILL')
      })
      let seen = ''
      let errors = ''
      child.stderr.on('data', (text: Buffer) => {
        errors += text.toString()
      })
      const [, signal] = await once(child, 'close')
      expect([errors, signal]).toEqual(['', 'SIGKILL'])
    }
    const ledger = await openLedger(store.dataDir)
    await using handle = await store.open()
    await using decisions = await Decisions.open({ db: handle, ledger, clock: systemClock, log: silentLog })
    const stored = ledger.size - decisions.lag().entries
    await decisions.catchUp()
    const { items } = await handle.db
      .selectFrom('decision')
      .select((eb) => eb.fn.countAll<number>().as('items'))
      .executeTakeFirstOrThrow()
    const counted = await handle.db
      .selectFrom('decisionHour')
      .select((eb) => eb.fn.sum<number>('count').as('sum'))
      .executeTakeFirstOrThrow()
    expect(stored).toBeGreaterThan(90)
    expect([Number(items), Number(counted.sum)]).toEqual([ledger.size, ledger.size])
    await ledger.close()
  })
})
