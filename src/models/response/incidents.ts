import { iso, SKEW_MS } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor, EventData } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { effectOf, newCase, type StepBy, stepped } from './cases.ts'
import { clocksFrom } from './clocks.ts'
import { conflict, notFound, type ResponseContext, SYSTEM } from './context.ts'
import { Emergencies } from './emergencies.ts'
import { CASE, INCIDENT } from './kinds.ts'
import type { Takers } from './machine/index.ts'
import {
  Acknowledgement,
  type HaltReach,
  type HaltTarget,
  type Incident,
  type IncidentView,
  type NewEmergency,
  NewHalt,
  type ResponseCase,
} from './schema.ts'
import { customersOf } from './store.ts'
import { gatewayModelsOf, type Target, toTarget } from './targets.ts'

const HOUR_MS = 3_600_000

/**
 * 2d: a model in use turns out to be able to more than was thought. One action halts new customers of every deployment at once; each becomes
 * a task with an owner and a clock; surfaces that are not here get an order to halt that somebody must acknowledge.
 */
export class Incidents {
  readonly #context: ResponseContext
  readonly #around: { before(): Promise<void>; after(): Promise<void> }
  readonly #emergencies: Emergencies

  /** @param around `before`: puts on record who is a customer by now; `after`: lets this process go by what has changed */
  constructor(context: ResponseContext, around: { before(): Promise<void>; after(): Promise<void> }) {
    this.#context = context
    this.#around = around
    this.#emergencies = new Emergencies(context, {
      halt: (...halt) => this.halt(...halt),
      after: () => around.after(),
    })
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
          ...{ deployment: target.id, surface: name, kind, what: 'halt' as const, orderedAt: openedAt },
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

  /** What a halt would reach now, before anybody asks for it. @throws {AppError} NOT_FOUND when nothing is deployed under this name */
  async reach(of: HaltTarget): Promise<HaltReach> {
    const { db } = this.#context.db
    await this.#around.before()
    const reached: HaltReach['items'] = []
    for (const target of await this.#targets(of)) {
      const before = await this.#caseOf(db, target, null)
      const customers = before.frozen ?? (await customersOf(db, target.gatewayModels))
      const halts = effectOf(before) !== 'nobody' && before.state !== 'halted' && before.incident === null
      const { id: deployment, gatewayModels, elsewhere } = target
      reached.push({
        ...{ deployment, gatewayModels: [...gatewayModels], state: before.state, halts, customers: customers.length },
        elsewhere: elsewhere.map(({ name }) => name),
      })
    }
    return { items: reached }
  }

  /**
   * A safety emergency in one deployment: the minimum additional safeguards hold for it, and for nothing else, from the next request on.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE
   */
  emergency(caseId: string, input: NewEmergency, takers: Takers, by: Actor): Promise<ResponseCase> {
    return this.#emergencies.declare(caseId, input, takers, by)
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
      const about = incident.orders.filter((one) => one.deployment === deployment && one.surface === surface)
      // The oldest that nobody has answered: to halt comes before to safeguard.
      const order = about.find(({ acknowledged }) => acknowledged === null) ?? about[0]
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
    const incident = await records.find(this.#context.db.db, INCIDENT, id)
    if (incident === null) throw notFound('incident')
    return this.#view(incident)
  }

  async list({
    state,
    after,
    limit,
  }: PageQuery & { readonly state?: string | undefined }): Promise<Page<IncidentView>> {
    const { db } = this.#context.db
    const page = await readPage(limit, (most) => records.list(db, INCIDENT, { state, after, limit: most }))
    return { items: page.items.map((incident) => this.#view(incident)), next: page.next }
  }

  /** Ends a rehearsal: what it opened is closed. @throws {AppError} NOT_FOUND, CONFLICT when it is no drill */
  async closeDrill(id: string, by: Actor): Promise<void> {
    await this.#change(id, by, (incident, at) => {
      if (!incident.drill) throw conflict('this is no drill: it closes when everything that it halted is settled')
      const data = { model: incident.model, drill: true }
      return { next: { ...incident, closedAt: at }, kind: 'response.incident_closed', data }
    })
  }

  /** Closes incidents of which every deployment is open again or gone, and notes assessments that were made. */
  async catchUp(): Promise<void> {
    const { db, clock, journal } = this.#context
    for (const { id } of await records.list(db.db, INCIDENT, { state: 'open' })) {
      await journal.make(SYSTEM, async (tx) => {
        const incident = await records.find(tx, INCIDENT, id)
        if (incident === null || incident.closedAt !== null) return { events: [], result: null }
        const at = iso(clock.now())
        let open = 0
        const tasks: Incident['tasks'] = []
        for (const task of incident.tasks) {
          const of = await records.find(tx, CASE, task.case)
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
    return { ...incident, clocks: clocksFrom(incident.awareAt, this.#context.clock.now()), beyond: beyondOf(incident) }
  }

  async #change(
    id: string,
    by: Actor,
    change: (incident: Incident, at: string) => { next: Incident; kind: string; data: EventData },
  ): Promise<IncidentView> {
    const { journal, clock } = this.#context
    const changed = await journal.make(by, async (db) => {
      const incident = await records.find(db, INCIDENT, id)
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
    const known = drill === null ? await records.find(db, CASE, `deployment/${id}`) : null
    if (known !== null) return known
    // Whatever is served without a gate is served to everybody.
    const state = this.#context.config.release === 'enforce' && drill === null ? 'undeployed' : 'unreleased'
    const caseId = drill === null ? `deployment/${id}` : `drill/${drill}/${id}`
    const isDrill = drill !== null
    const given = { id: caseId, machine: 'deployment' as const, model, deployment: id, state, drill: isDrill }
    return newCase({ ...given, gatewayModels: [...gatewayModels] }, this.#context.clock.now())
  }
}

/** In words: where it may still be served, whatever was halted here. */
function beyondOf({ orders }: Incident): string[] {
  const open = orders.map(({ deployment, surface, kind, what, orderedAt, acknowledged }) => {
    const asked = what === 'halt' ? 'take no new customers' : 'put on the additional safeguards'
    const where = `${deployment} on ${surface} (${kind})`
    if (acknowledged === null)
      return `${where}: ordered at ${orderedAt} to ${asked}, and nobody has answered: nothing may have changed there`
    return `${where}: said at ${acknowledged.at} to have been done (${asked}): their word, which nothing here can check`
  })
  return [...open, 'copies of the weights that left this installation: nothing here reaches them']
}
