import type { ApiKey, Organisation, Project } from './schema.ts'
import type { KeyRow, OrganisationRow, ProjectRow } from './store.ts'

export function toOrganisation(row: OrganisationRow): Organisation {
  return { id: row.id, name: row.name, tier: row.tier, createdAt: row.createdAt.toISOString() }
}

export function toProject(row: ProjectRow): Project {
  const { id, organisationId, name, requestsPerMinute, tokensPerMinute, createdAt } = row
  return { id, organisationId, name, requestsPerMinute, tokensPerMinute, createdAt: createdAt.toISOString() }
}

export function toApiKey(row: KeyRow, nowMs: number): ApiKey {
  const { id, projectId, name, prefix, last4, testString } = row
  return {
    id,
    projectId,
    name,
    prefix,
    last4,
    testString,
    status: statusOf(row, nowMs),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}

function statusOf(row: KeyRow, nowMs: number): ApiKey['status'] {
  if (row.revokedAt !== null) return 'revoked'
  return row.expiresAt !== null && row.expiresAt.getTime() <= nowMs ? 'expired' : 'active'
}
