import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { ROLES, type Role, staffActor } from '../staff/index.ts'
import { type Act, close, settle, stepsOf, summaryOf, type Worker } from './run.ts'
import { Runbooks } from './runbooks.ts'
import { type Run, Runbook } from './schema.ts'

const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 0, 10)
const at = (minute: number) => new Date(START_MS + minute * MINUTE_MS).toISOString()
const who = (id: string, ...roles: Role[]): Worker => ({ actor: staffActor(id), roles: new Set(roles) })
const RSO = who('per_rso', 'rso')
const ANALYST = who('per_analyst', 'analyst')
const OPERATOR: Worker = { actor: { type: 'operator', id: 'operator' }, roles: new Set() }

const RUNBOOK = Runbook.parse({
  ...{ id: 'test-book', title: 'Something happens', when: 'now', about: 'a case', lead: ['rso'] },
  steps: [
    { id: 'halt', kind: 'do', title: 'Halt', say: 'halt', roles: ['rso', 'analyst'], withinMinutes: 30 },
    { id: 'seen', kind: 'check', title: 'Seen', say: 'seen', look: 'condition:halted', withinMinutes: 60 },
    {
      ...{ id: 'grave', kind: 'decide', title: 'Grave?', say: 'grave', roles: ['rso'] },
      answers: [
        { id: 'yes', says: 'it is' },
        { id: 'no', says: 'it is not' },
      ],
    },
    {
      ...{ id: 'who', kind: 'decide', title: 'Who?', say: 'who', roles: ['rso'] },
      only: { decision: 'grave', answers: ['yes'] },
      answers: [
        { id: 'us', says: 'we' },
        { id: 'them', says: 'they' },
      ],
    },
    { id: 'tell', kind: 'do', title: 'Tell', say: 't', roles: ['ceo'], only: { decision: 'who', answers: ['them'] } },
    { id: 'well', kind: 'check', title: 'Well', say: 'w', look: 'control:GOV-01', required: false },
  ],
})
const RUN: Run = {
  ...{ id: 'rbr_00000000000000000000000000', runbook: RUNBOOK, digest: '0'.repeat(64), about: null, drill: false },
  ...{ startedBy: 'per_rso', startedAt: at(0), settled: {}, closed: null },
}
const look = (state: 'holds' | 'fails' | 'unknown'): Act => ({ act: 'look', found: { state, says: state } })
const answer = (id: string, reason: string | null = null): Act => ({ act: 'answer', answer: id, reason })
const done: Act = { act: 'done', note: null }
const skip: Act = { act: 'skip', reason: 'not here' }

