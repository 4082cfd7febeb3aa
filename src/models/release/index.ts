export { type Precondition, Preconditions } from './preconditions.ts'
export { EXCEPTION_ACTION, Release, type ReleaseDeps } from './release.ts'
export { Finding, NewException, ReleaseView } from './schema.ts'
