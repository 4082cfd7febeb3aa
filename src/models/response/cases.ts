import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { ROLES } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { conflict, notFound, type ResponseContext } from './context.ts'
import { CASE, INCIDENT } from './kinds.ts'
import {
  DEPLOYMENT_MACHINE,
  Machine,
  type Position,
  type Taker,
  type Takers,
  TRAINING_MACHINE,
} from './machine/index.ts'
import { withNotices } from './notices.ts'
import { type CaseView, NewEvidence, type ResponseCase } from './schema.ts'
import { customersOf } from './store.ts'

const MACHINES = { training: new Machine(TRAINING_MACHINE), deployment: new Machine(DEPLOYMENT_MACHINE) }
const KEPT_STEPS = 200

/** How a step came about. */
export interface StepBy {
  readonly takers: Takers
  readonly actor: Actor
  readonly approval: string | null
  /** In words; stays off the ledger. */
  readonly reason: string
  /** End of an exception. */
  readonly expiresAt?: string
}

export function machineOf({ machine }: Pick<ResponseCase, 'machine'>): Machine {
  return MACHINES[machine]
}

export function effectOf(of: Pick<ResponseCase, 'machine' | 'state'>): string {
  return machineOf(of).effect(of)
}

export function positionOf({ state, shown }: ResponseCase): Position {
  return { state, shown: new Set(shown.map(({ kind }) => kind)) }
}

/** A case that nothing has happened to. */
export function newCase(
  given: Pick<ResponseCase, 'id' | 'machine' | 'model'> & Partial<ResponseCase>,
  nowMs: number,
): ResponseCase {
  return {
    ...{ deployment: null, gatewayModels: [], state: MACHINES[given.machine].definition.initial },
    ...{ shown: [], history: [], frozen: null, safeguards: null, incident: null, drill: false, expiresAt: null },
    told: [],
    changedAt: iso(nowMs),
    ...given,
  }
}

/**
 * The case after a step.
 *
 * @throws {AppError} CONFLICT saying what is missing, or who could
 */
export function stepped(
  of: ResponseCase,
  name: string,
  by: StepBy,
  nowMs: number,
): { next: ResponseCase; event: Happening } {
  const machine = machineOf(of)
  const before = positionOf(of)
  const step = machine.take(before, name, by.takers)
  if (!step.taken) throw conflict(step.why)
  const { state, shown } = step.position
  const at = iso(nowMs)
  const people = by.takers === 'system' ? [] : [...new Set(by.takers.map(({ id }) => id))]
  const taken = { step: name, from: of.state, to: state, at, people, approval: by.approval, reason: by.reason }
  const effect = machine.effect({ state })
  const isOpen = effect === 'everybody'
  const next: ResponseCase = {
    ...of,
    state,
    shown: of.shown.filter(({ kind }) => shown.has(kind)),
    history: [...of.history, taken].slice(-KEPT_STEPS),
    ...(isOpen ? { frozen: null, safeguards: null, incident: null } : {}),
    expiresAt: state === 'grandfathered' ? (by.expiresAt ?? of.expiresAt) : null,
    changedAt: at,
  }
  const data = {
    step: name,
    from: of.state,
    to: state,
    effect,
    people,
    approval: by.approval,
    evidence: of.shown.map(({ kind }) => kind),
    drill: of.drill,
  }
  return { next, event: { kind: `response.${of.machine}_step`, subject: { type: 'response_case', id: of.id }, data } }
}

