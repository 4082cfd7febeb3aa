import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import type { Claims } from './claims.ts'
import type { ReviewConfig, Severity } from './config.ts'
import { conflict, forbidden, iso, person, type ReviewContext, type Reviewer } from './context.ts'
import * as store from './exposure-store.ts'
import { lockReader } from './store.ts'

const DAY_MS = 86_400_000

export const Exposure = z
  .object({
    day: z.iso.date().meta({ description: 'UTC' }),
    items: z.int().meta({ description: 'reveals today' }),
    weight: z.number().meta({ description: 'their sum by severity' }),
    itemsAllowed: z.int(),
    weightAllowed: z.number(),
    warning: z.boolean().meta({ description: 'the budget is nearly spent' }),
    spent: z.boolean().meta({ description: 'nothing more is shown today, unless a lead allows it' }),
    sinceBreak: z.int().meta({ description: 'reveals without a break' }),
    breakUntil: z.iso.datetime().nullable().meta({ description: 'a break is due; until then nothing is shown' }),
    toAcknowledge: z.boolean().meta({ description: 'somebody allowed more; it counts once the reader agrees' }),
  })
  .meta({ id: 'ReviewExposure' })
export type Exposure = z.infer<typeof Exposure>

export const AllowanceInput = z
  .strictObject({
    items: z.int().min(1).max(1_000),
    weight: z.number().min(1).max(10_000),
    reason: z.string().trim().min(1).max(1_000),
  })
  .meta({ id: 'ReviewAllowanceInput' })
export type AllowanceInput = z.infer<typeof AllowanceInput>

/** How much of what is grave one person is shown: a budget for each day, and breaks. */
export class ExposureBudget {
  readonly #context: ReviewContext
  readonly #claims: Claims
  constructor(context: ReviewContext, claims: Claims) {
    this.#context = context
    this.#claims = claims
  }

  async of(reader: string): Promise<Exposure> {
    return await this.#read(this.#context.db.db, reader)
  }

  /**
   * Counts one reveal, before it is shown.
   *
   * @returns its id, and what is left.
   * @throws {AppError} RATE_LIMITED: a break is due, or the day's budget is spent
   */
  async take(
    tx: Db,
    reveal: { reader: string; caseId: string; decisionId: string; part: string; severity: Severity },
  ): Promise<{ id: string; exposure: Exposure }> {
    const { clock, ids, config } = this.#context
    const { reader, caseId, decisionId, part, severity } = reveal
    await lockReader(tx, reader)
    const before = await this.#read(tx, reader)
    if (before.breakUntil !== null) {
      throw new AppError('RATE_LIMITED', `a break is due: content is shown again from ${before.breakUntil}`)
    }
    if (before.spent) throw new AppError('RATE_LIMITED', spentMessage(before))
    const id = ids.next('rvl')
    const weight = config.exposure.weights[severity]
    await store.insertReveal(tx, { id, reader, caseId, decisionId, part, weight, at: new Date(clock.now()) })
    return { id, exposure: await this.#read(tx, reader) }
  }

  /** Of something that could not be shown after all. */
  async giveBack(id: string): Promise<void> {
    await store.removeReveal(this.#context.db.db, id)
  }

  /**
   * Somebody else allows a person more for today; it counts once that person has agreed.
   *
   * @throws {AppError} FORBIDDEN for oneself
   */
  async allow(by: Reviewer, reader: string, input: AllowanceInput): Promise<Exposure> {
    if (by.id === reader) throw forbidden('nobody raises their own budget')
    const { db, clock, ids, outbox } = this.#context
    const now = clock.now()
    const { items, weight, reason } = input
    const row = { id: ids.next('alw'), reader, givenBy: by.id, reason, items, weight, acknowledgedAt: null }
    await db.db.transaction().execute(async (tx) => {
      await store.insertAllowance(tx, { ...row, day: dayOf(now), givenAt: new Date(now) })
      const subject = { type: 'person', id: reader }
      await outbox.put(tx, person(by), [
        { kind: 'review.exposure_allowed', subject, data: { items, weight, day: dayOf(now) } },
      ])
    })
    return await this.of(reader)
  }

  /** The person agrees to what was allowed. @throws {AppError} CONFLICT when nothing was */
  async acknowledge(reviewer: Reviewer): Promise<Exposure> {
    const { db, clock, outbox } = this.#context
    const now = clock.now()
    await db.db.transaction().execute(async (tx) => {
      const agreed = await store.acknowledge(tx, reviewer.id, dayOf(now), new Date(now))
      if (agreed.length === 0) throw conflict('nobody has allowed you more today')
      const subject = { type: 'person', id: reviewer.id }
      await outbox.put(tx, person(reviewer), [
        { kind: 'review.exposure_acknowledged', subject, data: { allowances: agreed } },
      ])
    })
    return await this.of(reviewer.id)
  }

  /** Stands up: what the person holds goes back, and the break counts from now. */
  async startBreak(reviewer: Reviewer): Promise<{ released: number }> {
    return { released: await this.#claims.releaseAll(reviewer, 'review.break_started') }
  }

  async #read(db: Db, reader: string): Promise<Exposure> {
    const { clock, config } = this.#context
    const { exposure } = config
    const nowMs = clock.now()
    const day = dayOf(nowMs)
    const { items, weight } = await store.sumReveals(db, reader, new Date(Math.floor(nowMs / DAY_MS) * DAY_MS))
    const allowances = await store.allowancesOf(db, reader, day)
    const agreed = allowances.filter(({ acknowledgedAt }) => acknowledgedAt !== null)
    const itemsAllowed = exposure.itemsPerDay + agreed.reduce((sum, one) => sum + one.items, 0)
    const weightAllowed = exposure.weightPerDay + agreed.reduce((sum, one) => sum + one.weight, 0)
    const stretch = stretchOf(await store.latestReveals(db, reader, exposure.breakAfterItems), exposure, nowMs)
    return {
      day,
      items,
      weight,
      itemsAllowed,
      weightAllowed,
      warning: items >= exposure.warnAt * itemsAllowed || weight >= exposure.warnAt * weightAllowed,
      spent: items >= itemsAllowed || weight >= weightAllowed,
      sinceBreak: stretch.items,
      breakUntil: stretch.breakUntilMs === null ? null : iso(new Date(stretch.breakUntilMs)),
      toAcknowledge: agreed.length < allowances.length,
    }
  }
}

/**
 * How much somebody has seen without a break: back from now to the first gap that is long enough to be one.
 *
 * @param times of reveals, newest first, as many as bring a break about
 */
export function stretchOf(
  times: readonly Date[],
  { breakAfterItems, breakMs }: Pick<ReviewConfig['exposure'], 'breakAfterItems' | 'breakMs'>,
  nowMs: number,
): { items: number; breakUntilMs: number | null } {
  let items = 0
  let laterMs = nowMs
  for (const time of times) {
    if (laterMs - time.getTime() >= breakMs) break
    items++
    laterMs = time.getTime()
  }
  const lastMs = times[0]?.getTime() ?? nowMs
  return { items, breakUntilMs: items >= breakAfterItems ? lastMs + breakMs : null }
}

function spentMessage({ toAcknowledge }: Exposure): string {
  if (toAcknowledge) return 'today’s budget is spent; somebody has allowed you more: acknowledge it first, or stop here'
  return 'today’s budget is spent: go on tomorrow, or ask a lead to allow you more'
}

function dayOf(ms: number): string {
  return iso(new Date(ms)).slice(0, 10)
}
