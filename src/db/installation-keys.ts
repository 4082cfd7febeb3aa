import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { loadOrCreateKey } from '../base/keys.ts'
import type { Db } from './schema.ts'

const KEY_BYTES = 32
const FIXED = ['digest.key', 'appeals.key', 'notify.key', 'intake.key', 'intake-age.key'] as const
/** The first, and those after each rotation; older ones are destroyed. */
const CONTENT = /^content(-\d{4})?\.key$/

/**
 * Makes sure that this process has the keys of the installation whose database this is, before anything is digested or sealed under others.
 * The first start makes them, and leaves their fingerprints in the database.
 *
 * @throws {AppError} CONFIG_INVALID naming the file that is missing or another one, and what to do
 */
export async function holdToKeys(db: Db, keysDir: string, ids: Ids): Promise<void> {
  const noted = await readFingerprints(db)
  const newestContent = [...noted.keys()]
    .filter((name) => CONTENT.test(name))
    .sort(byAge)
    .at(-1)
  for (const name of [...FIXED, newestContent ?? ''])
    if (noted.has(name) && !existsSync(join(keysDir, name))) throw missing(keysDir, name)
  for (const name of FIXED) loadOrCreateKey(join(keysDir, name), KEY_BYTES, ids)
  if (!readdirSync(keysDir).some((name) => CONTENT.test(name)))
    loadOrCreateKey(join(keysDir, 'content.key'), KEY_BYTES, ids)
  const here = new Map(
    readdirSync(keysDir)
      .filter((name) => CONTENT.test(name) || FIXED.some((fixed) => fixed === name))
      .map((name) => [name, fingerprint(name, readFileSync(join(keysDir, name)))]),
  )
  await noteFingerprints(db, here)
  // Read again: another first start may have been quicker.
  const agreed = await readFingerprints(db)
  for (const [name, value] of here) if (agreed.get(name) !== value) throw different(keysDir, name)
}

/** What `holdToKeys` would refuse, looked at without making or noting any; null = nothing. */
export async function keysFault(db: Db, keysDir: string): Promise<string | null> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass('installation_key') is not null as found`.execute(
    db,
  )
  if (rows[0]?.found !== true) return null
  for (const [name, value] of await readFingerprints(db)) {
    const path = join(keysDir, name)
    if (!existsSync(path)) {
      if (CONTENT.test(name)) continue // an older one may have been destroyed
      return missing(keysDir, name).message
    }
    if (fingerprint(name, readFileSync(path)) !== value) return different(keysDir, name).message
  }
  return null
}

/** `content.key` is the oldest. */
function byAge(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

/** Tells keys apart and nothing else of them: each has 256 random bits. */
function fingerprint(name: string, key: Buffer): string {
  return createHash('sha256').update(`safelevel key fingerprint\n${name}\n`).update(key).digest('hex').slice(0, 32)
}

async function readFingerprints(db: Db): Promise<Map<string, string>> {
  const { rows } = await sql<{
    name: string
    fingerprint: string
  }>`select name, fingerprint from installation_key`.execute(db)
  return new Map(rows.map((row) => [row.name, row.fingerprint]))
}

async function noteFingerprints(db: Db, fingerprints: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, value] of fingerprints)
    await sql`insert into installation_key (name, fingerprint) values (${name}, ${value}) on conflict do nothing`.execute(
      db,
    )
}

function missing(keysDir: string, name: string): AppError {
  return new AppError(
    'CONFIG_INVALID',
    `${join(keysDir, name)} is missing, and the installation in this database has one: copy it from the folder of keys of a replica that runs, or name that folder with SAFELEVEL_KEYS_DIR`,
  )
}

function different(keysDir: string, name: string): AppError {
  return new AppError(
    'CONFIG_INVALID',
    `${join(keysDir, name)} is not the key of the installation in this database: put the one of a replica that runs in its place, or name its folder of keys with SAFELEVEL_KEYS_DIR`,
  )
}
