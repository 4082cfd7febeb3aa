import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EnforcementWorld } from '../../../test/support/enforcement-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { NewAction, Subject } from './schema.ts'

const DAY_MS = 86_400_000
const ANN: Actor = { type: 'staff', id: 'per_ann' }
const BOTH = { authority: 'approval', id: 'apr_1', people: ['per_ann', 'per_bob'] } as const
const HEARD = { authority: 'redress', id: 'apl_1', heardBy: 'per_eve' } as const

describe.each(storeKinds('enforcement'))('enforcement on $kind', ({ create, kind }) => {
  let store: TestStore
  let handle: DbHandle
  let world: EnforcementWorld

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await world?.[Symbol.asyncDispose]()
    world = await EnforcementWorld.open(handle)
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  const userOf = (name: string): Subject => ({ type: 'end_user', id: world.user(name) })
  const stepOf = (name: string | null) =>
    world.enforcement.restrictionOf(world.principals[0], name === null ? null : world.user(name))?.step ?? null
  const kinds = () => world.events().map((event) => event.kind.slice('enforcement.'.length))
  /** Refusals two minutes apart, so that each counts. */
  const refusals = async (times: number, given: Parameters<EnforcementWorld['refused']>[0] = {}) => {
    const ids: string[] = []
    for (let i = 0; i < times; i++) {
      ids.push(world.refused(given))
      world.clock.advance(120_000)
    }
    await world.enforcement.catchUp()
    return ids
  }
  const restrict = (input: Partial<NewAction> & Pick<NewAction, 'subject'>, by = ANN) =>
    world.enforcement.restrict({ step: 'suspend', reason: 'policy_violation', ...input }, by)

  it('climbs step by step on the end user, and leaves key, project and organisation alone', async () => {
    const seen = []
    for (let i = 0; i < 10; i++) {
      await refusals(1, { endUser: 'mallory' })
      seen.push(stepOf('mallory'))
    }
    expect(seen).toEqual([
      null,
      'warn',
      'warn',
      'throttle',
      'throttle',
      'restrict',
      'restrict',
      'restrict',
      'restrict',
      'suspend',
    ])
    expect(stepOf(null)).toBeNull()
    expect(stepOf('somebody else')).toBeNull()
    expect(kinds().filter((name) => name === 'action_taken')).toHaveLength(4)
    expect(world.notices).toContain('enforcement.action_taken')
  })

  it('moves the key when many of its end users are refused', async () => {
    for (let i = 0; i < 40; i++) world.refused({ endUser: `user ${i}` })
    await world.enforcement.catchUp()
    expect(world.enforcement.restrictionOf(world.principals[0], null)?.action).toMatchObject({
      subject: { type: 'key', id: world.principals[0].keyId },
      step: 'throttle',
      source: 'automatic',
      threshold: 4,
    })
    expect(world.enforcement.restrictionOf(world.principals[1], null)).toBeNull()
  })

  it('gives a decision one strike, however often it is read, by however many', async () => {
    const [id = ''] = await refusals(1, { endUser: 'mallory', severity: 'high' })
    const other = await world.another()
    await handle.db.updateTable('enforcementCursor').set({ next: 0 }).execute()
    const again = await world.another()
    await Promise.all([other.catchUp(), again.catchUp(), world.enforcement.catchUp()])
    const { items } = await world.enforcement.readings.strikes({ decisionId: id, limit: 10 })
    expect(items).toHaveLength(1)
    expect(kinds().filter((name) => name === 'strike_recorded')).toHaveLength(1)
    const { keyId, projectId, organisationId } = world.principals[0]
    const origin = { endUserId: world.user('mallory'), keyId, projectId, organisationId }
    const second = { decisionId: id, ...origin, label: null, clause: null, severity: 'extreme' } as const
    expect(await world.enforcement.strike(second, ANN)).toMatchObject({ severity: 'high', source: 'decision' })
  })

  it.each([
    ['a test string', { prompt: { action: 'refuse', reason: 'threshold', severity: 'high', testString: true } }],
    ['a canary', { canary: true }],
    ['what was only observed', { enforced: false }],
    ['what nobody could judge', { prompt: { action: 'refuse', reason: 'unavailable', severity: 'high' } }],
    ['a file that nobody could read', { prompt: { action: 'refuse', reason: 'media', severity: 'high' } }],
    ['what was only flagged', { outcome: 'allow', prompt: { action: 'allow', flagged: [{ label: 'hate' }] } }],
    ['what was refused because of a restriction', { refusedStrictly: true }],
    ['a request that was no request', { outcome: 'reject' }],
  ])('never counts %s', async (_, data) => {
    await refusals(30, { endUser: 'mallory', severity: 'extreme', data })
    expect(world.events()).toEqual([])
    expect(stepOf('mallory')).toBeNull()
  })

  it('suspends an end user at once for one extreme and certain refusal, never the organisation', async () => {
    await refusals(1, { endUser: 'mallory', severity: 'extreme', score: 0.99 })
    expect(stepOf('mallory')).toBe('suspend')
    expect(stepOf(null)).toBeNull()
    await refusals(1, { severity: 'extreme', score: 0.99, principal: world.principals[1] })
    expect(world.enforcement.restrictionOf(world.principals[1], null)?.action).toMatchObject({
      reason: 'extreme_misuse',
      subject: { type: 'key' },
    })
  })

  it('lets an automatic step end in time, and says so', async () => {
    await refusals(4, { endUser: 'mallory' })
    expect(stepOf('mallory')).toBe('throttle')
    world.clock.advance(DAY_MS)
    expect(stepOf('mallory')).toBe('warn')
    await world.enforcement.housekeep()
    expect(kinds().at(-1)).toBe('action_expired')
    world.clock.advance(30 * DAY_MS)
    expect(stepOf('mallory')).toBeNull()
    expect(world.enforcement.readings.standing(userOf('mallory'))).toMatchObject({ points: 0, strikes: 0 })
  })

  it('suspends nobody at once for what the model answered, unless the settings say so', async () => {
    const refusal = { action: 'refuse', label: 'chemical', clause: '1.1', score: 0.99, severity: 'extreme' }
    const data = { prompt: { action: 'allow' }, completion: { ...refusal, reason: 'threshold' } }
    await refusals(1, { endUser: 'mallory', data })
    const strikes = () => world.enforcement.readings.strikes({ subjectId: world.user('mallory'), limit: 10 })
    expect((await strikes()).items).toMatchObject([{ severity: 'extreme', immediate: false }])
    world.config = { ...world.config, immediate: { ...world.config.immediate, completions: true } }
    await world.reopen()
    await refusals(1, { endUser: 'mallory', data })
    expect((await strikes()).items).toMatchObject([{ immediate: true }, { immediate: false }])
  })

  it('lets one person restrict anybody at any level, with effect at once', async () => {
    const { keyId, projectId, organisationId } = world.principals[0]
    const subjects: Subject[] = [
      userOf('mallory'),
      { type: 'key', id: keyId },
      { type: 'project', id: projectId },
      { type: 'organisation', id: organisationId },
    ]
    for (const subject of subjects) {
      const action = await restrict({ subject, note: 'called us names' })
      expect(world.enforcement.restrictionOf(world.principals[0], world.user('mallory'))?.step).toBe('suspend')
      await world.enforcement.undo(action.id, HEARD)
      expect(world.enforcement.restrictionOf(world.principals[0], world.user('mallory'))).toBeNull()
    }
    expect(JSON.stringify(world.events())).not.toContain('names')
    await expect(restrict({ subject: { type: 'key', id: 'key_none' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(restrict({ subject: { type: 'end_user', id: 'bob' } })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    await expect(restrict({ subject: userOf('x') }, { type: 'key', id: keyId })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await expect(restrict({ subject: userOf('x'), models: ['m'] })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const past = new Date(world.clock.now()).toISOString()
    await expect(restrict({ subject: userOf('x'), until: past })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    expect((await restrict({ subject: userOf('x') }, { type: 'operator', id: 'operator' })).source).toBe('operator')
  })

  it('relaxes only by two, and by somebody who did not decide', async () => {
    const action = await restrict({ subject: userOf('mallory') })
    const alone = { ...BOTH, people: ['per_ann', 'per_ann'] }
    await expect(world.enforcement.lift(action.id, alone)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.enforcement.lift(action.id, HEARD)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.enforcement.undo(action.id, alone)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const self = { ...HEARD, heardBy: ANN.id }
    await expect(world.enforcement.undo(action.id, self)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(stepOf('mallory')).toBe('suspend')
    const lifted = await world.enforcement.lift(action.id, BOTH)
    expect(stepOf('mallory')).toBeNull()
    expect(lifted.ended).toMatchObject({ cause: 'lifted', authority: 'apr_1', forgives: false })
    expect(await world.enforcement.lift(action.id, BOTH)).toEqual(lifted)
    await expect(world.enforcement.lift(action.id, { ...BOTH, id: 'apr_2' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(world.enforcement.checkLiftable(action.id)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(world.enforcement.lift('act_none', BOTH)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('starts from the ground after it was lifted', async () => {
    await refusals(10, { endUser: 'mallory' })
    const suspension = world.enforcement.restrictionOf(world.principals[0], world.user('mallory'))
    await world.enforcement.lift(suspension?.action.id ?? '', BOTH)
    expect(suspension?.step).toBe('suspend')
    expect(stepOf('mallory')).toBeNull()
    world.clock.advance(1)
    await refusals(1, { endUser: 'mallory' })
    expect(stepOf('mallory')).toBeNull()
    await refusals(1, { endUser: 'mallory' })
    expect(stepOf('mallory')).toBe('warn')
  })

  it('undoes a decision with everything that it carried, and keeps what stands without it', async () => {
    const [first = ''] = await refusals(1, { endUser: 'mallory', severity: 'high' })
    const others = await refusals(3, { endUser: 'mallory' })
    expect(stepOf('mallory')).toBe('restrict')
    const undone = await world.enforcement.undo(first, HEARD)
    expect(undone.strikes).toHaveLength(1)
    expect(stepOf('mallory')).toBe('warn')
    expect(world.enforcement.readings.standing(userOf('mallory')).points).toBe(3)
    expect(kinds()).toEqual(expect.arrayContaining(['strike_undone', 'action_undone']))
    expect(await world.enforcement.undo(first, HEARD)).toEqual({ strikes: [], ended: [], taken: [] })
    for (const id of others) await world.enforcement.undo(id, HEARD)
    expect(stepOf('mallory')).toBeNull()
    expect(world.enforcement.readings.standing(userOf('mallory'))).toMatchObject({ points: 0, strikes: 0, step: null })
  })

  it('ends with a decision what people did because of it', async () => {
    const [id = ''] = await refusals(1, { endUser: 'mallory' })
    await restrict({ subject: { type: 'key', id: world.principals[0].keyId }, decisionId: id })
    await expect(world.enforcement.undo(id, { ...HEARD, heardBy: ANN.id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await world.enforcement.undo(id, HEARD)
    expect(stepOf(null)).toBeNull()
  })

  it('holds after a restart, a ban for good', async () => {
    await restrict({ subject: userOf('mallory'), step: 'ban' })
    await refusals(2, { endUser: 'eve' })
    await world.reopen()
    world.clock.advance(3_000 * DAY_MS)
    expect(stepOf('mallory')).toBe('ban')
    world.clock.advance(-3_000 * DAY_MS)
    expect(stepOf('eve')).toBe('warn')
    expect(world.enforcement.readings.standing(userOf('eve')).points).toBe(2)
  })

  it('catches up on decisions that a crash kept from counting', async () => {
    await world.enforcement.close()
    for (let i = 0; i < 4; i++) {
      world.refused({ endUser: 'mallory' })
      world.clock.advance(120_000)
    }
    await world.reopen()
    await world.enforcement.catchUp()
    expect(stepOf('mallory')).toBe('throttle')
  })

  it.each(['before', 'after'] as const)('does nothing that is not recorded: the ledger fails %s', async (failing) => {
    world.log.failing = failing
    await expect(restrict({ subject: userOf('mallory') })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(stepOf('mallory')).toBeNull()
    world.log.failing = null
    await world.enforcement.catchUp()
    expect(stepOf('mallory')).toBe('suspend')
    expect(new Set(world.events().map(({ id }) => id)).size).toBe(1)
  })

  it('slows down a throttled subject to its part of the limits', async () => {
    await restrict({ subject: userOf('mallory'), step: 'throttle', throttleFactor: 0.05 })
    const restriction = world.enforcement.restrictionOf(world.principals[0], world.user('mallory'))
    if (restriction === null) throw new Error('not throttled')
    const admitted = Array.from(
      { length: 8 },
      () => world.enforcement.throttle(restriction, world.principals[0], 1)?.admitted,
    )
    expect(admitted.filter(Boolean)).toHaveLength(5)
    world.clock.advance(60_000)
    expect(world.enforcement.throttle(restriction, world.principals[0], 1)?.admitted).toBe(true)
  })

  it('opens to a restricted subject only the models that all of its restrictions leave open', async () => {
    await restrict({ subject: userOf('mallory'), step: 'restrict', models: ['small', 'tiny'] })
    await restrict({
      subject: { type: 'key', id: world.principals[0].keyId },
      step: 'restrict',
      models: ['small', 'large'],
    })
    const restriction = world.enforcement.restrictionOf(world.principals[0], world.user('mallory'))
    expect(restriction).toMatchObject({ step: 'restrict', strict: true, models: ['small'] })
    expect(restriction?.throttles).toHaveLength(2)
  })

  it('tells another replica', async () => {
    const other = await world.another()
    let told = 0
    other.onChange(() => told++)
    await restrict({ subject: userOf('mallory') })
    await other.refresh()
    expect(told).toBe(1)
    expect(other.restrictionOf(world.principals[0], world.user('mallory'))?.step).toBe('suspend')
    await world.enforcement.undo((await other.readings.actions({ limit: 1 })).items[0]?.id ?? '', HEARD)
    await other.refresh()
    expect(other.restrictionOf(world.principals[0], world.user('mallory'))).toBeNull()
  })

  it('says whom an action would reach before it is taken', async () => {
    for (let i = 0; i < 40; i++) world.enforcement.observe(world.traffic({ endUserId: world.user(`user ${i % 8}`) }))
    world.enforcement.observe(world.traffic({ principal: world.principals[1] }))
    const { keyId, projectId } = world.principals[0]
    const simulate = (subject: Subject) =>
      world.enforcement.simulations.action({ subject, step: 'suspend', reason: 'other' })
    expect(await simulate({ type: 'project', id: projectId })).toMatchObject({
      organisations: 1,
      projects: 1,
      keys: 2,
      endUsers: 8,
      requestsPerDay: 41,
      refused: true,
      before: null,
      after: 'suspend',
    })
    expect(await simulate({ type: 'key', id: keyId })).toMatchObject({ keys: 1, requestsPerDay: 40 })
    expect(await simulate(userOf('user 1'))).toMatchObject({ keys: 1, projects: 1, endUsers: 1, requestsPerDay: 5 })
    expect(world.events()).toEqual([])
  })

  it('says what other settings of the ladder would have led to', async () => {
    await refusals(3, { endUser: 'mallory' })
    await refusals(1, { endUser: 'eve' })
    const effect = await world.enforcement.simulations.ladder({ thresholds: { warn: 1.5, throttle: 3 } })
    expect(effect).toMatchObject({ strikes: 4, complete: true, changedTotal: 1 })
    expect(effect.changed).toEqual([{ subject: userOf('mallory'), from: 'warn', to: 'throttle' }])
    expect(effect.current).toMatchObject({ warn: 1, throttle: 0 })
    expect(effect.proposed).toMatchObject({ warn: 0, throttle: 1 })
    await expect(world.enforcement.simulations.ladder({ childCap: 100 })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
  })

  it('shows links, and acts on none', async () => {
    const [first, second] = world.principals
    world.enforcement.observe(world.traffic({ endUserId: world.user('mallory') }))
    world.enforcement.observe(world.traffic({ endUserId: world.user('mallory'), principal: second }))
    await restrict({ subject: { type: 'key', id: first.keyId } })
    const links = await world.enforcement.readings.links({ type: 'key', id: first.keyId })
    expect(links).toContainEqual({ subject: { type: 'key', id: second.keyId }, signal: 'same_end_user' })
    expect(links).toContainEqual({ subject: { type: 'key', id: second.keyId }, signal: 'same_project' })
    expect(world.enforcement.restrictionOf(second, world.user('mallory'))).toBeNull()
  })

  it('pages through what is on record, newest first', async () => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      ids.unshift((await restrict({ subject: userOf(`user ${i}`) })).id)
      world.clock.advance(1)
    }
    const first = await world.enforcement.readings.actions({ state: 'active', limit: 3 })
    const second = await world.enforcement.readings.actions({ state: 'active', limit: 3, before: first.next ?? '' })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
    expect(second.next).toBeNull()
    const { items, total } = world.enforcement.readings.standings({ step: 'suspend', offset: 1, limit: 2 })
    expect([items.length, total]).toEqual([2, 5])
  })

  it('records a pattern once an hour, with its numbers, and makes it a strike where the settings say so', async () => {
    world.config = { ...world.config, patterns: { ...world.config.patterns, strike: 'moderate' } }
    await world.reopen()
    for (let i = 0; i < 25; i++) {
      world.enforcement.observe(world.traffic({ endUserId: world.user('mallory'), refused: true, labels: ['hate'] }))
    }
    await world.enforcement.catchUp()
    const { items } = await world.enforcement.readings.patterns({ subjectId: world.user('mallory'), limit: 10 })
    expect(items).toMatchObject([{ pattern: 'refusal_burst', observed: { refusals: 10, requests: 10 } }])
    expect(kinds()).toEqual(['pattern_found', 'strike_recorded'])
    const view = await world.enforcement.readings.subject(userOf('mallory'))
    expect(view.strikes).toMatchObject([{ source: 'pattern', patternId: items[0]?.id }])
    expect(view.requestsPerDay).toBe(25)
  })

  it('says how the points run out, to the moment when nothing is left, and what they are held against', async () => {
    await refusals(3, { endUser: 'mallory' })
    const { course, ladder, standing } = await world.enforcement.readings.subject(userOf('mallory'))
    expect(course[0]).toEqual({ at: new Date(world.clock.now()).toISOString(), points: standing.points })
    expect(course.at(-1)?.points).toBe(0)
    const points = course.map((point) => point.points)
    expect(points).toEqual(points.toSorted((a, b) => b - a))
    expect(ladder).toEqual({
      thresholds: { warn: 2, throttle: 4, restrict: 6, suspend: 10, ban: 20 },
      automaticUpTo: 'suspend',
    })
    world.clock.advance(30 * DAY_MS)
    expect((await world.enforcement.readings.subject(userOf('mallory'))).course).toEqual([])
  })

  it(`is ${kind}`, () => expect(handle.kind).toBe(kind))
})
