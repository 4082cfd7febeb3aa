import { sql } from 'kysely'
import type { Db } from '../../db/index.ts'
import type { BucketLevel } from './bucket.ts'

/**
 * Counts bytes as given out under a grant; the row stays locked until the transaction ends.
 *
 * @param needed at least `bytes`: nothing is counted unless so many are left
 * @returns how many are counted now; null when these are too many
 */
export async function addUse(
  tx: Db,
  { grantId, bytes, needed, budgetBytes }: { grantId: string; bytes: number; needed: number; budgetBytes: number },
): Promise<number | null> {
  if (needed > budgetBytes) return null
  const row = await tx
    .insertInto('weightsUse')
    .values({ grantId, bytes })
    .onConflict((c) =>
      c
        .column('grantId')
        .doUpdateSet({ bytes: sql`weights_use.bytes + excluded.bytes` })
        .where('weightsUse.bytes', '<=', budgetBytes - needed),
    )
    .returning('bytes')
    .executeTakeFirst()
  return row?.bytes ?? null
}

/** Bytes given out under each of these grants; those under which nothing was are not among them. */
export async function usesOf(db: Db, grantIds: readonly string[]): Promise<Map<string, number>> {
  if (grantIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('weightsUse')
    .selectAll()
    .where('grantId', 'in', [...new Set(grantIds)])
    .execute()
  return new Map(rows.map(({ grantId, bytes }) => [grantId, bytes]))
}

/** A bucket, locked until the transaction ends; made as given when there is none. */
export async function lockBucket(tx: Db, kind: string, id: string, made: BucketLevel): Promise<BucketLevel> {
  const row = await tx
    .insertInto('weightsBucket')
    .values({ kind, id, bytes: made.bytes, at: new Date(made.atMs) })
    .onConflict((c) => c.columns(['kind', 'id']).doUpdateSet({ bytes: sql`weights_bucket.bytes` }))
    .returning(['bytes', 'at'])
    .executeTakeFirstOrThrow()
  return { bytes: row.bytes, atMs: row.at.getTime() }
}

export async function saveBucket(tx: Db, kind: string, id: string, level: BucketLevel): Promise<void> {
  await tx
    .updateTable('weightsBucket')
    .set({ bytes: level.bytes, at: new Date(level.atMs) })
    .where('kind', '=', kind)
    .where('id', '=', id)
    .execute()
}

export async function allBuckets(db: Db): Promise<{ kind: string; id: string; level: BucketLevel }[]> {
  const rows = await db.selectFrom('weightsBucket').selectAll().orderBy('kind').orderBy('id').execute()
  return rows.map(({ kind, id, bytes, at }) => ({ kind, id, level: { bytes, atMs: at.getTime() } }))
}

export interface CoverageRow {
  readonly personId: string
  readonly version: string
  readonly path: string
  readonly blockBytes: number
  readonly blocks: string
}

/** What somebody has opened of a file, locked until the transaction ends; `made` where that is nothing yet. */
export async function lockCoverage(tx: Db, made: CoverageRow): Promise<CoverageRow> {
  return await tx
    .insertInto('weightsCoverage')
    .values(made)
    .onConflict((c) =>
      c.columns(['personId', 'version', 'path']).doUpdateSet({ blockBytes: sql`weights_coverage.block_bytes` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function saveCoverage(tx: Db, { personId, version, path, blocks }: CoverageRow): Promise<void> {
  await tx
    .updateTable('weightsCoverage')
    .set({ blocks })
    .where('personId', '=', personId)
    .where('version', '=', version)
    .where('path', '=', path)
    .execute()
}

export interface CoverageQuery {
  readonly personId?: string
  readonly version?: string
}

export async function listCoverage(db: Db, { personId, version }: CoverageQuery): Promise<CoverageRow[]> {
  let rows = db.selectFrom('weightsCoverage').selectAll()
  if (personId !== undefined) rows = rows.where('personId', '=', personId)
  if (version !== undefined) rows = rows.where('version', '=', version)
  return await rows.orderBy('version').orderBy('personId').orderBy('path').execute()
}
