import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { find, list, put } from '../records/index.ts'
import type { Deployment } from '../registry/index.ts'
import { effectOf, evidenced, newCase, type StepBy, stepped } from './cases.ts'
import { clocksFrom } from './clocks.ts'
import { conflict, iso, notFound, type ResponseContext, SYSTEM } from './context.ts'
import { CASE, INCIDENT } from './kinds.ts'
import type { Takers } from './machine/index.ts'
import {
  Acknowledgement,
  type Incident,
  type IncidentView,
  NewEmergency,
  NewHalt,
  type ResponseCase,
} from './schema.ts'
import { customersOf } from './store.ts'

const HOUR_MS = 3_600_000
const SKEW_MS = 5 * 60_000

/** A deployment, or a model that the gateway serves without anybody having declared one. */
interface Target {
  readonly id: string
  readonly model: string
  readonly gatewayModels: readonly string[]
  /** What can't be halted from here. */
  readonly elsewhere: readonly { readonly name: string; readonly kind: Deployment['surfaces'][number]['kind'] }[]
}

/**
 * 2d: a model in use turns out to be able to more than was thought. One action halts new customers of every deployment at once; each becomes
 * a task with an owner and a clock; surfaces that are not here get an order to halt that somebody must acknowledge.
 */
export class Incidents {
  readonly #context: ResponseContext
  readonly #around: { before(): Promise<void>; after(): Promise<void> }

  /** @param around `before`: puts on record who is a customer by now; `after`: lets this process go by what has changed */
  constructor(context: ResponseContext, around: { before(): Promise<void>; after(): Promise<void> }) {
    this.#context = context
    this.#around = around
  }

  /**
   * Halts. Holds at this gateway when it resolves, on every other replica within a second. A drill touches nobody.
   *
   * @throws {AppError} REQUEST_INVALID; NOT_FOUND when nothing is deployed under this name; CONFLICT when all of it is halted already;
   *   LEDGER_UNAVAILABLE
   */
  async halt(input: NewHalt, takers: Takers, by: Actor): Promise<IncidentView> {
    const given = NewHalt.parse(input)
    const { clock, ids, journal, config } = this.#context
    const targets = await this.#targets(given)
    const now = clock.now()
    for (const at of [given.awareAt, given.observedAt]) {
      if (at !== undefined && Date.parse(at) > now + SKEW_MS)
        throw new AppError('REQUEST_INVALID', `${at} lies in the future: it is ${iso(now)} here`)
    }
    const id = ids.next('inc')
    const openedAt = iso(now)
    await this.#around.before()
    const opened = await journal.make(by, async (db) => {
      const events: Happening[] = []
      const puts = []
      const tasks: Incident['tasks'] = []
      const dueAt = iso(now + config.assessmentHours * HOUR_MS)
      for (const target of targets) {
        const before = await this.#caseOf(db, target, given.drill ? id : null)
        if (effectOf(before) === 'nobody' || before.state === 'halted' || before.incident !== null) continue
        const frozen = before.frozen ?? (await customersOf(db, target.gatewayModels))
        const step: StepBy = { takers, actor: by, approval: null, reason: given.reason }
        const { next, event } = stepped(before, 'halt', step, now)
        puts.push(put(CASE, { ...next, frozen, incident: id, gatewayModels: [...target.gatewayModels] }))
        events.push({ ...event, data: { ...event.data, incident: id, customers: frozen.length } })
        const owner = by.type === 'staff' ? by.id : null
        tasks.push({ case: next.id, deployment: target.id, customers: frozen.length, owner, dueAt, assessedAt: null })
      }
      if (tasks.length === 0) throw conflict('every deployment of it is halted or closed already')
      const orders = targets.flatMap((target) =>
        target.elsewhere.map(({ name, kind }) => ({
          ...{ deployment: target.id, surface: name, kind, orderedAt: openedAt },
          acknowledged: null,
        })),
      )
      const incident: Incident = {
        ...{ id, kind: '2d', model: given.model ?? targets[0]?.model ?? '', reason: given.reason },
        ...{ cause: by.type === 'system' ? 'verdict' : 'person', drill: given.drill },
        ...{ observedAt: given.observedAt ?? null, awareAt: given.awareAt ?? openedAt, openedAt, openedBy: by.id },
        ...{ tasks, orders, emergencyAt: null, closedAt: null },
      }
      const data = {
        model: incident.model,
        drill: given.drill,
        awareAt: incident.awareAt,
        deployments: tasks.map(({ deployment }) => deployment),
        orders: orders.length,
      }
      events.unshift({ kind: 'response.incident_opened', subject: { type: 'incident', id }, data })
      puts.push(put(INCIDENT, incident))
      return { events, puts, result: incident }
    })
    await this.#around.after()
    return this.#view(opened)
  }

