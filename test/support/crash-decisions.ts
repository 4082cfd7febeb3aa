/**
 * Records decisions and copies them into the view as fast as it can, printing how many entries the view has got through, until it is killed. Arguments:
 * data folder, database URL or `-`. For the crash test of the decisions.
 */
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import { Decisions } from '../../src/decisions/index.ts'
import { LocalLedger, openFileSigner } from '../../src/ledger/index.ts'
import { decisionEvent } from './decision-events.ts'

const [dataDir = '', url = '-'] = process.argv.slice(2)
const db = await openDb({ url: url === '-' ? null : url, dataDir, log: silentLog })
const base = { clock: systemClock, ids: systemIds, log: silentLog }
const signer = await openFileSigner({ path: join(dataDir, 'keys/ledger.key'), ids: systemIds })
const ledger = await LocalLedger.open({ ...base, dir: join(dataDir, 'ledger'), signer, checkpointIntervalMs: 20 })
const decisions = await Decisions.open({ ...base, db, ledger })
for (;;) {
  const appends = Array.from({ length: 7 }, () => ledger.append(decisionEvent({ id: systemIds.next('dec') })))
  void decisions.catchUp()
  await Promise.all(appends)
  process.stdout.write(`${ledger.size - decisions.lag().entries}\n`)
}
