import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { closing, confirmed, confirmFault, isSame } from './campaign-machine.ts'
import { type AccessContext, conflict, DAY_MS, forbidden, notFound, SYSTEM, staffActor } from './context.ts'
import { Endings } from './endings.ts'
import { CAMPAIGN, DEVICE } from './kinds.ts'
import type { Campaign, ItemRef } from './schema.ts'
import { Standing } from './standing.ts'

/** Recertification: whether what was given is still needed, by somebody else than whose it is. What nobody confirms goes. */
export class Campaigns {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Asks about all that stands now. @throws {AppError} CONFLICT (one is open, or there is nothing to ask about), LEDGER_UNAVAILABLE */
  async start(by: Actor): Promise<Campaign> {
    const started = await this.#start(by)
    if (started === null) throw conflict('one is open already, or nothing stands that could be confirmed')
    return started
  }

  /** One item is still needed. @throws {AppError} NOT_FOUND, FORBIDDEN saying why, LEDGER_UNAVAILABLE */
  async confirm(id: string, ref: ItemRef, personId: string): Promise<Campaign> {
    const { journal, clock, config, refresh } = this.#context
    const campaign = await journal.make(staffActor(personId), async (db) => {
      const before = await find(db, id)
      const nowMs = clock.now()
      const fault = confirmFault(before, ref, personId, nowMs)
      if (fault !== null) throw forbidden(fault)
      if (before.items.find((item) => isSame(item, ref))?.state === 'confirmed') return { events: [], result: before }
      const next = confirmed(before, ref, personId, nowMs)
      const device = ref.type === 'device' ? await records.find(db, DEVICE, ref.id) : null
      const prolonged =
        device?.state === 'approved'
          ? [put(DEVICE, { ...device, expiresAt: iso(nowMs + config.deviceDays * DAY_MS) })]
          : []
      const data = { type: ref.type, item: ref.id }
      const event = { kind: 'weights.item_confirmed', subject: { type: 'weights_campaign', id }, data }
      return { events: [event], puts: [put(CAMPAIGN, next), ...prolonged], result: next }
    })
    await refresh()
    return campaign
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): Promise<Campaign> {
    return find(this.#context.db.db, id)
  }

  /** Newest first. */
  list(): Promise<Campaign[]> {
    return records.list(this.#context.db.db, CAMPAIGN, { order: 'newest', limit: 100 })
  }

  /** Closes what is due, each once whoever runs it; begins the next one when it is time. */
  async catchUp(): Promise<void> {
    const { db, clock, config } = this.#context
    const dueBy = new Date(clock.now())
    for (const { id } of await records.list(db.db, CAMPAIGN, { state: 'open', dueBy })) await this.#close(id)
    if ((await this.#lastMs(db.db)) + config.recertifyDays * DAY_MS > clock.now()) return
    // Of several replicas that come here at once one begins: the others find it open.
    await this.#start(SYSTEM)
  }

  async #close(id: string): Promise<void> {
    const { journal, clock, refresh } = this.#context
    await journal.make(SYSTEM, async (db) => {
      const standing = await Standing.read(db)
      const nowMs = clock.now()
      const campaign = await find(db, id)
      const stands = (item: ItemRef) => standing.has(item) && !standing.isRenewed(item, campaign.startedAt)
      const closed = closing(campaign, stands, nowMs)
      if (closed === null) return { events: [], result: undefined }
      const endings = await Endings.begin(db)
      const because = { nowMs, by: SYSTEM.id, cause: 'recertification', reason: `not confirmed in ${id}` }
      for (const item of closed.revoked) standing.end(item, endings, because)
      const data = { items: closed.next.items.length, revoked: closed.revoked.length }
      const event = { kind: 'weights.campaign_closed', subject: { type: 'weights_campaign', id }, data }
      return {
        events: [...endings.events, event],
        puts: [...endings.puts, put(CAMPAIGN, closed.next)],
        result: undefined,
      }
    })
    await refresh()
  }

  #start(by: Actor): Promise<Campaign | null> {
    const { journal, clock, ids, config } = this.#context
    return journal.make<Campaign | null>(by, async (db) => {
      const open = await records.list(db, CAMPAIGN, { state: 'open', limit: 1 })
      if (open.length > 0) return { events: [], result: null }
      const items = (await Standing.read(db)).items()
      if (items.length === 0) return { events: [], result: null }
      const nowMs = clock.now()
      const campaign: Campaign = {
        ...{ id: ids.next('rec'), state: 'open', startedAt: iso(nowMs), startedBy: by.id },
        ...{ dueAt: iso(nowMs + config.confirmDays * DAY_MS), closedAt: null, items },
      }
      const data = { items: items.length, dueAt: campaign.dueAt }
      const event = { kind: 'weights.campaign_started', subject: { type: 'weights_campaign', id: campaign.id }, data }
      return { events: [event], puts: [put(CAMPAIGN, campaign)], result: campaign }
    })
  }

  /** When the last one began, or the oldest device was let in; never, when there is nothing. */
  async #lastMs(db: Db): Promise<number> {
    const [last] = await records.list(db, CAMPAIGN, { order: 'newest', limit: 1 })
    if (last !== undefined) return Date.parse(last.startedAt)
    const [device] = await records.list(db, DEVICE, { state: 'approved', limit: 1 })
    return device?.approvedAt == null ? Number.POSITIVE_INFINITY : Date.parse(device.approvedAt)
  }
}

async function find(db: Db, id: string): Promise<Campaign> {
  const campaign = await records.find(db, CAMPAIGN, id)
  if (campaign === null) throw notFound('recertification')
  return campaign
}
