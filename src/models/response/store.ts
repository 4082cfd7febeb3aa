import type { Db } from '../../db/index.ts'

const ROWS_AT_ONCE = 500

export interface Customer {
  readonly gatewayModel: string
  readonly organisationId: string
  readonly since: Date
}

/** Notes who has used what; whoever stands there stays as they stand. */
export async function addCustomers(db: Db, customers: readonly Customer[]): Promise<void> {
  for (let start = 0; start < customers.length; start += ROWS_AT_ONCE) {
    await db
      .insertInto('modelCustomer')
      .values(customers.slice(start, start + ROWS_AT_ONCE))
      .onConflict((c) => c.doNothing())
      .execute()
  }
}

/** Ids of the organisations that have used any of these models, sorted. */
export async function customersOf(db: Db, gatewayModels: readonly string[]): Promise<string[]> {
  if (gatewayModels.length === 0) return []
  const rows = await db
    .selectFrom('modelCustomer')
    .select('organisationId')
    .distinct()
    .where('gatewayModel', 'in', [...gatewayModels])
    .orderBy('organisationId')
    .execute()
  return rows.map(({ organisationId }) => organisationId)
}

export function allCustomers(db: Db): Promise<{ gatewayModel: string; organisationId: string }[]> {
  return db.selectFrom('modelCustomer').select(['gatewayModel', 'organisationId']).execute()
}
