import type { Generated, Kysely } from 'kysely'
import type { ControlTables } from './control-tables.ts'
import type { IntakeTables } from './intake-tables.ts'
import type { ModelTables } from './model-tables.ts'
import type { RefusalTables } from './refusal-tables.ts'
import type { ReviewTables } from './review-tables.ts'
import type { WeightsTables } from './weights-tables.ts'

/** The one database type: a pool or a transaction, on either store. Store functions take it as their first argument. */
export type Db = Kysely<Database>

/** Tables as migrations leave them, in camelCase. Every domain's tables stand here; SQL stands in its `store.ts`. */
export interface Database extends ReviewTables, ModelTables, IntakeTables, WeightsTables, RefusalTables, ControlTables {
  journalIntent: JournalIntentTable
  organisation: OrganisationTable
  project: ProjectTable
  apiKey: ApiKeyTable
  accountHead: AccountHeadTable
  staffRecord: StaffRecordTable
  policyVersion: PolicyVersionTable
  policyDraft: PolicyDraftTable
  policyShadow: PolicyShadowTable
  policyReplay: PolicyReplayTable
  policyHead: PolicyHeadTable
  enforcementRecord: EnforcementRecordTable
  enforcementHead: EnforcementHeadTable
  enforcementCursor: EnforcementCursorTable
  decision: DecisionTable
  decisionSource: DecisionSourceTable
  decisionHour: DecisionHourTable
  decisionFollower: DecisionFollowerTable
  content: ContentTable
  contentHold: ContentHoldTable
  contentProject: ContentProjectTable
  redressRecord: RedressRecordTable
  redressText: RedressTextTable
  redressHead: RedressHeadTable
  notifyCursor: NotifyCursorTable
  notifyDelivery: NotifyDeliveryTable
  notifyWebhook: NotifyWebhookTable
}

/** Changes that are decided but perhaps not yet on the ledger or not yet in effect. Empty but for crashes. */
export interface JournalIntentTable {
  room: string
  id: Generated<number>
  /** The ledger events, JSON. */
  events: string
  /** What takes effect, JSON in the shape of the room. */
  change: string
  createdAt: Date
}

export interface OrganisationTable {
  id: string
  name: string
  /** Which overlays of the policy name it; null = none. */
  tier: string | null
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

/** One decision of the gateway: a copy of what its ledger event says. */
export interface DecisionTable {
  id: string
  source: number
  position: number
  at: Date
  outcome: string
  enforced: boolean
  route: string
  dialect: string | null
  model: string | null
  surface: string | null
  organisation: string | null
  project: string | null
  key: string | null
  endUser: string | null
  side: string | null
  label: string | null
  clause: string | null
  severity: string | null
  policyVersion: string | null
  testString: boolean
  detail: unknown
}

/** A ledger that decisions are read from, and how far. */
export interface DecisionSourceTable {
  id: Generated<number>
  origin: string
  next: number
}

export interface DecisionHourTable {
  hour: Date
  source: number
  surface: string
  outcome: string
  label: string
  enforced: boolean
  count: number
}

/** Who is told of every decision once, and how far they were. */
export interface DecisionFollowerTable {
  name: string
  source: number
  next: number
}

/** What was said in one exchange, sealed. */
export interface ContentTable {
  id: string
  at: Date
  organisation: string
  project: string
  key: string
  endUser: string | null
  flagged: boolean
  restricted: boolean
  expiresAt: Date
  wrappedBy: string
  wrappedKey: Buffer
  sealed: Buffer
}

export interface ContentHoldTable {
  id: string
  scope: string
  scopeId: string
  matter: string
  placedBy: string
  placedAt: Date
  liftedBy: string | null
  liftedAt: Date | null
}

export interface ContentProjectTable {
  project: string
  zeroRetention: boolean
}

/** One document of what customers are owed. */
export interface RedressRecordTable {
  /** `exemption`, `statement`, `appeal`, `acceptance`, `announcement`. */
  kind: string
  id: string
  organisationId: string | null
  /** What it concerns: the id of a decision or of an action. */
  about: string | null
  state: string
  dueAt: Date | null
  version: number
  /** The document, JSON. */
  body: string
}

/** Words that people wrote, sealed. */
export interface RedressTextTable {
  recordId: string
  part: string
  /** base64 */
  sealed: string
}

/** One row: the number of the last change; records carry the number of theirs, so that replicas read only what is new. */
export interface RedressHeadTable {
  version: number
}

/** A strike, an action or a pattern that was found. */
export interface EnforcementRecordTable {
  /** `strike`, `action`, `pattern`. */
  kind: string
  id: string
  /** The innermost subject that it concerns: end user, key, project or organisation. */
  subjectId: string
  endUserId: string | null
  keyId: string | null
  projectId: string | null
  organisationId: string | null
  decisionId: string | null
  state: string
  expiresAt: Date | null
  version: number
  /** The document, JSON. */
  body: string
}

/** One row: the number of the last change. */
export interface EnforcementHeadTable {
  version: number
}

/** How far each ledger was read for strikes. */
export interface EnforcementCursorTable {
  origin: string
  next: number
}

/** A version of the policy; only `inForceAt` is ever set later. */
export interface PolicyVersionTable {
  number: number
  version: string
  digest: string
  document: string
  source: string
  changelog: string
  /** Digest of the version before it. */
  previous: string | null
  draftId: string | null
  approvalId: string | null
  requestedBy: string | null
  approvedBy: string
  publishedAt: Date
  effectiveAt: Date
  inForceAt: Date | null
}

export interface PolicyDraftTable {
  id: string
  title: string
  document: string
  /** SHA-256 of `document`, hex. */
  revision: string
  /** Digest of the version that it was made from. */
  base: string
  state: string
  proposal: string | null
  createdAt: Date
  createdBy: string
  updatedAt: Date
  updatedBy: string
}

export interface PolicyShadowTable {
  draftId: string
  document: string
  revision: string
  startedAt: Date
  startedBy: string
  stoppedAt: Date | null
  counts: string
}

export interface PolicyReplayTable {
  id: string
  draftId: string
  revision: string
  since: Date
  state: string
  rows: number
  report: string | null
  problem: string | null
  startedAt: Date
  startedBy: string
  updatedAt: Date
}

/** One row: rises with every change that replicas must see. */
export interface PolicyHeadTable {
  change: number
}

/** How far each channel has read the ledger. */
export interface NotifyCursorTable {
  channel: string
  position: number
  leasedUntil: Date
  failures: number
  nextAt: Date
  lastError: string | null
  lastSuccessAt: Date | null
}

export interface NotifyDeliveryTable {
  id: string
  channel: string
  position: number
  kind: string
  state: 'waiting' | 'delivered' | 'failed' | 'erased'
  attempts: number
  nextAt: Date
  createdAt: Date
  endedAt: Date | null
  lastError: string | null
}

export interface NotifyWebhookTable {
  id: string
  organisationId: string
  url: string
  /** AES-256-GCM under keys/notify.key. */
  sealedSecret: Buffer
  createdAt: Date
  endedAt: Date | null
  endedWhy: string | null
}
