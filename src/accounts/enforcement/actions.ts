import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type EnforcementContext, notFound, refresh, SYSTEM } from './context.ts'
import type { Change } from './journal.ts'
import { climb, levelsOf } from './ladder.ts'
import { ACTION, put, STRIKE } from './records.ts'
import { type EnforcementAction, NewAction, type Strike, type Subject } from './schema.ts'
import * as store from './store.ts'
import { actionEvent, heldStep, newAutomatic } from './strikes.ts'

const END_USER = /^eu_[0-9a-f]{32}$/
const STAFF: ReadonlySet<Actor['type']> = new Set(['staff', 'operator'])

/**
 * Why something is relaxed. By approval: those who asked and agreed, at least two different people. By redress: whoever heard the dispute
 * or appeal, which is never the one who decided.
 */
export type Relaxation =
  | { readonly authority: 'approval'; readonly id: string; readonly people: readonly string[] }
  | { readonly authority: 'redress'; readonly id: string; readonly heardBy: string }

/** What an undoing changed. */
export interface Undone {
  readonly strikes: readonly string[]
  readonly ended: readonly string[]
  /** Steps that the remaining strikes reach by themselves. */
  readonly taken: readonly string[]
}

/** Restricting, which one person may; relaxing, which takes more than one. */
export class Actions {
  readonly #context: EnforcementContext

  constructor(context: EnforcementContext) {
    this.#context = context
  }