/** The case with one more piece of evidence. @throws {AppError} CONFLICT for a kind that is not this machine's, or not for this one to show */
export function evidenced(
  of: ResponseCase,
  input: NewEvidence,
  by: Actor,
  nowMs: number,
): { next: ResponseCase; event: Happening } {
  const { kind, reference, digest } = NewEvidence.parse(input)
  const { evidence } = machineOf(of).definition
  const known = Object.hasOwn(evidence, kind) ? evidence[kind] : undefined
  if (known === undefined) {
    throw conflict(`"${kind}" is no evidence here; known are: ${Object.keys(evidence).join(', ')}`)
  }
  if (known.by === 'system' && by.type !== 'system') {
    throw conflict(`"${kind}" follows from what other rooms hold: nobody can claim it`)
  }
  const at = iso(nowMs)
  const shown = [...of.shown.filter((one) => one.kind !== kind), { kind, reference, digest, by: by.id, at }]
  const data = { kind, state: of.state, drill: of.drill }
  const digests = digest === null ? {} : { evidence: digest }
  const subject = { type: 'response_case', id: of.id }
  return {
    next: { ...of, shown, changedAt: at },
    event: { kind: 'response.evidence_shown', subject, digests, data },
  }
}

/** As people see it: with what leads on from here, and what that needs. */
export function viewOf(of: ResponseCase): CaseView {
  const machine = machineOf(of)
  const position = positionOf(of)
  const leads = machine.leadingFrom(position).flatMap((step) => {
    const transition = machine.transition(step)
    if (transition === null) return []
    const missing = machine.missing(position, transition).map((kinds) => [...kinds])
    return [{ step, title: transition.title, to: transition.to, by: transition.authority.by, missing }]
  })
  return { ...of, effect: effectOf(of), title: machine.definition.states[of.state]?.title ?? of.state, leads }
}

/** A deployment, as far as who serves what is concerned. */
export interface DeploymentFacts {
  readonly id: string
  readonly model: string
  readonly gatewayModels: readonly string[]
}

/** Cases of both machines: evidence on them, steps from state to state. */
export class Cases {
  readonly #context: ResponseContext
  readonly #changed: () => Promise<void>

