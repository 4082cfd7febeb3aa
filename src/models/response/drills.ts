import { createHash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Happening, put } from '../../journal/index.ts'
import { type Actor, canonicalJson } from '../../ledger/index.ts'
import type { Role } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { Board } from './board.ts'
import { type Cases, effectOf, newCase, stepped } from './cases.ts'
import { notFound, type ResponseContext } from './context.ts'
import type { Incidents } from './incidents.ts'
import { CASE, DRILL } from './kinds.ts'
import { type Authority, Machine, type Takers, TRAINING_MACHINE } from './machine/index.ts'
import { type DrillReport, type DrillStep, NewDrill, type Procedure, type Rehearsal } from './schema.ts'

const TRAINING = new Machine(TRAINING_MACHINE)
/** An organisation that nobody has: what a new customer would meet. */
const NEWCOMER = 'org_rehearsal'

/** What is rehearsed, and by whom. */
interface Act {
  readonly id: string
  readonly model: string
  readonly deployment: string | null
  readonly isLine: boolean
  readonly reason: string
  readonly takers: Takers
  readonly by: Actor
  readonly events: Happening[]
  incident: string | null
}

/**
 * Dry runs of pause, 2c and 2d (RSP 1.0, procedural commitment 3): each is gone through on a case of its own with the machine that runs, and
 * what would have followed is looked at. No customer and no training run is touched; all of it is marked on the ledger, and the report is filed.
 */
export class Drills {
  readonly #context: ResponseContext
  readonly #cases: Cases
  readonly #incidents: Incidents

  constructor(context: ResponseContext, cases: Cases, incidents: Incidents) {
    this.#context = context
    this.#cases = cases
    this.#incidents = incidents
  }

