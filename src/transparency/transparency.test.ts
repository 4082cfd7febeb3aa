import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../test/support/content-world.ts'
import { decisionEvent, EventList, HARMLESS } from '../../test/support/decision-events.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { iso, ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { DAY_MS } from '../base/quarter.ts'
import type { DbHandle } from '../db/index.ts'
import { Decisions } from '../decisions/index.ts'
import { canonicalJson } from '../ledger/index.ts'
import { Transparency, TransparencyReport, type TransparencySources } from './index.ts'

const START_MS = Date.UTC(2026, 9, 1)
const HOUR_MS = 3_600_000
const OPERATOR = { type: 'operator', id: 'operator' } as const
const APPROVED = {
  id: 'apr_1',
  requester: 'per_1',
  approvers: ['per_2'],
  approvedAt: '',
  effectiveUntil: null,
  digest: '',
}

describe.each(storeKinds('transparency'))('the public record on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let events: EventList
  let log: MemoryLog
  let decisions: Decisions
  let sources: { -readonly [Name in keyof TransparencySources]: TransparencySources[Name] }
  let record: Transparency

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    const tables = ['decision', 'decisionHour', 'decisionFollower', 'transparencyRecord', 'journalIntent'] as const
    for (const table of tables) await handle.db.deleteFrom(table).execute()
    await handle.db.deleteFrom('decisionSource').execute()
    clock = new ManualClock(START_MS)
    events = new EventList()
    log = new MemoryLog()
    sources = quietSources()
    decisions = await Decisions.open({ db: handle, ledger: events, clock, log: silentLog })
    record = await open()
    return () => decisions.close()
  })
  const open = () =>
    Transparency.open({ db: handle, ledger: log, clock, ids: seededIds(clock), log: silentLog, decisions, sources })
  const decided = async (...told: Parameters<typeof decisionEvent>[0][]) => {
    events.append(...told.map((one) => decisionEvent({ atMs: clock.now(), ...one })))
    await decisions.catchUp()
  }
  const later = (ms: number) => clock.advance(ms)

  it('counts each decision once, whatever it is followed by and however often', async () => {
    const unjudged = { ...HARMLESS, unevaluated: ['hate'] }
    await decided(
      { outcome: 'allow', data: { prompt: HARMLESS } },
      { outcome: 'allow', data: { prompt: unjudged } },
      {},
      { outcome: 'cut' },
      { enforced: false },
      { outcome: 'error', data: { prompt: HARMLESS } },
      { data: { prompt: { ...PROMPT, testString: true } } },
    )
    await open() // another process follows too
    await decisions.catchUp()
    const { decisions: counted, quarter, state } = await record.running()
    expect([quarter, state]).toEqual(['2026-q4', 'running'])
    expect(counted).toEqual({
      ...{ requests: 7, answered: 2, refused: 1, cut: 1, passedOn: 1, tests: 1, rejected: 0, failed: 1, cancelled: 0 },
      ...{ unevaluated: 1, byMonth: null, byClause: null },
    })
  })

  it('tells canaries apart, and how many got through', async () => {
    await decided(
      { data: { canary: true } },
      { outcome: 'allow', data: { canary: true } },
      { outcome: 'error', data: { canary: true } },
    )
    const { canaries, decisions: counted } = await record.running()
    expect(canaries).toEqual({ sent: 3, missed: 1, unanswered: 1 })
    expect(counted.requests).toBe(0)
  })

  it('tells what stands at the end of a quarter that runs as of now, and of one that is over as of its end', async () => {
    const asked: string[] = []
    sources.exemptions = async ({ fromMs, untilMs }) => {
      asked.push(`${iso(fromMs)} ${iso(untilMs - 1)}`)
      return { granted: 0, ended: 0, inForceAtEnd: 0 }
    }
    later(DAY_MS)
    const { from, until } = await record.running()
    expect([from, until]).toEqual(['2026-10-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'])
    later(92 * DAY_MS)
    await record.publish(OPERATOR)
    expect(asked).toEqual([
      '2026-10-01T00:00:00.000Z 2026-10-02T00:00:00.000Z',
      '2026-10-01T00:00:00.000Z 2026-12-31T23:59:59.999Z',
    ])
  })

  it('publishes a quarter a day after its end, once, with its digest on the ledger', async () => {
    for (let i = 0; i < 7; i++) await decided({})
    later(92 * DAY_MS)
    await record.catchUp()
    expect(await record.editions()).toEqual([]) // over, but not settled
    later(DAY_MS)
    await record.catchUp()
    expect(await record.editions()).toEqual([]) // seen over just now
    later(HOUR_MS)
    await record.catchUp()
    await record.catchUp()
    const { about, report, bytes } = await record.edition('2026-q4')
    expect(about).toMatchObject({ edition: 1, approval: null, publishedAt: iso(clock.now()) })
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(about.digest)
    expect(canonicalJson(report)).toBe(bytes)
    expect(report).toMatchObject({ state: 'closed', decisions: { requests: 7, refused: 7 }, countedFrom: report.from })
    expect(report.decisions.byClause).toEqual({
      mode: 'banded',
      cells: [
        { key: '2.1/chemical', least: 5, most: 9 },
        { key: '2.2/biological', least: 0, most: 4 },
        { key: '2.2/nuclear', least: 0, most: 4 },
        { key: '3.1/hate', least: 0, most: 4 },
        { key: 'other', least: 0, most: 4 },
      ],
    })
    expect(log.events.map(({ kind, subject, digests, data }) => ({ kind, subject, digests, data }))).toEqual([
      {
        kind: 'transparency.report_published',
        subject: { type: 'transparency_report', id: '2026-q4' },
        digests: { report: about.digest },
        data: { edition: 1, approval: null },
      },
    ])
  })

  it('publishes nothing by a clock that was wrong and is set right', async () => {
    clock.jump(400 * DAY_MS)
    await record.catchUp()
    later(HOUR_MS / 2)
    await record.catchUp()
    clock.jump(-400 * DAY_MS)
    await record.catchUp()
    later(2 * HOUR_MS)
    await record.catchUp()
    expect(await record.editions()).toEqual([])
    clock.jump(3_000_000 * DAY_MS) // the year 10,240, where quarters have no names
    await record.catchUp()
    expect(await record.editions()).toEqual([])
    clock.jump(-3_004_000 * DAY_MS)
    await record.catchUp()
    expect(await record.editions()).toEqual([])
  })

  it('publishes at once when it is asked to, every quarter that is over, the oldest first', async () => {
    later(200 * DAY_MS)
    const published = await record.publish(OPERATOR)
    expect(published.map(({ quarter }) => quarter)).toEqual(['2026-q4', '2027-q1'])
    expect(await record.publish(OPERATOR)).toEqual([])
    expect((await record.editions()).map(({ quarter }) => quarter)).toEqual(['2027-q1', '2026-q4'])
  })

  it('leaves what is published as it is, whatever is counted later', async () => {
    later(93 * DAY_MS)
    await record.publish(OPERATOR)
    const before = await record.edition('2026-q4')
    await decided({ atMs: START_MS + DAY_MS })
    await record.publish(OPERATOR)
    expect(await record.edition('2026-q4')).toEqual(before)
  })

  it('corrects by a new edition that says what changed, and only where something does', async () => {
    later(93 * DAY_MS)
    await record.publish(OPERATOR)
    const { about: first } = await record.edition('2026-q4')
    const action = record.correcting()
    const correction = { quarter: '2026-q4', replaces: first.digest, reason: 'One day had not been counted.' }
    await expect(action.check?.(correction, 'per_1')).rejects.toMatchObject({ code: 'CONFLICT' })
    await decided(...Array.from({ length: 6 }, () => ({ atMs: START_MS + DAY_MS })))
    await action.check?.(correction, 'per_1')
    await action.execute(correction, APPROVED)
    await action.execute(correction, APPROVED) // as after a crash
    const { about, report } = await record.edition('2026-q4')
    expect(about).toMatchObject({ edition: 2, approval: 'apr_1', reason: correction.reason })
    expect(report.correction?.replaces).toBe(first.digest)
    expect(report.correction?.changes).toContainEqual({ figure: '/decisions/refused', before: '0', after: '6' })
    expect(report.correction?.changes).toContainEqual({
      figure: '/decisions/byClause/cells/2.1~1chemical',
      before: '0',
      after: '5–9',
    })
    expect((await record.edition('2026-q4', 1)).about).toEqual(first)
    await expect(action.check?.(correction, 'per_1')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await record.changes()).map(({ id }) => id)).toContain('transparency/2026-q4/2')
  })

  it('publishes nothing that the ledger does not record, and finishes it when it does again', async () => {
    later(93 * DAY_MS)
    log.broken = true
    await expect(record.publish(OPERATOR)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await record.editions()).toEqual([])
    log.broken = false
    await record.catchUp()
    expect(await record.editions()).toHaveLength(1)
    expect(new Set(log.events.map(({ id }) => id)).size).toBe(1)
  })

  it('waits while decisions are still on their way into the counts', async () => {
    later(93 * DAY_MS)
    const behind = { follow: async () => {}, lag: () => ({ entries: 9, ms: DAY_MS, failing: false }) }
    const slow = await Transparency.open({
      ...{ db: handle, ledger: log, clock, ids: seededIds(clock), log: silentLog, sources },
      decisions: behind,
    })
    await slow.catchUp()
    expect(await slow.editions()).toEqual([])
  })

  it.each(['2026-q3', '2026-q5', '', '../2026-q4', '2026-q4/1', 'x'.repeat(10_000)])(
    'knows no report of %s',
    async (quarter) => {
      await expect(record.edition(quarter)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    },
  )

  it('tells who follows what has changed, the latest first, and nothing that is yet to come', async () => {
    sources.halts = async () => [
      { id: 'inc_1', model: 'orca-2', openedAt: iso(START_MS + 1), emergencyAt: null, closedAt: iso(START_MS + 2) },
    ]
    later(10)
    const ids = (await record.changes()).map(({ id }) => id)
    expect(ids).toEqual(['halt/inc_1/over', 'halt/inc_1', `policy/${POLICY.digest}/2026-10-01`])
    expect(TransparencyReport.safeParse(await record.running()).success).toBe(true)
  })
})

