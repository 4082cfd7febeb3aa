import { AppError } from '../../../../base/errors.ts'
import type { CampaignKind } from '../campaign.ts'
import { OUTSIDE_CAMPAIGNS } from '../outside-campaigns/index.ts'
import { BULK_AT_NIGHT, BULK_BEFORE_LEAVING, WEEKEND_COPY } from './bulk.ts'
import { DIVIDED, MUTUAL_FAVOURS, RUBBER_STAMP } from './collusion.ts'
import { AS_SERVING, AS_TRAINING } from './disguise.ts'
import { CANARY_THEFT, GLASS_ABUSE, UNUSUAL_EXPORT } from './misuse.ts'
import { DRIP, DRIP_THEN_BURST, TENSOR_SWEEP } from './slow.ts'
import { DORMANT, STOLEN_FAR, STOLEN_NEAR } from './stolen.ts'
import { LOG_DELETION, LOOSENED_CONTAINMENT, POLICY_TAMPERING } from './tampering.ts'

/** Those that detectors may be tuned on. */
export const OWN_CAMPAIGNS: readonly CampaignKind[] = [
  ...[BULK_BEFORE_LEAVING, BULK_AT_NIGHT, WEEKEND_COPY],
  ...[DRIP, DRIP_THEN_BURST, TENSOR_SWEEP],
  ...[RUBBER_STAMP, MUTUAL_FAVOURS, DIVIDED],
  ...[STOLEN_FAR, STOLEN_NEAR, DORMANT],
  ...[POLICY_TAMPERING, LOOSENED_CONTAINMENT, LOG_DELETION],
  ...[AS_TRAINING, AS_SERVING],
  ...[GLASS_ABUSE, CANARY_THEFT, UNUSUAL_EXPORT],
]

/** For whoever asks what there is. */
export const CAMPAIGNS_HELP = `own, outside, all, or of these: ${[...OWN_CAMPAIGNS, ...OUTSIDE_CAMPAIGNS].map(({ id }) => id).join(', ')}`

/**
 * What `--kinds` names: ids with commas between, `own` (those that detectors are tuned on), `outside` (thought out by somebody who does not
 * know the detectors: for measuring), or `all`.
 * @throws {AppError} REQUEST_INVALID
 */
export function campaignsNamed(names: string): readonly CampaignKind[] {
  const all = [...OWN_CAMPAIGNS, ...OUTSIDE_CAMPAIGNS]
  const found = names.split(',').flatMap((name) => {
    if (name === 'all') return all
    if (name === 'own') return OWN_CAMPAIGNS
    if (name === 'outside') return OUTSIDE_CAMPAIGNS
    const kind = all.find(({ id }) => id === name)
    if (kind === undefined) throw new AppError('REQUEST_INVALID', `there is no campaign ${name}: ${CAMPAIGNS_HELP}`)
    return [kind]
  })
  return [...new Set(found)]
}
