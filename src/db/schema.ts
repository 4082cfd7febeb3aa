import type { Generated, Kysely } from 'kysely'

/** The one database type: a pool or a transaction, on either store. Store functions take it as their first argument. */
export type Db = Kysely<Database>

/** Tables as migrations leave them, in camelCase. Every domain's tables stand here; SQL stands in its `store.ts`. */
export interface Database {
  organisation: OrganisationTable
  project: ProjectTable
  apiKey: ApiKeyTable
  accountHead: AccountHeadTable
  accountIntent: AccountIntentTable
  staffRecord: StaffRecordTable
  staffIntent: StaffIntentTable
}

export interface OrganisationTable {
  id: string
  name: string
  createdAt: Date
  version: number
}

export interface ProjectTable {
  id: string
  organisationId: string
  name: string
  /** null = the installation's default. */
  requestsPerMinute: number | null
  tokensPerMinute: number | null
  createdAt: Date
  version: number
}

export interface ApiKeyTable {
  id: string
  projectId: string
  name: string
  /** SHA-256 of the whole secret, hex. */
  secretHash: string
  prefix: string
  last4: string
  testString: boolean
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
  revokedReason: string | null
  lastUsedAt: Date | null
  version: number
}

/** One row: the number of the last change. Rows carry the number of theirs, so that replicas read only what is new. */
export interface AccountHeadTable {
  version: number
}

/** Changes that are decided but perhaps not yet on the ledger or not yet in effect. Empty but for crashes. */
export interface AccountIntentTable {
  position: Generated<number>
  /** The ledger event, JSON. */
  event: string
  /** The change, JSON. */
  change: string
}

/** One document of the room `staff`. */
export interface StaffRecordTable {
  /** `person`, `passkey`, `session`, `approval`, … */
  kind: string
  id: string
  /** Whose it is. */
  personId: string | null
  /** What it is found by, unique within its kind: the hash of a token, the id of a credential. */
  lookup: string | null
  state: string
  /** The document, JSON. */
  body: string
}

/** Changes of staff that are decided but perhaps not yet on the ledger or not yet in effect. Empty but for crashes. */
export interface StaffIntentTable {
  position: Generated<number>
  /** The ledger events, JSON. */
  events: string
  /** What to store and remove, JSON. */
  change: string
}
