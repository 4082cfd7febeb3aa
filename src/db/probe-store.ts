import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { checkSchema, type SchemaState } from './compatibility.ts'
import { keysFault } from './installation-keys.ts'
import { migrations } from './migrations/index.ts'
import { type OpenDbOptions, openPool } from './open.ts'

/** How a store is, looked at without changing its tables. */
export type StoreProbe =
  | { readonly kind: 'none'; readonly clockMs: null }
  | {
      readonly kind: 'embedded' | 'postgres'
      /** Whether its tables are as this version wants them; in words. */
      readonly state: string
      /** Of PostgreSQL: 17. */
      readonly version: number
      readonly encoding: string
      readonly sizeBytes: number
      /** Its time, ms since the epoch; null where it is this machine's. */
      readonly clockMs: number | null
      /** What is wrong with the installation's keys here; null when they are the ones that its database knows. */
      readonly keysFault: string | null
    }

/**
 * Opens a store, asks it how it is, and closes it; migrates nothing. For the embedded one the caller knows that nobody else has it open.
 *
 * @throws {AppError} CONFIG_INVALID when it can't be reached or opened; SCHEMA_TOO_NEW
 */
export async function probeStore(options: OpenDbOptions & { readonly keysDir: string }): Promise<StoreProbe> {
  const { url, dataDir, keysDir } = options
  if (url === null && !existsSync(join(dataDir, 'db'))) return { kind: 'none', clockMs: null }
  const { db, close } = await openPool(options)
  try {
    const { rows } = await sql<{ version: string; encoding: string; size: string; now: string }>`
      select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
        pg_database_size(current_database())::text as size, (extract(epoch from clock_timestamp()) * 1000)::text as now`.execute(
      db,
    )
    const [row] = rows
    const state = await checkSchema(db, new Set(Object.keys(migrations)))
    return {
      kind: url === null ? 'embedded' : 'postgres',
      state: WORDS[state],
      version: Math.floor(Number(row?.version) / 10_000),
      encoding: row?.encoding ?? '',
      sizeBytes: Number(row?.size),
      clockMs: url === null ? null : Number(row?.now),
      keysFault: url === null ? null : await keysFault(db, keysDir),
    }
  } finally {
    await close()
  }
}

const WORDS: Readonly<Record<SchemaState, string>> = {
  'to migrate': 'its tables are this version’s, or are brought there at the next start',
  'newer, usable': 'a newer version has been here, and this one can go on',
}
