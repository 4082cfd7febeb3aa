/**
 * Makes a first key, prints it, then revokes it and kills itself at the worst instants: `before` or `after` the event is durable.
 * Arguments: data folder, database URL or `-`, event file, when. For the crash test of the accounts.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { Accounts } from '../../src/accounts/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'

const [dataDir = '', url = '-', eventFile = '', when = ''] = process.argv.slice(2)
const db = await openDb({ url: url === '-' ? null : url, dataDir, log: silentLog })
let armed = false
const accounts = await Accounts.open({
  db,
  ledger: {
    async append(event) {
      if (armed && when === 'before') process.kill(process.pid, 'SIGKILL')
      const file = openSync(eventFile, 'a')
      writeSync(file, `${JSON.stringify(event)}\n`)
      fsyncSync(file)
      closeSync(file)
      if (armed && when === 'after') process.kill(process.pid, 'SIGKILL')
      return { position: 0 }
    },
  },
  clock: systemClock,
  ids: systemIds,
  log: silentLog,
  digest: (text) => text,
  defaults: { requestsPerMinute: 1, tokensPerMinute: 1 },
})
const secret = await accounts.ensureFirstKey()
process.stdout.write(`${secret}\n`)
armed = true
const id = accounts.authenticate(secret ?? '')?.keyId ?? ''
await accounts.revokeKey(id, { type: 'operator', id: 'operator' })
