import { type Selectable, sql } from 'kysely'
import type { PageQuery } from '../base/page.ts'
import type { Database, Db } from '../db/index.ts'
import type { Change } from './change.ts'

export type OrganisationRow = Selectable<Database['organisation']>
export type ProjectRow = Selectable<Database['project']>
export type KeyRow = Selectable<Database['apiKey']>

/** What stands in place of a secret's first characters for a program that tokens name. */
export const TOKEN_CLIENT_SHOWN = 'jwt'

/** Brings recorded changes into effect; `tx` is a transaction. */
export async function applyChanges(tx: Db, changes: readonly Change[]): Promise<void> {
  const { version } = await tx
    .updateTable('accountHead')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow()
  for (const change of changes) await applyChange(tx, change, version)
}

async function applyChange(tx: Db, change: Change, version: number): Promise<void> {
  switch (change.type) {
    case 'organisation_created': {
      const { organisation: o } = change
      await tx
        .insertInto('organisation')
        .values({ ...o, createdAt: new Date(o.createdAt), version })
        .execute()
      return
    }
    case 'organisation_tier_changed':
      await tx
        .updateTable('organisation')
        .set({ tier: change.tier, version })
        .where('id', '=', change.organisationId)
        .execute()
      return
    case 'project_created': {
      const { project: p } = change
      await tx
        .insertInto('project')
        .values({ ...p, createdAt: new Date(p.createdAt), version })
        .execute()
      return
    }
    case 'project_limits_changed':
      await tx
        .updateTable('project')
        .set({ ...change.limits, version })
        .where('id', '=', change.projectId)
        .execute()
      return
    case 'key_created': {
      const { key } = change
      const times = { createdAt: new Date(key.createdAt), expiresAt: key.expiresAt ? new Date(key.expiresAt) : null }
      await tx
        .insertInto('apiKey')
        .values({ ...key, ...times, revokedAt: null, revokedReason: null, lastUsedAt: null, version })
        .execute()
      return
    }
    case 'key_revoked':
      await tx
        .updateTable('apiKey')
        .set({ revokedAt: new Date(change.at), revokedReason: change.reason, version })
        .where('id', '=', change.keyId)
        .where('revokedAt', 'is', null)
        .execute()
  }
}

export interface Snapshot {
  readonly version: number
  readonly organisations: OrganisationRow[]
  readonly projects: ProjectRow[]
  readonly keys: KeyRow[]
}

/** What changed after `version`, all of it as of one instant; nothing but one short query when nothing did. */
export async function readSince(db: Db, version: number): Promise<Snapshot | null> {
  const head = await db.selectFrom('accountHead').select('version').executeTakeFirstOrThrow()
  if (head.version === version) return null
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const now = await tx.selectFrom('accountHead').select('version').executeTakeFirstOrThrow()
      const organisations = await tx.selectFrom('organisation').selectAll().where('version', '>', version).execute()
      const projects = await tx.selectFrom('project').selectAll().where('version', '>', version).execute()
      const keys = await tx.selectFrom('apiKey').selectAll().where('version', '>', version).execute()
      return { version: now.version, organisations, projects, keys }
    })
}

export function findOrganisation(db: Db, id: string): Promise<OrganisationRow | undefined> {
  return db.selectFrom('organisation').selectAll().where('id', '=', id).executeTakeFirst()
}

export function findProject(db: Db, id: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('project').selectAll().where('id', '=', id).executeTakeFirst()
}

export function findKey(db: Db, id: string): Promise<KeyRow | undefined> {
  return db.selectFrom('apiKey').selectAll().where('id', '=', id).executeTakeFirst()
}

export function firstOrganisation(db: Db): Promise<OrganisationRow | undefined> {
  return db.selectFrom('organisation').selectAll().orderBy('version').limit(1).executeTakeFirst()
}

/** The first made, whatever its limits were changed to since. */
export function firstProject(db: Db): Promise<ProjectRow | undefined> {
  return db.selectFrom('project').selectAll().orderBy('createdAt').orderBy('id').limit(1).executeTakeFirst()
}

/** Whether anybody was ever given a key. Programs that tokens name were given none. */
export async function anyKeyDelivered(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('apiKey')
    .select('id')
    .where((eb) => eb.or([eb('revokedReason', 'is', null), eb('revokedReason', '!=', 'undelivered')]))
    .where('prefix', '!=', TOKEN_CLIENT_SHOWN)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export function listOrganisations(db: Db, { after, limit }: PageQuery): Promise<OrganisationRow[]> {
  return db
    .selectFrom('organisation')
    .selectAll()
    .$if(after !== undefined, (q) => q.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function listProjects(
  db: Db,
  { after, limit }: PageQuery,
  organisationId: string | undefined,
): Promise<ProjectRow[]> {
  return db
    .selectFrom('project')
    .selectAll()
    .$if(after !== undefined, (q) => q.where('id', '>', after ?? ''))
    .$if(organisationId !== undefined, (q) => q.where('organisationId', '=', organisationId ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function listKeys(db: Db, { after, limit }: PageQuery, projectId: string | undefined): Promise<KeyRow[]> {
  return db
    .selectFrom('apiKey')
    .selectAll()
    .$if(after !== undefined, (q) => q.where('id', '>', after ?? ''))
    .$if(projectId !== undefined, (q) => q.where('projectId', '=', projectId ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Stores when keys were last used; a replica that is behind takes nothing back. */
export async function storeLastUsed(db: Db, used: ReadonlyMap<string, number>): Promise<void> {
  const rows = JSON.stringify([...used].map(([id, ms]) => ({ id, at: new Date(ms).toISOString() })))
  await sql`
    update api_key set last_used_at = greatest(api_key.last_used_at, used.at)
    from jsonb_to_recordset(${rows}::jsonb) as used(id text, at timestamptz)
    where api_key.id = used.id`.execute(db)
}
