import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { ManualClock } from '../../base/clock.ts'
import { seededIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { Noncompliance } from './noncompliance.ts'
import type { NewConcern, Recipient } from './schema.ts'
import type { Viewer } from './visibility.ts'

const DAY_MS = 86_400_000
const STORY = 'The March evaluation was signed before it had run. Ärger droht.'
const as = (personId: string, ...roles: string[]): Viewer => ({ personId, roles: new Set(roles) })
const RSO = as('per_rso', 'rso')
const BOARD = as('per_board', 'board')
const CEO = as('per_ceo', 'ceo')
const AUDITOR = as('per_auditor', 'auditor')

describe.each(storeKinds('noncompliance'))('the noncompliance channel on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let clock: ManualClock
  let ledger: MemoryLog
  let keysDir: string
  let room: Noncompliance
  let held: Map<Recipient, string[]>

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
    keysDir = mkdtempSync(join(tmpdir(), 'safelevel-concerns-'))
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
    rmSync(keysDir, { recursive: true })
  })
  beforeEach(async () => {
    for (const table of ['intakeRecord', 'intakeText', 'journalIntent'] as const)
      await handle.db.deleteFrom(table).execute()
    clock = new ManualClock(Date.UTC(2026, 4, 1))
    ledger = new MemoryLog()
    held = new Map([
      ['rso', ['per_rso']],
      ['board', ['per_board']],
      ['ceo', ['per_ceo']],
    ])
    const rolesOf = async (personId: string) =>
      new Set([...held].flatMap(([role, people]) => (people.includes(personId) ? [role] : [])))
    const offices = { holding: async (role: Recipient) => held.get(role) ?? [], rolesOf }
    const base = { db: handle, ledger, clock, ids: seededIds(clock, 5), log: silentLog }
    room = await Noncompliance.open({ ...base, keysDir, offices })
  })

  const file = (more: Partial<NewConcern> = {}) =>
    room.file({ topic: 'evaluation', story: STORY, recipients: ['rso', 'board'], ...more })
  const only = async (viewer: Viewer) => (await room.list(viewer, { limit: 10 })).items[0]?.id ?? ''

  it.each<[string, Partial<NewConcern>]>([
    ['no words', { story: ' \n ' }],
    ['too many words', { story: 'x'.repeat(20_001) }],
    ['control characters', { story: 'a\u0000b' }],
    ['half a character', { story: 'a\ud800' }],
    ['nobody to read it', { recipients: [] }],
    ['nobody from outside', { recipients: ['rso', 'ceo', 'ciso'] }],
    ['the board alone, about the board', { recipients: ['board'], about: ['board'] }],
    ['a role that is none', { recipients: ['janitor' as Recipient] }],
  ])('takes nothing with %s', async (_, more) => {
    await expect(file(more)).rejects.toThrow()
    expect(ledger.events).toEqual([])
    expect((await room.list(BOARD, { limit: 10 })).items).toEqual([])
  })

  it('never shows a concern to whom it is about, by any question', async () => {
    await file({ about: ['rso'] })
    await file({ topic: 'weights' })
    const hidden = (await room.list(BOARD, { limit: 10 })).items.find(({ topic }) => topic === 'evaluation')?.id ?? ''
    // Later officers too, those who hold more roles, and the officer of then who holds another role now.
    for (const viewer of [RSO, as('per_rso', 'rso', 'board'), as('per_rso', 'board'), as('per_new', 'rso', 'board')]) {
      expect((await room.list(viewer, { limit: 10 })).items.map(({ topic }) => topic)).not.toContain('evaluation')
      const none = await room.read('ncr_00000000000000000000000000', viewer).catch((e: Error) => e.message)
      for (const ask of [
        () => room.get(hidden, viewer),
        () => room.read(hidden, viewer),
        () => room.take(hidden, viewer),
        () => room.answer(hidden, viewer, 'Who are you?'),
        () => room.declareMaterial(hidden, viewer),
        () => room.setAction(hidden, { words: 'x', owner: 'per_rso', dueOn: '2026-06-01' }, viewer),
        () => room.finishAction(hidden, 1, viewer),
        () => room.propose(hidden, { outcome: 'unsubstantiated', conclusion: 'x' }, viewer),
        () => room.agree(hidden, viewer),
        () => room.sendBack(hidden, viewer),
      ])
        expect(await ask().catch((e: Error) => e.message)).toBe(none)
      const digest = await room.digest(viewer, '2026-q2')
      expect([digest.received.total, digest.received.aboutOfficers]).toEqual([
        viewer.roles.has('rso') || viewer.roles.has('board') ? 1 : 0,
        0,
      ])
      expect(await room.waiting(viewer)).toBe(1)
    }
    expect((await room.digest(BOARD, '2026-q2')).received).toMatchObject({ total: 2, aboutOfficers: 1 })
  })

  it('keeps words and names out of the ledger, and out of a copy of the store', async () => {
    const { code } = await file({ name: 'Maria Ölmez' })
    await room.write(code, 'One more thing about March.')
    const rows = JSON.stringify([
      await handle.db.selectFrom('intakeRecord').selectAll().execute(),
      await handle.db.selectFrom('intakeText').selectAll().execute(),
    ])
    for (const secret of ['March', 'Maria', 'Ärger', code, code.replaceAll('-', '')]) {
      expect(rows).not.toContain(secret)
      expect(JSON.stringify(ledger.events)).not.toContain(secret)
    }
    expect(new Set(ledger.events.map(({ kind, subject, actor }) => JSON.stringify([kind, subject, actor]))).size).toBe(
      1,
    )
    expect(JSON.stringify(ledger.events)).not.toMatch(/ncr_|evaluation|board/)
  })

  it('is followed by its code alone', async () => {
    const { code } = await file()
    expect(code.replaceAll('-', '').length).toBeGreaterThanOrEqual(26) // 130 bits
    for (const guess of [
      '',
      'x'.repeat(10_000),
      code.slice(0, -1),
      "' or 1=1 --",
      `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`,
    ])
      await expect(room.follow(guess)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await room.follow(` ${code.toLowerCase()} `)).toMatchObject({ state: 'open', outcome: null, messages: [] })
  })

  it('is recorded as read before it is read', async () => {
    await file()
    const id = await only(BOARD)
    const before = ledger.events.length
    expect((await room.read(id, BOARD)).story).toBe(STORY)
    expect(ledger.events.length).toBe(before + 1)
    ledger.failing = 'before'
    await expect(room.read(id, BOARD)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })

  it('goes from filing over corrective action to a close by two, one of them from outside', async () => {
    const { code } = await file()
    const id = await only(RSO)
    await room.take(id, RSO)
    const closing = { outcome: 'substantiated' as const, conclusion: 'It had not run. It has now, with a witness.' }
    await expect(room.propose(id, closing, RSO)).rejects.toThrow('answer whoever filed it')
    await room.answer(id, RSO, 'Which run do you mean?')
    await room.write(code, 'That of March 3.')
    await room.setAction(id, { words: 'Run it again, witnessed', owner: 'per_rso', dueOn: '2026-05-20' }, RSO)
    await expect(room.propose(id, closing, RSO)).rejects.toThrow('1 corrective action is not done')
    clock.advance(30 * DAY_MS)
    expect((await room.read(id, BOARD)).concern.overdue).toBe(1)
    await room.finishAction(id, 1, RSO)
    await expect(room.finishAction(id, 1, RSO)).rejects.toMatchObject({ code: 'CONFLICT' })
    await room.propose(id, closing, RSO)
    expect(await room.follow(code)).toMatchObject({ state: 'closing', outcome: null, conclusion: null })
    await expect(room.agree(id, RSO)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await room.agree(id, BOARD)).toMatchObject({ state: 'closed', closedBy: ['per_rso', 'per_board'] })
    const told = await room.follow(code)
    expect(told).toMatchObject({ state: 'closed', outcome: 'substantiated', conclusion: closing.conclusion })
    expect(told.messages.map(({ from, text }) => [from, text])).toEqual([
      ['staff', 'Which run do you mean?'],
      ['reporter', 'That of March 3.'],
    ])
    await room.write(code, 'It still has not run.')
    expect((await room.read(id, BOARD)).concern).toMatchObject({
      state: 'investigating',
      outcome: null,
      unreadBy: 'staff',
    })
  })

  it('is not closed by two of the officer’s own line, nor by one', async () => {
    await file({ recipients: ['rso', 'ceo', 'board'] })
    const id = await only(RSO)
    await room.answer(id, RSO, 'We look into it.')
    await room.propose(id, { outcome: 'unsubstantiated', conclusion: 'No.' }, RSO)
    await expect(room.agree(id, CEO)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    // Who proposed it counts with the roles of now.
    held.set('board', [])
    await expect(room.agree(id, CEO)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await room.sendBack(id, BOARD)).toMatchObject({ state: 'investigating', proposedBy: null })
  })

  it('reaches the board when it is a material risk, and never when it is about the board', async () => {
    await file({ recipients: ['rso', 'auditor'] })
    const id = await only(RSO)
    expect((await room.list(BOARD, { limit: 10 })).items).toEqual([])
    await room.declareMaterial(id, RSO)
    expect((await room.list(BOARD, { limit: 10 })).items).toHaveLength(1)
    await file({ recipients: ['ceo', 'auditor'], about: ['board'] })
    await room.declareMaterial(await only(CEO), CEO)
    expect((await room.list(BOARD, { limit: 10 })).items).toHaveLength(1)
  })

  it('lets auditors read and take no part', async () => {
    await file({ recipients: ['board', 'auditor'] })
    const id = await only(AUDITOR)
    expect((await room.read(id, AUDITOR)).concern.mayAct).toBe(false)
    await expect(room.take(id, AUDITOR)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('gives no corrective action to somebody who may not see it', async () => {
    await file({ about: ['rso'] })
    const id = await only(BOARD)
    const action = { words: 'Mend it', dueOn: '2026-06-01' }
    await expect(room.setAction(id, { ...action, owner: 'per_rso' }, BOARD)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    await expect(room.setAction(id, { ...action, owner: 'per_nobody' }, BOARD)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    expect(await room.setAction(id, { ...action, owner: 'per_board' }, BOARD)).toMatchObject({
      actions: [{ number: 1 }],
    })
  })

  it('mixes in events that say nothing, some a day', async () => {
    const ticks = (4 * DAY_MS) / 10_000
    for (let i = 0; i < ticks; i++) await room.tick()
    // 16 are expected; Poisson leaves fewer than 4 or more than 36 once in ten thousand times, and the ids are seeded.
    expect(ledger.events.length).toBeGreaterThan(3)
    expect(ledger.events.length).toBeLessThan(37)
  })

  it('pages, newest first', async () => {
    for (let i = 0; i < 5; i++) await file()
    const first = await room.list(BOARD, { limit: 3 })
    const second = await room.list(BOARD, { limit: 3, after: first.next ?? '' })
    const ids = [...first.items, ...second.items].map(({ id }) => id)
    expect([ids.length, second.next]).toEqual([5, null])
    expect(ids).toEqual(ids.toSorted().reverse())
  })
})
