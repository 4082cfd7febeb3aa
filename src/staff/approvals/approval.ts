import { hash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { canonicalJson } from '../../ledger/index.ts'
import type { RecordKind } from '../records.ts'
import { Role } from '../roles.ts'
import { Assertion } from '../webauthn.ts'
import { ApprovalRule } from './rule.ts'

const When = z.iso.datetime()

/** What one person said, with all that is needed to check it without us. */
export const Vote = z
  .object({
    personId: z.string(),
    subject: z.string().nullable(),
    decision: z.enum(['approve', 'deny']),
    at: When,
    reason: z.string().nullable(),
    role: Role.nullable().meta({ description: 'a role by which they could; null when nobody in particular' }),
    deputyFor: z.string().nullable(),
    passkeyId: z.string().nullable(),
    publicKey: z.string().nullable().meta({ description: 'COSE key, base64url' }),
    assertion: Assertion.nullable().meta({ description: 'its challenge is the digest of the statement' }),
  })
  .meta({ id: 'Vote' })
export type Vote = z.infer<typeof Vote>

export const APPROVAL_STATES = [
  'pending',
  'approved',
  'executing',
  'executed',
  'denied',
  'withdrawn',
  'expired',
  'failed',
] as const
export const ApprovalState = z.enum(APPROVAL_STATES).meta({ id: 'ApprovalState' })
export type ApprovalState = z.infer<typeof ApprovalState>

export const Approval = z
  .object({
    id: z.string(),
    action: z.string(),
    statement: z.string().meta({ description: 'RFC 8785 JSON: exactly what is approved' }),
    digest: z.hash('sha256').meta({ description: 'SHA-256 of the statement, hex: what approvers sign' }),
    requester: z.string(),
    requesterSubject: z.string().nullable(),
    rule: ApprovalRule,
    requestedAt: When,
    expiresAt: When.meta({ description: 'after which nobody can approve it' }),
    bootstrap: z.boolean().meta({ description: 'decided by one person since the installation was in bootstrap' }),
    state: ApprovalState,
    votes: z.array(Vote),
    approvers: z.array(z.string()).meta({ description: 'whose agreement decided; each fills one seat' }),
    approvedAt: When.nullable(),
    effectMs: z.int().positive().nullable(),
    effectiveUntil: When.nullable().meta({ description: 'counted from the approval; null = no end' }),
    closedAt: When.nullable(),
    closedBy: z.string().nullable(),
    closedReason: z.string().nullable(),
    attempts: z.int().nonnegative(),
    holder: z.string().nullable().meta({ description: 'the process that carries it out' }),
    leaseUntil: When.nullable(),
    retryAt: When.nullable(),
  })
  .meta({ id: 'Approval' })
export type Approval = z.infer<typeof Approval>

export const APPROVAL: RecordKind<Approval> = {
  kind: 'approval',
  schema: Approval,
  columns: ({ id, requester, state }) => ({ id, personId: requester, state }),
}

/** What is signed. Everything that matters to the decision stands in it. */
export const Statement = z.strictObject({
  format: z.literal('safelevel-approval/v1'),
  installation: z.string(),
  approval: z.string(),
  action: z.string(),
  payload: z.unknown(),
  reason: z.string(),
  requester: z.string(),
  rule: ApprovalRule,
  requestedAt: When,
  expiresAt: When,
  effectMs: z.int().positive().nullable(),
})
export type Statement = z.infer<typeof Statement>

/** @throws {AppError} REQUEST_INVALID when the payload can't be written as canonical JSON */
export function writeStatement(statement: Statement): { statement: string; digest: string } {
  try {
    const text = canonicalJson(statement)
    return { statement: text, digest: digestOf(text) }
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', 'the payload is no JSON that can be signed', { cause })
  }
}

/** @throws {AppError} VERIFICATION_FAILED when the stored statement is not what was requested and signed */
export function readStatement(approval: Approval): Statement {
  const tampered = (why: string, cause?: unknown) =>
    new AppError('VERIFICATION_FAILED', `approval ${approval.id} was changed after it was made: ${why}`, { cause })
  if (digestOf(approval.statement) !== approval.digest) throw tampered('the statement does not fit its digest')
  const parsed = Statement.safeParse(safeParse(approval.statement))
  if (!parsed.success) throw tampered('the statement can’t be read', parsed.error)
  const { data } = parsed
  const same =
    data.approval === approval.id &&
    data.action === approval.action &&
    data.requester === approval.requester &&
    data.requestedAt === approval.requestedAt &&
    data.expiresAt === approval.expiresAt &&
    data.effectMs === approval.effectMs &&
    canonicalJson(data.rule) === canonicalJson(approval.rule)
  if (!same) throw tampered('what is stored beside the statement differs from it')
  return data
}

/** The WebAuthn challenge by which somebody approves: the digest itself, base64url. */
export function challengeFor(approval: Pick<Approval, 'digest'>): string {
  return Buffer.from(approval.digest, 'hex').toString('base64url')
}

export function digestOf(text: string): string {
  return hash('sha256', text, 'hex')
}

function safeParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
