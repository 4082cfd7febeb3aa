import { iso } from '../../base/clock.ts'
import type { Campaign, CampaignItem, ItemRef } from './schema.ts'

export function isSame(a: ItemRef, b: ItemRef): boolean {
  return a.type === b.type && a.id === b.id
}

/** Why this person can't confirm that item; null = they can. */
export function confirmFault({ state, items, dueAt }: Campaign, ref: ItemRef, personId: string, nowMs: number) {
  const item = items.find((one) => isSame(one, ref))
  if (item === undefined) return 'this is no item of this recertification'
  if (state === 'closed' || nowMs >= Date.parse(dueAt)) return `this recertification ended at ${dueAt}`
  if (item.owner === personId) return 'somebody else must confirm what is yours'
  return item.state === 'open' || item.state === 'confirmed' ? null : `it is ${item.state} already`
}

export function confirmed(campaign: Campaign, ref: ItemRef, personId: string, nowMs: number): Campaign {
  return withItem(campaign, ref, { state: 'confirmed', by: personId, at: iso(nowMs) })
}

/**
 * The campaign after its due day: what nobody confirmed is revoked, once.
 *
 * @param stands Whether an item can still be revoked: what has ended since is `gone`.
 * @returns null when it isn't due, or was closed before
 */
export function closing(
  campaign: Campaign,
  stands: (item: CampaignItem) => boolean,
  nowMs: number,
): { next: Campaign; revoked: CampaignItem[] } | null {
  if (campaign.state === 'closed' || nowMs < Date.parse(campaign.dueAt)) return null
  const at = iso(nowMs)
  const items = campaign.items.map((item): CampaignItem => {
    if (item.state !== 'open') return item
    return { ...item, state: stands(item) ? 'revoked' : 'gone', by: null, at }
  })
  const revoked = items.filter((item, i) => item.state === 'revoked' && campaign.items[i]?.state === 'open')
  return { next: { ...campaign, state: 'closed', closedAt: at, items }, revoked }
}

function withItem(campaign: Campaign, ref: ItemRef, change: Partial<CampaignItem>): Campaign {
  return { ...campaign, items: campaign.items.map((item) => (isSame(item, ref) ? { ...item, ...change } : item)) }
}
