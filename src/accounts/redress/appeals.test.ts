import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RedressWorld } from '../../../test/support/redress-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import type { ContestedAction } from './index.ts'

const DAY_MS = 86_400_000
const WORDS = 'I was writing a novel; Ärger gab es keinen.'

describe.each(storeKinds('appeals'))('appeals on $kind', ({ create }) => {
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

  const appeals = () => world.redress.appeals
  const file = (about = world.refuse().id) => appeals().fileByForm({ about, text: WORDS, contact: 'maria@example.com' })
  const heard = async (outcome: 'upheld' | 'overturned' | 'partly', about?: string) => {
    const { appeal, secret } = await file(about)
    await appeals().take(appeal.id, 'per_judge')
    const decided = await appeals().decide(appeal.id, { outcome, answer: 'Because of the context.' }, 'per_judge')
    return { decided, secret }
  }
  const action = (more: Partial<ContestedAction> = {}): ContestedAction => {
    const made: ContestedAction = {
      id: world.people.ids.next('act'),
      kind: 'suspend',
      subject: { type: 'project', id: world.principal.projectId },
      organisationId: world.principal.organisationId,
      at: new Date(world.clock.now()).toISOString(),
      until: null,
      clause: '2.1',
      label: 'cyber_operations',
      policy: { version: world.policy.version, digest: world.policy.digest },
      decisions: ['dec_1'],
      automatic: false,
      deciders: ['per_decider'],
      ...more,
    }
    world.enforcement.actions.set(made.id, made)
    return made
  }

  it.each([
    ['a number that nobody has', 'dec_01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['no number at all', "'; drop table redress_record; --"],
    ['an action that there isn’t', 'act_01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  ])('are not taken about %s', async (_, about) => {
    await expect(file(about)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await appeals().list({ limit: 9 })).items).toEqual([])
  })

  it('are not taken about a decision that refused nothing, with the same words as about none', async () => {
    const none = await file('dec_01ARZ3NDEKTSV4RRFFQ69G5FAV').catch((e: Error) => e.message)
    for (const about of [
      { outcome: 'allow' as const },
      { outcome: 'error' as const },
      { outcome: 'reject' as const },
    ]) {
      expect(await file(world.refuse(about).id).catch((e: Error) => e.message)).toBe(none)
    }
  })

  it.each([
    ['no words', { text: ' ' }],
    ['too many words', { text: 'x'.repeat(5_001) }],
    ['a control character', { text: 'a\u0007b' }],
    ['a lone surrogate', { text: 'a\ud800b' }],
    ['an address that is none', { contact: 'maria' }],
  ])('are not taken with %s', async (_, more) => {
    const about = world.refuse().id
    await expect(appeals().fileByForm({ about, text: WORDS, ...more })).rejects.toThrow()
    expect(world.log.kinds()).not.toContain('redress.appeal_filed')
  })

  it('are not taken when it is too late, and for as long as they may be', async () => {
    const { id } = world.refuse()
    world.clock.advance(180 * DAY_MS)
    const { appeal } = await file(id)
    expect(appeal.state).toBe('open')
    const late = world.refuse({ at: new Date(world.clock.now() - 180 * DAY_MS - 1).toISOString() })
    await expect(file(late.id)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('are acknowledged at once with a due date, a number and a secret', async () => {
    const { appeal, secret } = await file()
    expect(Date.parse(appeal.dueAt) - Date.parse(appeal.filedAt)).toBe(14 * DAY_MS)
    expect(secret).toMatch(/^([A-HJKMNP-TV-Z0-9]{4}-){7}[A-HJKMNP-TV-Z0-9]{4}$/)
    expect(await appeals().follow(appeal.id, secret)).toMatchObject({ claim: WORDS, answer: null })
    expect(await appeals().follow(appeal.id, ` ${secret.toLowerCase().replaceAll('-', ' ')}`)).toMatchObject({
      claim: WORDS,
    })
    expect(world.notices.at(-1)).toMatchObject({ kind: 'redress.appeal_filed', id: appeal.id })
  })

  it('are followed by nobody without the secret', async () => {
    const { appeal, secret } = await file()
    const wrong = [
      secret.slice(0, -1),
      `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`,
      '',
      'x'.repeat(10_000),
    ]
    for (const guess of wrong)
      await expect(appeals().follow(appeal.id, guess)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(appeals().follow('apl_0', secret)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const byKey = await appeals().fileByCustomer({ about: world.refuse().id, text: WORDS }, world.principal)
    for (const guess of ['', 'A'.repeat(32)]) {
      await expect(appeals().follow(byKey.id, guess)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  it('leave no words on the ledger, in the records, or readable in the store', async () => {
    const { decided } = await heard('overturned')
    const rows = JSON.stringify(await handle.db.selectFrom('redressRecord').selectAll().execute())
    const texts = JSON.stringify(await handle.db.selectFrom('redressText').selectAll().execute())
    for (const word of ['novel', 'maria@example.com', 'context']) {
      expect(JSON.stringify(world.log.events)).not.toContain(word)
      expect(rows).not.toContain(word)
      expect(texts).not.toContain(word)
      expect(texts).not.toContain(Buffer.from(word).toString('base64').slice(0, -3))
    }
    expect(texts).toContain(decided.id)
  })

  it('can’t be passed off as another’s: a text that was moved does not open', async () => {
    const first = await file()
    const second = await file()
    const { sealed } = await handle.db
      .selectFrom('redressText')
      .select('sealed')
      .where('recordId', '=', first.appeal.id)
      .where('part', '=', 'claim')
      .executeTakeFirstOrThrow()
    await handle.db.updateTable('redressText').set({ sealed }).where('recordId', '=', second.appeal.id).execute()
    await expect(appeals().follow(second.appeal.id, second.secret)).rejects.toMatchObject({
      code: 'VERIFICATION_FAILED',
    })
  })

  it('are one at a time for each channel, and final once decided', async () => {
    const { id } = world.refuse()
    await file(id)
    await expect(file(id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('not decided yet'),
    })
    await appeals().fileByCustomer({ about: id, text: WORDS }, world.principal)
    const { decided } = await heard('upheld')
    await expect(file(decided.about.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('final'),
    })
  })

  it('can be withdrawn by whoever filed them, and filed again', async () => {
    const { appeal, secret } = await file()
    await expect(appeals().withdrawByForm(appeal.id, 'A'.repeat(32))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await appeals().withdrawByForm(appeal.id, secret)).toMatchObject({ state: 'withdrawn' })
    await expect(appeals().withdrawByForm(appeal.id, secret)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(appeals().take(appeal.id, 'per_judge')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await file(appeal.about.id)).appeal.state).toBe('open')
  })

  it('belong to a customer only when filed with its key', async () => {
    const mine = world.refuse()
    await expect(appeals().fileByCustomer({ about: mine.id, text: WORDS }, world.other)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const byUser = await file(mine.id)
    const byKey = await appeals().fileByCustomer({ about: mine.id, text: WORDS }, world.principal)
    expect((await appeals().ofCustomer(world.principal.organisationId, { limit: 9 })).items.map((a) => a.id)).toEqual([
      byKey.id,
    ])
    const { organisationId } = world.principal
    await expect(appeals().forCustomer(byUser.appeal.id, organisationId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(appeals().forCustomer(byKey.id, world.other.organisationId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await appeals().forCustomer(byKey.id, organisationId)).toMatchObject({ claim: WORDS })
  })

  it('are heard by nobody who decided, who had a hand in it, or who asked for or agreed to an exemption', async () => {
    const made = action()
    const { appeal } = await file(made.id)
    await expect(appeals().take(appeal.id, 'per_decider')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const decision = world.refuse()
    world.involved.set(decision.id, ['per_reviewer'])
    const other = await file(decision.id)
    await expect(appeals().take(other.appeal.id, 'per_reviewer')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const grant = world.redress.exemptions.action()
    const scope = { type: 'project' as const, id: world.principal.projectId }
    await grant.execute(
      { scope, clauses: ['2.1'], reason: 'r', riskNote: 'n', days: 1 },
      {
        id: 'apr_1',
        requester: 'per_asked',
        approvers: ['per_agreed'],
        approvedAt: new Date(world.clock.now()).toISOString(),
        effectiveUntil: null,
        digest: '',
      },
    )
    for (const person of ['per_asked', 'per_agreed']) {
      await expect(appeals().take(other.appeal.id, person)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    const objections = ['per_reviewer', 'per_asked', 'per_judge'].map((person) =>
      appeals().objectionTo(other.appeal, person),
    )
    expect(await Promise.all(objections)).toEqual([
      'you acted on this decision',
      'you had a part in an exemption of this customer',
      null,
    ])
    expect(await appeals().objectionTo(appeal, 'per_decider')).toBe('you decided it')
    await appeals().take(other.appeal.id, 'per_judge')
    // A hand that comes to light in between.
    world.involved.set(decision.id, ['per_judge'])
    const decision2 = { outcome: 'upheld' as const, answer: 'So be it.' }
    await expect(appeals().decide(other.appeal.id, decision2, 'per_judge')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await appeals().get(other.appeal.id)).state).toBe('open')
  })

  it('are decided once, by who took them, whoever tries at the same time', async () => {
    const { appeal } = await file()
    const decision = { outcome: 'overturned' as const, answer: 'It was fiction.' }
    await expect(appeals().decide(appeal.id, decision, 'per_judge')).rejects.toMatchObject({ code: 'CONFLICT' })
    const takes = await Promise.allSettled(['per_a', 'per_b'].map((person) => appeals().take(appeal.id, person)))
    expect(takes.map((t) => t.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const hearer = (await appeals().get(appeal.id)).hearer ?? ''
    const stranger = hearer === 'per_a' ? 'per_b' : 'per_a'
    await expect(appeals().decide(appeal.id, decision, stranger)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(appeals().giveBack(appeal.id, stranger)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const both = await Promise.allSettled([
      appeals().decide(appeal.id, decision, hearer),
      appeals().decide(appeal.id, { ...decision, outcome: 'upheld' }, hearer),
    ])
    expect(both.map((t) => t.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(both.find((t) => t.status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } })
    expect(world.log.kinds().filter((k) => k === 'redress.appeal_decided')).toHaveLength(1)
  })

  it('need reasons', async () => {
    const { appeal } = await file()
    await appeals().take(appeal.id, 'per_judge')
    await expect(appeals().decide(appeal.id, { outcome: 'upheld', answer: '' }, 'per_judge')).rejects.toThrow()
    expect((await appeals().get(appeal.id)).state).toBe('open')
  })

  it('undo everything when they succeed, and label the decision', async () => {
    const { decided, secret } = await heard('overturned')
    expect(decided).toMatchObject({ state: 'overturned', falsePositive: true, effects: 'pending' })
    await world.redress.catchUp()
    await world.redress.catchUp()
    const { about, id } = decided
    expect(world.enforcement.undone).toEqual([{ about, appealId: id, by: 'per_judge' }])
    expect(await appeals().follow(id, secret)).toMatchObject({
      appeal: { effects: 'restored', restored: [about.id] },
      answer: 'Because of the context.',
    })
    expect(world.log.events.find((e) => e.kind === 'redress.decision_labelled')?.data).toEqual({
      decision: about.id,
      label: 'false_positive',
    })
    expect(world.log.kinds().filter((k) => k === 'redress.effects_restored')).toHaveLength(1)
  })

  it('undo nothing when they fail, and the consequences alone when they succeed in part', async () => {
    const upheld = await heard('upheld')
    expect(upheld.decided).toMatchObject({ effects: 'none', falsePositive: false })
    const partly = await heard('partly', action().id)
    await world.redress.catchUp()
    expect(world.enforcement.undone.map((u) => u.appealId)).toEqual([partly.decided.id])
    expect(world.log.kinds()).not.toContain('redress.decision_labelled')
  })

  it('go on trying to undo until it is done, across a restart', async () => {
    world.enforcement.failing = true
    const { decided } = await heard('overturned')
    await world.redress.catchUp()
    expect((await appeals().get(decided.id)).effects).toBe('pending')
    world.enforcement.failing = false
    await using again = await world.another()
    await again.catchUp()
    expect((await appeals().get(decided.id)).effects).toBe('restored')
  })

  it('are told of once when they are late, and go on', async () => {
    const { appeal } = await file()
    world.clock.advance(14 * DAY_MS - 1)
    await world.redress.catchUp()
    expect(world.notices.some((n) => n.kind === 'redress.appeal_overdue')).toBe(false)
    world.clock.advance(1)
    await world.redress.catchUp()
    await world.redress.catchUp()
    expect(world.notices.filter((n) => n.kind === 'redress.appeal_overdue')).toHaveLength(1)
    expect((await appeals().get(appeal.id)).state).toBe('open')
    await appeals().take(appeal.id, 'per_judge')
    await appeals().decide(appeal.id, { outcome: 'upheld', answer: 'Late, sorry.' }, 'per_judge')
    expect(world.log.events.findLast((e) => e.kind === 'redress.appeal_decided')?.data.late).toBe(true)
  })

  it('lose their words when the time is over, and nothing else', async () => {
    const { decided, secret } = await heard('upheld')
    const open = await file()
    world.clock.advance(365 * DAY_MS)
    await world.redress.catchUp()
    await world.redress.catchUp()
    expect(await appeals().follow(decided.id, secret)).toMatchObject({
      appeal: { state: 'upheld', textsErased: true },
      claim: null,
      contact: null,
      answer: null,
    })
    expect(await appeals().follow(open.appeal.id, open.secret)).toMatchObject({ claim: WORDS })
    expect(world.log.kinds().filter((k) => k === 'redress.appeal_words_erased')).toHaveLength(1)
  })

  it('are read by staff on record, before the words are shown', async () => {
    const { appeal } = await file()
    const by = { type: 'staff', id: 'per_judge' } as const
    world.log.failing = 'before'
    await expect(appeals().read(appeal.id, by)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    world.log.failing = null
    expect(await appeals().read(appeal.id, by)).toMatchObject({ claim: WORDS, contact: 'maria@example.com' })
    expect(world.log.events.filter((e) => e.kind === 'redress.appeal_read')).toMatchObject([{ actor: by }])
  })

  it.each(['before', 'after'] as const)(
    'are finished when the ledger failed %s the record of their filing',
    async (when) => {
      const { id } = world.refuse()
      world.log.failing = when
      await expect(file(id)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      world.log.failing = null
      await using again = await world.another()
      await again.catchUp()
      const { items } = await appeals().list({ limit: 9, state: 'open' })
      expect(items.map((a) => a.about.id)).toEqual([id])
      expect(new Set(world.log.events.filter((e) => e.kind === 'redress.appeal_filed').map((e) => e.id)).size).toBe(1)
    },
  )

  it('are listed by what is due first, page by page', async () => {
    const filed: string[] = []
    for (let i = 0; i < 5; i++) {
      filed.push((await file()).appeal.id)
      world.clock.advance(1_000)
    }
    const seen: string[] = []
    for (let after: string | undefined, pages = 0; pages < 5; pages++) {
      const { items, next } = await appeals().list({ limit: 2, after, state: 'open' })
      seen.push(...items.map((a) => a.id))
      if (next === null) break
      after = next
    }
    expect(seen).toEqual(filed)
  })
})
