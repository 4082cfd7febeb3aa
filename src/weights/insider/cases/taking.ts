import { iso } from '../../../base/clock.ts'
import type { Db } from '../../../db/index.ts'
import { type Happening, put } from '../../../journal/index.ts'
import { DAY_MS, HOUR_MS, type InsiderContext, SYSTEM } from '../context.ts'
import { ALERT, CASE } from '../kinds.ts'
import { type Change, records } from '../records.ts'
import { begun, joined, neverWaits, noted, presented, wanting } from './case-machine.ts'
import { isDrill, type RaisedAlert } from './raised.ts'
import type { Alert, Case } from './schema.ts'

/** What is noticed later than this, as when everything is read anew, is a matter for people: nothing is done by itself. */
const FRESH_MS = DAY_MS
/** Closed cases that may still be of today. */
const LATELY = 500

interface Draft {
  readonly cases: Map<string, Case>
  readonly events: Happening[]
  readonly puts: ReturnType<typeof put>[]
  readonly texts: ReturnType<InsiderContext['texts']['seal']>[]
}

/**
 * Makes cases of alerts: one that is known already changes nothing, so that any number of replicas, and any number of readings of the same
 * ledger, come to the same.
 *
 * @returns how many were new
 */
export async function take(context: InsiderContext, alerts: readonly RaisedAlert[]): Promise<number> {
  if (alerts.length === 0) return 0
  const { db, journal } = context
  const known = await records.findMany(
    db.db,
    ALERT,
    alerts.map(({ id }) => id),
  )
  if (alerts.every(({ id }) => known.has(id))) return 0
  const analysts = await context.staff.analysts()
  const containable = new Set<string>()
  for (const person of new Set(alerts.map((one) => one.person)))
    if (!isDrill(person) && (await context.staff.knows(person))) containable.add(person)
  return journal.make(SYSTEM, (tx) => taking(tx, context, alerts, { analysts, containable }))
}

async function taking(
  db: Db,
  context: InsiderContext,
  alerts: readonly RaisedAlert[],
  { analysts, containable }: { analysts: number; containable: ReadonlySet<string> },
): Promise<Change<number>> {
  const known = await records.findMany(
    db,
    ALERT,
    alerts.map(({ id }) => id),
  )
  const draft: Draft = { cases: new Map(), events: [], puts: [], texts: [] }
  const open = await openCases(db)
  const nowMs = context.clock.now()
  const lately = [...open, ...(await records.list(db, CASE, { state: 'closed', order: 'latest', limit: LATELY }))]
  const room = { left: budgetLeft(context, lately, analysts), contained: containedLately(lately, nowMs) }
  let taken = 0
  for (const alert of alerts) {
    if (known.has(alert.id)) continue
    known.set(alert.id, addAlert(context, draft, open, alert, { room, isContainable: containable.has(alert.person) }))
    taken += 1
  }
  const puts = [...[...draft.cases.values()].map((one) => put(CASE, one)), ...draft.puts]
  return { events: draft.events, puts, texts: draft.texts, result: taken }
}

interface Room {
  /** How many cases today's budget still takes. */
  left: number
  /** Tags of people who were contained by policy in the last hour. */
  readonly contained: Set<string>
}

function addAlert(
  context: InsiderContext,
  draft: Draft,
  open: Case[],
  raised: RaisedAlert,
  { room, isContainable }: { room: Room; isContainable: boolean },
): Alert {
  const { pseudonyms, texts, clock } = context
  const nowMs = clock.now()
  const tag = pseudonyms.tag(raised.person)
  const before = open.find((one) => one.tag === tag)
  const found = before ?? caseOf(context, draft, raised, nowMs)
  let next = before === undefined ? found : joined(found, raised, nowMs)
  if (next.state === 'queued' && (neverWaits(raised.level) || room.left > 0)) {
    if (!neverWaits(raised.level)) room.left -= 1
    next = presented(next, nowMs)
  }
  next = containing(context, draft, next, raised, { room, isContainable })
  if (before !== undefined) open.splice(open.indexOf(before), 1)
  open.push(next)
  draft.cases.set(next.id, next)
  const alert: Alert = {
    ...{ id: raised.id, case: next.id, at: iso(raised.timeMs), noticedAt: iso(nowMs), level: raised.level },
    ...{ risk: raised.risk, causes: [...new Set(raised.reasons.map(({ cause }) => cause))].slice(0, 50) },
    ...{ drill: next.drill, withdrawn: false },
  }
  draft.puts.push(put(ALERT, alert))
  draft.texts.push(
    texts.seal(alert.id, 'grounds', JSON.stringify({ reasons: raised.reasons, evidence: raised.evidence })),
  )
  const { level, risk, causes, drill } = alert
  draft.events.push(
    happening('insider.alert_raised', next, {
      alert: alert.id,
      level,
      risk: Math.round(risk * 100) / 100,
      causes,
      drill,
    }),
  )
  return alert
}

