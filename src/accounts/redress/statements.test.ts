import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RedressWorld } from '../../../test/support/redress-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { LABELS } from '../../screening/index.ts'
import { CATEGORISED_LABELS, categoryOf, DSA_CATEGORIES, DsaStatement, toDsa } from './dsa.ts'
import type { ContestedAction, Statement } from './index.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/dsa-statements.json', import.meta.url), 'utf8'),
) as { accepted: Record<string, unknown>[]; refused: { why: string; field: string; change: Record<string, unknown> }[] }

describe('the form of the DSA transparency database', () => {
  it.each(vectors.accepted)('takes the published example $puid', (example) => {
    expect(DsaStatement.parse(example)).toEqual(example)
  })

  it.each(vectors.refused)('refuses $why', ({ field, change }) => {
    const result = DsaStatement.safeParse({ ...vectors.accepted[0], ...change })
    expect(result.success).toBe(false)
    expect(result.error?.issues.map((issue) => issue.path[0])).toContain(field)
  })

  it('has a category for every label that there is', () => {
    expect(CATEGORISED_LABELS.toSorted()).toEqual([...LABELS].toSorted())
    for (const label of LABELS) expect(DSA_CATEGORIES).toContain(categoryOf(label))
    for (const odd of [null, 'unheard_of', '__proto__', 'constructor']) {
      expect(categoryOf(odd)).toBe('STATEMENT_CATEGORY_OTHER_VIOLATION_TC')
    }
  })
})