  /**
   * A safety emergency in one deployment: the minimum additional safeguards hold for it, and for nothing else, from the next request on.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE
   */
  async emergency(caseId: string, input: NewEmergency, takers: Takers, by: Actor): Promise<ResponseCase> {
    const { reason, safeguards } = NewEmergency.parse(input)
    const { clock, journal, served } = this.#context
    if (safeguards.replaceWith !== null && !served().includes(safeguards.replaceWith))
      throw new AppError(
        'REQUEST_INVALID',
        `safeguards.replaceWith: the gateway serves no model ${safeguards.replaceWith}`,
      )
    const restricted = await journal.make(by, async (db) => {
      const before = await find(db, CASE, caseId)
      if (before === null) throw notFound('case')
      const now = clock.now()
      const found = stepped(before, 'find_emergency', { takers, actor: by, approval: null, reason }, now)
      const frozen = found.next.frozen ?? (await customersOf(db, found.next.gatewayModels))
      const declared: ResponseCase = { ...found.next, frozen, safeguards }
      const incident = before.incident === null ? null : await find(db, INCIDENT, before.incident)
      const puts =
        incident === null ? [] : [put(INCIDENT, { ...incident, emergencyAt: incident.emergencyAt ?? iso(now) })]
      const applied = { ...safeguards, closed: Object.keys(safeguards.closed) }
      const events: Happening[] = [{ ...found.event, data: { ...found.event.data, customers: frozen.length } }]
      // Where the gateway serves nothing of it, nobody here can say that the safeguards hold.
      if (declared.gatewayModels.length === 0) {
        return { events, puts: [...puts, put(CASE, declared)], result: declared }
      }
      const reference = 'in force at the gateway with this change'
      const shown = evidenced(declared, { kind: 'safeguards_applied', reference }, SYSTEM, now)
      const system: StepBy = { takers: 'system', actor: SYSTEM, approval: null, reason: 'the safeguards are in force' }
      const safe = stepped(shown.next, 'safeguard', system, now)
      const safeguarded = { ...safe.event, actor: SYSTEM, data: { ...safe.event.data, safeguards: applied } }
      events.push({ ...shown.event, actor: SYSTEM }, safeguarded)
      return { events, puts: [...puts, put(CASE, safe.next)], result: safe.next }
    })
    await this.#around.after()
    return restricted
  }

