/**
 * Puts a file into a vault and kills itself at the worst instants: `part`, in the middle of a part; `stored`, when a part is in the store and not yet
 * in the database; `sealing`, when the version is being recorded. Arguments: data folder, database URL or `-`, when. For the crash test of the vault.
 */
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import { weightsJournal } from '../../src/weights/records/index.ts'
import { parseWeightsConfig, Vault } from '../../src/weights/vault/index.ts'
import { LocalStore } from '../../src/weights/vault/stores/local-store.ts'

const MIB = 1024 * 1024
export const CRASH_FILE = Buffer.alloc(20 * MIB, 'weights ')

if (import.meta.main) {
  const [dataDir = '', url = '-', when = ''] = process.argv.slice(2)
  const die = () => process.kill(process.pid, 'SIGKILL')
  const db = await openDb({ url: url === '-' ? null : url, dataDir, log: silentLog })
  const deps = { db, clock: systemClock, ids: systemIds, log: silentLog, env: {} }
  const store = new LocalStore(join(dataDir, 'weights'), systemIds)
  const part = store.part.bind(store)
  store.part = async (object, target, number) => {
    const sink = await part(object, target, number)
    const commit = sink.commit.bind(sink)
    sink.commit = async () => {
      const mark = await commit()
      if (when === 'stored' && number === 1) die()
      return mark
    }
    return sink
  }
  const ledger = {
    async append({ kind }: { kind: string }) {
      if (when === 'sealing' && kind === 'weights.sealed') die()
      return { position: 0 }
    },
  }
  const vault = await Vault.open({
    ...deps,
    journal: weightsJournal({ ...deps, db: db.db, ledger }),
    config: parseWeightsConfig({}).vault,
    keysDir: join(dataDir, 'keys'),
    dataDir,
    egress: { fetchSmall: () => Promise.reject(new Error('no key server')) },
    store,
  })
  const by = { type: 'staff', id: 'per_1' } as const
  const files = [{ path: 'a.bin', sizeBytes: CRASH_FILE.length }]
  const upload = await vault.uploads.begin({ model: 'atlas', version: '1', files }, by)
  const partBytes = upload.files[0]?.partBytes ?? 0
  for (const number of [0, 1])
    await vault.uploads.putPart(
      upload.id,
      0,
      number,
      (async function* () {
        const bytes = CRASH_FILE.subarray(number * partBytes, (number + 1) * partBytes)
        for (let at = 0; at < bytes.length; at += MIB) {
          if (when === 'part' && number === 1 && at > 2 * MIB) die()
          yield bytes.subarray(at, at + MIB)
        }
      })(),
    )
  await vault.uploads.finish(upload.id, by)
}
