import type { CampaignKind } from '../campaign.ts'
import { lastNight, partingGift, twoLaptops } from './bulk.ts'
import { friendlyHand, merryGoRound, stampedReview } from './collusion.ts'
import { crashLoop, helpfulApprover, keptExport, launchCrowd, trainingDay } from './disguise.ts'
import { longApprenticeship, nightWatch, teaspoons, tensorGleaner } from './low-and-slow.ts'
import { decoyInTheNet, glassNight, sleeper } from './misuse.ts'
import { isWeekday, until } from './nights.ts'
import { copiedKey, secondShadow, whileAway } from './stolen.ts'
import { blindSpot, fridayException, loosenedAndMended } from './tampering.ts'

/** Campaigns that were thought out by others than those who detect them, and without knowledge of how they do. */
export const OUTSIDE_CAMPAIGNS: readonly CampaignKind[] = [
  ...[partingGift, lastNight, twoLaptops],
  ...[teaspoons, longApprenticeship, tensorGleaner, nightWatch],
  ...[merryGoRound, friendlyHand, stampedReview],
  ...[whileAway, secondShadow, copiedKey],
  ...[loosenedAndMended, fridayException, blindSpot],
  ...[trainingDay, launchCrowd, keptExport, crashLoop, helpfulApprover],
  ...[glassNight, decoyInTheNet, sleeper],
].map(fromWorkingDay)

/** Those who would take part are there to be chosen from on working days only. */
function fromWorkingDay(kind: CampaignKind): CampaignKind {
  return {
    ...kind,
    longestDays: kind.longestDays + 2,
    *play(stage) {
      yield* until(() => isWeekday(stage), 2)
      yield* kind.play(stage)
    },
  }
}
