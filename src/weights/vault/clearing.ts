import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { FILE, UPLOAD, VERSION } from './kinds.ts'
import { deleteUploadParts, objectOf } from './parts.ts'
import { recordPath } from './recovery-record.ts'
import type { StoredFile } from './schema.ts'
import { abandonUpload, filesOf } from './upload-records.ts'

const SYSTEM: Actor = { type: 'system', id: 'vault' }

/**
 * Removes from the store what nobody can open any more: of versions that were erased, of uploads that were given up; and gives up those whose
 * time is over. Safe to run again, and by several replicas.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE: what is left goes the next time
 */
export async function clearStore(context: VaultContext): Promise<void> {
  const { db, clock, journal, store } = context
  const now = new Date(clock.now())
  for (const { id } of await records.list(db, UPLOAD, { state: 'open', dueBy: now }))
    await abandonUpload(context, id, SYSTEM)
  for (const upload of await records.list(db, UPLOAD, { state: 'abandoned', dueBy: now })) {
    await removeFiles(context, await filesOf(db, upload))
    await store.removeNote(recordPath(upload.id)) // where finishing was cut off
    await deleteUploadParts(db, upload.id)
    await journal.make(SYSTEM, async () => ({
      events: [],
      puts: [put(UPLOAD, { ...upload, cleared: true })],
      result: null,
    }))
  }
  for (const version of await records.list(db, VERSION, { state: 'erased', dueBy: now })) {
    await store.removeNote(recordPath(version.upload)) // first: it has a key in it, and only wrapped
    await removeFiles(context, await records.list(db, FILE, { about: version.id, state: 'erased' }))
    await journal.make(SYSTEM, async () => ({
      events: [],
      puts: [put(VERSION, { ...version, cleared: true })],
      result: null,
    }))
  }
}

async function removeFiles({ store }: VaultContext, files: readonly StoredFile[]): Promise<void> {
  for (const file of files) await store.remove(objectOf(file), file.target)
}
