export type { PublicLedger, PublicModel, PublicSiteDeps, Readiness } from './deps.ts'
export { createPublicSite } from './public-site.ts'
