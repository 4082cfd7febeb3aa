/**
 * Begins to read weights and kills itself at the worst instants: `counted`, when the bytes are counted and that is not on the ledger yet;
 * `recorded`, when it is and nothing is decrypted. Arguments: data folder, database URL or `-`, when. For the crash test of reading.
 */
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import { openReading, PlainVault, ReadingDevice, ScriptedAccess } from './reading-world.ts'

const [dataDir = '', url = '-', when = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')
const vault = new PlainVault([{ path: 'model.bin', bytes: Buffer.alloc(10_000) }])
vault.openFile = async () => {
  die()
  throw new Error('still alive')
}
const access = new ScriptedAccess()
const { id, thumbprint } = access.add(await ReadingDevice.make(), { budgetBytes: 10_000 })
const reading = openReading({
  db: await openDb({ url: url === '-' ? null : url, dataDir, log: silentLog }),
  ledger: {
    async append({ kind }) {
      if (when === 'counted' && kind === 'weights.read') die()
      return null
    },
  },
  vault,
  access,
  clock: systemClock,
  keysDir: join(dataDir, 'keys'),
})
const session = { id: 'wses_1', grantId: id, thumbprint, expiresAtMs: Number.MAX_SAFE_INTEGER }
await reading.read(await reading.file(session, { n: 0 }), 0, 6_000)
