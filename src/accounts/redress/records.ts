import { Acceptance, Announcement, Appeal, Exemption, KeptStatement, Undoing } from './schema.ts'
import type { RecordKind } from './store.ts'

export const EXEMPTION: RecordKind<Exemption> = {
  kind: 'exemption',
  schema: Exemption,
  columns: ({ id, organisationId, projectId, state, expiresAt }) => ({
    id,
    organisationId,
    about: projectId,
    state,
    dueAt: expiresAt,
  }),
}

export const STATEMENT: RecordKind<KeptStatement> = {
  kind: 'statement',
  schema: KeptStatement,
  columns: ({ id, organisationId, action }) => ({ id, organisationId, about: action.id, state: 'made' }),
}

/** While it is open it is due when it must be decided, afterwards when its words go. */
export const APPEAL: RecordKind<Appeal> = {
  kind: 'appeal',
  schema: Appeal,
  columns: ({ id, organisationId, channel, about, state, dueAt, eraseAt, textsErased }) => ({
    id,
    // What a customer's user filed by the form is not the customer's to see.
    organisationId: channel === 'customer' ? organisationId : null,
    about: about.id,
    state,
    dueAt: state === 'open' ? dueAt : textsErased ? null : eraseAt,
  }),
}

export const UNDOING: RecordKind<Undoing> = {
  kind: 'undoing',
  schema: Undoing,
  columns: ({ id, state }) => ({ id, state }),
}

export const ACCEPTANCE: RecordKind<Acceptance> = {
  kind: 'acceptance',
  schema: Acceptance,
  columns: ({ id, organisationId, policyDigest }) => ({ id, organisationId, about: policyDigest, state: 'given' }),
}

export const ANNOUNCEMENT: RecordKind<Announcement> = {
  kind: 'announcement',
  schema: Announcement,
  columns: ({ id, policyDigest }) => ({ id, about: policyDigest, state: 'made' }),
}
