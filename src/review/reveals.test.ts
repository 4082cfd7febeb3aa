import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld, uphold } from '../../test/support/review-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'
import { HandoffForm } from './handoffs.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

describe.each(storeKinds('review reveals'))('what people are shown on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })
  const open = (config: Record<string, unknown> = {}) => ReviewWorld.open(handle, testStore.dataDir, config)

  it('is shown to who holds the case, one side at a time, and on the ledger before', async () => {
    const world = await open()
    const decision = world.decision()
    await world.tell(decision)
    await world.say(decision, 'the question', 'the answer')
    const [ann, bob] = [world.person('ann'), world.person('bob')]
    const held = await world.claim(ann)
    const input = { claim: held.claimId, decision: decision.id, part: 'prompt' } as const
    const shown = await world.review.reveals.reveal(ann, held.id, input, false)
    expect(JSON.stringify(shown)).toContain('the question')
    expect(JSON.stringify(shown)).not.toContain('the answer')
    expect(shown.exposure).toMatchObject({ items: 1, weight: 2, warning: false })
    const answer = await world.review.reveals.reveal(ann, held.id, { ...input, part: 'completion' }, false)
    expect(answer.completion).toMatchObject([{ text: 'the answer' }])
    expect(world.log.events.filter(({ kind }) => kind === 'content.read')).toMatchObject([
      { actor: { id: 'ann' }, subject: { id: decision.id }, data: { reason: 'review' } },
      { actor: { id: 'ann' } },
    ])
    await expect(world.review.reveals.reveal(bob, held.id, input, false)).rejects.toMatchObject({ code: 'CONFLICT' })
    const other = { ...input, decision: 'dec_other' }
    await expect(world.review.reveals.reveal(ann, held.id, other, false)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    world.clock.advance(6 * MINUTE_MS)
    await expect(world.review.reveals.reveal(ann, held.id, input, false)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(JSON.stringify(world.log.events)).not.toContain('the question')
  })

  it('is not shown when it cannot be recorded, or is not kept; then it counts for nothing', async () => {
    const world = await open()
    const decision = world.decision()
    await world.tell(decision)
    const ann = world.person('ann')
    const held = await world.claim(ann)
    const input = { claim: held.claimId, decision: decision.id, part: 'prompt' } as const
    const reveal = () => world.review.reveals.reveal(ann, held.id, input, false)
    await expect(reveal()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await world.say(decision, 'the question', 'the answer')
    world.log.failing = 'before'
    await expect(reveal()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    world.log.failing = null
    expect(await world.review.exposure.of('ann')).toMatchObject({ items: 0, weight: 0 })
  })

  it('ends with the day’s budget, unless somebody else allows more and the reader agrees', async () => {
    const world = await open({ exposure: { itemsPerDay: 3, breakAfterItems: 100 } })
    const decision = world.decision()
    await world.tell(decision)
    await world.say(decision, 'the question', 'the answer')
    const [ann, bob] = [world.person('ann'), world.person('bob')]
    const held = await world.claim(ann)
    const input = { claim: held.claimId, decision: decision.id, part: 'prompt' } as const
    const reveal = () => world.review.reveals.reveal(ann, held.id, input, false)
    await reveal()
    await reveal()
    // Several at once take no more than is left.
    const rush = await Promise.allSettled(Array.from({ length: 5 }, reveal))
    expect(rush.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(reveal()).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('ask a lead'),
    })
    expect(await world.review.exposure.of('ann')).toMatchObject({ items: 3, warning: true, spent: true })
    const more = { items: 2, weight: 10, reason: 'the shift is one short' }
    await expect(world.review.exposure.allow(ann, 'ann', more)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.review.exposure.acknowledge(ann)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await world.review.exposure.allow(bob, 'ann', more)).toMatchObject({ toAcknowledge: true, spent: true })
    await expect(reveal()).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('acknowledge'),
    })
    expect(await world.review.exposure.acknowledge(ann)).toMatchObject({ itemsAllowed: 5, spent: false })
    expect((await reveal()).exposure.items).toBe(4)
    world.clock.advance(DAY_MS)
    expect(await world.review.exposure.of('ann')).toMatchObject({ items: 0, itemsAllowed: 3 })
    await world.review.catchUp()
    expect(world.log.kinds()).toEqual(
      expect.arrayContaining(['review.exposure_allowed', 'review.exposure_acknowledged']),
    )
    expect(JSON.stringify(world.log.events)).not.toContain('one short')
  })

  it('stops for breaks; who takes one gives everything back', async () => {
    const world = await open({ exposure: { breakAfterItems: 2, breakMs: 10 * MINUTE_MS }, claimMs: 60 * MINUTE_MS })
    const decision = world.decision()
    await world.tell(decision, world.decision())
    await world.say(decision, 'the question', 'the answer')
    const ann = world.person('ann')
    const both = [await world.claim(ann), await world.claim(ann)]
    const held = both.find(({ endUser }) => endUser === decision.endUser)
    if (held === undefined) throw new Error('no such case')
    const input = { claim: held.claimId, decision: decision.id, part: 'prompt' } as const
    const reveal = () => world.review.reveals.reveal(ann, held.id, input, false)
    await reveal()
    world.clock.advance(MINUTE_MS)
    expect((await reveal()).exposure.breakUntil).not.toBeNull()
    await expect(reveal()).rejects.toMatchObject({ code: 'RATE_LIMITED', message: expect.stringContaining('break') })
    world.clock.advance(10 * MINUTE_MS)
    expect((await reveal()).exposure.sinceBreak).toBe(1)
    expect(await world.review.exposure.startBreak(ann)).toEqual({ released: 2 })
    expect((await world.list(ann, { claimedBy: 'ann' })).items).toEqual([])
  })

  it('keeps suspected sexual abuse of children to the restricted queue, preserved, with a report that is owed until sent', async () => {
    const world = await open()
    const flag = { label: 'child_exploitation', score: 0.7, clause: '1.7' }
    const side = { action: 'refuse', score: 0.9, threshold: 0.6, flagged: [flag] } as const
    const direct = world.decision({ label: 'child_exploitation', clause: '1.7', severity: 'extreme' })
    const later = new Date(world.clock.now() + 1).toISOString()
    // Refused for something else, and touched by the suspicion all the same.
    const hidden = world.decision({ label: 'hate', clause: '4.2', severity: 'low', prompt: side, at: later })
    await world.tell(direct, hidden, world.decision())
    await world.say(direct, 'withheld', 'withheld')
    const ann = world.person('ann')
    const [rso, ciso] = [world.person('rso', 'rso'), world.person('ciso', 'ciso')]
    expect((await world.list(ann)).items.map(({ label }) => label)).toEqual(['self_harm'])
    expect((await world.review.queues(ann)).map(({ queue }) => queue)).toEqual(['4.1:self_harm:moderate'])
    const restricted = (await world.list(rso, { queue: 'restricted' })).items
    expect(restricted).toHaveLength(2)
    for (const { id } of restricted) {
      await expect(world.review.readings.get(ann, id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(world.review.claims.release(ann, id, 'clm_1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(world.review.handoffs.get(ann, id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    await expect(world.review.handoffs.owed(ann)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await world.review.catchUp()
    await world.review.catchUp()
    const { items: holds } = await world.content.holds({ limit: 10 })
    expect(holds.map(({ scopeId }) => scopeId).sort()).toEqual([direct.id, hidden.id].sort())

    // Nobody comes upon it by taking the next case: it must be asked for.
    expect((await world.claim(ann)).label).toBe('self_harm')
    expect(await world.review.claims.next(rso, null)).toBeNull()
    const first = await world.claim(rso, 'restricted')
    const input = { claim: first.claimId, decision: direct.id, part: 'prompt' } as const
    await expect(world.review.reveals.reveal(rso, first.id, input, false)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await world.review.reveals.reveal(rso, first.id, input, true)).turns).toHaveLength(1)
    await world.review.decide(rso, first.id, uphold(first.claimId))
    const second = await world.claim(ciso, 'restricted')
    const decided = await world.review.decide(ciso, first.id, uphold(second.claimId))
    expect(decided).toMatchObject({ state: 'decided', outcome: 'uphold', handoff: 'owed', desk: 'restricted' })
    expect((await world.review.handoffs.owed(rso)).map(({ id }) => id)).toEqual([first.id])

    await expect(
      world.review.handoffs.sent(rso, first.id, { reportNumber: 'n', sentAt: new Date(0).toISOString() }),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    world.clock.advance(25 * 60 * MINUTE_MS)
    await world.review.catchUp()
    await world.review.catchUp()
    expect(world.notices.filter(({ kind }) => kind === 'review.handoff_owed')).toHaveLength(1)
    const form = HandoffForm.parse({
      incidentType: 'Misleading Words or Digital Images on the Internet',
      incidentAt: decided.openedAt,
      highPriority: null,
      service: 'API',
      generativeAi: true,
      viewedByProvider: true,
      reportedPerson: {
        endUser: direct.endUser,
        organisation: 'org_1',
        project: 'prj_1',
        key: 'key_1',
        known: 'a name',
      },
      decisions: [direct.id],
      additionalInfo: 'words of ours',
    })
    await world.review.handoffs.draft(rso, first.id, form)
    await world.review.handoffs.draft(ciso, first.id, { ...form, additionalInfo: 'better words of ours' })
    const sent = { reportNumber: '12345', sentAt: new Date(world.clock.now()).toISOString() }
    expect(await world.review.handoffs.sent(ciso, first.id, sent)).toMatchObject({
      sentBy: 'ciso',
      reportNumber: '12345',
    })
    await expect(world.review.handoffs.draft(rso, first.id, form)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await world.review.handoffs.owed(rso)).toEqual([])
    await world.review.catchUp()
    expect(world.log.kinds()).toEqual(expect.arrayContaining(['review.handoff_drafted', 'review.handoff_sent']))
    expect(JSON.stringify(world.log.events)).not.toMatch(/a name|words of ours/)
    // Never part of labelled data.
    const page = await world.review.labels.page(
      { type: 'staff', id: 'rso' },
      { since: new Date(0).toISOString(), withText: true, limit: 100 },
    )
    expect(page.items).toEqual([])
  })
})
