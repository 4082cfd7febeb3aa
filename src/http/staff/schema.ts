import { z } from '@hono/zod-openapi'
import {
  Approval,
  ApprovalState,
  Assertion,
  Assignment,
  Attestation,
  Person,
  Role,
  SetupInput,
  WebAuthnOptions,
} from '../../staff/index.ts'

const When = z.iso.datetime()
export const Device = z.string().trim().min(1).max(100).default('browser').meta({ description: 'to recognise it by' })
const CeremonyId = z.string().max(100)
const Reason = z.string().trim().min(1).max(2_000)

export const StartedView = z
  .object({ ceremony: z.string(), options: WebAuthnOptions.meta({ description: 'for navigator.credentials' }) })
  .meta({ id: 'WebAuthnCeremony' })
export const EnrolmentStart = z
  .strictObject({ token: z.string().max(100), person: SetupInput.nullable().default(null) })
  .meta({ id: 'EnrolmentStart' })
export const EnrolmentFinish = z
  .strictObject({
    token: z.string().max(100),
    ceremony: CeremonyId,
    attestation: Attestation,
    label: Device,
    bootstrapDays: z.int().min(0).max(30).default(14).meta({ description: 'of the first administrator alone' }),
  })
  .meta({ id: 'EnrolmentFinish' })
export const LoginFinish = z
  .strictObject({ ceremony: CeremonyId, assertion: Assertion, device: Device })
  .meta({ id: 'LoginFinish' })
export const DevelopmentLogin = z.strictObject({ roles: z.array(Role).max(11) }).meta({ id: 'DevelopmentLogin' })
export const PasskeyFinish = z
  .strictObject({ ceremony: CeremonyId, attestation: Attestation, label: Device })
  .meta({ id: 'PasskeyFinish' })
export const Training = z
  .strictObject({
    completedAt: When,
    courses: z
      .array(z.string().max(40))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'only these courses; left out: all that the roles of this person ask for' }),
  })
  .meta({ id: 'Training' })
export const WithReason = z.strictObject({ reason: Reason }).meta({ id: 'WithReason' })

export const WaysIn = z
  .object({ passkey: z.literal(true), oidc: z.boolean(), development: z.boolean() })
  .meta({ id: 'WaysIn' })
export const AssignmentView = Assignment.extend({
  state: z.enum(['active', 'expired', 'training_due', 'review_due', 'ended', 'person_inactive']),
}).meta({ id: 'RoleAssignment' })
export const PersonView = Person.omit({ subject: true, externalId: true })
  .extend({ linked: z.boolean(), passkeys: z.int().nonnegative(), assignments: z.array(AssignmentView) })
  .meta({ id: 'PersonView' })
export const PersonPage = z
  .object({ items: z.array(PersonView), next: z.string().nullable() })
  .meta({ id: 'PersonPage' })
export const SessionView = z
  .object({
    id: z.string(),
    device: z.string(),
    method: z.enum(['passkey', 'oidc', 'development']),
    createdAt: When,
    lastSeenAt: When,
    current: z.boolean(),
  })
  .meta({ id: 'StaffSession' })
export const Me = z
  .object({
    person: PersonView,
    roles: z.array(Role).meta({ description: 'in force' }),
    csrf: z.string().meta({ description: 'send it as x-safelevel-csrf with every change' }),
    fresh: z.boolean().meta({ description: 'the security key was touched within five minutes' }),
    session: SessionView,
    bootstrap: z.boolean(),
    waiting: z.int().nonnegative().meta({ description: 'approvals that wait for this person' }),
  })
  .meta({ id: 'Me' })
export const PasskeyView = z
  .object({
    id: z.string(),
    label: z.string(),
    deviceType: z.string(),
    backedUp: z.boolean(),
    createdAt: When,
    lastUsedAt: When.nullable(),
  })
  .meta({ id: 'PasskeyView' })
export const IssuedLink = z
  .object({ url: z.string().meta({ description: 'good once; hand it over by a way that you trust' }), expiresAt: When })
  .meta({ id: 'IssuedLink' })
export const BootstrapView = z
  .object({ active: z.boolean(), startedAt: When.nullable(), endsAt: When.nullable(), endedAt: When.nullable() })
  .meta({ id: 'BootstrapView' })

export const ApprovalView = Approval.omit({ requesterSubject: true, holder: true, leaseUntil: true })
  .extend({
    votes: z.array(Approval.shape.votes.element.omit({ subject: true, assertion: true, publicKey: true })),
    missing: z.array(z.object({ group: z.string(), roles: z.array(Role), count: z.int().positive() })),
  })
  .meta({ id: 'ApprovalView' })
export const ApprovalPage = z
  .object({ items: z.array(ApprovalView), next: z.string().nullable() })
  .meta({ id: 'ApprovalPage' })
export const NewApproval = z
  .strictObject({
    action: z.string().max(100),
    payload: z.unknown(),
    reason: Reason,
    expiresInMs: z.int().min(60_000).max(2_592_000_000).optional(),
  })
  .meta({ id: 'NewApproval' })
export const ApprovalQuery = z.object({
  state: ApprovalState.optional(),
  before: z.string().max(100).optional().meta({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const Signed = z.strictObject({ assertion: Assertion }).meta({ id: 'SignedApproval' })
