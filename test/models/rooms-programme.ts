import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Profiles } from '../../src/app/profiles.ts'
import { Verdicts } from '../../src/app/verdicts.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { AppError } from '../../src/base/errors.ts'
import { seededIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { Actor } from '../../src/ledger/index.ts'
import { CADENCES, decideAction, Evaluations } from '../../src/models/evaluation/index.ts'
import { Registry } from '../../src/models/registry/index.ts'
import { Release } from '../../src/models/release/index.ts'
import {
  DEPLOYMENT_MACHINE,
  effectOf,
  Machine,
  parseScalingConfig,
  Response,
  type ResponseCase,
  stepAction,
  type Taker,
  TRAINING_MACHINE,
} from '../../src/models/response/index.ts'
import { LeaseSigner, Training } from '../../src/models/training/index.ts'
import type { Role } from '../../src/staff/index.ts'
import { MemoryLog } from '../support/staff-world.ts'

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 1)
const RSO: Actor = { type: 'staff', id: 'per_rso' }
const alone = (...roles: Role[]): Taker[] => [{ id: 'per_rso', roles: new Set(roles) }]
const MODEL = 'atlas-api'
const CASE = 'deployment/prod'
const MACHINES = { training: new Machine(TRAINING_MACHINE), deployment: new Machine(DEPLOYMENT_MACHINE) }
const DONE = 'done' as const
const STEPS = { chainOfThought: DONE, bestOfN: DONE, tools: DONE, scaffold: DONE, fineTuned: DONE, helpfulOnly: DONE }

/** A ledger in memory that has a name. */
class NamedLog extends MemoryLog {
  readonly origin = 'test.example/log'
}

export interface Lived {
  segments: number
  refused: number
  cleared: number
  met: number
  halts: number
  reopened: number
  switches: number
  days: number
}

/**
 * A training programme through the rooms as they run: registry, evaluations with files of results, what follows from verdicts, the gate, responses,
 * releases, profiles. Nobody in it is trusted: people try steps alone, at any time; verdicts come out anyhow; trainers ask late and train to the very end
 * of their leases. What must always hold is checked after every step, on what the rooms say and on what the gateway's board admits.
 */
export class Programme implements AsyncDisposable {
  readonly lived: Lived = { segments: 0, refused: 0, cleared: 0, met: 0, halts: 0, reopened: 0, switches: 0, days: 0 }
  readonly wrong: string[] = []
  readonly log: NamedLog
  readonly clock: ManualClock
  readonly #random: () => number
  readonly #dir = mkdtempSync(join(tmpdir(), 'safelevel-programme-'))
  readonly #resources: AsyncDisposableStack
  readonly #rooms: Awaited<ReturnType<typeof openRooms>>
  #n = 0
  #flops = 1e24
  #assessment: string | null = null
  #customers = 0
  #approvals = 0
  #files = 0

  static async open(db: DbHandle, seed: number): Promise<Programme> {
    await using resources = new AsyncDisposableStack()
    const clock = new ManualClock(START)
    const log = new NamedLog()
    const rooms = await openRooms(db, log, clock, resources)
    const programme = new Programme(seed, rooms, log, clock, resources.move())
    await programme.#begin()
    return programme
  }

  private constructor(
    seed: number,
    rooms: Awaited<ReturnType<typeof openRooms>>,
    log: NamedLog,
    clock: ManualClock,
    resources: AsyncDisposableStack,
  ) {
    this.#random = seededRandom(seed)
    this.#rooms = rooms
    this.log = log
    this.clock = clock
    this.#resources = resources
  }