describe.each(storeKinds('statements'))('statements of reasons on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: RedressWorld

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await RedressWorld.open(handle)
  })
  afterEach(() => world.close())

  const find = async (id: string): Promise<Statement> => {
    const found = await world.redress.statements.find(id)
    if (found === null) throw new Error('no statement')
    return found.statement
  }
  const action = (more: Partial<ContestedAction> = {}): ContestedAction => {
    const made: ContestedAction = {
      id: world.people.ids.next('act'),
      kind: 'suspend',
      subject: { type: 'end_user', id: 'eu_secret' },
      organisationId: world.principal.organisationId,
      at: new Date(world.clock.now()).toISOString(),
      until: new Date(world.clock.now() + 86_400_000).toISOString(),
      clause: '2.1',
      label: 'cyber_operations',
      policy: { version: world.policy.version, digest: world.policy.digest },
      decisions: [world.refuse().id],
      automatic: true,
      deciders: [],
      ...more,
    }
    world.enforcement.actions.set(made.id, made)
    return made
  }

  it('say why a request was refused, by its clause, and nothing about who or what', async () => {
    const decision = world.refuse({ endUser: `eu_${'a'.repeat(32)}` })
    const statement = await find(decision.id)
    expect(statement).toMatchObject({
      measure: 'refused',
      automatedDetection: true,
      automatedDecision: 'fully',
      category: 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
      ground: { clause: '2.1', title: 'Attacks on computers and networks', policyVersion: world.policy.version },
      contestUrl: 'https://ai.example/appeal',
    })
    expect(statement.ground.wording).toContain('breaking into systems')
    const told = JSON.stringify(statement)
    for (const secret of [
      decision.organisation,
      decision.project,
      decision.key,
      decision.endUser,
      'secret-model',
      '0.91',
    ]) {
      expect(told).not.toContain(secret)
    }
  })

  it.each([
    ['withheld', { outcome: 'refuse' as const, prompt: null }],
    ['cut', { outcome: 'cut' as const, prompt: null }],
  ])('tell an answer that was %s from a request that was refused', async (measure, more) => {
    const { prompt } = world.refuse()
    expect((await find(world.refuse({ ...more, completion: prompt }).id)).measure).toBe(measure)
  })

  it('say so where it was a test, media, or not enforced', async () => {
    expect(await find(world.refuse({}, { testString: true }).id)).toMatchObject({ test: true })
    expect((await find(world.refuse({}, { reason: 'media', label: null }).id)).facts).toContain('can’t be checked here')
    expect((await find(world.refuse({ enforced: false }).id)).facts).toContain('passed on all the same')
  })

  it('keep quiet about decisions that refused nothing or could not be made', async () => {
    for (const outcome of ['allow', 'reject', 'error', 'cancel'] as const) {
      expect(await world.redress.statements.find(world.refuse({ outcome }).id)).toBeNull()
    }
    expect(await world.redress.statements.find(world.refuse({}, { reason: 'unavailable' }).id)).toBeNull()
    for (const odd of ['', 'dec_', 'act_x', '__proto__', `dec_${'A'.repeat(10_000)}`, "act_'; --"]) {
      expect(await world.redress.statements.find(odd)).toBeNull()
    }
  })

  it('do without the wording of a policy that is not kept', async () => {
    const { ground } = await find(world.refuse({ policyDigest: '0'.repeat(64), policyVersion: '0.9.0' }).id)
    expect(ground).toMatchObject({ clause: '2.1', policyVersion: '0.9.0', wording: null, title: null })
  })

  it('are made when an action is taken, once, and stay as they were when the policy changes', async () => {
    const taken = action()
    await world.redress.catchUp()
    const before = await find(taken.id)
    const { policy } = world
    world.policy = { ...policy, digest: '1'.repeat(64), clause: () => null }
    await world.redress.catchUp()
    await using again = await world.another()
    await again.catchUp()
    expect(await find(taken.id)).toEqual(before)
    expect(before).toMatchObject({ measure: 'suspend', automatedDecision: 'fully', ground: { clause: '2.1' } })
    expect(world.log.kinds().filter((k) => k === 'redress.statement_made')).toHaveLength(1)
    expect(world.notices.filter((n) => n.kind === 'redress.statement_made')).toMatchObject([
      { id: before.id, organisationId: world.principal.organisationId },
    ])
    expect(JSON.stringify(before)).not.toContain('eu_secret')
  })

  it('are made for more actions than fit on a page, none left out', async () => {
    for (let i = 0; i < 130; i++) action({ kind: 'warn' })
    await world.redress.statements.catchUp()
    const { items } = await world.redress.statements.actions({ limit: 200 })
    expect(new Set(items.map((s) => s.about.id))).toEqual(new Set(world.enforcement.actions.keys()))
  })

  it('are a customer’s own: somebody else’s is not there', async () => {
    const { id } = world.refuse()
    const taken = action()
    await world.redress.catchUp()
    const { statements } = world.redress
    for (const about of [id, taken.id]) {
      expect((await statements.forCustomer(about, world.principal.organisationId)).about.id).toBe(about)
      await expect(statements.forCustomer(about, world.other.organisationId)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
    }
    expect((await statements.actions({ organisationId: world.other.organisationId, limit: 9 })).items).toEqual([])
    expect((await statements.refusals({ organisationId: world.other.organisationId, limit: 9 })).items).toEqual([])
    expect((await statements.refusals({ organisationId: world.principal.organisationId, limit: 9 })).items.length).toBe(
      2,
    )
  })

  it('go to the EU’s database in its form, restrictions only', async () => {
    const kinds = ['warn', 'throttle', 'restrict', 'suspend', 'ban'] as const
    for (const kind of kinds) action({ kind, automatic: kind !== 'ban', deciders: kind === 'ban' ? ['per_1'] : [] })
    await world.redress.catchUp()
    const { statements } = await world.redress.statements.exportDsa({ limit: 100 })
    expect(statements).toHaveLength(4)
    for (const statement of statements) expect(DsaStatement.parse(statement)).toEqual(statement)
    expect(statements.find((s) => s.decision_account === 'DECISION_ACCOUNT_TERMINATED')).toMatchObject({
      automated_decision: 'AUTOMATED_DECISION_PARTIALLY',
      source_type: 'SOURCE_VOLUNTARY',
      incompatible_content_ground: expect.stringContaining('Clause 2.1'),
    })
    const refusal = await find(world.refuse().id)
    expect(toDsa(refusal, 'https://ai.example/policy')).toMatchObject({
      decision_visibility: ['DECISION_VISIBILITY_OTHER'],
      automated_decision: 'AUTOMATED_DECISION_FULLY',
      puid: refusal.id,
      decision_ground_reference_url: 'https://ai.example/policy',
    })
    expect(toDsa({ ...refusal, test: true }, '')).toBeNull()
    expect(toDsa({ ...refusal, enforced: false }, '')).toBeNull()
  })
})