function caseOf({ pseudonyms, texts }: InsiderContext, draft: Draft, raised: RaisedAlert, nowMs: number): Case {
  const { person } = raised
  const about = { pseudonym: pseudonyms.of(person, nowMs), tag: pseudonyms.tag(person), drill: isDrill(person) }
  const made = begun(raised, { id: `icase_${raised.id.slice(raised.id.indexOf('_') + 1)}`, ...about }, nowMs)
  draft.texts.push(texts.seal(made.id, 'person', person))
  draft.events.push(happening('insider.case_begun', made, { drill: made.drill }))
  return made
}

/** What the policy wants done about this alert. Beyond so many people an hour it is alarms alone: a flood locks nobody out. */
function containing(
  { config, clock }: InsiderContext,
  draft: Draft,
  one: Case,
  raised: RaisedAlert,
  { room, isContainable }: { room: Room; isContainable: boolean },
): Case {
  const nowMs = clock.now()
  const steps = config.containment[raised.level]
  if (!isContainable || steps.length === 0 || nowMs - raised.timeMs > FRESH_MS || one.tag === null) return one
  const isOver = !room.contained.has(one.tag) && room.contained.size >= config.mostContained
  const next = wanting(one, steps, { by: 'policy', nowMs, state: isOver ? 'held' : 'pending' })
  if (next === one) return one
  if (!isOver) room.contained.add(one.tag)
  else draft.events.push(happening('insider.breaker_tripped', next, { people: room.contained.size }))
  return next
}

/** What goes on the ledger about a case: the person by their pseudonym alone. */
export function happening(kind: string, { id, pseudonym }: Case, data: NonNullable<Happening['data']> = {}): Happening {
  return { kind, subject: { type: 'insider_case', id }, data: { person: pseudonym, ...data } }
}

/** Cases that are not closed. */
export async function openCases(db: Db): Promise<Case[]> {
  const states = ['queued', 'waiting', 'opened'] as const
  const lists: Case[][] = []
  for (const state of states) lists.push(await records.list(db, CASE, { state }))
  return lists.flat()
}

/** @param cases all that may have been put before people today */
function budgetLeft({ config, clock }: InsiderContext, cases: readonly Case[], analysts: number): number {
  const today = iso(clock.now()).slice(0, 10)
  const used = cases.filter((one) => one.presentedAt?.startsWith(today) === true && !neverWaits(one.level)).length
  return Math.max(0, config.alertsPerAnalyst * Math.max(1, analysts) - used)
}

function containedLately(cases: readonly Case[], nowMs: number): Set<string> {
  const since = iso(nowMs - HOUR_MS)
  const lately = cases.filter(({ containment }) =>
    containment.some(({ by, state, wantedAt }) => by === 'policy' && state !== 'held' && wantedAt > since),
  )
  return new Set(lately.flatMap(({ tag }) => (tag === null ? [] : [tag])))
}

/** Puts the gravest of those that wait beyond the budget before people, as far as today's budget goes. */
export async function present(context: InsiderContext): Promise<void> {
  const { db, journal, staff } = context
  if ((await records.list(db.db, CASE, { state: 'queued', limit: 1 })).length === 0) return
  const analysts = await staff.analysts()
  await journal.make(SYSTEM, async (tx) => {
    const open = await openCases(tx)
    const closed = await records.list(tx, CASE, { state: 'closed', order: 'latest', limit: LATELY })
    const left = budgetLeft(context, [...open, ...closed], analysts)
    const queued = open.filter(({ state }) => state === 'queued').sort((a, b) => b.risk - a.risk)
    const now = queued.slice(0, left).map((one) => presented(one, context.clock.now()))
    return { events: [], puts: now.map((one) => put(CASE, one)), result: undefined }
  })
}

/** An activity that came late has changed what was found: the alerts stay to be seen, and say so. */
export async function withdraw(context: InsiderContext, ids: readonly string[]): Promise<void> {
  const { db, journal } = context
  const standing = async (on: Db) =>
    [...(await records.findMany(on, ALERT, ids)).values()].filter((alert) => !alert.withdrawn)
  if ((await standing(db.db)).length === 0) return
  await journal.make(SYSTEM, async (tx) => {
    const alerts = await standing(tx)
    const events = alerts.map(
      ({ id, case: of }): Happening => ({
        kind: 'insider.alert_withdrawn',
        subject: { type: 'insider_case', id: of },
        data: { alert: id },
      }),
    )
    const cases = await records.findMany(
      tx,
      CASE,
      alerts.map((alert) => alert.case),
    )
    const marked = [...cases.values()].map((one) => noted(one, 'alert', null, context.clock.now()))
    return {
      events,
      puts: [
        ...alerts.map((alert) => put(ALERT, { ...alert, withdrawn: true })),
        ...marked.map((one) => put(CASE, one)),
      ],
      result: undefined,
    }
  })
}
