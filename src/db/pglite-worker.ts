/**
 * The thread that the embedded store lives on. PGlite runs PostgreSQL inside the calling thread, so that a count over a million rows
 * would stop every stream of the gateway for as long as it takes; here it stops only other queries.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, types } from '@electric-sql/pglite'
import { codeOf } from '../base/error-code.ts'
import type { Answer, Ask, StoreErrorFields, WorkerInput } from './pglite-protocol.ts'

const port = parentPort
if (!port) throw new Error('pglite-worker runs only as a worker thread')
const say = (answer: Answer): void => port.postMessage(answer)

/**
 * PGlite turns fsync off (-F) and its file system has no fsync either: a power cut could lose acknowledged commits. Without -F, and with
 * wal_sync_method = fsync, PostgreSQL asks for one per commit; `syncFiles` makes the file system answer.
 */
const DURABLE = [...PGlite.defaultStartParams.filter((p) => p !== '-F'), '-c', 'wal_sync_method=fsync']

function syncFiles(store: PGlite): void {
  const { NODEFS } = store.Module as unknown as { NODEFS: { stream_ops: { fsync?: (s: { nfd: number }) => number } } }
  NODEFS.stream_ops.fsync = ({ nfd }) => {
    fsyncSync(nfd)
    return 0
  }
}

async function openStore(folder: string | null): Promise<PGlite> {
  if (folder !== null && !existsSync(folder)) await createStore(folder)
  const store = new PGlite({
    dataDir: folder ?? 'memory://',
    parsers: { [types.INT8]: Number },
    ...(folder === null ? {} : { startParams: DURABLE }),
  })
  await store.waitReady
  if (folder !== null) syncFiles(store)
  return store
}

/**
 * Lays out a new store beside its place and moves it there when it is whole and on disk: killed at any instant before, the next start
 * begins anew instead of meeting half a store. Nothing can have been stored in a leftover.
 */
async function createStore(folder: string): Promise<void> {
  const draft = `${folder}.new`
  rmSync(draft, { recursive: true, force: true })
  const store = new PGlite(draft)
  await store.waitReady
  await store.close()
  for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() || entry.isDirectory()) sync(join(entry.parentPath, entry.name))
  }
  sync(draft)
  renameSync(draft, folder)
  sync(dirname(folder))
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    // Windows can't fsync what is open for reading only.
    const code = codeOf(error)
    if (code !== 'EPERM' && code !== 'EINVAL') throw error
  } finally {
    closeSync(fd)
  }
}

function errorFields(thrown: unknown): StoreErrorFields {
  if (!(thrown instanceof Error)) return { message: 'the embedded store failed' }
  const { code, constraint, table } = thrown as { code?: string; constraint?: string; table?: string }
  return { message: thrown.message, code, constraint, table }
}

async function query(store: PGlite, ask: Extract<Ask, { type: 'query' }>): Promise<void> {
  try {
    const { rows, fields, affectedRows } = await store.query<Record<string, unknown>>(ask.sql, [...ask.parameters])
    const byteaColumns = fields.filter((f) => f.dataTypeID === types.BYTEA).map((f) => f.name)
    say({ type: 'result', id: ask.id, result: { rows, rowCount: affectedRows ?? rows.length, byteaColumns } })
  } catch (thrown) {
    say({ type: 'error', id: ask.id, error: errorFields(thrown) })
  }
}

async function run(): Promise<void> {
  const { folder } = workerData as WorkerInput
  const store = await openStore(folder)
  port?.on('message', (ask: Ask) => {
    if (ask.type === 'query') void query(store, ask)
    else void store.close().finally(() => port?.close())
  })
  say({ type: 'ready' })
}

run().catch((thrown: unknown) => {
  say({ type: 'error', id: null, error: errorFields(thrown) })
  port.close()
})