  /** @param changed called after each change, so that this process goes by it at once */
  constructor(context: ResponseContext, changed: () => Promise<void>) {
    this.#context = context
    this.#changed = changed
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<ResponseCase> {
    const found = await records.find(this.#context.db.db, CASE, id)
    if (found === null) throw notFound(`case ${id.slice(0, 100)}`)
    return found
  }

  find(id: string): Promise<ResponseCase | null> {
    return records.find(this.#context.db.db, CASE, id)
  }

  /** Oldest id first; drills too. */
  list(
    query: { machine?: string | undefined; model?: string | undefined; limit?: number } = {},
  ): Promise<ResponseCase[]> {
    const { machine, model, limit = 1_000 } = query
    return records.list(this.#context.db.db, CASE, { about: machine, model, limit })
  }

  /** Where training of a model line stands; it begins in `training`. */
  async training(model: string): Promise<ResponseCase> {
    return (await this.find(`training/${model}`)) ?? freshTraining(model, this.#context.clock.now())
  }

  /**
   * The case of a deployment, begun if nothing has happened to it yet. What the gateway serves without a gate begins as unreleased.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE
   */
  async begin({ id, model, gatewayModels }: DeploymentFacts, by: Actor): Promise<ResponseCase> {
    const { journal, clock, config, served } = this.#context
    const isServed = config.release === 'advise' && gatewayModels.some((name) => served().includes(name))
    const begun = await journal.make(by, async (db) => {
      const caseId = `deployment/${id}`
      const known = await records.find(db, CASE, caseId)
      if (known !== null) return { events: [], result: known }
      const before = await undeclared(db, gatewayModels)
      const state = before?.state ?? (isServed ? 'unreleased' : 'undeployed')
      const facts = {
        id: caseId,
        machine: 'deployment' as const,
        model,
        deployment: id,
        gatewayModels: [...gatewayModels],
      }
      const made = { ...newCase({ ...facts, state }, clock.now()), ...before, ...facts }
      const data = { model, state, adopted: before?.id ?? null }
      const event = { kind: 'response.deployment_begun', subject: { type: 'response_case', id: caseId }, data }
      const puts = [put(CASE, made)]
      if (before !== null) {
        puts.push(put(CASE, { ...before, gatewayModels: [], incident: null, state: 'removed' }))
        const incident = before.incident === null ? null : await records.find(db, INCIDENT, before.incident)
        const tasks = incident?.tasks.map((task) =>
          task.case === before.id ? { ...task, case: caseId, deployment: id } : task,
        )
        if (incident !== null && tasks !== undefined) puts.push(put(INCIDENT, { ...incident, tasks }))
      }
      return { events: [event], puts, result: made }
    })
    await this.#changed()
    return begun
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  show(id: string, input: NewEvidence, by: Actor): Promise<ResponseCase> {
    return this.#change(id, by, (of, nowMs) => evidenced(of, input, by, nowMs))
  }

  /**
   * Takes a step that one person takes, or the system.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT (what is missing, or who could), LEDGER_UNAVAILABLE
   */
  take(id: string, step: string, by: StepBy): Promise<ResponseCase> {
    return this.#change(id, by.actor, (of, nowMs) => stepped(of, step, by, nowMs))
  }

  /** Whether a step could be taken, but for the people. @throws {AppError} NOT_FOUND, CONFLICT */
  async checkTakeable(id: string, step: string): Promise<void> {
    const of = await this.get(id)
    const { authority } = machineOf(of).transition(step) ?? {}
    const takers = authority?.by === 'two' ? standIns(authority.requesters, authority.seats) : 'system'
    const result = machineOf(of).take(positionOf(of), step, takers)
    if (!result.taken) throw conflict(result.why)
  }

  async #change(
    id: string,
    by: Actor,
    change: (of: ResponseCase, nowMs: number) => { next: ResponseCase; event: Happening },
  ): Promise<ResponseCase> {
    const { journal, clock } = this.#context
    const changed = await journal.make(by, async (db) => {
      const before = await caseFor(db, id, clock.now())
      const { next, event } = change(before, clock.now())
      // Whoever closes intake fixes who goes on being served.
      const closes = next.frozen === null && effectOf(next) === 'existing'
      const held = closes ? { ...next, frozen: await customersOf(db, next.gatewayModels) } : next
      const told = await withNotices(db, before, held)
      return { events: [event, ...told.events], puts: [put(CASE, told.next)], result: told.next }
    })
    await this.#changed()
    return changed
  }
}

/** People who could take a step of two; the engine of approvals has seen to it that the real ones hold these roles. */
export function standIns(
  requesters: readonly string[],
  seats: readonly (readonly string[])[],
  ids: readonly string[] = [],
): Taker[] {
  const roles = [requesters, ...seats]
  return roles.map((held, i) => ({
    id: ids[i] ?? (ids.length === 0 ? `seat ${i}` : ''),
    roles: new Set(rolesOf(held)),
  }))
}

function rolesOf(names: readonly string[]) {
  return ROLES.filter((role) => names.includes(role))
}

function freshTraining(model: string, nowMs: number): ResponseCase {
  return newCase({ id: `training/${model}`, machine: 'training', model }, nowMs)
}

/** What was halted by the name under which it is served, before anybody had declared the deployment that it belongs to. */
async function undeclared(db: Db, gatewayModels: readonly string[]): Promise<ResponseCase | null> {
  for (const name of gatewayModels) {
    const found = await records.find(db, CASE, `deployment/gateway:${name}`)
    if (found !== null && found.gatewayModels.length > 0) return found
  }
  return null
}

/** A case on which a step is taken; training of a registered line needs none to begin with. @throws {AppError} NOT_FOUND */
async function caseFor(db: Db, id: string, nowMs: number): Promise<ResponseCase> {
  const found = await records.find(db, CASE, id)
  if (found !== null) return found
  if (!id.startsWith('training/')) throw notFound(`case ${id.slice(0, 100)}`)
  return freshTraining(id.slice('training/'.length), nowMs)
}
