import { z } from 'zod'
import { Actor } from '../ledger/index.ts'
import { Role } from './roles.ts'

/** A kind of document in the store: how it is read, and which of its fields are searched for. */
export interface RecordKind<T> {
  readonly kind: string
  readonly schema: z.ZodType<T>
  columns(record: T): { readonly id: string; personId?: string | null; lookup?: string | null; state?: string }
}

const When = z.iso.datetime()

/** Somebody on the staff. Name and e-mail are personal data: they stay in the store, never on the ledger. */
export const Person = z
  .object({
    id: z.string(),
    displayName: z.string(),
    email: z.string().nullable(),
    active: z.boolean(),
    development: z.boolean().meta({ description: 'made by the development login; counts for nothing without it' }),
    subject: z.string().nullable().meta({ description: 'keyed digest of issuer and subject at the identity provider' }),
    provisioned: z.boolean().meta({ description: 'kept by SCIM' }),
    externalId: z.string().nullable(),
    groupRoles: z.array(Role).meta({ description: 'roles that groups at the identity provider give or suggest' }),
    createdAt: When,
    deactivatedAt: When.nullable(),
  })
  .meta({ id: 'Person' })
export type Person = z.infer<typeof Person>
export const PERSON: RecordKind<Person> = {
  kind: 'person',
  schema: Person,
  columns: ({ id, active }) => ({ id, state: active ? 'active' : 'inactive' }),
}

/** Says which person an e-mail address or a subject belongs to: keyed digests, so that each belongs to one. */
const Alias = z.object({ id: z.string(), personId: z.string() })
export type Alias = z.infer<typeof Alias>
export const ALIAS: RecordKind<Alias> = {
  kind: 'alias',
  schema: Alias,
  columns: ({ id, personId }) => ({ id, personId }),
}

export const Passkey = z.object({
  id: z.string(),
  personId: z.string(),
  credentialId: z.string(),
  publicKey: z.string().meta({ description: 'COSE key, base64url' }),
  counter: z.int().nonnegative(),
  transports: z.array(z.string()),
  deviceType: z.string(),
  backedUp: z.boolean(),
  label: z.string(),
  createdAt: When,
  lastUsedAt: When.nullable(),
  removedAt: When.nullable(),
})
export type Passkey = z.infer<typeof Passkey>
export const PASSKEY: RecordKind<Passkey> = {
  kind: 'passkey',
  schema: Passkey,
  columns: ({ id, personId, credentialId, removedAt }) => ({
    id,
    personId,
    lookup: credentialId,
    state: removedAt === null ? 'active' : 'removed',
  }),
}

/** A role in somebody's hands, with the dates after which it sleeps. */
export const Assignment = z.object({
  id: z.string(),
  personId: z.string(),
  role: Role,
  source: z.enum(['setup', 'approval', 'group', 'recovery', 'development']),
  grantedAt: When,
  expiresAt: When.nullable(),
  trainingDueAt: When,
  reviewDueAt: When,
  deputyFor: z.string().nullable().meta({ description: 'the person for whom this one stands in' }),
  approvalId: z.string().nullable(),
  endedAt: When.nullable(),
  endedReason: z.string().nullable(),
})
export type Assignment = z.infer<typeof Assignment>
export const ASSIGNMENT: RecordKind<Assignment> = {
  kind: 'assignment',
  schema: Assignment,
  columns: ({ id, personId, endedAt }) => ({ id, personId, state: endedAt === null ? 'current' : 'ended' }),
}

export const Session = z.object({
  id: z.string(),
  personId: z.string(),
  tokenHash: z.string(),
  method: z.enum(['passkey', 'oidc', 'development']),
  device: z.string(),
  source: z.string().meta({ description: 'keyed digest of the network address' }),
  createdAt: When,
  lastSeenAt: When,
  freshAt: When.nullable().meta({ description: 'when the security key was last touched' }),
  endedAt: When.nullable(),
  endedReason: z.string().nullable(),
})
export type Session = z.infer<typeof Session>
export const SESSION: RecordKind<Session> = {
  kind: 'session',
  schema: Session,
  columns: ({ id, personId, tokenHash, endedAt }) => ({
    id,
    personId,
    lookup: tokenHash,
    state: endedAt === null ? 'open' : 'ended',
  }),
}

/** A challenge that waits for its answer; used once. */
const Ceremony = z.object({
  id: z.string(),
  purpose: z.enum(['register', 'sign_in', 'reauthenticate', 'oidc']),
  challenge: z.string(),
  personId: z.string().nullable(),
  /** The one-time token of a setup or an enrolment. */
  tokenId: z.string().nullable(),
  displayName: z.string().nullable(),
  email: z.string().nullable(),
  /** Of a sign-in at the identity provider. */
  oidc: z.object({ nonce: z.string(), verifier: z.string(), returnTo: z.string() }).nullable(),
  expiresAt: When,
})
export type Ceremony = z.infer<typeof Ceremony>
export const CEREMONY: RecordKind<Ceremony> = {
  kind: 'ceremony',
  schema: Ceremony,
  // The time after which it may be swept.
  columns: ({ id, personId, expiresAt }) => ({ id, personId, state: expiresAt }),
}

/** A one-time link: for the first administrator, or for a person to register a passkey. */
const OneTimeToken = z.object({
  id: z.string(),
  purpose: z.enum(['setup', 'enrolment']),
  tokenHash: z.string(),
  personId: z.string().nullable(),
  createdAt: When,
  expiresAt: When,
  usedAt: When.nullable(),
})
export type OneTimeToken = z.infer<typeof OneTimeToken>
export const TOKEN: RecordKind<OneTimeToken> = {
  kind: 'token',
  schema: OneTimeToken,
  columns: ({ id, personId, tokenHash, usedAt }) => ({
    id,
    personId,
    lookup: tokenHash,
    state: usedAt === null ? 'open' : 'used',
  }),
}

/** A group that the identity provider keeps by SCIM. */
const Group = z.object({ id: z.string(), displayName: z.string(), members: z.array(z.string()) })
export type Group = z.infer<typeof Group>
export const GROUP: RecordKind<Group> = { kind: 'group', schema: Group, columns: ({ id }) => ({ id }) }

/** The time in which a small team may give itself its roles. One per installation. */
export const Bootstrap = z
  .object({ id: z.literal('bootstrap'), startedAt: When, endsAt: When, endedAt: When.nullable() })
  .meta({ id: 'Bootstrap' })
export type Bootstrap = z.infer<typeof Bootstrap>
export const BOOTSTRAP: RecordKind<Bootstrap> = { kind: 'bootstrap', schema: Bootstrap, columns: ({ id }) => ({ id }) }

/** The slow and loud way out when too few are left to agree. */
export const Recovery = z
  .object({
    id: z.string(),
    startedBy: Actor,
    startedAt: When,
    dueAt: When,
    reason: z.string(),
    grant: z
      .object({ personId: z.string(), role: Role })
      .nullable()
      .meta({ description: 'null: a new link for a first administrator' }),
    state: z.enum(['waiting', 'cancelled', 'done']),
    closedAt: When.nullable(),
    closedBy: Actor.nullable(),
  })
  .meta({ id: 'Recovery' })
export type Recovery = z.infer<typeof Recovery>
export const RECOVERY: RecordKind<Recovery> = {
  kind: 'recovery',
  schema: Recovery,
  columns: ({ id, state }) => ({ id, state }),
}
