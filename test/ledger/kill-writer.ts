/**
 * Appends to a ledger without end and reports each acknowledged position on standard output, to be killed at any instant.
 * Arguments: data folder, number of the first event.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { LocalLedger, openFileSigner } from '../../src/ledger/index.ts'

const [dataDir, firstText = '0'] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: kill-writer.ts FOLDER FIRST')
let next = Number(firstText)
const signer = await openFileSigner({ path: join(dataDir, 'keys', 'ledger.key'), ids: systemIds })
const ledger = await LocalLedger.open({
  dir: join(dataDir, 'ledger'),
  signer,
  clock: systemClock,
  ids: systemIds,
  log: silentLog,
  checkpointIntervalMs: 10,
  segmentBytes: 64 * 1024,
})
writeSync(1, 'open\n')

async function lane(): Promise<void> {
  for (;;) {
    const n = next++
    const { position } = await ledger.append({
      id: `dec_${n}`,
      time: new Date(systemClock.now()).toISOString(),
      kind: 'test.kill',
      actor: { type: 'system', id: 'kill-writer' },
      subject: { type: 'number', id: `${n}` },
      digests: {},
      data: { padding: 'x'.repeat(n % 700) },
    })
    // Synchronous: once it is in the pipe, the parent has it, whatever becomes of this process.
    writeSync(1, `${position} ${n}\n`)
  }
}
await Promise.all(Array.from({ length: 16 }, lane))
