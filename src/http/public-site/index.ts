export type { PublicLedger, PublicModel, PublicReadiness, PublicSiteDeps, RedressDeps } from './deps.ts'
export { createPublicSite } from './public-site.ts'
