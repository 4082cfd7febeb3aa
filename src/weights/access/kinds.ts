import type { RecordKind } from '../../journal/index.ts'
import { modelOf } from './basics.ts'
import { Device, Environment } from './device-schema.ts'
import { Draft, Grant } from './grant-schema.ts'
import { Campaign, Canary, Copy, Custody, Glass, Overlay, StoredLock } from './schema.ts'

export const DEVICE: RecordKind<Device> = {
  kind: 'device',
  schema: Device,
  columns: ({ id, thumbprint, state, registeredAt, expiresAt }) => ({
    ...{ id, about: thumbprint, state, at: registeredAt },
    dueAt: state === 'approved' ? expiresAt : null,
  }),
}

export const ENVIRONMENT: RecordKind<Environment> = {
  kind: 'environment',
  schema: Environment,
  columns: ({ name, state, attestedAt, expiresAt }) => ({
    ...{ id: name, state, at: attestedAt },
    dueAt: state === 'attested' ? expiresAt : null,
  }),
}

export const GRANT: RecordKind<Grant> = {
  kind: 'grant',
  schema: Grant,
  columns: ({ id, version, approval, state, startsAt, expiresAt }) => ({
    ...{ id, model: modelOf(version), about: approval, state, at: startsAt },
    dueAt: state === 'active' ? expiresAt : null,
  }),
}

export const DRAFT: RecordKind<Draft> = {
  kind: 'draft',
  schema: Draft,
  columns: ({ id, device, statement, state, createdAt, expiresAt }) => ({
    ...{ id, model: modelOf(statement.version), about: device, state, at: createdAt },
    dueAt: state === 'draft' ? expiresAt : null,
  }),
}

export const LOCK: RecordKind<StoredLock> = {
  kind: 'lock',
  schema: StoredLock,
  columns: ({ id, model, state, lockedAt }) => ({ id, model, state, at: lockedAt }),
}

export const GLASS: RecordKind<Glass> = {
  kind: 'glass',
  schema: Glass,
  columns: ({ id, approval, state, agreedAt, reviewDueAt }) => ({
    ...{ id, about: approval, state, at: agreedAt },
    dueAt: state === 'broken' ? reviewDueAt : null,
  }),
}

export const CAMPAIGN: RecordKind<Campaign> = {
  kind: 'campaign',
  schema: Campaign,
  columns: ({ id, state, startedAt, dueAt }) => ({ id, state, at: startedAt, dueAt: state === 'open' ? dueAt : null }),
}

export const COPY: RecordKind<Copy> = {
  kind: 'copy',
  schema: Copy,
  columns: ({ id, version, grant, state, registeredAt, expiresAt }) => ({
    ...{ id, model: modelOf(version), about: grant, state, at: registeredAt },
    dueAt: state === 'stands' ? expiresAt : null,
  }),
}

export const CUSTODY: RecordKind<Custody> = {
  kind: 'custody',
  schema: Custody,
  columns: ({ model, statedAt, endedAt }) => ({
    ...{ id: model, model, state: endedAt === null ? 'stands' : 'ended', at: statedAt },
  }),
}

export const OVERLAY: RecordKind<Overlay> = {
  kind: 'overlay',
  schema: Overlay,
  columns: ({ id, on, switchedAt }) => ({ id, state: on ? 'on' : 'off', at: switchedAt ?? '1970-01-01T00:00:00.000Z' }),
}

export const CANARY: RecordKind<Canary> = {
  kind: 'canary',
  schema: Canary,
  columns: ({ id, version, state, plantedAt }) => ({
    id,
    model: modelOf(version),
    about: version,
    state,
    at: plantedAt,
  }),
}
