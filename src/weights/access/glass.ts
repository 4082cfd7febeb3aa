import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { EventData } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { modelOf } from './basics.ts'
import type { Canaries } from './canaries.ts'
import { type AccessContext, conflict, forbidden, HOUR_MS, invalid, notFound, SYSTEM, staffActor } from './context.ts'
import type { Devices } from './devices.ts'
import { breakFault, broken, dealFault, dealt, reviewed, reviewFault } from './glass-machine.ts'
import type { Grant, GrantStatement } from './grant-schema.ts'
import { givenEvent, newGrant } from './granting.ts'
import { GLASS, GRANT } from './kinds.ts'
import type { Locks } from './locks.ts'
import { type Glass, GlassRequest, type GlassShares, GlassView, NewBreak } from './schema.ts'
import { checkShares, dealShares } from './shares.ts'
import { statementFault, statementFor } from './statement.ts'

/** The name under which two people set up shares for breaking the glass. */
export const GLASS_ACTION = 'weights.glass'

/**
 * The way in when those who approve can't be reached: some of the custodians bring their shares together. Loud, short, reviewed by somebody
 * else, and good for once: after the review there are new shares.
 */
export class BreakGlass {
  readonly #context: AccessContext
  readonly #parts: { readonly devices: Devices; readonly locks: Locks; readonly canaries: Canaries }

  constructor(context: AccessContext, parts: { devices: Devices; locks: Locks; canaries: Canaries }) {
    this.#context = context
    this.#parts = parts
  }

