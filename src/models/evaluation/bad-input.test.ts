import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { Registry } from '../registry/index.ts'
import { CADENCES, Evaluations, reportDigest, reportHtml, reportMarkdown } from './index.ts'

const BY: Actor = { type: 'staff', id: 'per_rso' }
const DAY = 86_400_000

/** What bad input gets: refused or flagged, nothing lost, and never a more favourable answer than the evidence gives. */
describe.each(storeKinds('models evaluation, bad input'))('bad input on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let dir: string
  let clock: ManualClock
  let registry: Registry
  let evaluations: Evaluations
  let files = 0

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'safelevel-bad-input-'))
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await handle.db.deleteFrom('modelRecord').execute()
    await handle.db.deleteFrom('journalIntent').execute()
    clock = new ManualClock(Date.UTC(2026, 0, 1))
    const deps = { db: handle, ledger: new MemoryLog(), clock, ids: seededIds(clock, 9) }
    registry = await Registry.open(deps)
    evaluations = await Evaluations.open({ ...deps, registry, cadence: CADENCES['rsp-1.0'] })
  })

  const record = (checkpoint: string, flops: number, more = {}) =>
    registry.checkpoints.record({ model: 'atlas', checkpoint, flops, ...more }, BY)
  const now = () => new Date(clock.now()).toISOString()
  const freeze = (suite: string, more = {}) =>
    evaluations.suites.freeze(
      { suite, domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy' }, tasks: 2, ...more },
      BY,
    )
  const map = (suites: string[], words = 'scripts') =>
    evaluations.suites.mapThreat(
      {
        ...{ threat: 'replication', domain: 'autonomy', threshold: 'AI-RD-4', actor: 'itself', suites },
        ...{ capability: 'copies itself', baseline: words },
      },
      BY,
    )
  /** Everything that people answer for, so that only the results decide. */
  async function opened(...suites: string[]): Promise<string> {
    const { assessments } = evaluations
    const { id } = await assessments.open({ checkpoint: 'atlas/c1', suites }, BY)
    const done = 'done' as const
    for (const suite of suites) {
      const elicitation = { chainOfThought: done, bestOfN: done, tools: done, scaffold: done, fineTuned: done }
      const transcripts = { read: 100, spurious: 0 }
      const contamination = { checked: true, unreplaced: 0 }
      const grader = { positives: 20, recognised: 20 }
      const vouched = { elicitation: { ...elicitation, helpfulOnly: done }, transcripts, contamination, grader }
      await assessments.vouch(id, suite, vouched, BY)
    }
    for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const) {
      await assessments.show(id, name, { words: 'said' }, BY)
    }
    return id
  }
  const sample = (task: number, epoch: number, value: string, more = {}) => ({
    ...{ id: `t${task}`, epoch, scores: { match: { value, history: [] } } },
    ...more,
  })
  const twenty = [0, 1].flatMap((task) => Array.from({ length: 10 }, (_, i) => sample(task, i + 1, 'I')))
  function log(over: object = {}, samples: object[] = twenty, beganAt = now()): string {
    const path = join(dir, `log-${files++}.json`)
    const about = { created: beganAt, model: 'm', config: { epochs: 10 }, dataset: { samples: 2 }, n: files }
    const results = { total_samples: samples.length, scores: [] }
    writeFileSync(path, JSON.stringify({ version: 2, status: 'success', eval: about, results, ...over, samples }))
    return path
  }
  const bring = (id: string, path: string, suite = 'auto-1') =>
    evaluations.importFile(id, path, { suite, snapshot: 'helpful-only', scorer: null }, BY)
  const verdictOf = async (id: string) => {
    const { verdict, missing } = await evaluations.assessments.verdict(id)
    return { verdict, codes: missing.map(({ code }) => code) }
  }
  async function ready(): Promise<string> {
    await record('c0', 1e24)
    clock.advance(DAY)
    await record('c1', 2e24)
    await freeze('auto-1')
    await map(['auto-1'])
    clock.advance(DAY)
    return opened('auto-1')
  }

  it('logs in order come to BELOW: the measure for all that follows', async () => {
    const id = await ready()
    await bring(id, log())
    expect(await verdictOf(id)).toEqual({ verdict: 'BELOW', codes: [] })
  })

  it.each([
    ['samples missing', () => log({ results: { total_samples: 21, scores: [] } }), 'missing_samples'],
    ['samples cut out', () => log({ results: { total_samples: 20, scores: [] } }, twenty.slice(1)), 'missing_samples'],
    ['a sample twice', () => log({}, [...twenty.slice(1), sample(1, 10, 'I')]), 'duplicate_samples'],
    [
      'a score that was edited',
      () =>
        log({}, [
          ...twenty.slice(1),
          sample(0, 1, 'I', { scores: { match: { value: 'I', history: [{ value: 'C' }] } } }),
        ]),
      'edited',
    ],
    ['an edit on record', () => log({ log_updates: [{}] }), 'edited'],
    [
      'samples edited by hand',
      () => log({ results: { total_samples: 20, scores: [{ name: 'match', metrics: { accuracy: { value: 0.9 } } }] } }),
      'aggregate_differs',
    ],
    ['a run that failed', () => log({ status: 'error' }), 'status'],
    ['a run that was invalidated', () => log({ invalidated: true }), 'invalidated'],
    ['a run of tomorrow', () => log({}, twenty, new Date(clock.now() + DAY).toISOString()), 'future_run'],
    ['a run from before the checkpoint', () => log({}, twenty, '2026-01-01T12:00:00Z'), 'before_checkpoint'],
    ['a run from before the suite', () => log({}, twenty, '2026-01-01T12:00:00Z'), 'suite_not_frozen'],
  ])('a log with %s is flagged, and is never BELOW', async (_, make, code) => {
    const id = await ready()
    await bring(id, make())
    const { verdict, codes } = await verdictOf(id)
    expect(codes).toContain(code)
    expect(verdict).toBe('INCONCLUSIVE')
    // What it says against the model counts all the same.
    const passing = [0, 1].map((task) => sample(task, 1, 'C'))
    await bring(id, log({ status: 'error' }, passing))
    expect((await verdictOf(id)).verdict).toBe('MET')
  })

  it('results of other tasks than those that were frozen are flagged', async () => {
    const id = await ready()
    await freeze('auto-2', { fileDigest: 'a'.repeat(64), tasks: 1, supersedes: 'auto-1', reason: 'one had leaked' })
    await evaluations.assessments.withdraw(id, BY)
    const next = await opened('auto-2')
    await map(['auto-2'])
    const lines = (digest: string) => {
      const path = join(dir, `lines-${files++}.jsonl`)
      const header = { header: { began_at: now(), suite_file: digest } }
      const rows = Array.from({ length: 10 }, (_, i) => ({ task: 't', attempt: i, passed: false }))
      writeFileSync(path, [header, ...rows].map((row) => JSON.stringify(row)).join('\n'))
      return path
    }
    expect((await bring(next, lines('a'.repeat(64)), 'auto-2')).flags).toEqual([])
    expect((await verdictOf(next)).verdict).toBe('BELOW')
    const other = await bring(next, lines('b'.repeat(64)), 'auto-2')
    expect(other.flags.map(({ code }) => code)).toEqual(['other_suite_file'])
    expect((await verdictOf(next)).verdict).toBe('INCONCLUSIVE')
    // The change of suites is shown where it is decided on.
    const report = await evaluations.report(next)
    expect(report.deviations).toMatchObject([{ kind: 'suite_changed', suite: 'auto-2' }])
    expect(reportHtml(report)).toContain('one had leaked')
    expect(reportMarkdown(report)).toContain('suite_changed: the suite auto-1 was superseded by auto-2')
  })

  it('verdicts that contradict each other: what meets a line counts', async () => {
    await record('c0', 1e24)
    clock.advance(DAY)
    await record('c1', 2e24)
    await freeze('auto-1')
    await freeze('auto-2')
    await map(['auto-1', 'auto-2'])
    const id = await opened('auto-1', 'auto-2')
    await bring(id, log())
    await bring(
      id,
      log(
        {},
        [0, 1].map((task) => sample(task, 1, 'C')),
      ),
      'auto-2',
    )
    const { verdict, codes } = await verdictOf(id)
    expect(verdict).toBe('MET')
    expect(codes).toContain('contradictory')
  })

  it('a clock that runs backwards makes nothing less due, and concludes nothing', async () => {
    const id = await ready()
    clock.advance(100 * DAY)
    await record('c2', 2.5e24)
    await bring(id, log())
    expect((await evaluations.due('atlas')).reasons.map(({ rule }) => rule)).toEqual(['calendar'])
    clock.jump(-101 * DAY)
    const due = await evaluations.due('atlas')
    expect(due.reasons.map(({ rule }) => rule)).toEqual(['calendar', 'clock'])
    expect(due.reasons.at(-1)?.words).toContain('set it right')
    const segment = { model: 'atlas', flops: 2.6e24, loss: null, endMs: null }
    expect((await evaluations.segment(segment)).answer).toMatchObject({ answer: 'evaluate-now' })
    await expect(evaluations.conclude(id, BY)).rejects.toThrow('set it right')
    await expect(record('c3', 3e24)).rejects.toThrow('set it right')
    expect((await evaluations.assessments.get(id)).state).toBe('open')
  })

  it('two who conclude at once, or conclude while results come in, come to one report', async () => {
    const id = await ready()
    await bring(id, log())
    const path = log()
    const [first, second, late] = await Promise.allSettled([
      evaluations.conclude(id, BY),
      evaluations.conclude(id, { type: 'staff', id: 'per_other' }),
      bring(id, path),
    ])
    expect([first?.status, second?.status].toSorted()).toEqual(['fulfilled', 'rejected'])
    const report = await evaluations.report(id)
    const results = await evaluations.assessments.results(id)
    expect(report.evidence).toHaveLength(late?.status === 'fulfilled' ? 2 : 1)
    expect(results).toHaveLength(report.evidence.length)
    expect((await evaluations.assessments.get(id)).reportDigest).toBe(reportDigest(report))
  })

  it('two decisions at once are one', async () => {
    const id = await ready()
    await bring(id, log())
    const { reportDigest: digest } = await evaluations.conclude(id, BY)
    const both = await Promise.allSettled(
      ['apv_1', 'apv_2'].map((approval) =>
        evaluations.assessments.decide(id, digest ?? '', { id: approval, people: ['per_rso', 'per_ceo'] }, BY),
      ),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const receipts = await Promise.allSettled(
      ['a', 'b'].map((reference) => evaluations.assessments.deliver(id, { body: 'board', reference }, BY)),
    )
    expect(receipts.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await evaluations.assessments.get(id)).toMatchObject({ state: 'cleared', receipts: [{}, {}] })
  })

  it('a report stays what it was decided on, whatever changes afterwards', async () => {
    const id = await ready()
    await bring(id, log())
    const concluded = await evaluations.conclude(id, BY)
    await map(['auto-1'], 'other words')
    await record('c2', 9e24)
    await evaluations.suites.forecast('atlas', { chance: 0.5, words: 'late wisdom' }, BY)
    const report = await evaluations.report(id)
    expect(reportDigest(report)).toBe(concluded.reportDigest)
    expect(report.threats).toMatchObject([{ baseline: 'scripts' }])
    await evaluations.assessments.checkDecidable(id, reportDigest(report))
  })

  it('negative compute and shares beyond 1 are refused wherever they come in', async () => {
    await record('c0', 1e24)
    for (const flops of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(record('c1', flops)).rejects.toThrow()
      const forecast = evaluations.suites.forecast('atlas', { chance: 0.1, flops, words: 'x' }, BY)
      await expect(forecast).rejects.toThrow()
    }
    for (const chance of [-0.1, 1.1, Number.NaN]) {
      await expect(evaluations.suites.forecast('atlas', { chance, words: 'x' }, BY)).rejects.toThrow()
    }
    expect((await evaluations.due('atlas')).kHi).toBe(1)
  })

  it('a run of which nobody wrote down what was expected is a deviation', async () => {
    await record('c0', 1e24)
    await registry.runs.declare({ model: 'atlas', run: 'r1', plannedFlops: 3e24 }, BY)
    await freeze('auto-1')
    await record('c1', 2e24, { run: 'r1' })
    await evaluations.assessments.open({ checkpoint: 'atlas/c1', suites: ['auto-1'] }, BY)
    expect(await evaluations.assessments.deviations('atlas')).toMatchObject([{ kind: 'no_forecast' }])
  })

  it('what is due of all lines is what is due of each', async () => {
    const id = await ready()
    await registry.checkpoints.record({ model: 'boreas', checkpoint: 'b1', flops: 1e22 }, BY)
    await registry.lines.register({ model: 'empty' }, BY)
    await evaluations.suites.order('boreas', { reason: 'odd' }, BY)
    await registry.lines.noteElicitation({ model: 'atlas', method: 'tools', title: 'x' }, BY)
    const all = await evaluations.dueList()
    expect(all.map(({ model }) => model)).toEqual(['atlas', 'boreas', 'empty'])
    const anew = await Evaluations.open({
      ...{ db: handle, ledger: new MemoryLog(), clock, ids: seededIds(clock, 1) },
      ...{ registry, cadence: CADENCES['rsp-1.0'] },
    })
    for (const view of all) expect(await anew.due(view.model)).toEqual(view)
    expect(all[0]).toMatchObject({ assessment: id, due: true })
  })
})