const PROMPT = {
  ...{ action: 'refuse', classifiers: ['screen@1'], label: 'chemical', clause: '2.1', score: 0.9, threshold: 0.5 },
  ...{ severity: 'extreme', reason: 'threshold', scores: { chemical: 0.9 } },
}
const POLICY = {
  ...{ version: '1.0.0', digest: 'ab'.repeat(32), publishedAt: iso(START_MS), effectiveAt: iso(START_MS) },
  clauses: [
    { id: '2.1', title: 'Chemical', labels: ['chemical'] },
    { id: '2.2', title: 'Others', labels: ['biological', 'nuclear'] },
    { id: '3.1', title: 'Hate', labels: ['hate'] },
  ],
}

function quietSources(): TransparencySources {
  const none = async () => []
  return {
    organisation: () => 'Orca Research',
    begunAt: () => iso(START_MS),
    policies: async () => [POLICY],
    actions: async () => ({ steps: { warn: 0, ban: 0 }, automatic: 0, takenBack: 0 }),
    appeals: async () => ({
      ...{ received: 0, withdrawn: 0, outcomes: { upheld: 0, overturned: 0, partly: 0 }, hours: [] },
      ...{ openAtEnd: 0, overdueAtEnd: 0 },
    }),
    exemptions: async () => ({ granted: 0, ended: 0, inForceAtEnd: 0 }),
    ...{ evaluations: none, halts: none, deployments: none, reports: null, cards: null, acknowledgements: null },
  }
}
