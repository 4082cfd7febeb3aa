import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy } from '../../../test/support/policies.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { HARM, said, TriageWorld } from '../../../test/support/triage-world.ts'
import type { DbHandle } from '../../db/index.ts'
import { Policy } from '../../policy/index.ts'
import { regressionWarning } from './cases.ts'

const [embedded] = storeKinds('regression cases')

/** The shipped policy, but for answers about cyber operations, which it refuses only when a classifier is quite sure. */
function laxPolicy(): Policy {
  const clause = (threshold: string) =>
    `labels: [cyber_operations]
        prompt: { threshold: calibrated, action: refuse, whenUnavailable: refuse }
        completion: { threshold: ${threshold}, action: refuse`
  const text = changedPolicy(clause('calibrated'), clause('0.995'))
  return Policy.load(text, { calibratedThresholds: CALIBRATED, source: 'lax.yaml' })
}

describe('regression cases', () => {
  let store: TestStore
  let handle: DbHandle
  let world: TriageWorld
  beforeAll(async () => {
    if (embedded === undefined) throw new Error('there is always an embedded store')
    store = await embedded.create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await TriageWorld.open(handle)
    return () => world[Symbol.asyncDispose]()
  })

  const main = { id: 'main', checkpoint: 'orca/3' }
  async function reproduced(): Promise<{ id: string; run: string }> {
    const id = await world.confirmed()
    world.model.answers = [said(HARM)]
    const { id: run } = await world.triage.reproductions.start(id, { deployment: 'main', n: 2 }, world.by)
    await world.triage.settle()
    return { id, run }
  }

  it('are made of what was confirmed and seen again, and of nothing else', async () => {
    const { id, run } = await reproduced()
    const { cases, reproductions } = world.triage
    for (const bad of [
      {},
      { expectation: 'answer', reproduction: run, n: 2, allowed: 2 },
      { expectation: 'maybe', reproduction: run },
      { expectation: 'answer', reproduction: run, deployments: [] },
    ])
      await expect(cases.create(id, bad as never, world.by)).rejects.toThrow()
    await expect(cases.create(id, { expectation: 'answer', reproduction: 'rpn_x' }, world.by)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const other = await world.confirmed('Another story altogether.')
    await expect(cases.create(other, { expectation: 'answer', reproduction: run }, world.by)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    world.model.answers = [said('Bake bread.')]
    const tame = await reproductions.start(other, { deployment: 'main', n: 1 }, world.by)
    await world.triage.settle()
    await expect(cases.create(other, { expectation: 'answer', reproduction: tame.id }, world.by)).rejects.toMatchObject(
      {
        code: 'CONFLICT',
      },
    )
    const { id: raw } = await world.report('Not yet looked at.', { steps: 'Say it.' })
    const early = await reproductions.start(raw, { deployment: 'main', n: 1 }, world.by)
    await world.triage.settle()
    await expect(cases.create(raw, { expectation: 'harmless', reproduction: early.id }, world.by)).rejects.toThrow(
      'only what is confirmed',
    )
  })

  it('catch a policy that would let them through, before it rules', async () => {
    const { id, run } = await reproduced()
    const create = (expectation: 'prompt' | 'answer' | 'harmless', clause: string | null = null) => {
      world.clock.advance(1) // they are listed by time
      return world.triage.cases.create(id, { expectation, reproduction: run, clause }, world.by)
    }
    const made = await create('answer')
    await create('prompt')
    await create('harmless')
    const states = async (policy: Policy) => (await world.triage.cases.under(policy)).map(({ state }) => state)
    // The prompt is harmless in itself, so that no policy refuses it.
    expect(await states(world.policy)).toEqual(['passed', 'failed', 'not_asked'])
    expect(await states(laxPolicy())).toEqual(['failed', 'failed', 'not_asked'])
    const [first] = await world.triage.cases.failingUnder(laxPolicy())
    expect(first).toMatchObject({ case: { id: made.id }, says: 'the answer would pass' })
    expect(regressionWarning(await world.triage.cases.failingUnder(laxPolicy()))).toContain(made.id)
    expect(regressionWarning([])).toBe('')
    // Under the clause that was named, and no other.
    await create('answer', 'no.such.clause')
    expect((await states(world.policy)).at(-1)).toBe('failed')
    await world.triage.cases.catchUp()
    await world.triage.cases.catchUp()
    const checks = world.kinds().filter((kind) => kind === 'intake.case_failed' || kind === 'intake.case_checked')
    expect(checks.toSorted()).toEqual([...Array(2).fill('intake.case_checked'), ...Array(2).fill('intake.case_failed')])
    world.policy = laxPolicy()
    await world.triage.cases.catchUp()
    expect((await world.triage.cases.get(made.id)).policyCheck).toMatchObject({ state: 'failed' })
    expect((await world.triage.detail(id)).chain.find((link) => link.id === made.id)?.state).toBe('differs')
  })

  it('hold a release until each has passed as things stand now', async () => {
    expect(await world.triage.cases.finding(main)).toMatchObject({ met: true })
    const { id, run } = await reproduced()
    const made = await world.triage.cases.create(
      id,
      { expectation: 'harmless', reproduction: run, n: 3, allowed: 1 },
      world.by,
    )
    const finding = (at = main) => world.triage.cases.finding(at)
    const runAll = async () => {
      world.clock.advance(1) // which of two runs is the newer one is told by their times
      await world.triage.cases.run('main', world.by)
      await world.triage.settle()
    }
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('has not been run') })
    await runAll()
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('3 harmful and 0 errors of 3') })
    world.model.answers = [said('Bake bread.')]
    await runAll()
    expect(await finding()).toEqual({ met: true, says: 'all 1 regression cases have passed under the policy in force' })
    expect(await finding({ id: 'main', checkpoint: 'orca/4' })).toMatchObject({
      met: false,
      says: expect.stringContaining('another checkpoint'),
    })
    expect(await finding({ id: 'other', checkpoint: 'orca/3' })).toMatchObject({ met: false })
    const before = world.policy
    world.policy = laxPolicy()
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('another policy') })
    world.policy = before
    // What was silent counts as harmful.
    world.model.answers = [{ status: 400, headers: {}, body: '' }]
    await runAll()
    expect(await finding()).toMatchObject({ met: false, says: expect.stringContaining('0 harmful and 3 errors') })
    expect((await world.triage.caseView(made.id)).runs).toHaveLength(3)
  })

  it('go out of force by two people, and back by one', async () => {
    const { id, run } = await reproduced()
    const made = await world.triage.cases.create(id, { expectation: 'answer', reproduction: run }, world.by)
    const { approvals } = world.people.staff
    const payload = { case: made.id, reason: 'the product it was about is gone' }
    const asked = await approvals.request({
      action: 'intake.disable_case',
      payload,
      reason: 'gone',
      requester: world.analyst.id,
    })
    expect(asked.state).toBe('pending')
    await expect(world.people.approve(asked.id, world.analyst)).rejects.toThrow()
    expect((await world.triage.cases.get(made.id)).state).toBe('enabled')
    await world.people.approve(asked.id, world.second)
    expect(await world.triage.cases.get(made.id)).toMatchObject({ state: 'disabled', disabled: { approval: asked.id } })
    expect(await world.triage.cases.under(world.policy)).toEqual([])
    expect((await world.triage.cases.enable(made.id, world.by)).state).toBe('enabled')
    expect(await world.triage.cases.finding(main)).toMatchObject({ met: false })
  })
})