  /** @throws {AppError} REQUEST_INVALID; NOT_FOUND for what is neither a model line nor deployed; LEDGER_UNAVAILABLE */
  async run(input: NewDrill, takers: Takers, by: Actor): Promise<DrillReport> {
    const given = NewDrill.parse(input)
    const { clock, ids, journal, registry } = this.#context
    const deployment = given.deployment ?? null
    const model = deployment === null ? (given.model ?? '') : (await registry.deployments.get(deployment)).model
    const isLine = await registry.lines.known(model)
    if (!isLine && !this.#context.served().includes(model)) throw notFound(`model line ${model.slice(0, 100)}`)
    const startedAt = iso(clock.now())
    const act: Act = {
      ...{ id: ids.next('drl'), model, deployment, isLine, reason: given.reason, takers, by },
      ...{ events: [], incident: null },
    }
    const rehearsals: Rehearsal[] = []
    for (const procedure of new Set(given.procedures)) rehearsals.push(await this.#rehearse(procedure, act))
    const { id, incident, reason } = act
    const ok = rehearsals.every((one) => one.ok)
    const report = { id, model, deployment, reason, ok, rehearsals, incident, startedAt, filedAt: iso(clock.now()) }
    const facts = { ...report, filedBy: by.id }
    const digest = createHash('sha256').update(canonicalJson(facts)).digest('hex')
    const filed: DrillReport = { ...facts, digest }
    const data = { model, ok, incident, drill: true, procedures: rehearsals.map(({ procedure }) => procedure) }
    const event = {
      ...{ kind: 'response.drill_filed', subject: { type: 'drill', id } },
      ...{ digests: { report: digest }, data },
    }
    return journal.make(by, async () => ({
      events: [...act.events, event],
      puts: [put(DRILL, filed)],
      result: filed,
    }))
  }

  /** Newest first. */
  list(model?: string): Promise<DrillReport[]> {
    return records.list(this.#context.db.db, DRILL, { model, order: 'latest', limit: 200 })
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<DrillReport> {
    const report = await records.find(this.#context.db.db, DRILL, id)
    if (report === null) throw notFound('drill')
    return report
  }

  async #rehearse(procedure: Procedure, act: Act): Promise<Rehearsal> {
    const { clock } = this.#context
    const startedMs = clock.monotonic()
    let steps: DrillStep[]
    try {
      steps = procedure === '2d' ? await this.#halt(act) : await this.#stop(procedure, act)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'LEDGER_UNAVAILABLE') throw error
      steps = [step('it could be gone through', false, error.message)]
    }
    const tookMs = Math.round((clock.monotonic() - startedMs) * 10) / 10
    return { procedure, ok: steps.every(({ ok }) => ok), tookMs, steps }
  }

  /** Pause and 2c: training of a line, on a case that is nobody's. */
  async #stop(procedure: 'pause' | '2c', act: Act): Promise<DrillStep[]> {
    const { clock, config } = this.#context
    const { id, model, takers, by, reason, isLine } = act
    if (!isLine) return [step('there is a model line', false, `${model} is served, but no model line is registered`)]
    const name = procedure === 'pause' ? 'pause' : 'lock'
    const { state } = await this.#cases.training(model)
    // From wherever it stands; where it stands still already, from where it began.
    const from = TRAINING.transition(name)?.from.includes(state) === true ? state : TRAINING.definition.initial
    const rehearsed = newCase({ id: `drill/${id}/${model}`, machine: 'training', model, state: from, drill: true }, 0)
    const taken = stepped(rehearsed, name, { takers, actor: by, approval: null, reason }, clock.now())
    act.events.push(taken.event)
    const effect = effectOf(taken.next)
    const steps = [
      step(`one person takes it: ${name}`, true, `from ${from} to ${taken.next.state}`),
      step(
        'a trainer that asks the gate is told to pause',
        effect === 'stop' || effect === 'lock',
        `the gate goes by "${effect}"; leases that are out end within ${config.leaseMinutes} minutes`,
      ),
    ]
    const way = procedure === 'pause' ? 'lift_pause' : 'convene'
    steps.push(...(await this.#wayOn(way, taken.next.state, takers)))
    if (procedure === '2c') {
      const vault = this.#context.vault?.() ?? null
      const says = vault ?? 'no vault is installed that would obey: lock the weights by hand where they are'
      steps.push(step('the weights are locked', vault !== null, says))
    }
    const { state: now } = await this.#cases.training(model)
    steps.push(step('training goes on untouched', now === state, `it is ${now}`))
    return steps
  }

  /** Whether one person alone gets nowhere, and whether there are people who could take the next step together. */
  async #wayOn(name: string, state: string, takers: Takers): Promise<DrillStep[]> {
    const transition = TRAINING.transition(name)
    if (transition === null) return []
    const shown = new Set(transition.needs.flat())
    const alone = TRAINING.take({ state, shown }, name, takers === 'system' ? 'system' : takers.slice(0, 1))
    const steps = [
      step(
        `one person alone can't take what comes next: ${name}`,
        !alone.taken,
        alone.taken ? 'it was taken' : alone.why,
      ),
    ]
    const { candidates } = this.#context
    if (candidates === undefined) return steps
    const roles = rolesOf(transition.authority)
    const able = await candidates(roles)
    const wanted = transition.authority.by === 'two' ? 1 + transition.authority.seats.length : 1
    steps.push(
      step(
        `there are people who can: ${name}`,
        able >= wanted,
        `${able} hold one of ${roles.join(', ')}; it takes ${wanted}`,
      ),
    )
    return steps
  }

  /** 2d: a halt as it would be, on cases of its own, and what customers would meet. */
  async #halt(act: Act): Promise<DrillStep[]> {
    const { db, board } = this.#context
    const { deployment, model, reason, takers, by } = act
    const real = JSON.stringify(board.list())
    const of = deployment === null ? { model } : { deployment }
    const incident = await this.#incidents.halt({ ...of, reason, drill: true }, takers, by)
    act.incident = incident.id
    const steps = [step('one person halts all of it', true, `${incident.tasks.length} deployments, as ${incident.id}`)]
    for (const task of incident.tasks) {
      const of = await records.find(db.db, CASE, task.case)
      if (of === null) continue
      steps.push(...metBy(of))
      steps.push(
        step(
          `${task.deployment}: its assessment has an owner`,
          task.owner !== null,
          task.owner ?? 'nobody: who halts by the operator’s token names none; assign it',
        ),
      )
    }
    for (const { deployment: on, surface } of incident.orders) {
      steps.push(step(`${on} on ${surface}: an order would go out`, true, 'it can’t be halted from here'))
    }
    const [first] = incident.clocks
    if (first !== undefined) steps.push(step('clocks run from awareness', true, `${first.regime}: ${first.dueAt}`))
    steps.push(step('customers go on untouched', JSON.stringify(board.list()) === real, 'who is served is as it was'))
    await this.#incidents.closeDrill(incident.id, by)
    return steps
  }
}

/** What customers would meet, by the board that the gateway asks. */
function metBy(of: Parameters<typeof effectOf>[0] & Parameters<Board['place']>[0][number]): DrillStep[] {
  const board = new Board(() => false)
  board.place([{ ...of, drill: false }])
  const [model] = of.gatewayModels
  if (model === undefined) return []
  const newcomer = board.admission(model, NEWCOMER).refused
  const [known] = of.frozen ?? []
  const refused = known === undefined ? null : board.admission(model, known).refused
  return [
    step(`${model}: a new customer is refused`, newcomer !== null, newcomer ?? 'it would be served'),
    step(
      `${model}: existing customers go on`,
      refused === null,
      known === undefined ? 'nobody has used it yet' : `${of.frozen?.length ?? 0} are on the list`,
    ),
  ]
}

function step(title: string, ok: boolean, says: string): DrillStep {
  return { title, ok, says }
}

function rolesOf(authority: Authority): Role[] {
  if (authority.by === 'system') return []
  return authority.by === 'one'
    ? [...authority.roles]
    : [...new Set([...authority.requesters, ...authority.seats.flat()])]
}
