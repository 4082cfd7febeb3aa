import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { type Ids, seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import {
  type Actor,
  type LedgerEvent,
  LocalLedger,
  openFileSigner,
  parseCheckpoint,
  parseNote,
  TileReader,
  verifyConsistency,
} from '../ledger/index.ts'
import type { Role } from '../staff/index.ts'
import { Audit } from './audit.ts'
import { commitmentTo, draw, frameDigest, seedOf } from './draw.ts'
import type { NewAuditSample } from './schema.ts'

const DAY_MS = 86_400_000
const AUDITOR: Actor = { type: 'staff', id: 'per_auditor' }
const SECRET = 'kept by the auditor until it was ordered'
const person = (id: string, ...roles: Role[]) => ({ person: id, roles: new Set(roles) })
const CONTROLS = {
  owner: (id: string) => {
    if (id !== 'SEC-27') throw new AppError('NOT_FOUND', `there is no control ${id}`)
    return 'ciso'
  },
  standing: async () => ({ state: 'fails', says: 'nobody has said so' }),
}

describe.each(storeKinds('audit'))('the workspace of an auditor on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let ledger: LocalLedger
  let dir: string
  let audit: Audit
  let ids: Ids
  let seed = 1

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['auditRecord', 'journalIntent'] as const) await handle.db.deleteFrom(table).execute()
    clock = new ManualClock(Date.UTC(2026, 4, 1))
    dir = mkdtempSync(join(tmpdir(), 'audit-'))
    ids = seededIds(clock, seed++)
    const signer = await openFileSigner({ path: `${dir}/key`, origin: 'test.example/log', ids })
    ledger = await LocalLedger.open({
      dir: `${dir}/ledger`,
      signer,
      checkpointIntervalMs: 10,
      clock,
      ids,
      log: silentLog,
    })
    audit = await open()
    for (let day = 0; day < 30; day += 1) {
      for (const kind of ['gateway.decision', 'staff.role_granted', 'insider.case_closed'])
        await ledger.append(event(kind, day % 3 === 0 ? 'refuse' : 'allow'))
      clock.advance(DAY_MS)
    }
  })
  afterEach(async () => {
    await audit[Symbol.asyncDispose]()
    await ledger.close()
    rmSync(dir, { recursive: true })
  })

  const open = (log: Partial<LocalLedger> = {}) =>
    Audit.open({
      ...{ db: handle, clock, ids: seededIds(clock, seed++), log: silentLog, controls: CONTROLS },
      ledger: new Proxy(ledger, {
        get: (target, name) => {
          const own: unknown = Reflect.get(log, name)
          const value: unknown = own ?? Reflect.get(target, name, target)
          return typeof value === 'function' && own === undefined ? value.bind(target) : value
        },
      }),
    })
  const event = (kind: string, outcome: string): LedgerEvent => ({
    ...{ id: ids.next('evt'), time: new Date(clock.now()).toISOString(), kind, digests: {} },
    ...{ actor: { type: 'system', id: 'test' }, subject: { type: 'thing', id: 't' }, data: { outcome } },
  })
  const withheld = ({ kind }: LedgerEvent) => kind.startsWith('insider.')
  const asked = (population: Partial<NewAuditSample['population']> = { name: 'decisions' }): NewAuditSample => ({
    title: 'Requests of May',
    population: { from: '2026-05-01T00:00:00.000Z', until: '2026-05-31T00:00:00.000Z', ...population },
    sizing: { kind: 'fixed', size: 8 },
    commitment: commitmentTo(SECRET),
  })
  const kinds = async () => (await ledger.entries(0, 1000)).map((one) => one.event?.kind ?? '')
  const newest = async () => (await ledger.entries(ledger.size - 1, 1))[0]?.event

  it('is drawn from what the order fixed, by the root of the tree that ends with the order, as anybody recomputes', async () => {
    const { id, frame, state, entries } = await audit.samples.order(asked(), AUDITOR, withheld)
    expect([state, entries, frame.entries]).toEqual(['ordered', [], 30])
    const positions = await audit.samples.frame(id)
    expect([positions.slice(0, 3), frameDigest(positions)]).toEqual([[0, 3, 6], frame.digest])
    const order = await newest()
    expect(order).toMatchObject({
      ...{ kind: 'audit.sample_ordered', actor: AUDITOR, subject: { type: 'audit_sample', id } },
      digests: { frame: frame.digest },
      data: { entries: 30, upTo: 90, size: 8, commitment: commitmentTo(SECRET), kinds: ['gateway.decision'] },
    })
    await ledger.append(event('gateway.decision', 'allow')) // what comes after changes nothing
    const sample = await audit.samples.draw(id, { secret: SECRET }, AUDITOR)
    expect(sample.drawn).toMatchObject({ order: 90, tree: 91, secret: SECRET })
    // With the public files alone, and what the auditor was handed.
    const { size, root } = parseCheckpoint(parseNote(ledger.checkpoint()).text)
    const tiles = new TileReader(ledger.tiles, size)
    const then = await tiles.root(91)
    verifyConsistency(91, size, await tiles.consistencyProof(91), then, root)
    const again = seedOf({ sample: id, root: Buffer.from(then).toString('hex'), secret: SECRET })
    expect(sample.entries).toEqual(draw(again, positions, 8))
    expect(await newest()).toMatchObject({
      ...{ kind: 'audit.sample_drawn', data: { tree: 91, seed: again, size: 8 } },
      digests: { entries: frameDigest(sample.entries) },
    })
  })

  it('can be steered by nobody: not drawn twice, nor with another secret, nor from what is still to come', async () => {
    const { samples } = audit
    const { id } = await samples.order(asked(), AUDITOR, withheld)
    for (const secret of [null, 'another secret, thought up later'])
      await expect(samples.draw(id, { secret }, AUDITOR)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await samples.draw(id, { secret: SECRET }, AUDITOR)
    await expect(samples.draw(id, { secret: SECRET }, AUDITOR)).rejects.toMatchObject({ code: 'CONFLICT' })
    const unbound = await samples.order({ ...asked(), commitment: null }, AUDITOR, withheld)
    await expect(samples.draw(unbound.id, { secret: SECRET }, AUDITOR)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    const future = asked({ name: 'decisions', until: '2026-06-30T00:00:00.000Z' })
    await expect(samples.order(future, AUDITOR, withheld)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const nothing = asked({ kinds: ['weights.opened'] })
    await expect(samples.order(nothing, AUDITOR, withheld)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('is of a period and of outcomes, and never of what is told to nobody', async () => {
    const of = async (population: Partial<NewAuditSample['population']>) => {
      const { id } = await audit.samples.order(asked(population), AUDITOR, withheld)
      return await audit.samples.frame(id)
    }
    expect(await of({ name: 'refusals' })).toHaveLength(10)
    const week = { from: '2026-05-08T00:00:00.000Z', until: '2026-05-15T00:00:00.000Z' }
    expect(await of({ kinds: ['staff.*'], ...week })).toEqual([22, 25, 28, 31, 34, 37, 40])
    await expect(of({ kinds: ['insider.*'] })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('is examined entry by entry, and concluded once all are; what can’t be tested counts as a deviation', async () => {
    const sizing = { kind: 'attribute', confidence: 0.9, tolerableRate: 0.3, expectedRate: 0.05 } as const
    const { id } = await audit.samples.order({ ...asked(), sizing, commitment: null }, AUDITOR, withheld)
    const { entries, size, acceptable } = await audit.samples.draw(id, {}, AUDITOR)
    expect([entries.length, acceptable]).toEqual([size, 1])
    const [first = 0, second = 0, ...rest] = entries
    const { samples } = audit
    await expect(samples.examine(id, 1, { verdict: 'ok' }, 'per_a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(samples.examine(id, first, { verdict: 'exception' }, 'per_a')).rejects.toThrow()
    await samples.examine(id, first, { verdict: 'exception', words: 'no clause is named' }, 'per_a')
    await expect(samples.close(id, { words: 'fine' }, 'per_a')).rejects.toMatchObject({ code: 'CONFLICT' })
    for (const entry of rest) await samples.examine(id, entry, { verdict: 'ok' }, 'per_a')
    const { result } = await samples.examine(
      id,
      second,
      { verdict: 'not_testable', words: 'the body is gone' },
      'per_a',
    )
    expect(result).toMatchObject({ exceptions: 1, notTestable: 1, complete: true, rate: 2 / size, supports: false })
    await samples.examine(id, second, { verdict: 'ok' }, 'per_a')
    expect(await samples.close(id, { words: 'One refusal names no clause' }, 'per_a')).toMatchObject({
      ...{ state: 'closed', result: { supports: true, ok: size - 1 } },
    })
    await expect(samples.examine(id, first, { verdict: 'ok' }, 'per_a')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(JSON.stringify(await ledger.entries(0, 1000))).not.toContain('names no clause')
  })

  it('goes on after a crash between the ledger and the store', async () => {
    const cut = await open({
      append: (async (one: LedgerEvent) => {
        await ledger.append(one)
        throw new Error('power cut')
      }) as LocalLedger['append'],
    })
    await expect(cut.samples.order(asked(), AUDITOR, withheld)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await audit.samples.list()).toEqual([])
    audit = await open()
    const [sample] = await audit.samples.list()
    expect(sample?.state).toBe('ordered')
    const drawn = await audit.samples.draw(sample?.id ?? '', { secret: SECRET }, AUDITOR)
    expect(drawn.entries).toHaveLength(8)
    expect((await kinds()).filter((kind) => kind === 'audit.sample_drawn')).toHaveLength(1)
  })

  it('asks for evidence of those who answer for it, and judges what they show', async () => {
    const { requests } = audit
    const ask = { title: 'Penetration test', text: 'The report of this year', control: 'SEC-27' }
    const dueAt = new Date(clock.now() + 3 * DAY_MS).toISOString()
    await expect(requests.ask({ ...ask, control: 'SEC-99', dueAt }, AUDITOR)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(requests.ask({ ...ask, owner: 'auditor', dueAt }, AUDITOR)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    const { id, owner } = await requests.ask({ ...ask, dueAt }, AUDITOR)
    expect(owner).toBe('ciso')
    const given = { text: 'Attached, with its digest', entries: [0], controls: ['SEC-27'] }
    await expect(requests.answer(id, given, person('per_r', 'rso'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(requests.answer(id, { text: 'x', entries: [10_000] }, person('per_c', 'ciso'))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    await expect(requests.accept(id, {}, 'per_auditor')).rejects.toMatchObject({ code: 'CONFLICT' })
    const answered = await requests.answer(id, given, person('per_c', 'ciso'))
    expect(answered.steps.at(-1)?.controls).toEqual([{ control: 'SEC-27', state: 'fails', says: 'nobody has said so' }])
    await expect(requests.accept(id, {}, 'per_c')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await requests.giveBack(id, { words: 'It is the one of last year' }, 'per_auditor')
    await requests.answer(id, { text: 'This one' }, person('per_c', 'ciso'))
    expect(await requests.accept(id, { words: '' }, 'per_auditor')).toMatchObject({ state: 'accepted' })
    expect(await requests.accepted('SEC-27')).toHaveLength(1)
    expect((await kinds()).slice(-5)).toEqual(
      ['requested', 'answered', 'returned', 'answered', 'accepted'].map((what) => `audit.evidence_${what}`),
    )
    expect(JSON.stringify(await ledger.entries(0, 1000))).not.toContain('last year')
  })

  it('puts on record, once, that an answer is late', async () => {
    const { requests } = audit
    const dueAt = new Date(clock.now() + DAY_MS).toISOString()
    const { id } = await requests.ask({ title: 'List of suppliers', text: 'All', owner: 'ciso', dueAt }, AUDITOR)
    await requests.noteOverdue()
    expect((await requests.get(id)).overdueAt).toBeNull()
    clock.advance(2 * DAY_MS)
    await requests.noteOverdue()
    await requests.noteOverdue()
    expect((await requests.get(id)).overdueAt).not.toBeNull()
    expect((await kinds()).filter((kind) => kind === 'audit.evidence_overdue')).toHaveLength(1)
    await requests.withdraw(id, { words: 'Not needed any more' }, 'per_auditor')
    expect(await requests.open()).toEqual([])
  })
})