  /** Two people agree on how many shares there are and how many it takes; who asked then deals them. */
  settingUp(): ActionDefinition<GlassRequest> {
    return {
      schema: GlassRequest,
      fresh: true,
      rule: () => twoPeople(['ciso'], ['rso', 'ceo', 'board']),
      check: async () => checkNoneOwed(await this.#all(this.#context.db.db)),
      execute: async ({ threshold, shares }, { id: approval, requester, approvers, approvedAt }) => {
        const { journal, ids } = this.#context
        await journal.make(SYSTEM, async (db) => {
          const all = await this.#all(db)
          if (all.some((one) => one.approval === approval)) return { events: [], result: undefined }
          checkNoneOwed(all)
          const glass = agreedGlass({
            id: ids.next('gls'),
            threshold,
            shares,
            approval,
            requester,
            agreedAt: approvedAt,
          })
          const data = { approval, threshold, shares, people: [requester, ...approvers] }
          return {
            events: [glassEvent('weights.glass_agreed', glass, data)],
            puts: [put(GLASS, glass)],
            result: undefined,
          }
        })
      },
    }
  }

  /**
   * Makes the shares that were agreed to and shows them, this once: nobody can show them again. Shares of before open nothing any longer.
   *
   * @returns one for each custodian
   * @throws {AppError} NOT_FOUND, FORBIDDEN, LEDGER_UNAVAILABLE
   */
  async deal(id: string, personId: string): Promise<GlassShares> {
    const { journal, clock, ids } = this.#context
    return journal.make(staffActor(personId), async (db) => {
      const glass = await find(db, id)
      const fault = dealFault(glass, personId, clock.now())
      if (fault !== null) throw forbidden(fault)
      const { texts, dealt: made } = await dealShares(glass, id, ids)
      const armed = dealt(glass, made, clock.now())
      const before = (await this.#all(db)).filter(({ state }) => state === 'armed')
      const replaced = before.map((one): Glass => ({ ...one, state: 'replaced' }))
      return {
        events: [glassEvent('weights.glass_dealt', armed, { replaced: replaced.map((one) => one.id) })],
        puts: [put(GLASS, armed), ...replaced.map((one) => put(GLASS, one))],
        result: { shares: texts },
      }
    })
  }

  /**
   * Opens weights for a short while on the strength of the shares alone. What is locked stays locked.
   *
   * @param input shares, what is to be opened, and why
   * @param personId who takes it; their device opens it
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND, FORBIDDEN (the shares, the role), CONFLICT (nothing to break, locked, not to be given),
   *   LEDGER_UNAVAILABLE: nothing is opened that is not recorded
   */
  async break(input: NewBreak, personId: string): Promise<Grant> {
    const { reason, shares, ...asked } = parseBreak(input, this.#context.config.glassMinutes)
    const { journal, clock, config, refresh, db } = this.#context
    await refresh()
    const statement = await this.#statement({ ...asked, purpose: reason }, personId)
    const by = staffActor(personId)
    await this.#checkShares(shares, personId)
    const grant = await journal.make(by, async (tx) => {
      // Again, and alone: of two who break at once, one does.
      const armed = await this.#armed(tx)
      await checkShares(shares, armed)
      const startsAtMs = clock.now()
      const given = newGrant(this.#context, statement, {
        ...{ approval: null, kind: 'break_glass', personId, approvers: [], startsAtMs },
      })
      const times = { nowMs: startsAtMs, reviewMs: config.glassReviewHours * HOUR_MS }
      const glass = broken(armed, { personId, grant: given.id, reason }, times)
      const { version, budgetBytes, expiresAt } = given
      const data = {
        person: personId,
        grant: given.id,
        version,
        budgetBytes,
        expiresAt,
        reviewDueAt: glass.reviewDueAt,
      }
      return {
        events: [glassEvent('weights.glass_broken', glass, data), givenEvent(given)],
        puts: [put(GLASS, glass), put(GRANT, given)],
        result: given,
      }
    })
    await refresh()
    return (await records.find(db.db, GRANT, grant.id)) ?? grant
  }

  /** Somebody else says what came of it; new shares can then be set up. @throws {AppError} NOT_FOUND, FORBIDDEN, LEDGER_UNAVAILABLE */
  async review(id: string, findings: string, personId: string): Promise<GlassView> {
    const { journal, clock } = this.#context
    return journal.make(staffActor(personId), async (db) => {
      const glass = await find(db, id)
      const fault = reviewFault(glass, personId)
      if (fault !== null) throw forbidden(fault)
      const done = reviewed(glass, { personId, findings }, clock.now())
      const event = glassEvent('weights.glass_reviewed', done, { brokenBy: glass.brokenBy })
      return { events: [event], puts: [put(GLASS, done)], result: GlassView.parse(done) }
    })
  }

  /** Newest first. */
  async list(): Promise<GlassView[]> {
    return (await this.#all(this.#context.db.db)).map((glass) => GlassView.parse(glass))
  }

  /** Broken, and not reviewed. */
  async owed(): Promise<GlassView | null> {
    const [glass] = await records.list(this.#context.db.db, GLASS, { state: 'broken', limit: 1 })
    return glass === undefined ? null : GlassView.parse(glass)
  }

  /** Wrong shares are tried in the open: each try that fails is an event. */
  async #checkShares(shares: readonly string[], personId: string): Promise<void> {
    const armed = await this.#armed(this.#context.db.db)
    try {
      await checkShares(shares, armed)
    } catch (error) {
      const data = { person: personId, given: shares.length }
      await this.#context.journal.note(staffActor(personId), glassEvent('weights.glass_refused', armed, data))
      throw error
    }
  }

  async #statement(
    asked: {
      device: string
      version: string
      files: string[]
      use: 'run' | 'program'
      budgetBytes: number
      minutes: number
      purpose: string
    },
    personId: string,
  ): Promise<GrantStatement> {
    const { minutes: windowMinutes, ...rest } = asked
    const device = await this.#parts.devices.get(asked.device)
    const statement = await statementFor(this.#context, { ...rest, windowMinutes }, device)
    const { version, files } = statement
    const touch = { version, paths: files, via: 'glass', personId, device: device.id, grant: null } as const
    await this.#parts.canaries.touched(touch, staffActor(personId))
    const fault = await statementFault(this.#context, statement, personId)
    if (fault !== null) throw conflict(fault)
    if (device.environment !== null) throw conflict('the glass is broken by a person, on their own device')
    const locked = await this.#parts.locks.reason(modelOf(version), personId)
    if (locked !== null) throw conflict(`${locked}: breaking the glass opens no lock`)
    return statement
  }

  async #armed(db: Db): Promise<Glass> {
    const all = await this.#all(db)
    const fault = breakFault(all)
    const armed = all.find(({ state }) => state === 'armed')
    if (fault !== null || armed === undefined) throw conflict(fault ?? 'no shares are out')
    return armed
  }

  #all(db: Db): Promise<Glass[]> {
    return records.list(db, GLASS, { order: 'newest', limit: 1_000 })
  }
}

function parseBreak(input: NewBreak, mostMinutes: number) {
  const parsed = NewBreak.safeParse(input)
  // Never what was sent: it may hold shares.
  if (!parsed.success)
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  if (parsed.data.minutes > mostMinutes) throw invalid(`minutes: at most ${mostMinutes} here`)
  return parsed.data
}

function checkNoneOwed(all: readonly Glass[]): void {
  const owed = all.find(({ state }) => state === 'broken')
  if (owed !== undefined) throw conflict(`the glass was broken at ${owed.brokenAt}: review that first`)
}

function agreedGlass(given: Pick<Glass, 'id' | 'threshold' | 'shares' | 'approval' | 'requester' | 'agreedAt'>): Glass {
  return {
    ...given,
    ...{
      state: 'agreed',
      secretHash: null,
      shareHashes: [],
      dealtAt: null,
      brokenAt: null,
      brokenBy: null,
      grant: null,
    },
    ...{ reason: null, reviewDueAt: null, overdueNotedAt: null, reviewedAt: null, reviewedBy: null, findings: null },
  }
}

function glassEvent(kind: string, { id }: Pick<Glass, 'id'>, data: EventData) {
  return { kind, subject: { type: 'weights_glass', id }, data }
}

async function find(db: Db, id: string): Promise<Glass> {
  const glass = await records.find(db, GLASS, id)
  if (glass === null) throw notFound('set of shares')
  return glass
}
