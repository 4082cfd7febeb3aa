import { hash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { DAY_MS } from '../../base/quarter.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Role } from '../../staff/index.ts'
import type { ControlBoard, ControlRow } from '../standing/schema.ts'
import { documentDigest } from './document.ts'
import { ControlReports, type ReportSources } from './index.ts'

const START_MS = Date.UTC(2026, 3, 10)
const BY = { type: 'staff', id: 'per_rso' } as const
const who = (person: string, ...roles: Role[]) => ({ person, roles: new Set(roles) })
const RSO = who('per_rso', 'rso')

const row = (id: string, state: ControlRow['state'], more: Partial<ControlRow> = {}): ControlRow => ({
  ...{ id, family: 'DEP', title: `${id} is so`, mode: 'gated', owner: 'rso', state, says: `${id}: ${state}` },
  ...{ evidence: [], next: null, since: null, attestation: null, exception: null, inProfile: true, ...more },
})
const ROWS = [
  row('DEP-01', 'holds'),
  row('DEP-02', 'unknown'),
  row('DEP-03', 'fails'),
  row('DEP-04', 'fails', { inProfile: false }),
]

/** Rooms in which nothing has happened. */
function quietSources(): ReportSources {
  const counts = { holds: 1, stale: 0, fails: 1, unknown: 1, total: 3, excepted: 0 }
  const board: ControlBoard = {
    ...{ profile: 'rsp-2.2', overlays: [], lookedAt: '2026-04-10T00:00:00.000Z', problem: null, counts },
    ...{ families: [{ family: 'DEP', title: 'Deployment', counts }], controls: ROWS },
  }
  const none = async () => ({ items: [], next: null })
  const sources: unknown = {
    controls: { board: async () => board, changes: async () => [] },
    calendar: async () => ({ at: board.lookedAt, entries: [], unknown: [] }),
    evaluations: { dueList: async () => [], assessments: { list: none } },
    response: { incidents: { list: none }, drills: { list: async () => [] } },
    registry: { deployments: { list: async () => [] } },
    transparency: { editions: async () => [] },
  }
  return sources as ReportSources
}

describe.each(storeKinds('control-reports'))('reports on how commitments are kept, on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let log: MemoryLog
  let reports: ControlReports

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['controlRecord', 'journalIntent'] as const) await handle.db.deleteFrom(table).execute()
    clock = new ManualClock(START_MS)
    log = new MemoryLog()
    reports = new ControlReports({
      ...{ db: handle, ledger: log, clock, ids: seededIds(clock), organisation: () => 'Example Works' },
      ...{ begunAt: async () => '2026-02-01T00:00:00.000Z', sources: quietSources() },
    })
  })

  const say = (id: string, section: string, text: string, was: string | null = null) =>
    reports.write(id, section, { text, was }, BY)
  const written = async (kind: 'rso' | 'risk') => {
    const { id, missing } = await reports.compile({ kind }, BY)
    for (const section of missing) await say(id, section, `About ${section}: the key is 12345.`)
    return id
  }
  const digestOf = async (id: string) => documentDigest(await reports.draft(id))
  const signed = async (id: string) => reports.sign(id, { digest: await digestOf(id), role: 'rso' }, RSO)

  it('are compiled of the last quarter that is over, and list all that does not hold', async () => {
    const made = await reports.compile({ kind: 'rso' }, BY)
    expect(made).toMatchObject({ quarter: '2026-q1', edition: 1, state: 'draft', missing: ['judgement', 'remedies'] })
    const { compiled } = await reports.draft(made.id)
    const deficiencies = compiled.find(({ id }) => id === 'deficiencies')
    expect(deficiencies?.tables[0]?.rows.map(([id, , state]) => [id, state])).toEqual([
      ['DEP-03', 'fails'],
      ['DEP-02', 'unknown'],
    ])
    await expect(reports.compile({ kind: 'rso', quarter: '2026-q3' }, BY)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
  })

  it('keep what people wrote when they are compiled anew, and take no writing over another’s', async () => {
    const { id } = await reports.compile({ kind: 'rso' }, BY)
    await say(id, 'judgement', 'It goes well.')
    await expect(say(id, 'judgement', 'It goes badly.')).rejects.toMatchObject({ code: 'CONFLICT' })
    await say(id, 'judgement', 'It goes badly.', hash('sha256', 'It goes well.'))
    await expect(say(id, 'standing', 'All holds.')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await reports.compile({ kind: 'rso' }, BY)).toMatchObject({ id, edition: 1, missing: ['remedies'] })
    const { written: sections } = await reports.draft(id)
    expect(sections.find((one) => one.id === 'judgement')).toMatchObject({ text: 'It goes badly.', by: 'per_rso' })
  })

  it('are signed whole, fresh, as they were read, and by who may; then nobody changes them', async () => {
    const { id } = await reports.compile({ kind: 'rso' }, BY)
    await say(id, 'judgement', 'It goes well.')
    await expect(signed(id)).rejects.toThrow('nobody has written remedies')
    const before = await digestOf(id)
    await say(id, 'remedies', 'Ada does it.')
    await expect(reports.sign(id, { digest: before, role: 'rso' }, RSO)).rejects.toThrow('is another one by now')
    const digest = await digestOf(id)
    for (const reader of [who('per_2', 'ciso'), who('per_3')])
      await expect(reports.sign(id, { digest, role: 'rso' }, reader)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    clock.advance(8 * DAY_MS)
    await expect(reports.sign(id, { digest, role: 'rso' }, RSO)).rejects.toThrow('compile it anew')
    await reports.compile({ kind: 'rso' }, BY)
    const done = await signed(id)
    expect(done).toMatchObject({
      state: 'signed',
      signature: { by: 'per_rso', role: 'rso' },
      waitsFor: ['ceo', 'board'],
    })
    expect(log.events.at(-1)).toMatchObject({
      ...{ kind: 'controls.report_signed', actor: BY, digests: { report: done.signature?.digest } },
      subject: { type: 'control_report', id },
    })
    await expect(say(id, 'resources', 'More.')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await reports.compile({ kind: 'rso' }, BY)).toMatchObject({ edition: 2, state: 'draft' })
  })

  it('are delivered once each who must receive them has opened them', async () => {
    const id = await written('rso')
    await expect(reports.open(id, who('per_ceo', 'ceo'))).rejects.toMatchObject({ code: 'CONFLICT' })
    await signed(id)
    expect((await reports.open(id, who('per_aud', 'auditor'))).summary.receipts).toEqual([])
    const { summary, document } = await reports.open(id, who('per_ceo', 'ceo'))
    expect(summary).toMatchObject({ state: 'signed', waitsFor: ['board'], receipts: [{ role: 'ceo', by: 'per_ceo' }] })
    expect(documentDigest(document)).toBe(summary.signature?.digest)
    await reports.open(id, who('per_ceo', 'ceo'))
    expect((await reports.open(id, who('per_b', 'board'))).summary).toMatchObject({ state: 'delivered', waitsFor: [] })
    const received = log.events.filter(({ kind }) => kind === 'controls.report_received')
    expect(received.map(({ data }) => data.roles)).toEqual([['ceo'], ['board']])
    expect(log.events.at(-1)).toMatchObject({
      kind: 'controls.report_delivered',
      data: { kind: 'rso', quarter: '2026-q1' },
    })
  })

  it('have a public edition without what is redacted, and a register that says why', async () => {
    const id = await written('risk')
    const redaction = {
      section: 'threats',
      passage: 'the key is 12345',
      reason: 'security' as const,
      explanation: 'a secret',
    }
    await expect(reports.redact(id, { ...redaction, passage: 'not there' }, BY)).rejects.toThrow('stands nowhere')
    await reports.redact(id, redaction, BY)
    await reports.redact(id, { ...redaction, section: 'security', passage: null }, BY)
    await say(id, 'threats', 'Changed.', hash('sha256', 'About threats: the key is 12345.'))
    await expect(signed(id)).rejects.toThrow('not there any more')
    await say(id, 'threats', 'Well, the key is 12345 indeed.', hash('sha256', 'Changed.'))
    await signed(id)
    const { document } = await reports.public(id)
    const said = (section: string) => document.written.find((one) => one.id === section)?.text
    expect(said('threats')).toBe('Well, [redacted: security] indeed.')
    expect(document.compiled.find((one) => one.id === 'security')).toMatchObject({
      paragraphs: ['[redacted: security]'],
      tables: [],
    })
    expect(document.redactions).toHaveLength(2)
    expect(JSON.stringify(document.redactions) + said('threats')).not.toContain('12345')
    const opened = await reports.open(id, who('per_ceo', 'ceo'))
    expect(opened.document.written.find((one) => one.id === 'threats')?.text).toContain('12345')
    const { digests } = log.events.find(({ kind }) => kind === 'controls.report_signed') ?? {}
    expect(digests?.public).toBe(documentDigest(document))

    const inside = await written('rso')
    await expect(
      reports.redact(inside, { ...redaction, section: 'remedies', passage: null }, BY),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    await signed(inside)
    await expect(reports.public(inside)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('are owed each quarter until they are delivered', async () => {
    const owed = async () => (await reports.owed()).map(({ id, dueAt }) => `${id} ${dueAt.slice(0, 10)}`)
    expect(await owed()).toEqual([
      'rso/2026-q1 2026-05-01',
      'rso/2026-q2 2026-07-31',
      'board/2026-q1 2026-05-01',
      'board/2026-q2 2026-07-31',
    ])
    const id = await written('rso')
    await signed(id)
    await reports.open(id, who('per_ceo', 'ceo', 'board'))
    expect(await owed()).not.toContain('rso/2026-q1 2026-05-01')
  })
})
