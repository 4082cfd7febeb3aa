import type { CampaignKind } from '../campaign.ts'

/** What can be planted, by id. */
export const CAMPAIGNS: readonly CampaignKind[] = []