  /** Lives through some steps, of up to twelve days each. */
  async live(steps: number): Promise<void> {
    const acts = [
      () => this.#train(),
      () => this.#train(),
      () => this.#assess(),
      () => this.#assess(),
      () => this.#meddle('training/atlas'),
      () => this.#meddle(CASE),
      () => this.#comeBack(),
      () => this.#comeBack(),
      () => this.#reopen(),
      () => this.#switch(),
    ]
    for (let i = 0; i < steps; i++) {
      this.clock.advance(Math.floor(this.#random() * 12 * DAY_MS))
      await acts[Math.floor(this.#random() * acts.length)]?.()
      await this.#rooms.verdicts.catchUp()
      await this.#rooms.response.housekeep()
      await this.#look()
    }
    this.lived.days = Math.round((this.clock.now() - START) / DAY_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #begin(): Promise<void> {
    const { registry, evaluations, release } = this.#rooms
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c0', flops: this.#flops }, RSO)
    await registry.runs.declare({ model: 'atlas', run: 'r1', plannedFlops: 1e30, safetyReview: 'filed' }, RSO)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: [MODEL] }]
    await registry.deployments.declare({ deployment: 'prod', checkpoint: 'atlas/c0', surfaces }, RSO)
    const about = { domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy' as const }, tasks: 4 }
    await evaluations.suites.freeze({ suite: 'auto', ...about }, RSO)
    const threat = {
      threat: 'replication',
      domain: 'autonomy',
      threshold: 'AI-RD-4',
      actor: 'itself',
      suites: ['auto'],
    }
    await evaluations.suites.mapThreat({ ...threat, capability: 'copies itself', baseline: 'scripts' }, RSO)
    await release.catchUp()
    await this.#reopen()
  }

  /** To the very end of the lease, in compute and in time. */
  async #train(): Promise<void> {
    const { training, registry, evaluations, response } = this.#rooms
    const flops = this.#flops * (1 + this.#random() * 0.2)
    const more = this.#random() < 0.3 ? { untilFlops: flops * (1 + this.#random()) } : {}
    const lease = await training.ask({ model: 'atlas', run: 'r1', flops, ...more }, RSO)
    if (lease.answer !== 'continue' || lease.maxFlops === null || lease.expiresAt === null) {
      this.lived.refused++
      return
    }
    this.lived.segments++
    const { state } = await response.trainingOf('atlas')
    if (!RUNS.has(MACHINES.training.effect({ state }))) this.#fail(`a segment ran while training was ${state}`)
    const before = await evaluations.due('atlas')
    this.clock.jump(Date.parse(lease.expiresAt) - 1 - this.clock.now())
    // As far as the lease goes, or a good part of it: the ends are what is tried, but a programme must last.
    this.#flops = this.#random() < 0.3 ? lease.maxFlops : Math.min(lease.maxFlops, flops * 1.3)
    const checkpoint = `c${++this.#n}`
    const of = { model: 'atlas', checkpoint, flops: this.#flops, run: 'r1', receipt: lease.id }
    await registry.checkpoints.record(of, RSO)
    const due = await evaluations.due('atlas')
    const k = due.kHi ?? Number.POSITIVE_INFINITY
    if (!(k < due.buffer)) this.#fail(`compute came to ${k} times`)
    if (this.#assessment === null && !(k < due.interval)) this.#fail(`${k} times without an assessment`)
    const late = before.calendarAt !== null && this.clock.now() >= Date.parse(before.calendarAt)
    if (this.#assessment === null && late) this.#fail('past the calendar without an assessment')
    await training.checkReceipts()
    if (training.openAlarms().length > 0) this.#fail('an alarm over a checkpoint that was let through')
  }

  /** Opens an assessment, or ends the one that is open, with whatever comes out. */
  async #assess(): Promise<void> {
    const { evaluations } = this.#rooms
    const { assessments } = evaluations
    if (this.#assessment === null) {
      this.#assessment = (await assessments.open({ checkpoint: `atlas/c${this.#n}`, suites: ['auto'] }, RSO)).id
      return
    }
    const id = this.#assessment
    this.#assessment = null
    const passing = this.#random() < 0.75 ? 1 : 2
    const about = { suite: 'auto', snapshot: 'helpful-only', scorer: null }
    await evaluations.importFile(id, this.#results(passing), about, RSO)
    if (passing === 2) {
      this.lived.met++
      await this.#rooms.verdicts.catchUp()
      const { state } = await this.#rooms.response.trainingOf('atlas')
      if (RUNS.has(MACHINES.training.effect({ state }))) this.#fail(`a line was met, and training is ${state}`)
      const of = await this.#rooms.response.cases.find(CASE)
      if (of !== null && IN_USE.has(effectOf(of))) this.#fail(`a line was met, and the deployment is ${of.state}`)
    }
    if (this.#random() < 0.85) await this.#vouch(id)
    const { verdict, reportDigest } = await evaluations.conclude(id, RSO)
    // As it would be: what follows from a verdict is followed before anybody decides on the report.
    await this.#rooms.verdicts.catchUp()
    const payload = { assessment: id, reportDigest: reportDigest ?? '', proposer: 'rso' as const }
    const decide = decideAction(evaluations)
    const decided = await attempt(() => decide.execute(payload, this.#approved(['per_rso', 'per_ceo'])))
    if (verdict !== 'BELOW' && decided) this.#fail(`decided to go on with ${verdict}`)
    if (!decided) return
    await assessments.deliver(id, { body: 'board', reference: 'minutes' }, RSO)
    await attempt(() => assessments.deliver(id, { body: 'ltbt', reference: 'minutes' }, RSO))
    this.lived.cleared++
  }

  /** Any step on a case, by one person who holds every role: nothing that loosens must come of it. */
  async #meddle(id: string): Promise<void> {
    const { response } = this.#rooms
    const of = id === CASE ? await response.cases.find(id) : await response.trainingOf('atlas')
    if (of === null) return
    const { definition } = MACHINES[of.machine]
    const kinds = Object.keys(definition.evidence)
    const kind = kinds[Math.floor(this.#random() * kinds.length)] ?? ''
    const isClaimed = await attempt(() => response.cases.show(id, { kind, reference: 'claimed' }, RSO))
    if (isClaimed && definition.evidence[kind]?.by === 'system') this.#fail(`a person claimed ${kind}`)
    const names = Object.keys(definition.transitions)
    const name = names[Math.floor(this.#random() * names.length)] ?? ''
    const by = { takers: alone('rso', 'ceo', 'ciso', 'administrator'), actor: RSO, approval: null, reason: 'because' }
    const wasOpen = effectOf(of)
    const took = await attempt(() =>
      name === 'find_emergency'
        ? response.incidents.emergency(id, { reason: 'because' }, by.takers, RSO)
        : response.cases.take(id, name, by),
    )
    if (!took) return
    if (name === 'halt' || name === 'find_emergency') this.lived.halts++
    const after = await response.cases.get(id)
    const opens = !IN_USE.has(wasOpen) && IN_USE.has(effectOf(after))
    if (opens && of.state !== 'approved') this.#fail(`${name} by one person led from ${of.state} to ${after.state}`)
  }

  /** Two people let training go on, where what that needs is there. */
  async #comeBack(): Promise<void> {
    const { response } = this.#rooms
    const of = await response.trainingOf('atlas')
    const take = (step: string) => this.#byTwo(of, step)
    const show = (kind: string) => response.cases.show(of.id, { kind, reference: 'filed' }, RSO)
    const rso = { takers: alone('rso'), actor: RSO, approval: null, reason: 'once more' }
    if (of.state === 'met' || of.state === 'inconclusive') await response.cases.take(of.id, 'reassess', rso)
    else if (of.state === 'disproved') await take('resume_disproved')
    else if (of.state === 'paused') {
      await show('pause_finding')
      await take('lift_pause')
    } else if (of.state === 'analysis') {
      await show('not_near')
      await take('revise')
    } else if (of.state === 'revising') {
      for (const kind of ['new_suite', 'policy_amendment', 'not_near']) await show(kind)
      await response.cases.take(of.id, 'amend', rso)
    } else if (of.state === 'amended') await take('resume_revised')
    else if (of.state === 'held') {
      for (const kind of ['next_level', 'policy_amendment', 'safeguards_active']) await show(kind)
      await take('resume_held')
    }
  }

  /** Two people let new customers in, where what that needs is there. */
  async #reopen(): Promise<void> {
    const { response, release } = this.#rooms
    await attempt(() => release.prepare('prod'))
    const of = await response.cases.find(CASE)
    if (of === null) return
    const kinds = ['safety_review', 'emergency_assessment', 'post_mortem', 'policy_amendment', 'next_level_safeguards']
    for (const kind of kinds) await attempt(() => response.cases.show(CASE, { kind, reference: 'filed' }, RSO))
    const by = { takers: alone('rso'), actor: RSO, approval: null, reason: 'as prescribed' }
    await attempt(() => response.cases.take(CASE, 'review', by))
    await attempt(() => release.prepare('prod'))
    for (const step of ['find_no_emergency', 'reopen', 'reopen_reviewed', 'restore', 'renew', 'approve', 'release']) {
      const now = await response.cases.get(CASE)
      if (await attempt(() => this.#byTwo(now, step))) this.lived.reopened++
    }
    await attempt(() => response.cases.take(CASE, 'open', by))
  }

  async #switch(): Promise<void> {
    const { profiles } = this.#rooms
    const profile = profiles.view().profile === 'rsp-1.0' ? ('rsp-2.2' as const) : ('rsp-1.0' as const)
    const { reference, calendarAt, due } = await this.#rooms.evaluations.due('atlas')
    const wasDue = due && calendarAt !== null && Date.parse(calendarAt) <= this.clock.now()
    const payload = { profile, reason: 'the board adopted it' }
    if (await attempt(() => profiles.switching().execute(payload, this.#approved(['per_rso', 'per_rso']))))
      this.#fail('one person switched the profile')
    await profiles.switching().execute(payload, this.#approved(['per_rso', 'per_ceo']))
    this.lived.switches++
    const after = await this.#rooms.evaluations.due('atlas')
    if (wasDue && after.calendarAt !== calendarAt) this.#fail(`a date that had passed moved (${reference?.at})`)
  }

  /** What must always hold. */
  async #look(): Promise<void> {
    const { response } = this.#rooms
    const of = await response.cases.find(CASE)
    const newcomer = `org_${++this.#customers}`
    const refused = response.admission(MODEL, newcomer).refused !== null
    await response.noteCustomers()
    const isOpen = of !== null && IN_USE.has(effectOf(of))
    if (!refused && !isOpen) this.#fail(`a new customer was served while the deployment was ${of?.state}`)
    if (isOpen && !openedByTwo(of)) this.#fail(`it is ${of.state} without two people`)
    const frozen = of !== null && effectOf(of) === 'existing' ? (of.frozen ?? []) : []
    for (const old of frozen) {
      if (response.admission(MODEL, old).refused !== null)
        this.#fail(`an existing customer was refused in ${of?.state}`)
    }
    if (of !== null && of.frozen?.includes(newcomer) === true) this.#fail('who was refused has become a customer')
  }

  async #byTwo({ id }: ResponseCase, step: string): Promise<void> {
    const action = stepAction(this.#rooms.response.cases)
    const payload = { case: id, step }
    if (await attempt(() => action.execute(payload, this.#approved(['per_rso', 'per_rso'])))) {
      this.#fail(`${step} was taken by one person twice`)
    }
    await action.execute(payload, this.#approved(['per_rso', 'per_ceo', 'per_ciso']))
  }

  #approved(people: readonly string[]) {
    const approvedAt = new Date(this.clock.now()).toISOString()
    const [requester = '', ...approvers] = people
    return { id: `apr_${++this.#approvals}`, requester, approvers, approvedAt, effectiveUntil: null, digest: '' }
  }

  async #vouch(id: string): Promise<void> {
    const { assessments } = this.#rooms.evaluations
    const given = {
      elicitation: STEPS,
      transcripts: { read: 40, spurious: 0 },
      contamination: { checked: true, unreplaced: 0 },
      grader: { positives: 20, recognised: 20 },
    }
    await assessments.vouch(id, 'auto', given, RSO)
    for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const) {
      await assessments.show(id, name, { words: `about ${name}` }, RSO)
    }
  }

  #results(passing: number): string {
    const path = join(this.#dir, `results-${++this.#files}.jsonl`)
    const header = JSON.stringify({ header: { began_at: new Date(this.clock.now()).toISOString(), n: this.#files } })
    const rows = [0, 1, 2, 3].flatMap((task) =>
      Array.from({ length: 10 }, (_, i) => JSON.stringify({ task: `t${task}`, passed: task < passing && i === 9 })),
    )
    writeFileSync(path, [header, ...rows].join('\n'))
    return path
  }

  #fail(what: string): void {
    this.wrong.push(`day ${Math.round((this.clock.now() - START) / DAY_MS)}: ${what}`)
  }
}

const RUNS: ReadonlySet<string> = new Set(['run', 'wait'])
const IN_USE: ReadonlySet<string> = new Set(['run', 'wait', 'everybody'])

/** Whether the steps that led to where it is open were agreed to by two different people. */
function openedByTwo({ history }: ResponseCase): boolean {
  const opened = history.findLast(({ to }) => DEPLOYMENT_MACHINE.states[to as 'live']?.effect === 'everybody')
  if (opened === undefined) return false
  const agreed = opened.step === 'open' ? history.findLast(({ step }) => step === 'approve') : opened
  return new Set(agreed?.people).size >= 2
}

/** @returns whether it was done; what is refused is no failure here, anything else is */
async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof AppError && error.code !== 'INTERNAL' && error.code !== 'LEDGER_UNAVAILABLE') return false
    throw error
  }
}

async function openRooms(db: DbHandle, log: NamedLog, clock: ManualClock, resources: AsyncDisposableStack) {
  const base = { db, ledger: log, clock, ids: seededIds(clock, 7), log: silentLog }
  const config = parseScalingConfig({ release: 'enforce', training: 'enforce' })
  const registry = await Registry.open(base)
  const profiles = resources.use(
    await Profiles.open({ ...base, db: db.db, configured: { ...CADENCES['rsp-1.0'], mostMonths: 6 } }),
  )
  const evaluations = await Evaluations.open({ ...base, registry, cadence: profiles.cadence })
  const response = resources.use(
    await Response.open({ ...base, registry, config, served: () => [MODEL], isFixture: () => false }),
  )
  const machine = MACHINES.training
  const training = resources.use(
    await Training.open({
      ...{ ...base, registry, config, segments: evaluations.standings, signer: new LeaseSigner(Buffer.alloc(32, 5)) },
      stateOf: async (model) => {
        const { state } = response.trainingNow(model)
        return { state, effect: machine.effect({ state }) }
      },
      concernsOf: async (model, run) =>
        (await registry.runs.find(`${model}/${run}`)) === null ? ['not declared'] : [],
    }),
  )
  const release = resources.use(new Release({ ...base, registry, response, config }))
  for (const id of ['card', 'reporting', 'refusal', 'containment']) {
    release.preconditions.register({
      id,
      title: id,
      source: 'test',
      check: async () => ({ met: true, says: 'as the test has it' }),
    })
  }
  const verdicts = resources.use(new Verdicts({ ...base, db: db.db, evaluations, response }))
  return { registry, profiles, evaluations, response, training, release, verdicts }
}
