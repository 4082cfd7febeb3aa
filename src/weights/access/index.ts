export { Access } from './access.ts'
export type { Touch } from './canaries.ts'
export { AccessConfig, parseAccessConfig } from './config.ts'
export type { AccessDeps } from './context.ts'
export { COPY_ACTION } from './copies.ts'
export { parsePublicJwk } from './device-key.ts'
export { Device, DeviceRequest, Environment, NewDevice, NewEnvironment, PublicJwk } from './device-schema.ts'
export { DEVICE_ACTION } from './devices.ts'
export { ENVIRONMENT_ACTION } from './environments.ts'
export type { Deployed } from './finding.ts'
export { GLASS_ACTION } from './glass.ts'
export {
  Draft,
  DraftProgress,
  GRANT_STATES,
  Grant,
  GrantStatement,
  NewDraft,
  NewRequest,
  USES,
} from './grant-schema.ts'
export { GRANT_ACTION } from './granting.ts'
export type { GrantQuery } from './grants.ts'
export { UNLOCK_ACTION } from './locks.ts'
export { OVERLAY_ACTION } from './overlay.ts'
export { type CoverableFile, covers } from './patterns.ts'
export type { PeoplePort, VaultPort, VersionFacts } from './ports.ts'
export {
  Campaign,
  Canary,
  Copy,
  CopyExtension,
  Custody,
  DrillResult,
  GlassRequest,
  GlassShares,
  GlassView,
  ItemRef,
  Lock,
  LockScope,
  NewBreak,
  NewCanaryFile,
  NewCanaryModel,
  NewCopy,
  NewCustody,
  Overlay,
  OverlaySwitch,
  type PersonScope,
  UnlockRequest,
} from './schema.ts'
