export type { PublicAdvisory } from './advisory-page.ts'
export type {
  PublicCards,
  PublicLedger,
  PublicModel,
  PublicReadiness,
  PublicRecord,
  PublicSiteDeps,
  RedressDeps,
} from './deps.ts'
export { createPublicSite } from './public-site.ts'
