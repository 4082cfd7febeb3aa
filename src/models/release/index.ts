export type { Partners } from './partners.ts'
export { type Precondition, Preconditions } from './preconditions.ts'
export { EXCEPTION_ACTION, Release, type ReleaseDeps } from './release.ts'
export { Finding, NewException, NewPartnerBinding, PartnerBinding, ReleaseView, SAFEGUARDS } from './schema.ts'
