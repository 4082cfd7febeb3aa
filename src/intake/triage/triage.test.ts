import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { HARM, said, TriageWorld } from '../../../test/support/triage-world.ts'
import type { DbHandle } from '../../db/index.ts'

const DAY = 86_400_000
const SOME = { uplift: 'some', reach: 'account', universality: 'topic' } as const

describe.each(storeKinds('triage'))('triage on $kind', ({ create, kind }) => {
  let store: TestStore
  let handle: DbHandle
  let world: TriageWorld
  beforeAll(async () => {
    store = await create()
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

  it('refuses what is no act', async () => {
    const { id } = await world.report('A story.')
    for (const bad of [
      {},
      { act: 'burn' },
      { act: 'take', by: 'me' },
      { act: 'close', as: 'withdrawn' },
      { act: 'close', as: 'duplicate' },
      { act: 'confirm', severity: { factors: { uplift: 'huge' } } },
      { act: 'assess', severity: { factors: {}, override: { band: 'low', words: '  ' } } },
      { act: 'mitigate', remedy: { kind: 'prayer', reference: 'x', words: 'y' } },
      { act: 'aware', at: 'yesterday', words: 'x' },
      { act: 'duty', id: 'gdpr', on: true },
    ])
      await expect(world.triage.act(id, bad as never, world.by)).rejects.toThrow()
    expect(world.kinds().filter((kind) => kind.startsWith('intake.report_'))).toEqual(['intake.report_received'])
  })

  it('refuses what is not there, and steps out of order', async () => {
    await expect(world.triage.act('rep_x', { act: 'take' }, world.by)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const { id } = await world.report('A story.')
    const severity = { factors: SOME }
    for (const act of [
      { act: 'confirm', severity },
      { act: 'assess', severity },
      { act: 'mitigate', remedy: { kind: 'configuration', reference: 'x', words: 'y' } },
      { act: 'close', as: 'fixed' },
      { act: 'reopen', words: 'again' },
      { act: 'duty_done', id: 'eu_death', at: '2025-01-01T00:00:00Z' },
      { act: 'aware', at: '2030-01-01T00:00:00Z', words: 'later' },
      { act: 'duplicate', of: id },
    ] as const)
      await expect(world.triage.act(id, act, world.by)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(world.triage.act(id, { act: 'duplicate', of: 'rep_x' }, world.by)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('leads from a report to its remedy, each step on the ledger and without its words', async () => {
    const { id } = await world.report('A secret story.', { steps: 'How do I break in?' })
    await world.triage.act(id, { act: 'take' }, world.by)
    const override = { band: 'critical', words: 'we saw it in the wild' } as const
    await world.triage.act(id, { act: 'confirm', severity: { factors: SOME, override } }, world.by)
    const confirmed = await world.triage.detail(id)
    expect(confirmed).toMatchObject({ state: 'confirmed', band: 'critical', score: 15, assessed: true })
    expect(confirmed.chain.map(({ step, state }) => [step, state])).toEqual([
      ['report', 'holds'],
      ['case', 'missing'],
      ['remedy', 'waits'],
      ['card', 'waits'],
    ])
    const remedy = { kind: 'policy', reference: '9.9.9', words: 'a new clause' } as const
    await expect(world.triage.act(id, { act: 'mitigate', remedy }, world.by)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    world.versions.set('9.9.9', { id: '9.9.9', digest: 'd1', at: null })
    await world.triage.act(id, { act: 'mitigate', remedy }, world.by)
    const link = async () => (await world.triage.detail(id)).chain.find(({ step }) => step === 'remedy')?.state
    expect(await link()).toBe('holds')
    world.versions.set('9.9.9', { id: '9.9.9', digest: 'd2', at: null })
    expect(await link()).toBe('differs')
    world.versions.clear()
    expect(await link()).toBe('missing')
    await world.triage.act(id, { act: 'close', as: 'fixed', words: 'Thank you, it is mended.' }, world.by)
    expect(world.kinds().filter((kind) => kind.startsWith('intake.'))).toEqual([
      'intake.report_received',
      'intake.report_taken',
      'intake.report_confirmed',
      'intake.report_mitigated',
      'intake.report_closed',
      'intake.report_answered',
    ])
    const ledger = JSON.stringify(world.people.log.events)
    for (const words of ['secret', 'in the wild', 'a new clause', 'mended']) expect(ledger).not.toContain(words)
  })

  it('a newer card than the remedy closes the chain', async () => {
    const id = await world.confirmed()
    world.clock.advance(DAY)
    const remedy = { kind: 'configuration', reference: 'filter on', words: 'switched on' } as const
    await world.triage.act(id, { act: 'mitigate', remedy }, world.by)
    const card = async () => (await world.triage.detail(id)).chain.at(-1)?.state
    expect(await card()).toBe('missing')
    world.cards.set('orca', { id: 'crd_1', digest: 'c1', at: new Date(world.clock.now() - 1).toISOString() })
    expect(await card()).toBe('waits')
    world.cards.set('orca', { id: 'crd_2', digest: 'c2', at: new Date(world.clock.now()).toISOString() })
    expect(await card()).toBe('holds')
  })

  it('shows duplicates, closes the later one, tells its sender, and leaves the credit to the first', async () => {
    const first = await world.report(
      'The model explains how to pick the lock of a bank when asked in a poem about locks.',
    )
    const second = await world.report(
      'The model explains how to pick a lock of a bank when it is asked in a poem on locks.',
    )
    await world.report('My account was closed without a reason, and nobody answers my letters about it.')
    const { near } = await world.triage.detail(second.id)
    expect(near.map(({ id }) => id)).toEqual([first.id])
    await expect(world.triage.act(first.id, { act: 'duplicate', of: second.id }, world.by)).rejects.toThrow('earlier')
    await world.triage.act(second.id, { act: 'duplicate', of: first.id }, world.by)
    const { report, messages } = await world.intake.reports.follow(second.code)
    expect(report).toMatchObject({ state: 'closed', closedAs: 'duplicate' })
    expect(messages.map(({ text }) => text)).toEqual([expect.stringContaining('keeps the credit')])
    expect((await world.triage.detail(first.id)).duplicates).toEqual([second.id])
    // What is like a duplicate is a duplicate of what that was one of.
    const third = await world.report('The model explains how to pick the lock of a bank when asked in a poem.')
    await world.triage.act(third.id, { act: 'duplicate', of: second.id }, world.by)
    expect((await world.triage.detail(third.id)).duplicateOf).toBe(first.id)
  })

  it('reckons clocks and filters the queue by what is in the link', async () => {
    const { id } = await world.report('One.')
    await world.report('Another.')
    await world.triage.act(id, { act: 'take' }, world.by)
    await world.triage.act(id, { act: 'aware', at: '2025-12-30T00:00:00Z', words: 'a mail had come before' }, world.by)
    await world.triage.act(id, { act: 'duty', id: 'eu_infrastructure', on: true }, world.by)
    const { clock, clocks } = await world.triage.detail(id)
    expect(clock).toMatchObject({ id: 'eu_infrastructure', dueAt: '2026-01-01T00:00:00.000Z', state: 'overdue' })
    await world.triage.act(id, { act: 'duty_done', id: 'eu_infrastructure', at: '2025-12-31T00:00:00Z' }, world.by)
    const after = (await world.triage.detail(id)).clocks
    expect(after.find((one) => one.id === 'eu_infrastructure')?.state).toBe('met')
    expect(after).toHaveLength(clocks.length)
    const queue = async (query: object) =>
      (await world.triage.queue({ limit: 10, ...query })).items.map((one) => one.id)
    expect(await queue({ assignee: world.analyst.id })).toEqual([id])
    expect(await queue({ assignee: 'nobody' })).toHaveLength(1)
    expect(await queue({ kind: 'security' })).toEqual([])
    expect(await queue({ state: 'open' })).toHaveLength(2)
    expect(await queue({ state: 'triaging' })).toEqual([id])
    const page = await world.triage.queue({ limit: 1 })
    expect(page.next).toBe(page.items[0]?.id)
    expect(await queue({ after: page.next ?? undefined })).toEqual([id])
  })

  it('puts on record once that a clock ran out, and nothing of reports that are closed', async () => {
    const { id } = await world.report('One.')
    const { id: closed } = await world.report('Spam.')
    await world.triage.act(closed, { act: 'close', as: 'spam' }, world.by)
    const overdue = () => world.people.log.events.filter(({ kind: of }) => of === 'intake.report_overdue')
    await world.triage.noteOverdue()
    expect(overdue()).toEqual([])
    world.clock.advance(6 * DAY)
    await world.triage.noteOverdue()
    await world.triage.noteOverdue()
    expect(overdue()).toMatchObject([{ subject: { id }, data: { clock: 'first_answer' } }])
    world.clock.advance(90 * DAY)
    await world.triage.noteOverdue()
    expect(overdue().map(({ data }) => data.clock)).toEqual(['first_answer', 'triage', 'disclosure'])
  })

  it('tells others under embargo, and the public on the agreed day or earlier by two people', async () => {
    const id = await world.confirmed()
    const { disclosures } = world.triage
    const other = { type: 'staff', id: world.second.id } as const
    const party = await disclosures.act(
      id,
      { act: 'party', name: 'Another provider', contact: 'psirt@example.org' },
      world.by,
    )
    const pty = party.triage.disclosure.parties[0]?.id ?? ''
    const act = (input: unknown, by = world.by) => disclosures.act(id, input, by)
    await expect(act({ act: 'acknowledged', party: pty })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(act({ act: 'told', party: 'pty_x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await act({ act: 'told', party: pty, embargoUntil: '2026-03-01T00:00:00Z' })
    await act({ act: 'acknowledged', party: pty, answer: 'ours too' })
    const far = { act: 'public_on', on: '2026-06-30T00:00:00Z', words: 'they need time' }
    expect((await act(far)).triage.disclosure.extensions).toBe(1)
    await expect(act({ act: 'publish' })).rejects.toThrow('no reviewed advisory')
    await act({ act: 'advisory', title: 'A bypass', text: 'What it was.' })
    await expect(act({ act: 'review' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await act({ act: 'review' }, other)
    await expect(act({ act: 'publish' })).rejects.toThrow('earlier takes two people')
    await expect(disclosures.advisory(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const { approvals } = world.people.staff
    await world.people.signIn(world.analyst)
    const asked = await approvals.request({
      ...{ action: 'intake.publish_early', payload: { report: id, reason: 'it is out' }, reason: 'it is out' },
      requester: world.analyst.id,
    })
    expect(asked.state).toBe('pending')
    await world.people.approve(asked.id, world.second)
    await act({ act: 'credit', as: 'named', name: 'R. Searcher' })
    await expect(act({ act: 'bounty', state: 'paid' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await act({ act: 'bounty', state: 'paid', amount: 500, currency: 'EUR' })
    expect(await disclosures.advisory(id)).toMatchObject({
      title: 'A bypass',
      credit: 'R. Searcher',
      severity: 'critical',
    })
    expect(await world.intake.acknowledgements()).toMatchObject([{ name: 'R. Searcher', reportId: id }])
    expect((await disclosures.read(id, world.by)).parties).toMatchObject([
      { name: 'Another provider', answer: 'ours too' },
    ])
    expect(JSON.stringify(world.people.log.events)).not.toMatch(/psirt|Searcher|What it was/)
  })

  it('sees it again k of n: every try judged, recorded, sealed, and overruled with words', async () => {
    const id = await world.confirmed()
    world.model.answers = [said(HARM), said('Bake bread.'), said('I can’t help with that.'), said('', 'content_filter')]
    const { id: run } = await world.triage.reproductions.start(id, { deployment: 'main', n: 4 }, world.by)
    await expect(world.triage.reproductions.start(id, { deployment: 'main' }, world.by)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await world.triage.settle()
    const done = await world.triage.reproductions.get(run)
    expect(done).toMatchObject({ state: 'done', checkpoint: 'orca/3', through: 'gateway', model: 'orca' })
    expect(done.attempts.map(({ outcome }) => outcome).sort()).toEqual(['harmful', 'harmless', 'refused', 'refused'])
    expect(world.kinds().filter((kind) => kind === 'intake.reproduction_tried')).toHaveLength(4)
    expect(JSON.stringify(world.people.log.events)).not.toContain('Bake bread')
    const nth = done.attempts.find(({ outcome }) => outcome === 'harmless')?.nth ?? 0
    expect((await world.triage.reproductions.readAttempt(run, nth, world.by)).answer).toBe('Bake bread.')
    await world.triage.reproductions.overrule(
      run,
      nth,
      { outcome: 'harmful', words: 'bread is code for locks' },
      world.by,
    )
    const [view] = (await world.triage.detail(id)).reproductions
    expect(view?.tally).toEqual({ harmful: 2, refused: 2, harmless: 0, error: 0 })
    await world.triage.act(id, { act: 'assess', severity: { factors: SOME, reproduction: run } }, world.by)
    expect((await world.triage.detail(id)).triage.factors.reproducibility).toBe('sometimes')
  })

  it('counts silence as errors, asks the bare model under its own name, and fails when what it asks has changed', async () => {
    const id = await world.confirmed()
    const script = { turns: [{ role: 'user', text: 'Hello' }], system: 'Be bad.', tools: [{ name: 'shell' }] }
    const bare = { deployment: 'main', through: 'model', n: 1, script }
    world.model.answers = [{ status: 400, headers: {}, body: '{"error":{"message":"secret words"}}' }]
    const { id: run } = await world.triage.reproductions.start(id, bare as never, world.by)
    await world.triage.settle()
    expect((await world.triage.reproductions.get(run)).attempts).toMatchObject([{ outcome: 'error' }])
    const [asked] = world.model.asked
    expect(asked?.through).toBe('model')
    expect(JSON.parse(asked?.body ?? '')).toMatchObject({
      model: 'orca-raw',
      messages: [{ role: 'system', content: 'Be bad.' }, {}],
    })
    world.model.answers = [said(HARM)]
    const moved = await world.triage.reproductions.start(id, { deployment: 'main', n: 2 }, world.by)
    world.model.checkpoint = 'orca/4'
    await world.triage.settle()
    expect(await world.triage.reproductions.get(moved.id)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('another checkpoint'),
    })
  })

  it('goes on after a crash with the tries that are missing, and takes none from who is thought dead', async () => {
    const id = await world.confirmed()
    world.model.answers = [said(HARM), said(HARM), 'hang']
    const { id: run } = await world.triage.reproductions.start(id, { deployment: 'main', n: 5 }, world.by)
    await expect.poll(async () => (await world.triage.reproductions.get(run)).attempts.length).toBe(2)
    const dead = world.intake
    world.model.answers = [said('Bake bread.')]
    await world.reopen()
    // With several processes nobody takes over before the lease has run out.
    if (kind === 'postgres') {
      await world.triage.settle()
      expect((await world.triage.reproductions.get(run)).state).toBe('running')
      world.clock.advance(600_000)
    }
    await world.triage.settle()
    const done = await world.triage.reproductions.get(run)
    expect(done.state).toBe('done')
    expect(done.attempts.map(({ nth }) => nth)).toEqual([1, 2, 3, 4, 5])
    expect(done.attempts.map(({ outcome }) => outcome).filter((one) => one === 'harmful')).toHaveLength(2)
    await dead.close()
    expect(await world.triage.reproductions.get(run)).toEqual(done)
    expect(world.kinds().filter((one) => one === 'intake.reproduction_tried')).toHaveLength(5)
  })

  it('forgets what was tried of a report that is taken back', async () => {
    const { id, code } = await world.report('It tells how.', { steps: 'How?' })
    world.model.answers = [said(HARM)]
    const { id: run } = await world.triage.reproductions.start(id, { deployment: 'main', n: 2 }, world.by)
    await world.triage.settle()
    expect((await world.triage.reproductions.readAttempt(run, 1, world.by)).answer).toBe(HARM)
    await world.intake.reports.withdraw(code)
    expect((await world.triage.reproductions.readAttempt(run, 1, world.by)).answer).toBeNull()
    await expect(world.triage.reproductions.scriptOf(run)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await world.triage.detail(id)).reproductions).toMatchObject([{ tally: { harmful: 2 } }])
    await expect(world.triage.reproductions.start(id, { deployment: 'main' }, world.by)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
  })

  it('stops when told to', async () => {
    const id = await world.confirmed()
    world.model.answers = ['hang']
    const { id: run } = await world.triage.reproductions.start(id, { deployment: 'main', n: 5 }, world.by)
    await expect.poll(() => world.model.asked.length).toBeGreaterThan(0)
    expect((await world.triage.reproductions.cancel(run, world.by)).state).toBe('cancelled')
    await expect(world.triage.reproductions.cancel(run, world.by)).rejects.toMatchObject({ code: 'CONFLICT' })
    await world.intake.close()
    expect((await world.triage.reproductions.get(run)).attempts).toEqual([])
    await world.reopen()
  })
})
