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
import {
  CADENCES,
  decideAction,
  type EvaluationNews,
  Evaluations,
  reportDigest,
  reportHtml,
  reportMarkdown,
} from './index.ts'

const BY: Actor = { type: 'staff', id: 'per_rso' }
const DAY = 86_400_000
const T0 = Date.UTC(2026, 0, 1)

describe.each(storeKinds('models evaluation'))('evaluations on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let dir: string
  let log: MemoryLog
  let clock: ManualClock
  let registry: Registry
  let evaluations: Evaluations
  let news: EvaluationNews[]
  let files = 0

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'safelevel-evaluations-'))
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
    log = new MemoryLog()
    clock = new ManualClock(T0)
    const deps = { db: handle, ledger: log, clock, ids: seededIds(clock, 9) }
    registry = await Registry.open(deps)
    evaluations = await Evaluations.open({ ...deps, registry, cadence: CADENCES['rsp-1.0'] })
    news = []
    evaluations.assessments.listen((one) => news.push(one))
  })

  const record = (checkpoint: string, flops: number) =>
    registry.checkpoints.record({ model: 'atlas', checkpoint, flops }, BY)
  const suite = () =>
    evaluations.suites.freeze(
      { suite: 'auto-1', domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy' }, tasks: 4 },
      BY,
    )
  const threat = () =>
    evaluations.suites.mapThreat(
      {
        ...{ threat: 'replication', domain: 'autonomy', threshold: 'AI-RD-4', actor: 'itself', suites: ['auto-1'] },
        ...{ capability: 'copies itself', baseline: 'scripts' },
      },
      BY,
    )
  function results(passing: number): string {
    const path = join(dir, `results-${files++}.jsonl`)
    const header = JSON.stringify({ header: { began_at: new Date(clock.now()).toISOString(), n: files } })
    const rows = [0, 1, 2, 3].flatMap((task) =>
      Array.from({ length: 10 }, (_, i) => JSON.stringify({ task: `t${task}`, passed: task < passing && i === 9 })),
    )
    writeFileSync(path, [header, ...rows].join('\n'))
    return path
  }
  const importInto = (id: string, passing: number, snapshot = 'helpful-only') =>
    evaluations.importFile(id, results(passing), { suite: 'auto-1', snapshot, scorer: null }, BY)
  async function vouchForAll(id: string) {
    const steps = {
      chainOfThought: 'done',
      bestOfN: 'done',
      tools: 'done',
      scaffold: 'done',
      fineTuned: 'done',
    } as const
    await evaluations.assessments.vouch(id, 'auto-1', { elicitation: { ...steps, helpfulOnly: 'done' } }, BY)
    const rest = {
      transcripts: { read: 40, spurious: 0 },
      contamination: { checked: true, unreplaced: 0 },
      grader: { positives: 20, recognised: 20 },
    }
    await evaluations.assessments.vouch(id, 'auto-1', rest, BY)
    for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const) {
      await evaluations.assessments.show(id, name, { words: `about ${name} <b>` }, BY)
    }
  }
  const open = () => evaluations.assessments.open({ checkpoint: 'atlas/c2', suites: ['auto-1'] }, BY)

  it('counts from the first checkpoint until an assessment has cleared, and then from what that looked at', async () => {
    await record('c1', 1e24)
    await suite()
    await threat()
    clock.advance(DAY)
    await record('c2', 4e24)
    expect(await evaluations.due('atlas')).toMatchObject({ due: true, kHi: 4, headroom: 1.5, at: 'atlas/c2' })
    clock.advance(DAY)
    const { id } = await open()
    await expect(open()).rejects.toMatchObject({ code: 'CONFLICT' })
    clock.advance(DAY)
    await importInto(id, 1)
    expect((await evaluations.assessments.verdict(id)).verdict).toBe('INCONCLUSIVE')
    await vouchForAll(id)
    expect(await evaluations.assessments.verdict(id)).toMatchObject({ verdict: 'BELOW', missing: [] })

    const concluded = await evaluations.conclude(id, BY)
    const report = await evaluations.report(id)
    expect(concluded).toMatchObject({ state: 'concluded', verdict: 'BELOW', reportDigest: reportDigest(report) })
    expect(reportMarkdown(report)).toContain('| auto-1 | AI-RD-4 | helpful-only | BELOW | 25.0 % |')
    expect(reportHtml(report)).toContain('about forecast &lt;b&gt;')
    expect((await evaluations.due('atlas')).due).toBe(true)
    await expect(evaluations.assessments.deliver(id, { body: 'board', reference: 'r' }, BY)).rejects.toThrow('decide')

    const action = decideAction(evaluations)
    const digest = concluded.reportDigest ?? ''
    const payload = { assessment: id, reportDigest: digest, proposer: 'rso' } as const
    expect(action.rule(payload, { bootstrap: false })).toMatchObject({
      requesters: ['rso'],
      groups: [{ roles: ['ceo'] }],
    })
    await expect(action.check?.({ ...payload, reportDigest: 'f'.repeat(64) }, 'per_rso')).rejects.toThrow('another one')
    const approved = { id: 'apv_1', requester: 'per_rso', approvers: ['per_ceo'] }
    const full = { ...approved, approvedAt: new Date(clock.now()).toISOString(), effectiveUntil: null, digest: '' }
    await action.execute(payload, full)
    await action.execute(payload, full)
    expect((await evaluations.due('atlas')).due).toBe(true)
    const cleared = await evaluations.assessments.deliver(id, { body: 'board', reference: 'minutes 7' }, BY)
    expect(cleared).toMatchObject({ state: 'cleared', decision: { people: ['per_rso', 'per_ceo'] } })

    expect(await evaluations.due('atlas')).toMatchObject({
      due: false,
      kHi: 1,
      reference: { basis: 'cleared', checkpoint: 'atlas/c2', at: cleared.openedAt },
    })
    expect(news.map(({ kind }) => kind)).toEqual(['concluded', 'cleared'])
    expect(log.kinds().filter((kind) => kind === 'evaluations.decided')).toHaveLength(1)
    // Three months after it was opened, not after it was cleared.
    clock.jump(Date.UTC(2026, 3, 3) - clock.now())
    expect((await evaluations.due('atlas')).reasons.map(({ rule }) => rule)).toEqual(['calendar'])
  })

  it('tells at once of results that meet a line, and counts nothing from them', async () => {
    await record('c1', 1e24)
    await record('c2', 2e24)
    await suite()
    const { id } = await open()
    await importInto(id, 2)
    expect(news).toMatchObject([{ kind: 'line_met', assessment: { model: 'atlas', lineMet: { suite: 'auto-1' } } }])
    await importInto(id, 0, 'release')
    const judged = await evaluations.assessments.verdict(id)
    expect(judged.verdict).toBe('MET')
    expect(judged.missing.map(({ code }) => code)).toContain('line_met')
    await expect(evaluations.assessments.withdraw(id, BY)).rejects.toThrow('met a line')
    const { reportDigest: digest } = await evaluations.conclude(id, BY)
    await expect(evaluations.assessments.checkDecidable(id, digest ?? '')).rejects.toThrow('came to MET')
    await expect(importInto(id, 0)).rejects.toThrow('open a new assessment')
    expect((await evaluations.due('atlas')).reference?.basis).toBe('baseline')
  })

  it('refuses the same file twice, suites it was not asked for, and evidence for what is not there', async () => {
    await record('c1', 1e24)
    await record('c2', 2e24)
    await suite()
    const { id } = await open()
    const file = results(0)
    const about = { suite: 'auto-1', snapshot: 'a', scorer: null }
    await evaluations.importFile(id, file, about, BY)
    await expect(evaluations.importFile(id, file, about, BY)).rejects.toThrow('in asm_')
    await expect(evaluations.importFile(id, file, { ...about, suite: 'none' }, BY)).rejects.toThrow('no suite')
    await expect(evaluations.assessments.vouch(id, 'none', {}, BY)).rejects.toThrow('does not ask')
    await expect(evaluations.due('none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(suite()).rejects.toThrow('frozen already')
    const rate = { suite: 'bio-1', domain: 'cbrn', threshold: 'CBRN-3', tasks: 3 }
    await expect(
      (async () => evaluations.suites.freeze({ ...rate, rule: { kind: 'autonomy' } }, BY))(),
    ).rejects.toThrow('autonomy suites alone')
  })

  it('is due by order and by new methods, keeps lateness, and shelters nobody past its target', async () => {
    await record('c1', 1e24)
    await record('c2', 1.5e24)
    await suite()
    clock.advance(DAY)
    await evaluations.suites.order('atlas', { reason: 'odd transcripts' }, BY)
    await registry.lines.noteElicitation({ method: 'tree-search', title: 'a scaffold' }, BY)
    expect((await evaluations.due('atlas')).reasons.map(({ rule }) => rule)).toEqual(['order', 'elicitation'])
    const segment = { model: 'atlas', flops: 1.6e24, loss: null, endMs: null }
    expect((await evaluations.segment(segment)).answer).toMatchObject({ answer: 'evaluate-now', rule: 'due' })
    clock.advance(120 * DAY)
    await open()
    expect(await evaluations.assessments.deviations('atlas')).toMatchObject([{ kind: 'late' }])
    expect((await evaluations.segment(segment)).answer).toEqual({ answer: 'continue' })
    expect((await evaluations.segment({ ...segment, flops: 6e24 })).answer).toMatchObject({ answer: 'pause' })
    clock.advance(32 * DAY)
    expect((await evaluations.segment(segment)).answer).toMatchObject({ answer: 'evaluate-now' })
  })

  it('keeps changes of suites as deviations, with their reason', async () => {
    await suite()
    const next = {
      suite: 'auto-2',
      domain: 'autonomy',
      threshold: 'AI-RD-4',
      rule: { kind: 'autonomy' as const },
      tasks: 5,
    }
    await expect((async () => evaluations.suites.freeze({ ...next, supersedes: 'auto-1' }, BY))()).rejects.toThrow(
      'why',
    )
    await evaluations.suites.freeze({ ...next, supersedes: 'auto-1', reason: 'a task had leaked' }, BY)
    expect(await evaluations.assessments.deviations()).toMatchObject([{ kind: 'suite_changed' }])
  })
})
