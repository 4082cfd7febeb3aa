import { z } from 'zod'
import type { LedgerEvent } from '../ledger/index.ts'
import { Organisation, Project, ProjectLimits } from './schema.ts'

const KeyRecord = z.object({
  id: z.string(),
  projectId: z.string(),
  name: z.string(),
  secretHash: z.string(),
  prefix: z.string(),
  last4: z.string(),
  testString: z.boolean(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
})
export type KeyRecord = z.infer<typeof KeyRecord>

/** `undelivered`: its making was cut off before anybody saw the secret. */
const RevocationReason = z.enum(['requested', 'undelivered'])

/** One change of the accounts, as it waits in the store until it is recorded and in effect. */
export const Change = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('organisation_created'),
    // Absent in a change that waits since before there were tiers.
    organisation: Organisation.extend({ tier: Organisation.shape.tier.default(null) }),
  }),
  z.object({
    type: z.literal('organisation_tier_changed'),
    organisationId: z.string(),
    tier: Organisation.shape.tier,
  }),
  z.object({ type: z.literal('project_created'), project: Project }),
  z.object({
    type: z.literal('project_limits_changed'),
    projectId: z.string(),
    organisationId: z.string(),
    limits: ProjectLimits,
  }),
  z.object({ type: z.literal('key_created'), key: KeyRecord, organisationId: z.string() }),
  z.object({
    type: z.literal('key_revoked'),
    keyId: z.string(),
    projectId: z.string(),
    organisationId: z.string(),
    at: z.string(),
    reason: RevocationReason,
  }),
])
export type Change = z.infer<typeof Change>

/** What of a change goes onto the ledger: identifiers, numbers and times; never names, which are customers' data. */
export function describeChange(change: Change): Pick<LedgerEvent, 'subject' | 'data'> {
  switch (change.type) {
    case 'organisation_created':
      return { subject: { type: 'organisation', id: change.organisation.id }, data: tierOf(change.organisation.tier) }
    case 'organisation_tier_changed':
      return { subject: { type: 'organisation', id: change.organisationId }, data: { tier: change.tier } }
    case 'project_created': {
      const { id, organisationId, requestsPerMinute, tokensPerMinute } = change.project
      return {
        subject: { type: 'project', id },
        data: { organisation: organisationId, requestsPerMinute, tokensPerMinute },
      }
    }
    case 'project_limits_changed':
      return {
        subject: { type: 'project', id: change.projectId },
        data: { organisation: change.organisationId, ...change.limits },
      }
    case 'key_created': {
      const { id, projectId, testString, expiresAt } = change.key
      return {
        subject: { type: 'key', id },
        data: { organisation: change.organisationId, project: projectId, testString, expiresAt },
      }
    }
    case 'key_revoked':
      return {
        subject: { type: 'key', id: change.keyId },
        data: { organisation: change.organisationId, project: change.projectId, reason: change.reason },
      }
  }
}

/** What has no tier says nothing of it. */
function tierOf(tier: string | null): LedgerEvent['data'] {
  return tier === null ? {} : { tier }
}
