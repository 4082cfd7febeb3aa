import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EnforcementWorld } from '../../../test/support/enforcement-world.ts'
import { runs } from '../../../test/support/runs.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { climb, levelsOf } from './ladder.ts'
import { byTime, type CountedStrike, counted } from './points.ts'
import { rankOf, type Step, type Strike, type Subject } from './schema.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const USERS = ['ann', 'bob', null] as const
const WEIGHTS = { low: 0.5, moderate: 1, high: 3, extreme: 10 } as const
const EXPIRY_DAYS = { low: 7, moderate: 30, high: 90, extreme: 365 } as const
type Severity = keyof typeof WEIGHTS

interface ModelStrike extends CountedStrike {
  readonly decisionId: string
}
interface ModelAction {
  readonly id: string
  readonly subject: Subject
  readonly step: Step
  readonly decisionId: string | null
  readonly by: string
}

/** What should be: the strikes that were given and not undone, the actions of people that were not ended, when who was pardoned. */
class Model {
  strikes: ModelStrike[] = []
  actions: ModelAction[] = []
  readonly pardons = new Map<string, number>()

  historyOf(subject: Subject): CountedStrike[] {
    const since = this.pardons.get(subject.id) ?? Number.NEGATIVE_INFINITY
    return this.strikes
      .filter((s) => s.atMs > since && levelsOf(s.strike).some(({ id }) => id === subject.id))
      .sort(byTime)
  }

  /** The gravest step: what the ladder, climbed again from the ground, holds now, and what people did. */
  stepOf(subject: Subject, nowMs: number, settings: EnforcementWorld['config']): Step | null {
    const climbed = climb(subject, this.historyOf(subject), settings)
      .filter(({ untilMs }) => untilMs > nowMs)
      .map(({ step }) => step)
    const given = this.actions.filter((a) => a.subject.id === subject.id).map(({ step }) => step)
    return [...climbed, ...given].reduce<Step | null>((a, b) => (rankOf(b) > rankOf(a ?? 'none') ? b : a), null)
  }
}

type Command = fc.AsyncCommand<Model, EnforcementWorld>

class Offend implements Command {
  readonly user: (typeof USERS)[number]
  readonly severity: Severity
  readonly clause: string
  constructor(user: (typeof USERS)[number], severity: Severity, clause: string) {
    this.user = user
    this.severity = severity
    this.clause = clause
  }
  check = () => true
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    const { user, severity, clause } = this
    const atMs = world.clock.now()
    const decisionId = world.refused({ endUser: user, severity, clause, score: 0.9 })
    await world.enforcement.catchUp()
    const strike: Strike = {
      id: `str_${decisionId.slice(4)}`,
      source: 'decision',
      decisionId,
      patternId: null,
      endUserId: user === null ? null : world.user(user),
      keyId: world.principals[0].keyId,
      projectId: world.principals[0].projectId,
      organisationId: world.principals[0].organisationId,
      severity,
      label: 'cyber_operations',
      clause,
      score: 0.9,
      weight: WEIGHTS[severity],
      immediate: false,
      at: new Date(atMs).toISOString(),
      expiresAt: new Date(atMs + EXPIRY_DAYS[severity] * DAY_MS).toISOString(),
      by: { type: 'system', id: 'enforcement' },
      undone: null,
    }
    model.strikes.push({ ...counted(strike), decisionId })
    world.clock.advance(1_000)
    compare(model, world)
  }
  toString = () => `offend(${this.user}, ${this.severity}, ${this.clause})`
}

class Wait implements Command {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = () => true
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    world.clock.advance(this.ms)
    await world.enforcement.housekeep()
    compare(model, world)
  }
  toString = () => `wait(${this.ms / HOUR_MS} h)`
}

class Undo implements Command {
  readonly which: number
  constructor(which: number) {
    this.which = which
  }
  check = (model: Readonly<Model>) => model.strikes.length > 0
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    const strike = model.strikes[this.which % model.strikes.length]
    if (strike === undefined) return
    await world.enforcement.undo(strike.decisionId, { authority: 'redress', id: world.ids.next('apl'), heardBy: 'eve' })
    model.strikes = model.strikes.filter((s) => s !== strike)
    model.actions = model.actions.filter((a) => a.decisionId !== strike.decisionId)
    compare(model, world)
  }
  toString = () => `undo(${this.which})`
}

class Restrict implements Command {
  readonly level: number
  readonly step: Step
  readonly about: number | null
  constructor(level: number, step: Step, about: number | null) {
    this.level = level
    this.step = step
    this.about = about
  }
  check = () => true
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    const subject = subjectsOf(world)[this.level]
    if (subject === undefined) return
    const decisionId =
      this.about === null ? null : (model.strikes[this.about % Math.max(1, model.strikes.length)]?.decisionId ?? null)
    const by = { type: 'staff', id: 'ann' } as const
    const input = { subject, step: this.step, reason: 'other', ...(decisionId === null ? {} : { decisionId }) } as const
    const { id } = await world.enforcement.restrict(input, by)
    model.actions.push({ id, subject, step: this.step, decisionId, by: by.id })
    compare(model, world)
  }
  toString = () => `restrict(${this.level}, ${this.step}, ${this.about})`
}

