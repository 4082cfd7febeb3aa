import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { Registry } from '../registry/index.ts'
import { parseScalingConfig, Response, stepAction } from '../response/index.ts'
import { OWED } from './preconditions.ts'
import { Release } from './release.ts'
import { SAFEGUARDS } from './schema.ts'

const BY: Actor = { type: 'staff', id: 'per_rso' }
const DAY_MS = 86_400_000
const approved = (id: string, people: string[], at: number) => ({
  ...{ id, requester: people[0] ?? '', approvers: people.slice(1), approvedAt: new Date(at).toISOString() },
  ...{ effectiveUntil: null, digest: '' },
})

describe.each(storeKinds('models release'))('the release gate on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let registry: Registry
  let response: Response
  let release: Release

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
    clock = new ManualClock(Date.UTC(2026, 0, 10))
    const base = { db: handle, ledger: new MemoryLog(), clock, ids: seededIds(clock, 4), log: silentLog }
    registry = await Registry.open(base)
    const config = parseScalingConfig({ release: 'enforce' })
    response = await Response.open({ ...base, registry, config, served: () => ['atlas-api'], isFixture: () => false })
    release = new Release({ ...base, registry, response, config })
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, BY)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: ['atlas-api'] }]
    await registry.deployments.declare({ deployment: 'prod', checkpoint: 'atlas/c1', surfaces }, BY)
  })

  /** Rooms answer for all of it, as long as `holds`. */
  function install(holds: { met: boolean }) {
    for (const one of OWED) {
      release.preconditions.register({ ...one, check: async () => ({ met: holds.met, says: 'as the test has it' }) })
    }
  }

  it('never counts what is not installed, missing or failing as met', async () => {
    expect(await release.check('prod')).toMatchObject({
      passes: false,
      state: 'undeployed',
      effect: 'nobody',
      red: null,
    })
    await expect(release.prepare('prod')).rejects.toThrow('refusal (not installed)')
    install({ met: true })
    const broken = { id: 'refusal', title: 't', source: 's' }
    release.preconditions.register({ ...broken, check: () => Promise.reject(new Error('secret detail')) })
    const { passes, findings } = await release.check('prod')
    expect(passes).toBe(false)
    expect(JSON.stringify(findings)).not.toContain('secret detail')
    await expect(release.check('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('opens by two on evidence, and closes to new customers when a precondition lapses', async () => {
    const holds = { met: true }
    install(holds)
    await release.prepare('prod')
    const id = 'deployment/prod'
    const action = stepAction(response.cases)
    await expect(action.check?.({ case: id, step: 'approve' }, 'per_a')).rejects.toThrow('safety_review')
    await response.cases.show(id, { kind: 'safety_review', reference: 'filed' }, BY)
    await action.execute({ case: id, step: 'approve' }, approved('apr_1', ['per_a', 'per_b'], clock.now()))
    expect(response.admission('atlas-api', 'org_1').refused).not.toBeNull()
    await response.cases.take(id, 'open', { takers: 'system', actor: BY, approval: null, reason: 'go' })
    expect(response.admission('atlas-api', 'org_1').refused).toBeNull()
    await release.catchUp()
    expect(await release.check('prod')).toMatchObject({ state: 'live', passes: true, red: null })
    holds.met = false
    await response.noteCustomers()
    await release.catchUp()
    expect(await release.check('prod')).toMatchObject({ state: 'lapsed', effect: 'existing' })
    expect([
      response.admission('atlas-api', 'org_1').refused,
      response.admission('atlas-api', 'org_2').refused === null,
    ]).toEqual([null, false])
  })

  it('holds partners to the same safeguards and to an evaluation of their own', async () => {
    const surfaces = [{ kind: 'partner' as const, name: 'cloud', gatewayModels: [] }]
    await registry.deployments.declare({ deployment: 'out', checkpoint: 'atlas/c1', surfaces }, BY)
    const finding = async () => release.partners.finding(await registry.deployments.get('out'))
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('no agreement') })
    const endsAt = '2026-02-10T00:00:00Z'
    const agreement = { reference: 'contract 7', endsAt, safeguards: [...SAFEGUARDS] }
    const evaluation = { reference: 'their report', checkpoint: 'atlas/c1' }
    const bind = (more: object = {}) => release.partners.bind('out', 'cloud', { agreement, evaluation, ...more }, BY)
    await bind({ agreement: { ...agreement, safeguards: SAFEGUARDS.filter((one) => one !== 'halting') } })
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('halting') })
    await bind({ evaluation: { ...evaluation, checkpoint: 'atlas/c0' } })
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('atlas/c0') })
    await bind()
    expect(await finding()).toMatchObject({ met: true })
    expect(await release.partners.of('out')).toMatchObject([{ surface: 'cloud', boundBy: 'per_rso' }])
    clock.jump(Date.parse(endsAt) - clock.now())
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('ended') })
    await expect(bind()).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(release.partners.bind('prod', 'api', { agreement, evaluation }, BY)).rejects.toThrow('no partner')
  })

  it('lets what is live go on under an exception of two people, shown red, until it runs out', async () => {
    const exception = release.exception()
    const payload = { deployment: 'prod', days: 10, reason: 'was live', risk: 'watched daily' }
    await expect(exception.check?.({ ...payload, days: 91 }, 'per_a')).rejects.toThrow('at most 90 days')
    await expect(exception.execute(payload, approved('apr_2', ['per_a', 'per_a'], clock.now()))).rejects.toThrow(
      'two different',
    )
    await exception.execute(payload, approved('apr_3', ['per_a', 'per_b'], clock.now()))
    await exception.execute(payload, approved('apr_3', ['per_a', 'per_b'], clock.now()))
    expect(response.admission('atlas-api', 'org_1').refused).toBeNull()
    const view = await release.check('prod')
    expect(view).toMatchObject({ state: 'grandfathered', expiresAt: '2026-01-20T00:00:00.000Z' })
    expect(view.red).toContain('exception until 2026-01-20')
    await response.noteCustomers()
    clock.advance(10 * DAY_MS)
    await response.housekeep()
    expect(await release.check('prod')).toMatchObject({ state: 'lapsed', effect: 'existing' })
    expect(response.admission('atlas-api', 'org_2').refused).not.toBeNull()
  })
})