describe('a run', () => {
  const openOf = (run: Run, minute = 1) =>
    stepsOf(run, START_MS + minute * MINUTE_MS).flatMap(({ step, open }) => (open ? [step.id] : []))

  it('asks for the branch that was answered, and for the other one after another answer with a reason', () => {
    expect(openOf(RUN)).toEqual(['halt', 'seen', 'grave', 'well'])
    expect(() => settle(RUN, 'tell', done, who('per_ceo', 'ceo'), at(1))).toThrow(/answer that first/)
    const grave = settle(RUN, 'grave', answer('yes'), RSO, at(1))
    expect(openOf(grave)).toContain('who')
    const them = settle(grave, 'who', answer('them'), RSO, at(2))
    expect(openOf(them)).toContain('tell')
    expect(() => settle(them, 'grave', answer('no'), RSO, at(3))).toThrow(/say why/)
    const not = settle(them, 'grave', answer('no', 'it was the cat'), RSO, at(3))
    expect(openOf(not)).toEqual(['halt', 'seen', 'well'])
    expect(() => settle(not, 'tell', done, who('per_ceo', 'ceo'), at(4))).toThrow(/not asked for/)
  })

  it('takes nothing from who does not hold the role, and no word for a check', () => {
    expect(() => settle(RUN, 'halt', done, who('per_ceo', 'ceo'), at(1))).toThrow(
      /takes one of these roles: rso, analyst/,
    )
    expect(() => settle(RUN, 'halt', done, OPERATOR, at(1))).toThrow(/roles/)
    expect(() => settle(RUN, 'seen', done, RSO, at(1))).toThrow(/looked at/)
    expect(() => settle(RUN, 'halt', look('holds'), RSO, at(1))).toThrow(/for people/)
    expect(() => settle(RUN, 'grave', answer('perhaps'), RSO, at(1))).toThrow(/these answers: yes, no/)
    expect(() => settle(RUN, 'nowhere', done, RSO, at(1))).toThrow(/no step/)
  })

  it('shows what is late, and lets a check that goes on holding keep its time', () => {
    expect(summaryOf(RUN, START_MS + 29 * MINUTE_MS)).toMatchObject({ open: 4, late: 0, next: 'halt' })
    expect(summaryOf(RUN, START_MS + 61 * MINUTE_MS)).toMatchObject({ open: 4, late: 2 })
    const held = settle(settle(RUN, 'seen', look('holds'), OPERATOR, at(50)), 'seen', look('holds'), OPERATOR, at(90))
    const lost = settle(held, 'seen', look('fails'), OPERATOR, at(91))
    const late = (run: Run) => stepsOf(run, START_MS + 100 * MINUTE_MS).find(({ step }) => step.id === 'seen')?.late
    expect([late(held), late(lost)]).toEqual([false, true])
    expect(settle(held, 'halt', done, ANALYST, at(31)).settled.halt?.since).toBe(at(31))
  })

  it('ends with every step settled and every required check holding, or with words that say why not', () => {
    let run = settle(settle(RUN, 'halt', skip, RSO, at(1)), 'grave', answer('no'), RSO, at(1))
    run = settle(settle(run, 'seen', look('fails'), RSO, at(2)), 'well', look('unknown'), RSO, at(2))
    const words = { outcome: 'finished', summary: 'over', despite: null } as const
    expect(() => close(RUN, words, RSO, at(3))).toThrow(/halt, grave/)
    expect(() => close(run, words, ANALYST, at(3))).toThrow(/to close it takes/)
    expect(() => close(run, words, RSO, at(3))).toThrow(/do not hold: seen/)
    const ended = close(run, { ...words, despite: 'the condition is wrong' }, RSO, at(3))
    expect(ended.closed).toMatchObject({ outcome: 'finished', despite: 'the condition is wrong', by: 'per_rso' })
    expect(() => settle(ended, 'halt', done, RSO, at(4))).toThrow(/closed/)
    expect(() => close(ended, words, RSO, at(4))).toThrow(/closed/)
    expect(close(settle(run, 'seen', look('holds'), RSO, at(3)), words, RSO, at(4)).closed?.despite).toBeNull()
  })

  it('keeps its promises whatever comes in whichever order', () => {
    const acts = fc.oneof(
      fc.constantFrom(done, skip, look('holds'), look('fails'), look('unknown')),
      fc
        .tuple(fc.constantFrom('yes', 'no', 'us', 'them'), fc.option(fc.constant('why')))
        .map(([id, why]) => answer(id, why)),
      fc.constantFrom('finished' as const, 'stopped' as const),
    )
    const turns = fc.array(
      fc.record({
        step: fc.constantFrom(...RUNBOOK.steps.map(({ id }) => id)),
        act: acts,
        roles: fc.subarray([...ROLES], { maxLength: 3 }),
        despite: fc.option(fc.constant('why')),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(turns, (all) => {
        let run = RUN
        for (const [i, { step, act, roles, despite }] of all.entries()) {
          const by = who('per_x', ...roles)
          const before = run
          try {
            run =
              typeof act === 'string'
                ? close(run, { outcome: act, summary: 's', despite }, by, at(i))
                : settle(run, step, act, by, at(i))
          } catch {
            expect(run).toBe(before) // what is refused changes nothing
            continue
          }
          expect(before.closed).toBeNull() // nothing happens after the end
          if (typeof act === 'string') {
            expect(roles).toContain('rso')
            const left = openOf(before, i)
            if (act === 'finished') expect(left.filter((id) => id !== 'seen' && id !== 'well')).toEqual([])
            if (left.includes('seen')) expect(run.closed?.despite).not.toBeNull()
            continue
          }
          const of = RUNBOOK.steps.find(({ id }) => id === step)
          if (of?.kind !== 'check')
            expect([...(of?.roles ?? []), 'rso'].some((role) => by.roles.has(role as Role))).toBe(true)
          if (before.settled[step]?.state === 'done') expect(step).not.toBe('halt') // what is done stays done
          expect(stepsOf(before, 0).find((one) => one.step.id === step)?.applies).toBe('yes')
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe.each(storeKinds('runbooks'))('runs on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  const clock = new ManualClock(START_MS)
  const ids = seededIds(clock, 31)
  let log: MemoryLog
  let runbooks: Runbooks

  const open = () => Runbooks.open({ db: handle, ledger: log, clock, ids, log: silentLog, folder: null })
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    log = new MemoryLog()
    runbooks = await open()
  })

  it('are on the ledger before they take effect, without a word of what people wrote, and outlive the process', async () => {
    const run = await runbooks.start({ runbook: 'outage', about: 'secret words', drill: true }, OPERATOR)
    await runbooks.work(run.id, 'see', { act: 'done', note: 'the classifier, since nine' }, who('per_a', 'analyst'))
    log.failing = 'before'
    const answered = { act: 'answer', answer: 'upstream' } as const
    await expect(runbooks.work(run.id, 'which', answered, who('per_b', 'administrator'))).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    })
    expect((await runbooks.get(run.id, OPERATOR)).steps[1]?.settled).toBeNull()
    // The process dies, and the ledger records again: what was asked for is carried out, once.
    log.failing = null
    runbooks = await open()
    const again = await runbooks.get(run.id, ANALYST)
    expect(again.steps[1]?.settled).toMatchObject({ state: 'answered', answer: 'upstream', by: 'per_b' })
    expect(log.kinds()).toEqual(['runbooks.run_started', 'runbooks.step_done', 'runbooks.question_answered'])
    expect(JSON.stringify(log.events)).not.toMatch(/secret|nine/)
    expect(log.events.every(({ data }) => data.drill === true && data.restricted === false)).toBe(true)
    expect(again.acts.map(({ step, by }) => [step, by])).toEqual([
      ['which', 'per_b'],
      ['see', 'per_a'],
    ])
  })

  it('are worked on by two at once, of whom one does a step', async () => {
    const { id } = await runbooks.start({ runbook: 'outage' }, RSO)
    const both = await Promise.allSettled(
      ['per_a', 'per_b'].map((person) => runbooks.work(id, 'see', { act: 'done' }, who(person, 'analyst'))),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('are looked at once more when they end, and what was seen then counts', async () => {
    let state: 'holds' | 'fails' = 'holds'
    runbooks.lookWith(async (name) => {
      if (name.startsWith('control:')) throw new Error('away')
      return { state, says: `${name} ${state}` }
    })
    const lead = who('per_lead', 'child_safety')
    const { id } = await runbooks.start({ runbook: 'child-safety-report', drill: true }, lead)
    await expect(runbooks.get(id, ANALYST)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(runbooks.get(id, OPERATOR)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(runbooks.start({ runbook: 'weights-theft' }, OPERATOR)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await runbooks.list({ limit: 200 }, ANALYST)).some((one) => one.id === id)).toBe(false)
    await runbooks.work(id, 'one', { act: 'done' }, lead)
    await runbooks.work(id, 'apparent', { act: 'answer', answer: 'yes' }, lead)
    expect((await runbooks.look(id, 'reported', lead)).steps.find(({ step }) => step.id === 'reported')?.open).toBe(
      false,
    )
    state = 'fails'
    const stopped = { outcome: 'stopped', summary: 'the exercise is over' } as const
    await expect(runbooks.close(id, stopped, lead)).rejects.toThrow(/do not hold: reported/)
    const closed = await runbooks.close(id, { ...stopped, despite: 'only an exercise' }, lead)
    expect(closed.closed).toMatchObject({ outcome: 'stopped', despite: 'only an exercise' })
    expect(closed.acts[0]).toMatchObject({ step: 'reported', state: 'fails' })
    expect(log.events.at(-1)).toMatchObject({ kind: 'runbooks.run_closed', data: { drill: true, restricted: true } })
  })

  it('are counted apart from exercises', async () => {
    const before = await runbooks.counts()
    await runbooks.start({ runbook: 'jailbreak' }, RSO)
    await runbooks.start({ runbook: 'jailbreak', drill: true }, RSO)
    const due = (await runbooks.due()).filter(({ runbook }) => runbook === 'jailbreak')
    expect(due[0]).toMatchObject({ step: 'covered', dueAt: new Date(clock.now() + 15 * MINUTE_MS).toISOString() })
    expect(new Set(due.map(({ run }) => run)).size).toBe(1)
    clock.advance(20 * MINUTE_MS)
    const after = await runbooks.counts()
    expect([after.runs - before.runs, after.drills - before.drills]).toEqual([1, 1])
    // The first check of the one is due after a quarter of an hour; what else was open has run on too.
    expect(after.lateSteps).toBeGreaterThan(before.lateSteps)
  })
})
