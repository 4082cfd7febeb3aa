import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decisionEvent, EventList, HARMLESS } from '../../test/support/decision-events.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { DecisionFilter, Decisions, RecordedDecision } from './index.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 0, 1)

describe.each(storeKinds('decisions'))('decisions on $kind', ({ create }) => {
  let shared: TestStore
  let handle: DbHandle
  let ledger: EventList
  const clock = new ManualClock()

  beforeAll(async () => {
    shared = await create()
    handle = await shared.open()
  })
  afterAll(async () => {
    await handle.close()
    await shared[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['decision', 'decisionHour', 'decisionFollower'] as const) {
      await handle.db.deleteFrom(table).execute()
    }
    await handle.db.deleteFrom('decisionSource').execute()
    ledger = new EventList()
  })
  const open = (over = ledger) => Decisions.open({ db: handle, ledger: over, clock, log: silentLog })
  const ids = async (decisions: Decisions, query: object = {}) =>
    (await decisions.list({ limit: 200, ...DecisionFilter.parse(query) })).items.map(({ id }) => id)

  it('tells what the event told, and nothing that is no decision', async () => {
    await using decisions = await open()
    const event = decisionEvent({ data: { completion: { ...HARMLESS, unevaluated: ['hate'] } } })
    ledger.append({ ...decisionEvent(), kind: 'system.started' }, event)
    await decisions.catchUp()
    const { items } = await decisions.list({ limit: 10 })
    expect(items).toEqual([await decisions.get(event.id)])
    expect(RecordedDecision.parse(items[0])).toEqual(items[0])
    expect(items[0]).toMatchObject({
      id: event.id,
      position: 1,
      at: '2026-01-01T00:00:00.000Z',
      outcome: 'refuse',
      key: 'key_1',
      endUser: 'eu_1',
      side: 'prompt',
      label: 'chemical',
      clause: '2.1',
      severity: 'extreme',
      policyVersion: '1.0.0',
      policyDigest: 'cd'.repeat(32),
      outputTokens: 20,
      prompt: { action: 'refuse', score: 0.9, threshold: 0.5, scores: { chemical: 0.9, general_harm: 0.2 } },
      completion: { action: 'allow', unevaluated: ['hate'], scores: {} },
    })
  })

  it('goes by the highest flag where nothing was refused', async () => {
    await using decisions = await open()
    const flagged = (label: string, score: number) => ({ ...HARMLESS, flagged: [{ label, score, clause: '9.9' }] })
    const data = { prompt: flagged('hate', 0.4), completion: flagged('privacy', 0.6) }
    ledger.append(decisionEvent({ outcome: 'allow', data }))
    await decisions.catchUp()
    const { items } = await decisions.list({ limit: 10 })
    expect(items).toMatchObject([{ side: 'completion', label: 'privacy', clause: '9.9', severity: null }])
  })

  it('skips what it can’t read and entries whose body was erased', async () => {
    await using decisions = await open()
    const strange = { ...decisionEvent(), data: { outcome: 'maybe' } }
    const known = decisionEvent()
    ledger.append(strange, decisionEvent(), known)
    ledger.events[1] = null
    ledger.deaf = true
    await using late = await open()
    await late.catchUp()
    expect(await ids(late)).toEqual([known.id])
    await decisions.catchUp()
  })

  describe('paging and filters', () => {
    it('pages newest first through everything once, while more comes in', async () => {
      await using decisions = await open()
      for (let i = 0; i < 25; i++) ledger.append(decisionEvent({ atMs: START_MS + i }))
      await decisions.catchUp()
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await decisions.list({ limit: 10, after })
        seen.push(...page.items.map(({ id }) => id))
        after = page.next ?? undefined
        ledger.append(decisionEvent({ atMs: START_MS + HOUR_MS }))
        await decisions.catchUp()
      } while (after !== undefined)
      expect(seen).toEqual(
        ledger.events
          .slice(0, 25)
          .map((e) => e?.id)
          .reverse(),
      )
    })

    it.each([
      ['outcome', { outcome: 'cut' }, { outcome: 'cut' }],
      ['label', { data: { prompt: { action: 'refuse', label: 'hate' } } }, { label: 'hate' }],
      ['clause', { data: { prompt: { action: 'refuse', clause: '7.7' } } }, { clause: '7.7' }],
      ['organisation', { data: { organisation: 'org_2' } }, { organisation: 'org_2' }],
      ['project', { data: { project: 'prj_2' } }, { project: 'prj_2' }],
      ['key', { key: 'key_2' }, { key: 'key_2' }],
      ['endUser', { data: { endUser: 'eu_2' } }, { endUser: 'eu_2' }],
      ['model', { data: { model: 'm-2' } }, { model: 'm-2' }],
      ['surface', { data: { surface: 'app' } }, { surface: 'app' }],
      ['policyVersion', { policyVersion: '2.0.0' }, { policyVersion: '2.0.0' }],
      ['enforced', { enforced: false }, { enforced: 'false' }],
      ['since', { atMs: START_MS + HOUR_MS }, { since: '2026-01-01T01:00:00Z' }],
      ['until', { atMs: START_MS - HOUR_MS }, { until: '2026-01-01T00:00:00.000Z' }],
      ['time in another zone', { atMs: START_MS - HOUR_MS }, { until: '2026-01-01T01:00:00.000+01:00' }],
      ['several at once', { key: 'key_2', outcome: 'cut' }, { key: 'key_2', outcome: 'cut', model: 'm-1' }],
    ] as const)('finds by %s', async (_, parts, filter) => {
      await using decisions = await open()
      const wanted = decisionEvent(parts)
      ledger.append(decisionEvent(), wanted, decisionEvent())
      await decisions.catchUp()
      expect(await ids(decisions, filter)).toEqual([wanted.id])
      const streamed: string[] = []
      for await (const { id } of decisions.stream(DecisionFilter.parse(filter))) streamed.push(id)
      expect(streamed).toEqual([wanted.id])
    })

    it('finds by the beginning of an id', async () => {
      await using decisions = await open()
      const wanted = decisionEvent({ atMs: START_MS + 5_000_000 })
      ledger.append(decisionEvent(), wanted)
      await decisions.catchUp()
      expect(await ids(decisions, { idPrefix: wanted.id.slice(0, 13) })).toEqual([wanted.id])
      expect(await ids(decisions, { idPrefix: 'dec_' })).toHaveLength(2)
    })

    it.each(["' or 1=1 --", 'dec_%', 'dec_’', 'org_1'])('refuses the prefix %s', (idPrefix) => {
      expect(DecisionFilter.safeParse({ idPrefix }).success).toBe(false)
    })

    it('says when there is no such decision', async () => {
      await using decisions = await open()
      await expect(decisions.get('dec_00000000000000000000000000')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  })

  describe('numbers', () => {
    it('count by step, outcome and label, with a point for empty steps, canaries left out', async () => {
      await using decisions = await open()
      ledger.append(
        decisionEvent(),
        decisionEvent({ outcome: 'cut' }),
        decisionEvent({ outcome: 'allow', data: { prompt: HARMLESS } }),
        decisionEvent({ atMs: START_MS + 2 * HOUR_MS, outcome: 'refuse', enforced: false }),
        decisionEvent({ data: { canary: true } }),
      )
      await decisions.catchUp()
      const range = { since: '2026-01-01T00:10:00Z', until: '2026-01-01T02:30:00Z', step: 'hour' } as const
      const summary = await decisions.summary(range)
      const none = { requests: 0, refusals: 0, cuts: 0, revisions: 0, unenforced: 0, labels: {} }
      expect(summary).toEqual({
        since: '2026-01-01T00:00:00.000Z',
        until: '2026-01-01T03:00:00.000Z',
        step: 'hour',
        totals: { refuse: 2, cut: 1, allow: 1 },
        labels: { chemical: 3 },
        points: [
          { ...none, at: '2026-01-01T00:00:00.000Z', requests: 3, refusals: 1, cuts: 1, labels: { chemical: 2 } },
          { ...none, at: '2026-01-01T01:00:00.000Z' },
          { ...none, at: '2026-01-01T02:00:00.000Z', requests: 1, refusals: 1, unenforced: 1, labels: { chemical: 1 } },
        ],
      })
      const day = await decisions.summary({ ...range, step: 'day' })
      expect(day.points).toMatchObject([{ at: '2026-01-01T00:00:00.000Z', requests: 4 }])
    })

    it.each([
      ['backwards', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'],
      ['too long', '2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ])('refuses a range that is %s', async (_, since, until) => {
      await using decisions = await open()
      await expect(decisions.summary({ since, until, step: 'hour' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    })
  })

  describe('the mark', () => {
    it('goes on where it was, and counts nothing twice', async () => {
      {
        await using first = await open()
        ledger.append(decisionEvent(), decisionEvent())
        await first.catchUp()
      }
      ledger.append(decisionEvent())
      await using second = await open()
      expect(second.lag().entries).toBe(1)
      await second.catchUp()
      expect(second.lag()).toEqual({ entries: 0, ms: 0, failing: false })
      expect(await ids(second)).toHaveLength(3)
      expect(
        (await second.summary({ since: '2026-01-01T00:00:00Z', until: '2026-01-01T01:00:00Z', step: 'hour' })).totals,
      ).toEqual({ refuse: 3 })
    })

    it('is one for two that tail at once', async () => {
      await using one = await open()
      await using other = await open()
      for (let i = 0; i < 1_200; i++) ledger.append(decisionEvent({ atMs: START_MS + i }))
      await Promise.all([one.catchUp(), other.catchUp()])
      await Promise.all([one.catchUp(), other.catchUp()])
      const { totals } = await one.summary({
        since: '2026-01-01T00:00:00Z',
        until: '2026-01-01T01:00:00Z',
        step: 'hour',
      })
      expect(totals).toEqual({ refuse: 1_200 })
    })

    it('counts an event once that stands on the ledger twice', async () => {
      await using decisions = await open()
      const event = decisionEvent()
      ledger.append(event, event)
      await decisions.catchUp()
      ledger.append(event)
      await decisions.catchUp()
      const { totals } = await decisions.summary({
        since: '2026-01-01T00:00:00Z',
        until: '2026-01-02T00:00:00Z',
        step: 'day',
      })
      expect(totals).toEqual({ refuse: 1 })
    })

    it('keeps what came while the store was away, and says so', async () => {
      await using store = await create()
      const broken = await store.open()
      const decisions = await Decisions.open({ db: broken, ledger, clock, log: silentLog })
      ledger.append(decisionEvent())
      await decisions.catchUp()
      await broken.close()
      for (let i = 0; i < 30; i++) ledger.append(decisionEvent({ atMs: START_MS + i }))
      await expect(decisions.catchUp()).rejects.toThrow()
      clock.advance(5_000)
      await expect(decisions.catchUp()).rejects.toThrow()
      expect(decisions.lag()).toEqual({ entries: 30, ms: 5_000, failing: true })
      await decisions.close()
      await using back = await store.open()
      await using again = await Decisions.open({ db: back, ledger, clock, log: silentLog })
      await again.catchUp()
      expect(await ids(again)).toHaveLength(31)
    })

    it('can be set back: the view is read anew from the ledger', async () => {
      await using decisions = await open()
      ledger.append(decisionEvent(), decisionEvent())
      await decisions.catchUp()
      const before = await decisions.list({ limit: 10 })
      await handle.db.deleteFrom('decision').execute()
      await decisions.rebuild()
      expect(await decisions.list({ limit: 10 })).toEqual(before)
      const { totals } = await decisions.summary({
        since: '2026-01-01T00:00:00Z',
        until: '2026-01-02T00:00:00Z',
        step: 'day',
      })
      expect(totals).toEqual({ refuse: 2 })
    })

    it('is set back by itself when the ledger is shorter than its view', async () => {
      {
        await using decisions = await open()
        ledger.append(decisionEvent(), decisionEvent())
        await decisions.catchUp()
      }
      const restored = new EventList()
      const kept = decisionEvent()
      restored.append(kept)
      await using decisions = await open(restored)
      await decisions.catchUp()
      expect(await ids(decisions)).toEqual([kept.id])
    })

    it('is kept apart for two ledgers on one database', async () => {
      await using decisions = await open()
      const elsewhere = new EventList('other.example/log')
      await using others = await open(elsewhere)
      ledger.append(decisionEvent())
      elsewhere.append(decisionEvent(), decisionEvent())
      await decisions.catchUp()
      await others.catchUp()
      expect(await ids(decisions)).toHaveLength(3)
      await others.rebuild()
      expect(await ids(decisions)).toHaveLength(3)
    })
  })

  describe('those who are told', () => {
    it('hears of decisions at once, before they are stored, until it ends it; one that throws disturbs nobody', async () => {
      await using decisions = await open()
      const heard: string[] = []
      decisions.subscribe(() => {
        throw new Error('no')
      })
      const end = decisions.subscribe(({ id }) => heard.push(id))
      const event = decisionEvent()
      ledger.append(event, { ...decisionEvent(), kind: 'system.started' })
      await wait(20)
      expect(heard).toEqual([event.id])
      await decisions.catchUp()
      end()
      ledger.append(decisionEvent())
      await decisions.catchUp()
      expect(heard).toEqual([event.id])
    })

    it('gives what a reader has missed by position', async () => {
      await using decisions = await open()
      ledger.append(decisionEvent(), { ...decisionEvent(), kind: 'system.started' }, decisionEvent(), decisionEvent())
      await decisions.catchUp()
      expect((await decisions.since(1, 10)).map(({ position }) => position)).toEqual([2, 3])
      expect((await decisions.since(0, 2)).map(({ position }) => position)).toEqual([0, 2])
    })

    it('tells a follower of each decision once, across restarts and failures', async () => {
      const told: number[] = []
      let failures = 2
      const follow = (decisions: Decisions) =>
        decisions.follow(
          'test',
          async (batch, tx) => {
            await tx
              .updateTable('accountHead')
              .set((eb) => ({ version: eb('version', '+', batch.length) }))
              .execute()
            if (failures-- > 0) throw new Error('later')
            told.push(...batch.map(({ position }) => position))
          },
          'start',
        )
      await handle.db.updateTable('accountHead').set({ version: 0 }).execute()
      for (let i = 0; i < 450; i++) ledger.append(decisionEvent({ atMs: START_MS + i }))
      {
        await using first = await open()
        await follow(first)
        for (let i = 0; i < 3; i++) await first.catchUp()
      }
      ledger.append({ ...decisionEvent(), kind: 'system.started' }, decisionEvent())
      await using second = await open()
      await follow(second)
      await second.catchUp()
      await second.catchUp()
      expect(told).toEqual([...Array(450).keys(), 451])
      const { version } = await handle.db.selectFrom('accountHead').select('version').executeTakeFirstOrThrow()
      expect(version).toBe(451)
    })

    it('begins now for a follower that is new, unless it asks for the start', async () => {
      await using decisions = await open()
      ledger.append(decisionEvent())
      await decisions.catchUp()
      const told: number[] = []
      await decisions.follow('new', async (batch) => void told.push(...batch.map(({ position }) => position)))
      ledger.append(decisionEvent())
      await decisions.catchUp()
      expect(told).toEqual([1])
    })
  })

  it('tails by itself once it is started', async () => {
    await using decisions = await open()
    decisions.start()
    ledger.append(decisionEvent())
    await expect.poll(() => ids(decisions), { timeout: 5_000 }).toHaveLength(1)
  })
})