  /**
   * Restricts a subject from now on, on every replica within a second. What holds already goes on holding: the gravest counts.
   *
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND (the subject), FORBIDDEN (neither staff nor operator), LEDGER_UNAVAILABLE
   */
  async restrict(input: NewAction, by: Actor): Promise<EnforcementAction> {
    const { decisionId, note, until, throttleFactor, models, ...wanted } = NewAction.parse(input)
    const { clock, ids, settings } = this.#context
    if (!STAFF.has(by.type)) throw new AppError('FORBIDDEN', 'only people who work here, and the operator, restrict')
    const now = clock.now()
    if (until !== null && Date.parse(until) <= now) throw invalid('until must lie in the future')
    const limits = wanted.step === 'throttle' || wanted.step === 'restrict'
    if (throttleFactor !== undefined && !limits) throw invalid('throttleFactor goes with throttle and restrict')
    if (models !== undefined && wanted.step !== 'restrict') throw invalid('models goes with restrict')
    const configured = wanted.step === 'restrict' && settings.restrictModels.length > 0 ? settings.restrictModels : null
    const action = await this.#make(async (db) => {
      const made: EnforcementAction = {
        ...wanted,
        id: ids.next('act'),
        organisationId: await organisationOf(db, wanted.subject),
        source: by.type === 'staff' ? 'person' : 'operator',
        by,
        label: null,
        clause: null,
        decisionId: decisionId ?? null,
        strikeId: null,
        points: null,
        threshold: null,
        startedAt: iso(now),
        until: until === null ? null : iso(Date.parse(until)),
        throttleFactor: limits ? (throttleFactor ?? settings.throttleFactor) : null,
        models: models ?? (configured === null ? null : [...configured]),
        note: note ?? null,
        ended: null,
      }
      return {
        events: [actionEvent('enforcement.action_taken', made, by)],
        puts: [put(ACTION, made)],
        result: made,
      }
    })
    this.#context.notify({ kind: 'enforcement.action_taken', id: action.id, at: action.startedAt })
    return action
  }

  /** Refuses what could not be lifted anyway. @throws {AppError} NOT_FOUND, CONFLICT */
  async checkLiftable(actionId: string): Promise<EnforcementAction> {
    const action = await store.find(this.#context.db.db, ACTION, actionId)
    if (action === null) throw notFound('action')
    if (action.ended !== null) throw new AppError('CONFLICT', `the action has ended already (${action.ended.cause})`)
    return action
  }

  /**
   * Lifts an action by the agreement of two people. Of the ladder's steps all on this subject go, and the strikes behind them are forgiven:
   * the next one climbs from the ground. Doing it again under the same approval changes nothing.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT (it has ended otherwise), FORBIDDEN (fewer than two people), LEDGER_UNAVAILABLE
   */
  async lift(actionId: string, relaxation: Relaxation): Promise<EnforcementAction> {
    checkPeople(relaxation)
    if (relaxation.authority !== 'approval') throw new AppError('FORBIDDEN', 'lifting takes the approval of two people')
    return this.#make(async (db) => {
      const action = await this.#find(db, actionId)
      if (action.ended?.authority === relaxation.id) return { events: [], puts: [], result: action }
      if (action.ended !== null) throw new AppError('CONFLICT', `the action has ended already (${action.ended.cause})`)
      const by = actorOf(relaxation)
      const ended = this.#withItsLadder(action).map((a) => this.#end(a, 'lifted', by, relaxation.id, isAutomatic(a)))
      return {
        events: ended.map((a) => actionEvent('enforcement.action_lifted', a, by)),
        puts: ended.map((a) => put(ACTION, a)),
        result: ended[0] ?? action,
      }
    })
  }

  /**
   * Undoes a decision's effects (`dec_…`), or an action (`act_…`), after it was found wrong: strikes, and every step that they carried.
   * What remains is what would be, had it never happened. Doing it again changes nothing.
   *
   * @throws {AppError} NOT_FOUND, FORBIDDEN (heard by who decided, or fewer than two people), LEDGER_UNAVAILABLE
   */
  async undo(id: string, relaxation: Relaxation): Promise<Undone> {
    checkPeople(relaxation)
    return id.startsWith('act_') ? this.#undoAction(id, relaxation) : this.#undoDecision(id, relaxation)
  }

  /** Closes what has run out. */
  async expire(): Promise<number> {
    const { clock, db } = this.#context
    const now = new Date(clock.now())
    if ((await store.dueActions(db.db, ACTION, now)).length === 0) return 0
    return this.#make(async (locked) => {
      const due = await store.dueActions(locked, ACTION, now)
      const ended = due.map((action) => this.#end(action, 'expired', SYSTEM, null, false))
      return {
        events: ended.map((action) => actionEvent('enforcement.action_expired', action, SYSTEM)),
        puts: ended.map((action) => put(ACTION, action)),
        result: ended.length,
      }
    })
  }

  #undoAction(id: string, relaxation: Relaxation): Promise<Undone> {
    return this.#make(async (db) => {
      const action = await this.#find(db, id)
      if (relaxation.authority === 'redress' && action.by.id === relaxation.heardBy) throw heardByDecider()
      if (action.ended?.cause === 'undone' || action.ended?.cause === 'lifted') return nothing()
      const by = actorOf(relaxation)
      const ended = this.#withItsLadder(action).map((a) => this.#end(a, 'undone', by, relaxation.id, isAutomatic(a)))
      return {
        events: ended.map((a) => actionEvent('enforcement.action_undone', a, by)),
        puts: ended.map((a) => put(ACTION, a)),
        result: { strikes: [], ended: ended.map((a) => a.id), taken: [] },
      }
    })
  }

  #undoDecision(decisionId: string, relaxation: Relaxation): Promise<Undone> {
    const by = actorOf(relaxation)
    return this.#make(async (db) => {
      const strikes = await store.list(db, STRIKE, { decisionId, limit: 100 })
      const standing = strikes.filter((strike) => strike.undone === null)
      if (relaxation.authority === 'redress' && standing.some((s) => s.by.id === relaxation.heardBy)) {
        throw heardByDecider()
      }
      const about = await store.list(db, ACTION, { decisionId, limit: 100 })
      const at = iso(this.#context.clock.now())
      const undone = standing.map((strike): Strike => ({ ...strike, undone: { at, authority: relaxation.id } }))
      const gone = new Set(standing.map((strike) => strike.id))
      const ended = new Map<string, EnforcementAction>()
      const taken: EnforcementAction[] = []
      for (const strike of standing) {
        for (const subject of levelsOf(strike)) {
          const { end, take } = this.#withoutStrikes(subject, gone, Date.parse(strike.at))
          for (const action of end) ended.set(action.id, this.#end(action, 'undone', by, relaxation.id, false))
          for (const action of take) if (!taken.some((t) => isSame(t, action))) taken.push(action)
        }
      }
      // What people did because of this decision goes with it.
      for (const action of about) {
        if (action.ended !== null || action.source === 'automatic') continue
        if (relaxation.authority === 'redress' && action.by.id === relaxation.heardBy) throw heardByDecider()
        ended.set(action.id, this.#end(action, 'undone', by, relaxation.id, false))
      }
      return this.#undoneChange(by, undone, [...ended.values()], taken)
    })
  }

  #undoneChange(
    by: Actor,
    strikes: readonly Strike[],
    ended: readonly EnforcementAction[],
    taken: readonly EnforcementAction[],
  ): Change<Undone> {
    const events: Happening[] = [
      ...strikes.map((strike) => undoneEvent(strike, by)),
      ...ended.map((action) => actionEvent('enforcement.action_undone', action, by)),
      ...taken.map((action) => actionEvent('enforcement.action_taken', action, SYSTEM)),
    ]
    const puts = [
      ...strikes.map((strike) => put(STRIKE, strike)),
      ...[...ended, ...taken].map((action) => put(ACTION, action)),
    ]
    const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id)
    return { events, puts, result: { strikes: ids(strikes), ended: ids(ended), taken: ids(taken) } }
  }

  /**
   * A step of the ladder goes with the other steps that the same strikes carry, and those are forgiven: else it would be taken again at the
   * next one. What a person did goes alone.
   */
  #withItsLadder(action: EnforcementAction): EnforcementAction[] {
    if (!isAutomatic(action)) return [action]
    const all = this.#context.standings.actionsOf(action.subject.id)
    return [action, ...all.filter((other) => isAutomatic(other) && other.ended === null && other.id !== action.id)]
  }

  /** What the ladder would hold for a subject, had these strikes never been; against what it holds. */
  #withoutStrikes(subject: Subject, gone: ReadonlySet<string>, fromMs: number) {
    const { standings, settings, clock } = this.#context
    const remaining = standings.strikesOf(subject.id).filter(({ strike }) => !gone.has(strike.id))
    const automatic = standings.actionsOf(subject.id).filter((a) => a.source === 'automatic' && a.ended === null)
    const earlier = automatic.filter((a) => Date.parse(a.startedAt) < fromMs && !gone.has(a.strikeId ?? ''))
    const later = automatic.filter((a) => !earlier.includes(a))
    const due = climb(subject, remaining, settings, fromMs, earlier.map(heldStep))
    const end = later.filter((a) => !due.some((d) => d.step === a.step && d.strikeId === a.strikeId))
    const take: EnforcementAction[] = []
    for (const step of due) {
      if (step.untilMs <= clock.now()) continue
      if (later.some((a) => a.step === step.step && a.strikeId === step.strikeId)) continue
      const cause = remaining.find(({ strike }) => strike.id === step.strikeId)
      if (cause !== undefined) take.push(newAutomatic(this.#context, subject, step, cause.strike))
    }
    return { end, take }
  }

  #end(
    action: EnforcementAction,
    cause: 'expired' | 'undone' | 'lifted',
    by: Actor,
    authority: string | null,
    forgives: boolean,
  ): EnforcementAction {
    return { ...action, ended: { at: iso(this.#context.clock.now()), cause, by, authority, forgives } }
  }

  async #find(db: Db, id: string): Promise<EnforcementAction> {
    const action = await store.find(db, ACTION, id)
    if (action === null) throw notFound('action')
    return action
  }

  async #make<T>(decide: (db: Db) => Promise<Change<T>>): Promise<T> {
    const result = await this.#context.journal.make(SYSTEM, async (db) => {
      await refresh(this.#context, db)
      return decide(db)
    })
    await refresh(this.#context, this.#context.db.db)
    return result
  }
}