  /** Whose task an assessment is. @throws {AppError} NOT_FOUND */
  async assign(id: string, caseId: string, owner: string, by: Actor): Promise<IncidentView> {
    return this.#change(id, by, (incident) => {
      if (!incident.tasks.some((task) => task.case === caseId)) throw notFound('task')
      const tasks = incident.tasks.map((task) => (task.case === caseId ? { ...task, owner } : task))
      return { next: { ...incident, tasks }, kind: 'response.task_assigned', data: { case: caseId, owner } }
    })
  }

  /** Whoever serves it elsewhere says that it is halted there. @throws {AppError} NOT_FOUND, CONFLICT */
  async acknowledge(id: string, input: Acknowledgement, by: Actor): Promise<IncidentView> {
    const { deployment, surface, reference } = Acknowledgement.parse(input)
    return this.#change(id, by, (incident, at) => {
      const order = incident.orders.find((one) => one.deployment === deployment && one.surface === surface)
      if (order === undefined) throw notFound('order')
      if (order.acknowledged !== null) throw conflict(`this was acknowledged at ${order.acknowledged.at}`)
      const orders = incident.orders.map((one) =>
        one === order ? { ...one, acknowledged: { at, by: by.id, reference } } : one,
      )
      const data = { deployment, surface }
      return { next: { ...incident, orders }, kind: 'response.order_acknowledged', data }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<IncidentView> {
    const incident = await find(this.#context.db.db, INCIDENT, id)
    if (incident === null) throw notFound('incident')
    return this.#view(incident)
  }

  async list({
    state,
    after,
    limit,
  }: PageQuery & { readonly state?: string | undefined }): Promise<Page<IncidentView>> {
    const { db } = this.#context.db
    const page = await readPage(limit, (most) => list(db, INCIDENT, { state, after, limit: most }))
    return { items: page.items.map((incident) => this.#view(incident)), next: page.next }
  }

  /** Closes incidents of which every deployment is open again or gone, and notes assessments that were made. */
  async catchUp(): Promise<void> {
    const { db, clock, journal } = this.#context
    for (const { id } of await list(db.db, INCIDENT, { state: 'open' })) {
      await journal.make(SYSTEM, async (tx) => {
        const incident = await find(tx, INCIDENT, id)
        if (incident === null || incident.closedAt !== null) return { events: [], result: null }
        const at = iso(clock.now())
        let open = 0
        const tasks: Incident['tasks'] = []
        for (const task of incident.tasks) {
          const of = await find(tx, CASE, task.case)
          if (of?.incident === id && effectOf(of) === 'existing') open++
          const assessed = of === null || of.state !== 'halted'
          tasks.push(assessed && task.assessedAt === null ? { ...task, assessedAt: at } : task)
        }
        const answered = incident.orders.every(({ acknowledged }) => acknowledged !== null)
        const closedAt = open === 0 && answered ? at : null
        const isNews = closedAt !== null || tasks.some((task, i) => task.assessedAt !== incident.tasks[i]?.assessedAt)
        if (!isNews) return { events: [], result: null }
        const next = { ...incident, tasks, closedAt }
        const data = { model: incident.model, drill: incident.drill }
        const event = { kind: 'response.incident_closed', subject: { type: 'incident', id }, data }
        return { events: closedAt === null ? [] : [event], puts: [put(INCIDENT, next)], result: null }
      })
    }
  }

  #view(incident: Incident): IncidentView {
    return { ...incident, clocks: clocksFrom(incident.awareAt, this.#context.clock.now()) }
  }

  async #change(
    id: string,
    by: Actor,
    change: (incident: Incident, at: string) => { next: Incident; kind: string; data: Record<string, string> },
  ): Promise<IncidentView> {
    const { journal, clock } = this.#context
    const changed = await journal.make(by, async (db) => {
      const incident = await find(db, INCIDENT, id)
      if (incident === null) throw notFound('incident')
      if (incident.closedAt !== null) throw conflict(`this incident was closed at ${incident.closedAt}`)
      const { next, kind, data } = change(incident, iso(clock.now()))
      const event = { kind, subject: { type: 'incident', id }, data }
      return { events: [event], puts: [put(INCIDENT, next)], result: next }
    })
    return this.#view(changed)
  }

  /** What a halt reaches: deployments of a line, the one that a model of the gateway belongs to, or that model itself. */
  async #targets({
    model,
    deployment,
  }: {
    model?: string | undefined
    deployment?: string | undefined
  }): Promise<Target[]> {
    const { registry, served } = this.#context
    const standing = (await registry.deployments.list()).filter(({ withdrawnAt }) => withdrawnAt === null)
    const named = standing.filter(
      (one) =>
        one.id === deployment || (model !== undefined && (one.model === model || gatewayModelsOf(one).includes(model))),
    )
    if (named.length > 0) return named.map(toTarget)
    if (model !== undefined && served().includes(model)) {
      return [{ id: `gateway:${model}`, model, gatewayModels: [model], elsewhere: [] }]
    }
    const what = model === undefined ? `deployment "${deployment}"` : `"${model}"`
    throw new AppError(
      'NOT_FOUND',
      `nothing is deployed as ${what}: it is neither a model line with deployments nor a model that the gateway serves`,
    )
  }

  async #caseOf(db: Db, { id, model, gatewayModels }: Target, drill: string | null): Promise<ResponseCase> {
    const known = drill === null ? await find(db, CASE, `deployment/${id}`) : null
    if (known !== null) return known
    // Whatever is served without a gate is served to everybody.
    const state = this.#context.config.release === 'enforce' && drill === null ? 'undeployed' : 'unreleased'
    const caseId = drill === null ? `deployment/${id}` : `drill/${drill}/${id}`
    const isDrill = drill !== null
    const given = { id: caseId, machine: 'deployment' as const, model, deployment: id, state, drill: isDrill }
    return newCase({ ...given, gatewayModels: [...gatewayModels] }, this.#context.clock.now())
  }
}

export function gatewayModelsOf({ surfaces }: Pick<Deployment, 'surfaces'>): string[] {
  return surfaces.flatMap(({ gatewayModels }) => gatewayModels)
}

function toTarget(deployment: Deployment): Target {
  const { id, model, surfaces } = deployment
  const elsewhere = surfaces.filter(({ gatewayModels }) => gatewayModels.length === 0)
  return { id, model, gatewayModels: gatewayModelsOf(deployment), elsewhere }
}
