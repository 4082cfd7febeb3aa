import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Role } from '../../staff/index.ts'
import { Registry } from '../registry/index.ts'
import { parseScalingConfig, Response, stepAction, type Taker } from './index.ts'

const RSO: Actor = { type: 'staff', id: 'per_rso' }
const SYSTEM: Actor = { type: 'system', id: 'release' }
const person = (id: string, ...roles: Role[]): Taker => ({ id, roles: new Set(roles) })
const rso = [person('per_rso', 'rso')]
const DAY_MS = 86_400_000

describe.each(storeKinds('models response'))('responses on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let log: MemoryLog
  let clock: ManualClock
  let response: Response
  let other: Response
  let registry: Registry
  const opened: Response[] = []
  const open = async (config: unknown = {}) => {
    const made = await Response.open({
      ...{ db: handle, ledger: log, clock, ids: seededIds(clock, opened.length + 3), log: silentLog, registry },
      ...{
        config: parseScalingConfig(config),
        served: () => ['atlas-api', 'sandbox-1'],
        isFixture: (m) => m === 'sandbox-1',
      },
    })
    opened.push(made)
    return made
  }
  const refusal = (model: string, organisation: string) => response.admission(model, organisation).refused

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    for (const one of opened) await one.close()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const one of opened.splice(0)) await one.close()
    await handle.db.deleteFrom('modelRecord').execute()
    await handle.db.deleteFrom('modelCustomer').execute()
    await handle.db.deleteFrom('journalIntent').execute()
    log = new MemoryLog()
    clock = new ManualClock(Date.UTC(2026, 0, 10))
    registry = await Registry.open({ db: handle, ledger: log, clock, ids: seededIds(clock, 2) })
    response = await open()
    other = await open()
  })

  async function deploy() {
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, RSO)
    const surfaces = [
      { kind: 'api' as const, name: 'api', gatewayModels: ['atlas-api'] },
      { kind: 'partner' as const, name: 'cloud', gatewayModels: [] },
    ]
    await registry.deployments.declare({ deployment: 'atlas-prod', checkpoint: 'atlas/c1', surfaces }, RSO)
  }

  it('serves customers and remembers them, here and on another replica', async () => {
    expect(refusal('atlas-api', 'org_1')).toBeNull()
    await response.noteCustomers()
    const rows = await handle.db.selectFrom('modelCustomer').selectAll().execute()
    expect(rows).toMatchObject([{ gatewayModel: 'atlas-api', organisationId: 'org_1' }])
  })

  it('halts in one action: existing customers go on, new ones are refused, on every replica', async () => {
    await deploy()
    expect(refusal('atlas-api', 'org_old')).toBeNull()
    expect(other.admission('atlas-api', 'org_there').refused).toBeNull()
    await other.noteCustomers()
    const awareAt = new Date(clock.now() - DAY_MS).toISOString()
    const incident = await response.incidents.halt({ model: 'atlas', reason: 'scores doubled', awareAt }, rso, RSO)
    expect(incident.tasks).toMatchObject([{ case: 'deployment/atlas-prod', customers: 2, owner: 'per_rso' }])
    expect(incident.orders).toMatchObject([{ surface: 'cloud', kind: 'partner', acknowledged: null }])
    expect(incident.clocks.find(({ id }) => id === 'sb53_imminent')).toMatchObject({
      dueAt: '2026-01-10T00:00:00.000Z',
    })
    await other.refresh()
    for (const replica of [response, other]) {
      expect(replica.admission('atlas-api', 'org_old').refused).toBeNull()
      expect(replica.admission('atlas-api', 'org_there').refused).toBeNull()
      expect(replica.admission('atlas-api', 'org_new').refused).toContain('takes no new customers')
      expect(replica.admission('sandbox-1', 'org_new').refused).toBeNull()
    }
    expect(log.kinds()).toContain('response.incident_opened')
    // Who was refused has not become a customer by asking.
    await response.noteCustomers()
    await other.noteCustomers()
    const reopened = await open()
    expect(reopened.admission('atlas-api', 'org_new').refused).not.toBeNull()
    expect(reopened.admission('atlas-api', 'org_old').refused).toBeNull()
    await expect(response.incidents.halt({ model: 'atlas', reason: 'again' }, rso, RSO)).rejects.toThrow('already')
  })

  it('halts a model that nobody has declared, by the name under which it is served', async () => {
    await response.incidents.halt({ model: 'atlas-api', reason: 'test' }, rso, RSO)
    expect(refusal('atlas-api', 'org_new')).not.toBeNull()
    await expect(response.incidents.halt({ model: 'nothing', reason: 'x' }, rso, RSO)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('keeps what was halted by its name halted when its deployment is declared', async () => {
    refusal('atlas-api', 'org_old')
    const { id } = await response.incidents.halt({ model: 'atlas-api', reason: 'test' }, rso, RSO)
    await deploy()
    const facts = { id: 'atlas-prod', model: 'atlas', gatewayModels: ['atlas-api'] }
    const begun = await response.cases.begin(facts, SYSTEM)
    expect(begun).toMatchObject({ id: 'deployment/atlas-prod', state: 'halted', frozen: ['org_old'], incident: id })
    expect(await response.cases.begin(facts, SYSTEM)).toEqual(begun)
    await response.housekeep()
    expect(await response.incidents.get(id)).toMatchObject({
      closedAt: null,
      tasks: [{ case: 'deployment/atlas-prod' }],
    })
    expect([refusal('atlas-api', 'org_old'), refusal('atlas-api', 'org_new') === null]).toEqual([null, false])
  })

  it('touches no customer in a drill, and marks all of it', async () => {
    await deploy()
    refusal('atlas-api', 'org_old')
    const incident = await response.incidents.halt({ model: 'atlas', reason: 'rehearsal', drill: true }, rso, RSO)
    expect(incident.drill).toBe(true)
    expect(refusal('atlas-api', 'org_new')).toBeNull()
    expect(log.events.filter(({ kind }) => kind.startsWith('response.')).every(({ data }) => data.drill === true)).toBe(
      true,
    )
    await response.incidents.halt({ model: 'atlas', reason: 'the real one' }, rso, RSO)
    expect(refusal('atlas-api', 'org_other')).not.toBeNull()
  })

  it('reopens only on evidence, by two, after post-mortem and amendment where there was an emergency', async () => {
    await deploy()
    refusal('atlas-api', 'org_old')
    const incident = await response.incidents.halt({ model: 'atlas', reason: 'more capable' }, rso, RSO)
    const id = 'deployment/atlas-prod'
    const restricted = await response.incidents.emergency(id, { reason: 'uplift' }, rso, RSO)
    expect(restricted).toMatchObject({ state: 'restricted', safeguards: { strict: true, toolsOff: true, whole: true } })
    expect(response.admission('atlas-api', 'org_old')).toMatchObject({ refused: null, safeguards: { whole: true } })
    const action = stepAction(response.cases)
    await expect(action.check?.({ case: id, step: 'reopen_reviewed' }, 'per_ceo')).rejects.toThrow('does not lead on')
    const evidence = (kind: string, by = RSO) => response.cases.show(id, { kind, reference: 'filed' }, by)
    await evidence('post_mortem')
    await evidence('policy_amendment')
    await response.cases.take(id, 'review', { takers: rso, actor: RSO, approval: null, reason: 'done' })
    await expect(action.check?.({ case: id, step: 'reopen_reviewed' }, 'per_ceo')).rejects.toThrow('cleared_below')
    await expect(evidence('cleared_below')).rejects.toThrow('nobody can claim it')
    await evidence('cleared_below', SYSTEM)
    await evidence('preconditions', SYSTEM)
    await action.check?.({ case: id, step: 'reopen_reviewed' }, 'per_ceo')
    const alone = { takers: rso, actor: RSO, approval: null, reason: 'x' }
    await expect(response.cases.take(id, 'reopen_reviewed', alone)).rejects.toThrow('two different people')
    const approved = {
      id: 'apr_1',
      requester: 'per_ceo',
      approvers: ['per_ceo'],
      approvedAt: '',
      effectiveUntil: null,
      digest: '',
    }
    await expect(action.execute({ case: id, step: 'reopen_reviewed' }, approved)).rejects.toThrow(
      'two different people',
    )
    await action.execute({ case: id, step: 'reopen_reviewed' }, { ...approved, approvers: ['per_rso'] })
    await action.execute({ case: id, step: 'reopen_reviewed' }, { ...approved, approvers: ['per_rso'] })
    expect(refusal('atlas-api', 'org_new')).toBeNull()
    expect(await response.cases.get(id)).toMatchObject({ state: 'live', frozen: null, safeguards: null })
    // To halt, and to put on the safeguards: two orders, two answers.
    for (const reference of ['mail', 'another mail']) {
      expect((await response.incidents.get(incident.id)).beyond.join()).toContain('nobody has answered')
      const answer = { deployment: 'atlas-prod', surface: 'cloud', reference }
      await response.incidents.acknowledge(incident.id, answer, RSO)
      await response.housekeep()
    }
    await response.housekeep()
    expect(await response.incidents.get(incident.id)).toMatchObject({ closedAt: '2026-01-10T00:00:00.000Z' })
  })

  it('serves nobody without release where that is required, but for the fixture', async () => {
    const strict = await open({ release: 'enforce' })
    expect(strict.admission('atlas-api', 'org_1').refused).toContain('not released')
    expect(strict.admission('sandbox-1', 'org_1').refused).toBeNull()
  })

  it('pauses and locks training by one person, and knows it after a crash in between', async () => {
    await registry.checkpoints.record({ model: 'atlas', checkpoint: 'c1', flops: 1e24 }, RSO)
    const by = { takers: rso, actor: RSO, approval: null, reason: 'odd' }
    log.failing = 'after'
    await expect(response.cases.take('training/atlas', 'pause', by)).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    })
    log.failing = null
    const again = await open()
    expect(await again.trainingOf('atlas')).toMatchObject({ state: 'paused' })
    await expect(response.cases.take('training/atlas', 'lift_pause', by)).rejects.toThrow('evidence')
    await response.cases.take('training/atlas', 'lock', by)
    expect(await response.isLocked('atlas')).toBe(true)
  })

  it('decides concurrent halts once', async () => {
    await deploy()
    const halts = await Promise.allSettled(
      [response, other].map((one) => one.incidents.halt({ model: 'atlas', reason: 'now' }, rso, RSO)),
    )
    expect(halts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})
