import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { storeKinds } from '../../test/support/stores.ts'
import { systemClock } from '../base/clock.ts'
import { systemIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { LedgerEvent } from '../ledger/index.ts'
import { Accounts } from './index.ts'

const CHILD = join(import.meta.dirname, '../../test/support/crash-accounts.ts')

describe.each(storeKinds('accounts: crash'))(
  'a process killed in the middle of a revocation, on $kind',
  ({ create }) => {
    it.each(['before', 'after'])(
      '%s its event was durable: it is recorded and in effect at the next start',
      async (when) => {
        await using store = await create()
        const eventFile = join(store.dataDir, 'events')
        const child = spawn(process.execPath, [CHILD, store.dataDir, store.url ?? '-', eventFile, when])
        const [secret, errors, [, signal]] = await Promise.all([
          text(child.stdout),
          text(child.stderr),
          once(child, 'close'),
        ])
        expect([errors, signal]).toEqual(['', 'SIGKILL'])
        const recorded = () =>
          readFileSync(eventFile, 'utf8')
            .trim()
            .split('\n')
            .map((line) => LedgerEvent.parse(JSON.parse(line)))
        const before = recorded()
        expect(before.some((e) => e.kind === 'accounts.key_revoked')).toBe(when === 'after')

        await using handle = await store.open()
        const appended: LedgerEvent[] = []
        await using accounts = await Accounts.open({
          db: handle,
          ledger: { append: async (event) => ({ position: appended.push(event) }) },
          clock: systemClock,
          ids: systemIds,
          log: silentLog,
          digest: (s) => s,
          defaults: { requestsPerMinute: 1, tokensPerMinute: 1 },
        })
        expect(accounts.authenticate(secret.trim())).toBeNull()
        expect(appended.map((e) => e.kind)).toEqual(['accounts.key_revoked'])
        // Recorded a second time after a crash behind the record: the same event, which counts once.
        if (when === 'after') expect(appended[0]).toEqual(before.at(-1))
        const { items } = await accounts.keys({ limit: 10 })
        expect(items).toMatchObject([{ status: 'revoked' }])
        expect(await accounts.ensureFirstKey()).toBeNull()
      },
    )
  },
)
