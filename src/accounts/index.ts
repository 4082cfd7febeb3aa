export { Accounts, type AccountsDeps } from './accounts.ts'
export * from './enforcement/index.ts'
export { Identity, type IssuerHealth } from './identity/index.ts'
export { isOperatorToken, openOperatorToken, proveServer, readOperatorToken } from './operator-token.ts'
export { rateLimitHeaders } from './rate-limit-headers.ts'
export type { Admission, BucketState, RateLimits } from './rate-limiter.ts'
export {
  ApiKey,
  CreatedKey,
  LimitsPatch,
  NewKey,
  NewOrganisation,
  NewProject,
  Organisation,
  OrganisationPatch,
  type Principal,
  Project,
  ProjectLimits,
} from './schema.ts'
export { checkSecret, KEY_PATTERN } from './secret.ts'
export { type LimitStore, SharedLimits, type SharedLimitsState } from './shared-limits.ts'
export { ValkeyLimits } from './valkey.ts'