class UndoAction implements Command {
  readonly which: number
  readonly people: readonly string[]
  constructor(which: number, people: readonly string[]) {
    this.which = which
    this.people = people
  }
  check = (model: Readonly<Model>) => model.actions.length > 0
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    const action = model.actions[this.which % model.actions.length]
    if (action === undefined) return
    const relaxation = { authority: 'approval', id: world.ids.next('apr'), people: this.people } as const
    if (new Set(this.people).size < 2) {
      await expect(world.enforcement.undo(action.id, relaxation)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect(world.enforcement.lift(action.id, relaxation)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    } else {
      await world.enforcement.undo(action.id, relaxation)
      model.actions = model.actions.filter((a) => a !== action)
    }
    compare(model, world)
  }
  toString = () => `undoAction(${this.which}, ${this.people})`
}

class Lift implements Command {
  readonly which: number
  constructor(which: number) {
    this.which = which
  }
  check = (model: Readonly<Model>) => model.actions.length > 0
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    const action = model.actions[this.which % model.actions.length]
    if (action === undefined) return
    await world.enforcement.lift(action.id, {
      authority: 'approval',
      id: world.ids.next('apr'),
      people: ['ann', 'bob'],
    })
    model.actions = model.actions.filter((a) => a !== action)
    compare(model, world)
  }
  toString = () => `lift(${this.which})`
}

/** Lifts a step that the ladder took: the others on this subject go with it, and its strikes are forgiven. */
class LiftLadder implements Command {
  readonly level: number
  constructor(level: number) {
    this.level = level
  }
  check = () => true
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    const subject = subjectsOf(world)[this.level]
    const query = { subjectId: subject?.id, state: 'active', limit: 100 } as const
    const { items } = await world.enforcement.readings.actions(query)
    const step = items.find(({ source }) => source === 'automatic')
    if (subject === undefined || step === undefined) return
    await world.enforcement.lift(step.id, { authority: 'approval', id: world.ids.next('apr'), people: ['ann', 'bob'] })
    model.pardons.set(subject.id, world.clock.now())
    world.clock.advance(1)
    compare(model, world)
  }
  toString = () => `liftLadder(${this.level})`
}

class Restart implements Command {
  check = () => true
  async run(model: Model, world: EnforcementWorld): Promise<void> {
    await world.reopen()
    compare(model, world)
  }
  toString = () => 'restart'
}

function subjectsOf(world: EnforcementWorld): Subject[] {
  const { keyId, projectId, organisationId } = world.principals[0]
  return [
    ...USERS.filter((name) => name !== null).map((name): Subject => ({ type: 'end_user', id: world.user(name) })),
    { type: 'key', id: keyId },
    { type: 'project', id: projectId },
    { type: 'organisation', id: organisationId },
  ]
}

/** Every subject stands where the model says, by the ladder climbed anew from what is left. */
function compare(model: Model, world: EnforcementWorld): void {
  const now = world.clock.now()
  for (const subject of subjectsOf(world)) {
    const { step, strikes } = world.enforcement.readings.standing(subject)
    expect([subject.type, step]).toEqual([subject.type, model.stepOf(subject, now, world.config)])
    expect(strikes).toBe(model.historyOf(subject).filter((s) => s.expiresMs > now).length)
  }
}

const STEPS: readonly Step[] = ['warn', 'throttle', 'restrict', 'suspend', 'ban']
const OFFEND = fc
  .tuple(
    fc.constantFrom(...USERS),
    fc.constantFrom<Severity>('low', 'moderate', 'moderate', 'high', 'extreme'),
    fc.constantFrom('1.1', '2.1', '3.1', '4.1', '5.1'),
  )
  .map(([user, severity, clause]) => new Offend(user, severity, clause))
/** Offending and undoing most often: it is between them that the ladder is climbed anew. */
const COMMANDS = [
  OFFEND,
  OFFEND,
  OFFEND,
  OFFEND,
  fc.constantFrom(1, 12, 24, 24 * 5, 24 * 20, 24 * 80).map((hours) => new Wait(hours * HOUR_MS)),
  fc.nat(20).map((which) => new Undo(which)),
  fc.constant(new Undo(0)),
  fc
    .tuple(fc.nat(4), fc.constantFrom(...STEPS), fc.option(fc.nat(10)))
    .map(([level, step, about]) => new Restrict(level, step, about)),
  fc
    .tuple(fc.nat(10), fc.constantFrom(['ann'], ['ann', 'ann'], ['ann', 'bob'], ['']))
    .map(([which, people]) => new UndoAction(which, people)),
  fc.nat(10).map((which) => new Lift(which)),
  fc.nat(4).map((level) => new LiftLadder(level)),
  fc.constant(new Restart()),
]

describe.each(storeKinds('enforcement model'))('the ladder against a model on $kind', ({ create, kind }) => {
  let store: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  it('stands after any sequence where the remaining strikes put it, and nobody relaxes alone', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 30 }), async (commands) => {
        await using world = await EnforcementWorld.open(handle)
        await fc.asyncModelRun(() => ({ model: new Model(), real: world }), commands)
      }),
      { numRuns: runs(kind === 'embedded' ? 40 : 25), endOnFailure: true },
    )
  })

  it('stands after an undoing exactly where it stood before', { timeout: 120_000 }, async () => {
    const sequence = fc.array(OFFEND, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(sequence, sequence, async (before, after) => {
        await using world = await EnforcementWorld.open(handle)
        const model = new Model()
        for (const command of before) await command.run(model, world)
        const picture = () => JSON.stringify(subjectsOf(world).map((s) => world.enforcement.readings.standing(s)))
        const stood = picture()
        const ground = model.strikes.length
        for (const command of after) await command.run(model, world)
        for (const { decisionId } of model.strikes.slice(ground)) {
          await world.enforcement.undo(decisionId, { authority: 'redress', id: `apl_${decisionId}`, heardBy: 'eve' })
        }
        expect(picture()).toBe(stood)
      }),
      { numRuns: runs(kind === 'embedded' ? 20 : 8), endOnFailure: true },
    )
  })
})
