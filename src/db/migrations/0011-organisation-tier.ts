import type { Kysely } from 'kysely'

/** The tier of a customer, which overlays of the policy name; null = none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('organisation').addColumn('tier', 'text').execute()
}
