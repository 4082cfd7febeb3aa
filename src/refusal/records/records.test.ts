import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS, MemoryLog } from '../../../test/support/content-world.ts'
import {
  answers,
  breaksOff,
  comparison,
  dataset,
  datasetRecord,
  evaluation,
  evaluationRow,
  find,
  PLANTED,
  redTeamRun,
  sha256,
  spoil,
  streamOf,
} from '../../../test/support/refusal-results.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { RefusalRecords } from './index.ts'

const ANALYST = { type: 'staff', id: 'per_analyst' } as const
const OPERATOR = { type: 'operator', id: 'operator' } as const
const LIMITS = { maxAttackSuccess: 0.1, maxOverRefusal: 0.1, maxAgeDays: 90, minItems: 100 }
const SPOT = { positions: [0], reason: 'spot_check' } as const
let seed = 1

describe.each(storeKinds('refusal records'))('results about refusals on $kind', ({ create }) => {
  let shared: TestStore
  let handle: DbHandle
  let dataDir: string
  let clock: ManualClock
  let log: MemoryLog

  beforeAll(async () => {
    shared = await create()
    handle = await shared.open()
  })
  afterAll(async () => {
    await handle.close()
    await shared[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['refusalUpload', 'refusalRow', 'refusalRecord', 'journalIntent'] as const)
      await handle.db.deleteFrom(table).execute()
    dataDir = mkdtempSync(join(tmpdir(), 'safelevel-refusal-'))
    clock = new ManualClock(Date.UTC(2026, 0, 10))
    log = new MemoryLog()
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const open = () =>
    RefusalRecords.open({
      ...{ db: handle, ledger: log, clock, ids: seededIds(clock, seed++), log: silentLog },
      keysDir: join(dataDir, 'keys'),
      config: { retentionDays: 365, evaluation: LIMITS },
      knowsCheckpoint: async (id) => id.startsWith('orca/'),
    })
  const stored = async () => {
    const { rows } = await sql<{ n: string }>`select count(*) as n from refusal_row`.execute(handle.db)
    return Number(rows[0]?.n)
  }
  const uploads = async () => (await handle.db.selectFrom('refusalUpload').selectAll().execute()).length

  it('keeps a dataset, and tells the ledger of it by digests and counts', async () => {
    await using records = await open()
    const { body, head } = dataset([datasetRecord(0), datasetRecord(1, { spotCheck: true })])
    const recorded = await records.record('dataset', streamOf(body, 100), OPERATOR)
    expect(recorded).toEqual({
      ...{ id: recorded.id, kind: 'dataset', digest: sha256(body), rows: 2, fixture: false, known: false },
    })
    expect(await records.dataset(recorded.id)).toMatchObject({ head, rows: 2, recordedBy: 'operator', erased: null })
    expect(log.events).toMatchObject([
      { kind: 'refusal.dataset_recorded', subject: { type: 'refusal_dataset', id: recorded.id }, data: { rows: 2 } },
    ])
    expect(JSON.stringify(log.events)).not.toContain(PLANTED)
  })

  it('keeps the same bytes once, also when they come twice at once', async () => {
    await using records = await open()
    const { body } = redTeamRun([find(0), find(1, { side: 'guarded' })])
    const both = await Promise.all([1, 2].map(() => records.record('red_team_run', streamOf(body), OPERATOR)))
    const again = await records.record('red_team_run', streamOf(body), OPERATOR)
    expect(new Set([...both, again].map(({ id }) => id)).size).toBe(1)
    expect(both.map(({ known }) => known).sort()).toEqual([false, true])
    expect([await stored(), await uploads(), log.events.length]).toEqual([2, 1, 1])
  })

  it('has no word of a row in the store', async () => {
    await using records = await open()
    await records.record('dataset', streamOf(dataset([datasetRecord(0)]).body), OPERATOR)
    await records.record('evaluation', streamOf(evaluation(answers(2)).body), OPERATOR)
    await records.record('red_team_run', streamOf(redTeamRun([find(0)]).body), OPERATOR)
    const tables = ['refusal_row', 'refusal_record', 'refusal_upload', 'journal_intent']
    for (const table of tables) {
      const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`.execute(handle.db)
      const text = rows.map(({ row }) => row).join()
      expect(text).not.toContain(PLANTED)
      expect(text).not.toContain(Buffer.from(PLANTED).toString('hex'))
    }
  })

  describe('reading', () => {
    it('shows the words of chosen rows after the ledger knows who reads them and why', async () => {
      await using records = await open()
      const rows = [datasetRecord(0), datasetRecord(1), datasetRecord(2)]
      const { id } = await records.record('dataset', streamOf(dataset(rows).body), OPERATOR)
      const read = await records.rows.reveal(id, { positions: [2, 0], reason: 'spot_check' }, ANALYST)
      expect(read).toEqual([
        { position: 0, row: rows[0] },
        { position: 2, row: rows[2] },
      ])
      expect(log.of('refusal.rows_read')).toMatchObject([
        { actor: ANALYST, subject: { id }, data: { reason: 'spot_check', rows: [0, 2] } },
      ])
    })

    it('shows nothing that can’t be recorded, and records nothing where there is nothing', async () => {
      await using records = await open()
      const { id } = await records.record('dataset', streamOf(dataset([datasetRecord(0)]).body), OPERATOR)
      await expect(records.rows.reveal(id, { ...SPOT, positions: [7] }, ANALYST)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      await expect(records.rows.reveal('rds_none', SPOT, ANALYST)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(log.of('refusal.rows_read')).toEqual([])
      log.broken = true
      await expect(records.rows.reveal(id, SPOT, ANALYST)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      await expect(records.rows.exported(id, 'trl-sft', ANALYST).next()).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
    })

    it.each([
      [
        'was changed',
        async () => sql`update refusal_row set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20))`,
      ],
      ['stands in another one’s place', async () => sql`update refusal_row set position = 1 - position + 10`],
    ])('refuses a row that %s', async (_, change) => {
      await using records = await open()
      const { id } = await records.record(
        'dataset',
        streamOf(dataset([datasetRecord(0), datasetRecord(1)]).body),
        OPERATOR,
      )
      await (await change()).execute(handle.db)
      await expect(
        records.rows.reveal(id, { positions: [0, 1, 10, 11], reason: 'audit' }, ANALYST),
      ).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    })

    it('finds rows by what they are, without their words', async () => {
      await using records = await open()
      const rows = [
        datasetRecord(0),
        datasetRecord(1, {
          flags: [
            { flag: 'over_refusal', about: 'no-uplift' },
            { flag: 'short_answer', about: '' },
          ],
          dropped: { sft: ['over_refusal'], preference: ['over_refusal'] },
        }),
        datasetRecord(2, { spotCheck: true, dropped: { sft: [], preference: ['undecided'] } }),
      ]
      const { id } = await records.record('dataset', streamOf(dataset(rows).body), OPERATOR)
      const all = await records.rows.list(id, {}, 0, 2)
      expect(all).toMatchObject({ next: 2, total: 3, items: [{ name: 'prompt-0', outcome: 'both', flags: [] }, {}] })
      expect(JSON.stringify(all)).not.toContain(PLANTED)
      const names = async (query: Parameters<typeof records.rows.list>[1]) =>
        (await records.rows.list(id, query, 0, 10)).items.map(({ name }) => name)
      expect(await names({ flag: 'short_answer' })).toEqual(['prompt-1'])
      expect(await names({ flag: 'short' })).toEqual([])
      expect(await names({ outcome: 'sft' })).toEqual(['prompt-2'])
      expect(await names({ category: 'cyber_harms', outcome: 'dropped' })).toEqual(['prompt-1'])
      expect(await records.rows.facets(id)).toMatchObject({
        outcome: expect.arrayContaining([{ value: 'both', count: 1 }]),
        flags: expect.arrayContaining([
          { value: 'over_refusal', count: 1 },
          { value: 'spot_check', count: 1 },
        ]),
      })
    })

    it('gives out a dataset whole, once that is on record', async () => {
      await using records = await open()
      const rows = Array.from({ length: 450 }, (_, n) => datasetRecord(n))
      const { id } = await records.record('dataset', streamOf(dataset(rows).body), OPERATOR)
      const given: Record<string, unknown>[] = []
      for await (const row of records.rows.exported(id, 'trl-sft', ANALYST)) given.push(row)
      expect(given).toHaveLength(450)
      expect(given[449]).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant' }], record_id: 'prompt-449' })
      expect(log.of('refusal.dataset_exported')).toMatchObject([{ data: { format: 'trl-sft', rows: 450 } }])
    })
  })

  describe('what is sent is not believed', () => {
    const harmless = 'nothing that names'
    it.each([
      ['nothing', 'dataset', ''],
      ['no JSON', 'dataset', `{"${harmless}`],
      ['another head', 'dataset', comparison().body],
      [
        'a row too few',
        'dataset',
        dataset([datasetRecord(0), datasetRecord(1)])
          .body.split('\n')
          .slice(0, 2)
          .join('\n'),
      ],
      ['a changed row', 'dataset', dataset([datasetRecord(0)]).body.replace('number 0', 'number 1')],
      ['a row of another kind', 'dataset', `${dataset([]).body}${JSON.stringify(find(0))}\n`],
      ['more members', 'dataset', dataset([datasetRecord(0)]).body.replace('"spotCheck"', '"extra":1,"spotCheck"')],
      ['rows of a comparison', 'comparison', `${comparison().body}{}\n`],
      ['no UTF-8', 'dataset', '\u{fffd}'],
      [
        'verdicts that the report doesn’t count',
        'evaluation',
        (() => {
          const { head, rows } = evaluation(answers(3, { complied: 1, refused: 0 }))
          const forged = evaluation(answers(3)).head
          return `${JSON.stringify({ ...forged, rows: head.rows })}\n${rows}`
        })(),
      ],
      [
        'a find that the report doesn’t count',
        'red_team_run',
        redTeamRun([find(0)]).body.replace('"side":"bare"', '"side":"guarded"'),
      ],
    ] as const)('%s is refused, and nothing of it stays', async (_, kind, body) => {
      await using records = await open()
      const bytes = body === '\u{fffd}' ? streamOf('x').pipeThrough(spoil()) : streamOf(body)
      const refused = records.record(kind, bytes, OPERATOR)
      await expect(refused).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      await expect(refused).rejects.not.toThrow(new RegExp(`${PLANTED}|${harmless}`))
      expect([await stored(), await uploads(), log.events]).toEqual([0, 0, []])
    })

    it('a line without an end is not held', async () => {
      await using records = await open()
      let sent = 0
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 65_536
          controller.enqueue(new Uint8Array(65_536).fill(0x61))
        },
      })
      await expect(records.record('dataset', endless, OPERATOR)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      expect(sent).toBeLessThan(9 * 1024 * 1024)
    })

    it('a checkpoint that nobody recorded is named in vain', async () => {
      await using records = await open()
      const { body } = evaluation(answers(1), { checkpoint: 'whale/step-1' })
      await expect(records.record('evaluation', streamOf(body), OPERATOR)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await uploads()).toBe(0)
    })

    it('an upload that breaks off leaves nothing', async () => {
      await using records = await open()
      const text = dataset(Array.from({ length: 600 }, (_, n) => datasetRecord(n))).body
      const broken = streamOf(text.slice(0, text.length - 5_000)).pipeThrough(breaksOff())
      await expect(records.record('dataset', broken, OPERATOR)).rejects.toThrow()
      expect([await stored(), await uploads()]).toEqual([0, 0])
    })
  })

  describe('when the ledger fails', () => {
    it('is kept once it records again, with its rows, and once', async () => {
      await using records = await open()
      const { body } = dataset([datasetRecord(0)])
      log.broken = true
      await expect(records.record('dataset', streamOf(body), OPERATOR)).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
      expect((await records.datasets({ limit: 10 })).items).toEqual([])
      log.broken = false
      clock.advance(3 * DAY_MS)
      await records.catchUp()
      const [kept] = (await records.datasets({ limit: 10 })).items
      expect(await records.rows.reveal(kept?.id ?? '', SPOT, ANALYST)).toHaveLength(1)
      expect(await records.record('dataset', streamOf(body), OPERATOR)).toMatchObject({ id: kept?.id, known: true })
    })
  })

  describe('words go', () => {
    it('in time, to the millisecond, and figures stay', async () => {
      await using records = await open()
      const { id } = await records.record('evaluation', streamOf(evaluation(answers(2)).body), OPERATOR)
      clock.advance(365 * DAY_MS - 1)
      await records.catchUp()
      expect(await stored()).toBe(4)
      clock.advance(1)
      await records.catchUp()
      expect(await stored()).toBe(0)
      expect(await records.evaluation(id)).toMatchObject({ erased: { why: 'retention' }, eraseAt: null, rows: 4 })
      expect(log.of('refusal.rows_erased')).toMatchObject([{ data: { why: 'retention', rows: 4 } }])
      await expect(records.rows.reveal(id, SPOT, ANALYST)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    it('when somebody says so, once', async () => {
      await using records = await open()
      const { id } = await records.record('dataset', streamOf(dataset([datasetRecord(0)]).body), OPERATOR)
      await records.erase(id, ANALYST)
      await records.erase(id, ANALYST)
      expect(log.of('refusal.rows_erased')).toHaveLength(1)
      await expect(records.rows.exported(id, 'trl-sft', ANALYST).next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    it('that no result has claimed within a day', async () => {
      await using records = await open()
      await handle.db
        .insertInto('refusalUpload')
        .values({ id: 'rds_cut', claimed: false, createdAt: new Date(clock.now()) })
        .execute()
      await records.catchUp()
      expect(await uploads()).toBe(1)
      clock.advance(DAY_MS + 1)
      await records.catchUp()
      expect(await uploads()).toBe(0)
    })
  })

  describe('the gate', () => {
    const at = (day: number) => ({
      beganAt: `2026-01-0${day}T09:00:00.000Z`,
      endedAt: `2026-01-0${day}T10:00:00.000Z`,
    })
    const finding = (records: RefusalRecords) => records.finding({ checkpoint: 'orca/step-100' })

    it('is met by an evaluation that shows it, and says up to what', async () => {
      await using records = await open()
      expect(await finding(records)).toMatchObject({ met: false, says: expect.stringContaining('redteam eval') })
      const { id } = await records.record('evaluation', streamOf(evaluation(answers(150)).body), OPERATOR)
      expect(await finding(records)).toEqual({
        met: true,
        says: expect.stringContaining(`${id}: attack success at most`),
      })
      expect(await records.finding({ checkpoint: 'orca/step-200' })).toMatchObject({ met: false })
    })

    it('goes by the last one, whichever came first', async () => {
      await using records = await open()
      const bad = evaluation(answers(150, { complied: 60, refused: 0 }), at(3))
      await records.record('evaluation', streamOf(bad.body), OPERATOR)
      await records.record('evaluation', streamOf(evaluation(answers(150), at(2)).body), OPERATOR)
      expect(await finding(records)).toMatchObject({ met: false, says: expect.stringContaining('attack success') })
      await records.record('evaluation', streamOf(evaluation(answers(151), at(4)).body), OPERATOR)
      expect(await finding(records)).toMatchObject({ met: true })
    })

    it('never looks at a fixture, for or against', async () => {
      await using records = await open()
      await records.record('evaluation', streamOf(evaluation(answers(150), at(2)).body), OPERATOR)
      const sandbox = { ...evaluation([evaluationRow(0)]).head.model, isSandbox: true }
      const { id } = await records.record(
        'evaluation',
        streamOf(evaluation(answers(150), { model: sandbox, ...at(5) }).body),
        OPERATOR,
      )
      expect(await records.evaluation(id)).toMatchObject({ fixture: true })
      expect(await finding(records)).toMatchObject({ met: true, says: expect.not.stringContaining(id) })
    })
  })

  it('counts what there is, and shows the last evaluation of a model', async () => {
    await using records = await open()
    expect(records.tally()).toMatchObject({ counts: new Map(), last: null })
    const sandbox = { ...evaluation([evaluationRow(0)]).head.model, isSandbox: true }
    await records.record('evaluation', streamOf(evaluation(answers(20), { model: sandbox }).body), OPERATOR)
    await records.catchUp()
    expect(records.tally()).toMatchObject({ counts: new Map([['evaluation', 1]]), last: null })
    const { id } = await records.record('evaluation', streamOf(evaluation(answers(150)).body), OPERATOR)
    await records.record('red_team_run', streamOf(redTeamRun([find(0)]).body), OPERATOR)
    await records.catchUp()
    const { counts, last } = records.tally()
    expect([counts, last?.id]).toEqual([new Map(Object.entries({ evaluation: 2, red_team_run: 1 })), id])
    expect((await open()).tally()).toEqual(records.tally())
  })

  it('pages newest first, and keeps matrices out of lists', async () => {
    await using records = await open()
    for (let n = 0; n < 3; n++) {
      clock.advance(1_000)
      await records.record('red_team_run', streamOf(redTeamRun([find(n)]).body), OPERATOR)
    }
    const first = await records.redTeamRuns({ limit: 2 })
    const second = await records.redTeamRuns({ limit: 2, after: first.next ?? '' })
    expect([first.items.length, second.items.length, second.next]).toEqual([2, 1, null])
    expect(first.items[0]?.recordedAt).toBe(new Date(clock.now()).toISOString())
    expect(first.items[0]?.head).not.toHaveProperty('cells')
    expect((await records.redTeamRun(first.items[0]?.id ?? '')).head.cells).toHaveLength(4)
  })
})
