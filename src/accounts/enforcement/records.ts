import type { z } from 'zod'
import { innermostOf } from './ladder.ts'
import { EnforcementAction, PatternFound, Strike } from './schema.ts'
import type { Row } from './store.ts'

/** How a document of one kind is stored and found. */
export interface Kind<T> {
  readonly kind: string
  readonly schema: z.ZodType<T>
  columns(record: T): Omit<Row, 'kind' | 'body'>
}

export const STRIKE: Kind<Strike> = {
  kind: 'strike',
  schema: Strike,
  columns: (strike) => ({
    id: strike.id,
    subjectId: innermostOf(strike).id,
    endUserId: strike.endUserId,
    keyId: strike.keyId,
    projectId: strike.projectId,
    organisationId: strike.organisationId,
    decisionId: strike.decisionId,
    state: strike.undone === null ? 'counts' : 'undone',
    expiresAt: strike.expiresAt,
  }),
}

export const ACTION: Kind<EnforcementAction> = {
  kind: 'action',
  schema: EnforcementAction,
  columns: ({ id, subject, organisationId, decisionId, until, ended }) => ({
    id,
    subjectId: subject.id,
    endUserId: null,
    keyId: null,
    projectId: null,
    organisationId,
    decisionId,
    state: ended === null ? 'active' : ended.forgives ? 'forgiving' : 'ended',
    expiresAt: ended === null ? until : null,
  }),
}

export const PATTERN: Kind<PatternFound> = {
  kind: 'pattern',
  schema: PatternFound,
  columns: ({ id, subject, endUserId, keyId, projectId, organisationId, decisionId }) => ({
    id,
    subjectId: subject.id,
    endUserId,
    keyId,
    projectId,
    organisationId,
    decisionId,
    state: 'found',
    expiresAt: null,
  }),
}

export function put<T>(kind: Kind<T>, record: T): Row {
  return { kind: kind.kind, ...kind.columns(record), body: JSON.stringify(record) }
}
