import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { LABELS } from '../../screening/index.ts'
import { records } from '../records/index.ts'
import { effectOf, evidenced, type StepBy, stepped } from './cases.ts'
import { notFound, type ResponseContext, SYSTEM } from './context.ts'
import { CASE, INCIDENT } from './kinds.ts'
import type { Takers } from './machine/index.ts'
import { withNotices } from './notices.ts'
import { type Incident, NewEmergency, type NewHalt, type ResponseCase, type Safeguards } from './schema.ts'
import { customersOf } from './store.ts'
import { type Target, toTarget } from './targets.ts'

interface EmergencyDeps {
  /** Opens 2d where nobody has yet. */
  halt(input: NewHalt, takers: Takers, by: Actor): Promise<unknown>
  /** Lets this process go by what has changed. */
  after(): Promise<void>
}

/** Safety emergencies: the minimum additional safeguards for one deployment, what its customers are told, what others are ordered. */
export class Emergencies {
  readonly #context: ResponseContext
  readonly #deps: EmergencyDeps

  constructor(context: ResponseContext, deps: EmergencyDeps) {
    this.#context = context
    this.#deps = deps
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async declare(caseId: string, input: NewEmergency, takers: Takers, by: Actor): Promise<ResponseCase> {
    const { reason, safeguards } = NewEmergency.parse(input)
    const { clock, journal, registry } = this.#context
    this.#checkSafeguards(safeguards)
    await this.#openFor(caseId, reason, takers, by)
    const known = (await registry.deployments.list()).find(({ id }) => `deployment/${id}` === caseId)
    const elsewhere = known === undefined ? [] : toTarget(known).elsewhere
    const restricted = await journal.make(by, async (db) => {
      const before = await records.find(db, CASE, caseId)
      if (before === null) throw notFound('case')
      const now = clock.now()
      const found = emergencyFound(before, { takers, actor: by, approval: null, reason }, now)
      const frozen = found.next.frozen ?? (await customersOf(db, found.next.gatewayModels))
      const held = stricter(before.safeguards, safeguards)
      const declared: ResponseCase = { ...found.next, frozen, safeguards: held }
      const incident = before.incident === null ? null : await records.find(db, INCIDENT, before.incident)
      const puts = incident === null ? [] : [put(INCIDENT, withEmergency(incident, declared, elsewhere, iso(now)))]
      const applied = { ...held, closed: Object.keys(held.closed), downgrade: Object.keys(held.downgrade) }
      const events: Happening[] = found.events.map((event) => ({
        ...event,
        data: { ...event.data, customers: frozen.length },
      }))
      // Where the gateway serves nothing of it, nobody here can say that the safeguards hold.
      if (declared.gatewayModels.length === 0) {
        return { events, puts: [...puts, put(CASE, declared)], result: declared }
      }
      const reference = 'in force at the gateway with this change'
      const shown = evidenced(declared, { kind: 'safeguards_applied', reference }, SYSTEM, now)
      const system: StepBy = { takers: 'system', actor: SYSTEM, approval: null, reason: 'the safeguards are in force' }
      const safe = stepped(shown.next, 'safeguard', system, now)
      const safeguarded = { ...safe.event, actor: SYSTEM, data: { ...safe.event.data, safeguards: applied } }
      const told = await withNotices(db, before, safe.next)
      events.push({ ...shown.event, actor: SYSTEM }, safeguarded, ...told.events)
      return { events, puts: [...puts, put(CASE, told.next)], result: told.next }
    })
    await this.#deps.after()
    return restricted
  }

  /** @throws {AppError} REQUEST_INVALID for what this installation can't do */
  #checkSafeguards({ replaceWith, downgrade, judge }: Safeguards): void {
    const { served, hasJudge } = this.#context
    const named = [replaceWith, ...Object.values(downgrade).map((one) => one?.to ?? null)]
    for (const name of named) {
      if (name !== null && !served().includes(name))
        throw new AppError('REQUEST_INVALID', `safeguards: the gateway serves no model ${name}`)
    }
    if (judge && !hasJudge) {
      throw new AppError(
        'REQUEST_INVALID',
        'safeguards.judge: no second judge is configured: name a guard model under classifier.judge',
      )
    }
  }

  /** An emergency in what nobody has halted yet halts it first: clocks, tasks and orders begin with that. */
  async #openFor(caseId: string, reason: string, takers: Takers, by: Actor): Promise<void> {
    const before = await records.find(this.#context.db.db, CASE, caseId)
    if (before !== null && (before.incident !== null || before.drill || effectOf(before) === 'nobody')) return
    const [served] = before?.gatewayModels ?? []
    const name = caseId.slice('deployment/'.length)
    const what = name.startsWith('gateway:') && served !== undefined ? { model: served } : { deployment: name }
    await this.#deps.halt({ ...what, reason }, takers, by)
  }
}

/** The case with an emergency found in it: from wherever it stands, once more where the safeguards did not hold. */
function emergencyFound(before: ResponseCase, by: StepBy, nowMs: number): { next: ResponseCase; events: Happening[] } {
  const isRestricted = before.state === 'restricted' || before.state === 'reviewed'
  if (before.state !== 'emergency') {
    const { next, event } = stepped(before, isRestricted ? 'escalate' : 'find_emergency', by, nowMs)
    return { next, events: [event] }
  }
  // Nothing is taken, but who may not take it may not do this either.
  stepped({ ...before, state: 'restricted' }, 'escalate', by, nowMs)
  return { next: before, events: [] }
}

/** What held goes on holding: one person makes it stricter, never looser. */
function stricter(held: Safeguards | null, wanted: Safeguards): Safeguards {
  if (held === null) return wanted
  const closed = { ...held.closed }
  for (const label of LABELS) {
    const [a, b] = [held.closed[label], wanted.closed[label]]
    const bar = Math.min(a ?? 1, b ?? 1)
    if (bar < 1) closed[label] = bar
  }
  const downgrade = { ...held.downgrade }
  for (const label of LABELS) {
    const [a, b] = [held.downgrade[label], wanted.downgrade[label]]
    if (b !== undefined) downgrade[label] = { from: Math.min(a?.from ?? 1, b.from), to: b.to }
  }
  return {
    strict: held.strict || wanted.strict,
    toolsOff: held.toolsOff || wanted.toolsOff,
    whole: held.whole || wanted.whole,
    closed,
    replaceWith: wanted.replaceWith ?? held.replaceWith,
    downgrade,
    judge: held.judge || wanted.judge,
  }
}

/** The incident, with an order to put on safeguards for each surface that is not here. */
function withEmergency(
  incident: Incident,
  { deployment }: ResponseCase,
  elsewhere: Target['elsewhere'],
  at: string,
): Incident {
  const known = (surface: string) =>
    incident.orders.some((one) => one.what === 'safeguards' && one.deployment === deployment && one.surface === surface)
  const orders = elsewhere
    .filter(({ name }) => !known(name))
    .map(({ name, kind }) => ({
      ...{ deployment: deployment ?? '', surface: name, kind, what: 'safeguards' as const },
      ...{ orderedAt: at, acknowledged: null },
    }))
  return { ...incident, orders: [...incident.orders, ...orders], emergencyAt: incident.emergencyAt ?? at }
}
