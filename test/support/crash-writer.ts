/** Writes 1, 2, 3 … to the store in its first argument and prints each number once it is stored, until it is killed: for the crash test. */
import { silentLog } from '../../src/base/log.ts'
import { acquireDataLock, openDb } from '../../src/db/index.ts'

const dataDir = process.argv[2] ?? ''
using _lock = acquireDataLock(dataDir)
const { db } = await openDb({ url: null, dataDir, log: silentLog })
for (;;) {
  const { version } = await db
    .updateTable('accountHead')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow()
  process.stdout.write(`${version}\n`)
}
