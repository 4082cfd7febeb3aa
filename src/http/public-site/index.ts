export type { PublicLedger, PublicModel, PublicSiteDeps, Readiness, RedressDeps } from './deps.ts'
export { createPublicSite } from './public-site.ts'
