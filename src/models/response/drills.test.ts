import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { type Actor, canonicalJson } from '../../ledger/index.ts'
import type { Role } from '../../staff/index.ts'
import { Registry } from '../registry/index.ts'
import { parseScalingConfig, Response, type Taker } from './index.ts'

const RSO: Actor = { type: 'staff', id: 'per_rso' }
const rso: Taker[] = [{ id: 'per_rso', roles: new Set<Role>(['rso']) }]

describe.each(storeKinds('models drills'))('emergencies and drills on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let log: MemoryLog
  let registry: Registry
  let response: Response
  let holders: number

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await response.close()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await response?.close()
    for (const table of ['modelRecord', 'modelCustomer', 'journalIntent'] as const)
      await handle.db.deleteFrom(table).execute()
    log = new MemoryLog()
    holders = 2
    const clock = new ManualClock(Date.UTC(2026, 0, 10))
    const base = { db: handle, ledger: log, clock, ids: seededIds(clock, 5), log: silentLog }
    registry = await Registry.open(base)
    response = await Response.open({
      ...{ ...base, registry, config: parseScalingConfig({}), served: () => ['atlas-api', 'small'] },
      ...{ isFixture: () => false, hasJudge: true, candidates: async () => holders },
    })
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, RSO)
    const surfaces = [
      { kind: 'api' as const, name: 'api', gatewayModels: ['atlas-api'] },
      { kind: 'partner' as const, name: 'cloud', gatewayModels: [] },
    ]
    await registry.deployments.declare({ deployment: 'prod', checkpoint: 'atlas/c1', surfaces }, RSO)
    for (const one of ['org_1', 'org_2']) response.admission('atlas-api', one)
    await response.noteCustomers()
  })

  const emergency = (safeguards: object = {}) =>
    response.incidents.emergency('deployment/prod', { reason: 'uplift', safeguards }, rso, RSO)
  const told = () => log.events.filter(({ kind }) => kind === 'response.customers_told')

  it('opens 2d with an emergency that nobody has halted for, orders partners, and tells each customer', async () => {
    const of = await emergency({ closed: { cyber_operations: 0.3 } })
    expect(of).toMatchObject({ state: 'restricted', told: [{ measure: 'safeguards_applied', customers: 2 }] })
    const incident = await response.incidents.get(of.incident ?? '')
    expect(incident.orders.map(({ what }) => what)).toEqual(['halt', 'safeguards'])
    expect(incident.beyond.filter((words) => words.includes('nobody has answered'))).toHaveLength(2)
    expect(told()).toMatchObject([
      {
        subject: { type: 'deployment', id: 'prod' },
        data: { measure: 'safeguards_applied', organisations: ['org_1', 'org_2'], models: ['atlas-api'] },
      },
    ])
    expect(JSON.stringify(told())).not.toContain('0.3')
  })

  it('only ever makes safeguards stricter by one person, whatever is asked', async () => {
    await emergency({
      closed: { cyber_operations: 0.3 },
      judge: true,
      downgrade: { cyber_operations: { from: 0.2, to: 'small' } },
    })
    const looser = { strict: false, toolsOff: false, whole: false, closed: { cyber_operations: 0.9, hate: 0.5 } }
    const of = await emergency({ ...looser, downgrade: { cyber_operations: { from: 0.8, to: 'small' } } })
    expect(of.state).toBe('restricted')
    expect(of.safeguards).toEqual({
      ...{ strict: true, toolsOff: true, whole: true, judge: true, replaceWith: null },
      ...{ closed: { cyber_operations: 0.3, hate: 0.5 }, downgrade: { cyber_operations: { from: 0.2, to: 'small' } } },
    })
    expect(told()).toHaveLength(2)
    expect(of.history.map(({ step }) => step)).toEqual(['halt', 'find_emergency', 'safeguard', 'escalate', 'safeguard'])
    const nobody = [{ id: 'per_x', roles: new Set<Role>(['auditor']) }]
    await expect(response.incidents.emergency('deployment/prod', { reason: 'x' }, nobody, RSO)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(emergency({ replaceWith: 'nothing' })).rejects.toThrow('serves no model nothing')
  })

  it('tells customers when they are served no more', async () => {
    await emergency()
    await response.cases.take('deployment/prod', 'remove', { takers: rso, actor: RSO, approval: null, reason: 'x' })
    expect(told().map(({ data }) => data.measure)).toEqual(['safeguards_applied', 'withdrawn'])
  })

  it('splits what many customers are told, so that each event fits the ledger', async () => {
    const since = new Date()
    const many = Array.from({ length: 900 }, (_, i) => `org_${String(i).padStart(26, '0')}`)
    const rows = many.map((organisationId) => ({ gatewayModel: 'atlas-api', organisationId, since }))
    await handle.db.insertInto('modelCustomer').values(rows).execute()
    await emergency()
    const lists = told().map(({ data }) => data.organisations)
    expect(lists.flat()).toHaveLength(902)
    for (const event of told()) expect(JSON.stringify(event).length).toBeLessThan(30_000)
  })

  it('rehearses pause, 2c and 2d, touches nobody, and files what it came to', async () => {
    const before = [response.intake(), await response.trainingOf('atlas')]
    const report = await response.drills.run({ model: 'atlas' }, rso, RSO)
    expect(report.rehearsals.map(({ procedure, ok }) => [procedure, ok])).toEqual([
      ['pause', true],
      ['2c', false],
      ['2d', true],
    ])
    const failed = report.rehearsals.flatMap(({ steps }) => steps).filter(({ ok }) => !ok)
    expect(failed.map(({ says }) => says)).toEqual([expect.stringContaining('no vault is installed')])
    expect([response.intake(), await response.trainingOf('atlas')]).toEqual(before)
    expect(response.admission('atlas-api', 'org_new').refused).toBeNull()
    expect(told()).toEqual([])
    const { digest, ...facts } = report
    expect(createHash('sha256').update(canonicalJson(facts)).digest('hex')).toBe(digest)
    const filed = log.events.find(({ kind }) => kind === 'response.drill_filed')
    expect(filed).toMatchObject({ digests: { report: digest }, data: { drill: true, ok: false } })
    const marked = log.events.filter(({ kind }) => kind.startsWith('response.'))
    expect(marked.every(({ data }) => data.drill === true)).toBe(true)
    expect(await response.incidents.get(report.incident ?? '')).toMatchObject({
      drill: true,
      closedAt: expect.any(String),
    })
    expect([await response.drills.list('atlas'), await response.drills.get(report.id)]).toEqual([[report], report])
  })

  it('finds what would not hold: nobody who could let go on, nothing deployed, no model line', async () => {
    holders = 1
    const alone = await response.drills.run({ model: 'atlas', procedures: ['pause'] }, rso, RSO)
    expect(alone.rehearsals[0]).toMatchObject({ ok: false })
    await registry.lines.register({ model: 'bare' }, RSO)
    const bare = await response.drills.run({ model: 'bare', procedures: ['2d'] }, rso, RSO)
    expect(bare.rehearsals[0]?.steps[0]?.says).toContain('nothing is deployed')
    const served = await response.drills.run({ model: 'small', procedures: ['2c', '2d'] }, rso, RSO)
    expect(served.rehearsals.map(({ ok }) => ok)).toEqual([false, true])
    await expect(response.drills.run({ model: 'nothing' }, rso, RSO)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(response.drills.run({}, rso, RSO)).rejects.toThrow('name a model')
  })

  it('finds MET by one way in: training stops, and what is deployed is halted', async () => {
    const by = { takers: rso, actor: RSO, approval: null, reason: 'seen by hand' }
    const nobody = { ...by, takers: [{ id: 'per_x', roles: new Set<Role>(['auditor']) }] }
    await expect(response.meet('atlas', nobody)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(response.admission('atlas-api', 'org_late').refused).toBeNull()
    expect(await response.meet('atlas', by)).toMatchObject({ state: 'met' })
    expect(response.trainingNow('atlas').state).toBe('met')
    expect(response.admission('atlas-api', 'org_new').refused).toContain('takes no new customers')
    // By the system it is the same however often it comes.
    await response.meet('atlas', { ...by, takers: 'system' })
    expect((await response.incidents.list({ limit: 10 })).items).toHaveLength(1)
  })
})