/** Nobody relaxes alone. @throws {AppError} FORBIDDEN */
function checkPeople(relaxation: Relaxation): void {
  if (relaxation.authority === 'redress') {
    if (relaxation.heardBy === '') throw new AppError('FORBIDDEN', 'somebody must have heard it')
    return
  }
  if (new Set(relaxation.people.filter((person) => person !== '')).size < 2) {
    throw new AppError('FORBIDDEN', 'relaxing takes two different people')
  }
}

function heardByDecider(): AppError {
  return new AppError('FORBIDDEN', 'whoever decided does not hear the appeal against it')
}

function actorOf(relaxation: Relaxation): Actor {
  const person = relaxation.authority === 'redress' ? relaxation.heardBy : (relaxation.people.at(-1) ?? '')
  return { type: 'staff', id: person }
}

function isAutomatic({ source }: EnforcementAction): boolean {
  return source === 'automatic'
}

function isSame(a: EnforcementAction, b: EnforcementAction): boolean {
  return a.subject.id === b.subject.id && a.step === b.step && a.strikeId === b.strikeId
}

function nothing(): Change<Undone> {
  return { events: [], puts: [], result: { strikes: [], ended: [], taken: [] } }
}

function undoneEvent({ id, decisionId, organisationId, undone }: Strike, by: Actor): Happening {
  return {
    kind: 'enforcement.strike_undone',
    subject: { type: 'strike', id },
    actor: by,
    data: { decision: decisionId, organisation: organisationId, authority: undone?.authority ?? null },
  }
}

/** Whose customer the subject is; of an end user that is not known here. @throws {AppError} NOT_FOUND, REQUEST_INVALID */
async function organisationOf(db: Db, { type, id }: Subject): Promise<string | null> {
  if (type === 'end_user') {
    if (!END_USER.test(id)) throw invalid('an end user is named eu_ and 32 hex digits')
    const [strike] = await store.list(db, STRIKE, { endUserId: id, limit: 1 })
    return strike?.organisationId ?? null
  }
  if (type === 'organisation') {
    if (!(await store.organisationExists(db, id))) throw notFound(type)
    return id
  }
  const place = await store.placeOf(db, type, id)
  if (place === undefined) throw notFound(type)
  return place.organisationId
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
