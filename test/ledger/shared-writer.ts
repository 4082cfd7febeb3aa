/**
 * Appends to a shared ledger without end and reports the id of each acknowledged event on standard output, to be killed or stopped at any
 * instant. Arguments: address of the database, file of the key, folder of the tiles, what its ids begin with.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { openFileSigner, openTiles, SharedLedger } from '../../src/ledger/index.ts'
import { newEvent } from './shared-events.ts'

const [url = '', keyPath = '', folder = '', prefix = ''] = process.argv.slice(2)
const ledger = await SharedLedger.open({
  url,
  signer: await openFileSigner({ path: keyPath, ids: systemIds }),
  clock: systemClock,
  ids: systemIds,
  log: silentLog,
  checkpointIntervalMs: 20,
  openTiles: (hooks) => openTiles({ folder }, systemIds, hooks),
})
writeSync(1, 'open\n')
let next = 0

async function lane(): Promise<void> {
  for (;;) {
    const id = `${prefix}_${next++}`
    const recorded = await ledger.append(newEvent(id)).then(
      () => true,
      () => false, // stopped for too long, say: it may be on the log, or not
    )
    // Synchronous: once it is in the pipe, the parent has it, whatever becomes of this process.
    if (recorded) writeSync(1, `${id}\n`)
    else await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
await Promise.all(Array.from({ length: 16 }, lane))
