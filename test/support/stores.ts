import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import { type DbHandle, openDb } from '../../src/db/index.ts'
import { migrations } from '../../src/db/migrations/index.ts'
import { createTestDatabase, ensureTemplate, postgresAvailable, type TestDatabase } from './postgres.ts'
import { SCRATCH, scratchDir } from './scratch.ts'

/** `template1` and `template0`, by their numbers in every installation of PostgreSQL. */
const TEMPLATE_DATABASES = ['1', '4']

/** One of the two stores, as a test sees it: `open` may be called again after closing, and finds what was stored. */
export interface TestStore extends AsyncDisposable {
  readonly dataDir: string
  readonly url: string | null
  open(): Promise<DbHandle>
}

export interface StoreKind {
  readonly kind: 'embedded' | 'postgres'
  create(): Promise<TestStore>
}

/** The stores that a suite runs on: `describe.each(storeKinds('accounts'))('… on $kind', …)`. */
export function storeKinds(suite: string): StoreKind[] {
  const embedded: StoreKind = { kind: 'embedded', create: () => createStore(null) }
  const postgres: StoreKind = { kind: 'postgres', create: async () => createStore(await migratedDatabase()) }
  return postgresAvailable(suite) ? [embedded, postgres] : [embedded]
}

async function createStore(database: TestDatabase | null): Promise<TestStore> {
  const dataDir = database === null ? await freshDataDir() : scratchDir()
  const url = database?.url ?? null
  return {
    dataDir,
    url,
    open: () => openDb({ url, dataDir, log: silentLog }),
    async [Symbol.asyncDispose]() {
      rmSync(dataDir, { recursive: true, force: true })
      await database?.[Symbol.asyncDispose]()
    },
  }
}

/**
 * A data folder with an empty, migrated embedded store, copied from a template since making one takes 2 to 3 s of a core. The template
 * is kept by what it depends on, without the databases that others are made from: nobody makes any, and they are half of the files.
 */
export async function freshDataDir(): Promise<string> {
  const dir = scratchDir()
  cpSync(await template(), join(dir, 'db'), { recursive: true })
  return dir
}

let isMade: Promise<void> | undefined

/** The same on PostgreSQL, where migrating takes half a second. */
async function migratedDatabase(): Promise<TestDatabase> {
  const template = `safelevel_template_${templateId()}`
  isMade ??= ensureTemplate(template, async (url) => (await openDb({ url, dataDir: tmpdir(), log: silentLog })).close())
  await isMade
  return await createTestDatabase(template)
}

function templateId(): string {
  const hash = createHash('sha256').update(process.version)
  for (const [name, { up }] of Object.entries(migrations)) hash.update(`${name}\n${up}`)
  return hash.digest('hex').slice(0, 16)
}

async function template(): Promise<string> {
  const path = join(SCRATCH, `safelevel-template-${templateId()}`)
  if (existsSync(path)) return path
  const draft = mkdtempSync(join(SCRATCH, 'safelevel-template-draft-'))
  await (await openDb({ url: null, dataDir: draft, log: silentLog })).close()
  for (const unused of TEMPLATE_DATABASES) rmSync(join(draft, 'db', 'base', unused), { recursive: true })
  try {
    renameSync(join(draft, 'db'), path)
  } catch (error) {
    if (!existsSync(path)) throw error // else another process was quicker
  }
  rmSync(draft, { recursive: true, force: true })
  return path
}
