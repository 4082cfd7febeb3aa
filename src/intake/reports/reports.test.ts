import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BY_FORM, IntakeWorld } from '../../../test/support/intake-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { AppError } from '../../base/errors.ts'
import type { DbHandle } from '../../db/index.ts'
import { ReportInput } from '../index.ts'

const STAFF = { type: 'staff', id: 'per_1' } as const
const DAY_MS = 86_400_000
const PNG = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  Buffer.from('0000000049454e44ae426082', 'hex'),
])

describe.each(storeKinds('reports'))('reports on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: IntakeWorld

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await IntakeWorld.open(handle)
    return () => world[Symbol.asyncDispose]()
  })

  const stored = async () => {
    const [records, texts, files] = await Promise.all([
      handle.db.selectFrom('intakeRecord').selectAll().execute(),
      handle.db.selectFrom('intakeText').selectAll().execute(),
      handle.db.selectFrom('intakeFile').selectAll().execute(),
    ])
    return { records, texts, files }
  }

  it('know nobody by a code that is none, mistyped or another’s', async () => {
    const { code } = await world.file()
    const answers = await Promise.all(
      [
        '',
        'x',
        '0'.repeat(26),
        code.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        'é'.repeat(26),
        'A'.repeat(9_000),
      ].map((given) => world.reports.follow(given).catch((error: unknown) => error)),
    )
    const told = answers.map((error) => error instanceof AppError && [error.code, error.message])
    expect(new Set(told.map(String)).size).toBe(1)
    expect(told[0]).toMatchObject(['NOT_FOUND', expect.any(String)])
  })

  it('are followed by their code, however it is written', async () => {
    const { code } = await world.file({ story: 'It told me how.' })
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}-[0-9A-HJKMNP-TV-Z]{6}$/)
    for (const given of [code, code.toLowerCase(), code.replaceAll('-', ' '), ` ${code.replaceAll('-', '')}\n`]) {
      const { report, words } = await world.reports.follow(given)
      expect(report.state).toBe('received')
      expect(words.get('story')).toBe('It told me how.')
    }
  })

  it('keep neither code nor words in the open, nor on the ledger', async () => {
    const { code } = await world.file({
      story: 'secret story',
      contact: 'me@example.org',
      model: 'secret model',
      steps: 'secret steps',
    })
    await world.reports.write(code, 'secret message')
    const { records, texts } = await stored()
    const kept = JSON.stringify([texts, world.log.events])
    for (const word of ['secret', 'me@example.org', code, code.replaceAll('-', '')]) expect(kept).not.toContain(word)
    // The model that they name helps to find reports, and stays off the ledger alone.
    const documents = JSON.stringify(records)
    for (const word of ['secret story', 'secret steps', 'secret message', 'me@example.org', code])
      expect(documents).not.toContain(word)
    expect(world.log.kinds()).toEqual(['intake.report_received', 'intake.report_message'])
  })

  it('are told apart from the same sent twice within a day', async () => {
    const input = ReportInput.parse({ kind: 'security', story: 'Twice.' })
    const first = await world.reports.submit(input, [], BY_FORM)
    const again = await world.reports.submit(input, [], BY_FORM)
    expect(again).toEqual({ id: first.id, code: null, already: true, receivedAt: first.receivedAt })
    world.clock.advance(DAY_MS)
    expect((await world.reports.submit(input, [], BY_FORM)).already).toBe(false)
    expect(world.log.kinds()).toEqual(['intake.report_received', 'intake.report_received'])
  })

  it('get the same code when the same page sends them again, and only then', async () => {
    const input = ReportInput.parse({ kind: 'security', story: 'The answer was lost on the way.' })
    const shown = { ...BY_FORM, showing: 'a'.repeat(34) }
    const first = await world.reports.submit(input, [], shown)
    expect(await world.reports.submit(input, [], shown)).toEqual({ ...first, already: true })
    expect((await world.reports.submit(input, [], { ...BY_FORM, showing: 'b'.repeat(34) })).code).toBeNull()
    expect((await world.reports.submit({ ...input, story: 'Another.' }, [], shown)).code).not.toBe(first.code)
  })

  it('make one report of the same that comes many times at once', async () => {
    const input = ReportInput.parse({ kind: 'security', story: 'All at once.' })
    const shown = { ...BY_FORM, showing: 'c'.repeat(34) }
    const receipts = await Promise.all(Array.from({ length: 8 }, () => world.reports.submit(input, [], shown)))
    expect(new Set(receipts.map(({ id, code }) => `${id} ${code}`)).size).toBe(1)
    expect(receipts.filter(({ already }) => !already)).toHaveLength(1)
  })

  it('carry a conversation that each side sees as theirs', async () => {
    const { id, code } = await world.file()
    await world.reports.write(code, 'One more thing.')
    await world.reports.write(code, 'One more thing.')
    expect((await world.reports.get(id)).messages).toBe(1)
    await world.reports.answer(id, 'Thank you.', STAFF)
    const { report, messages } = await world.reports.follow(code)
    expect(messages).toEqual([
      { from: 'reporter', at: expect.any(String), text: 'One more thing.' },
      { from: 'staff', at: expect.any(String), text: 'Thank you.' },
    ])
    expect(report).toMatchObject({ messages: 2, unanswered: 0, unreadBy: null })
    expect(JSON.stringify(messages)).not.toContain(STAFF.id)
    const read = await world.reports.read(id, STAFF)
    expect(read.messages.map(({ from, by }) => [from, by])).toEqual([
      ['reporter', null],
      ['staff', STAFF.id],
    ])
  })

  it('take no endless talk without an answer', async () => {
    const { id, code } = await world.file()
    for (let n = 0; n < 20; n++) await world.reports.write(code, `And ${n}`)
    await expect(world.reports.write(code, 'And on')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await world.reports.answer(id, 'Enough.', STAFF)
    await world.reports.write(code, 'And on')
  })

  it('are read on record, before they are read', async () => {
    const { id } = await world.file()
    world.log.failing = 'before'
    await expect(world.reports.read(id, STAFF)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    world.log.failing = null
    const { story } = await world.reports.read(id, STAFF)
    expect(story).toMatchObject({ encryption: 'none', opened: true })
    expect(world.log.events.at(-1)).toMatchObject({ kind: 'intake.report_read', actor: STAFF, subject: { id } })
  })

  it('keep files sealed, and hand them out as they came, on record', async () => {
    const input = ReportInput.parse({ kind: 'harmful_output', story: 'See the picture.' })
    const { id } = await world.reports.submit(input, [{ name: '../../etc/pass\r\nwd‮.png', bytes: PNG }], BY_FORM)
    const { files } = await world.reports.read(id, STAFF)
    expect(files).toMatchObject([{ type: 'png', sizeBytes: PNG.length, name: 'passwd.png' }])
    const kept = (await stored()).files
    expect(kept).toMatchObject([{ recordId: id }])
    expect(Buffer.from(kept[0]?.sealed ?? []).includes(PNG)).toBe(false)
    const opened = await world.reports.openFile(id, files[0]?.id ?? '', STAFF)
    expect(opened.bytes.equals(PNG)).toBe(true)
    expect(world.log.kinds().at(-1)).toBe('intake.file_opened')
    const other = await world.file()
    await expect(world.reports.openFile(other.id, files[0]?.id ?? '', STAFF)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('refuse what must not be uploaded, and keep none of it', async () => {
    const input = ReportInput.parse({
      kind: 'harmful_output',
      story: 'It made a picture.',
      category: 'child_exploitation',
    })
    await expect(world.reports.submit(input, [{ name: 'x.png', bytes: PNG }], BY_FORM)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('never taken here'),
    })
    const four = Array.from({ length: 4 }, () => ({ name: 'x.txt', bytes: Buffer.from('x') }))
    await expect(world.reports.submit({ ...input, category: null }, four, BY_FORM)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    })
    expect(await stored()).toEqual({ records: [], texts: [], files: [] })
    expect(world.log.events).toEqual([])
  })

  it('lose no file to a crash, and keep none that belongs to nothing', async () => {
    const input = ReportInput.parse({ kind: 'harmful_output', story: 'The power went.' })
    world.log.failing = 'after'
    const failed = world.reports.submit(input, [{ name: 'a.txt', bytes: Buffer.from('one') }], BY_FORM)
    await expect(failed).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect((await stored()).files).toMatchObject([{ recordId: null }])
    // Cut off between the file and the report: the change waits, and the file with it, however long that takes.
    world.clock.advance(3 * DAY_MS)
    await expect(world.intake.catchUp()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect((await stored()).files).toHaveLength(1)
    world.log.failing = null
    await (await world.another()).catchUp()
    const [report] = (await world.reports.list({ limit: 10 })).items
    expect((await stored()).files).toMatchObject([{ recordId: report?.id }])
    // Cut off before anything was decided: the file belongs to nothing.
    await handle.db
      .insertInto('intakeFile')
      .values({ id: 'rfl_orphan', recordId: null, sealed: Buffer.from('x'), createdAt: new Date(world.clock.now()) })
      .execute()
    await world.intake.catchUp()
    expect((await stored()).files).toHaveLength(2)
    world.clock.advance(DAY_MS + 1)
    await world.intake.catchUp()
    expect((await stored()).files.map(({ id }) => id)).not.toContain('rfl_orphan')
  })

  it('are withdrawn by who sent them, with all that they wrote', async () => {
    const input = ReportInput.parse({ kind: 'harmful_output', story: 'I should not have said that.' })
    const sent = await world.reports.submit(input, [{ name: 'a.txt', bytes: Buffer.from('one') }], BY_FORM)
    const code = sent.code ?? ''
    await world.reports.write(code, 'Nor that.')
    await world.reports.withdraw(code)
    const { texts, files } = await stored()
    expect([texts, files]).toEqual([[], []])
    const { report, words, messages } = await world.reports.follow(code)
    expect(report).toMatchObject({ state: 'closed', closedAs: 'withdrawn', erased: true, files: [] })
    expect([words.size, messages]).toEqual([0, []])
    await world.reports.withdraw(code)
    expect(world.log.kinds().filter((kind) => kind === 'intake.report_withdrawn')).toHaveLength(1)
    await expect(world.reports.write(code, 'Still there?')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await world.reports.submit(input, [], BY_FORM)).already).toBe(false)
  })

  it('are closed together or not at all, and erased in time', async () => {
    const [one, two] = [await world.file(), await world.file()]
    await expect(world.reports.close([one.id, 'rep_none'], 'spam', STAFF)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await world.reports.get(one.id)).state).toBe('received')
    await expect(world.reports.close([one.id], 'fixed', STAFF)).rejects.toMatchObject({ code: 'CONFLICT' })
    await world.reports.close([one.id, two.id, one.id], 'spam', STAFF)
    world.clock.advance(world.config.retentionDays * DAY_MS - 1)
    await world.intake.catchUp()
    expect((await stored()).texts).toHaveLength(2)
    world.clock.advance(1)
    await world.intake.catchUp()
    expect((await stored()).texts).toEqual([])
    expect(await world.reports.get(two.id)).toMatchObject({ closedAs: 'spam', erased: true, eraseAt: null })
    expect((await world.reports.read(two.id, STAFF)).story).toBeNull()
    expect((await stored()).records.map(({ kind }) => kind)).toEqual(['report', 'report'])
  })

  it('are flagged once per decision and key, for the customer whose decision it is', async () => {
    const decision = world.ids.next('dec')
    world.decisions.set(decision, { organisation: 'org_1', model: 'orca-2', surface: 'api' })
    const flag = { decision, reason: 'harmful_output' as const, category: null, comment: 'Rude.' }
    const missing = { ...flag, decision: world.ids.next('dec') }
    const [foreign, none] = await Promise.all(
      [
        world.reports.flag(flag, { keyId: 'key_9', organisationId: 'org_2' }),
        world.reports.flag(missing, { keyId: 'key_1', organisationId: 'org_1' }),
      ].map((answer) => answer.catch((error: unknown) => error)),
    )
    expect(String(foreign)).toBe(String(none))
    const first = await world.reports.flag(flag, { keyId: 'key_1', organisationId: 'org_1' })
    const again = await world.reports.flag(
      { ...flag, comment: 'Very rude.' },
      { keyId: 'key_1', organisationId: 'org_1' },
    )
    expect(again).toEqual({ ...first, already: true })
    const other = await world.reports.flag(flag, { keyId: 'key_2', organisationId: 'org_1' })
    expect(other.code).not.toBe(first.code)
    expect((await world.reports.follow(first.code ?? '')).words.get('story')).toBe('Rude.')
    expect(await world.reports.get(first.id)).toMatchObject({
      channel: 'flag',
      organisationId: 'org_1',
      about: { decision, model: 'orca-2', surface: 'api' },
    })
    world.clock.advance(400 * DAY_MS)
    await world.intake.catchUp()
    expect((await world.reports.flag(flag, { keyId: 'key_1', organisationId: 'org_1' })).already).toBe(true)
  })

  it('are counted by what became of them', async () => {
    const from = new Date(world.clock.now()).toISOString()
    const one = await world.file()
    await world.file({ kind: 'security' })
    world.clock.advance(3_600_000)
    await world.reports.answer(one.id, 'Yes.', STAFF)
    await world.reports.close([one.id], 'answered', STAFF)
    const to = new Date(world.clock.now()).toISOString()
    world.clock.advance(1)
    await world.file()
    expect(await world.intake.counts(from, to)).toMatchObject({
      received: 2,
      byKind: { harmful_output: 1, security: 1, misuse: 0 },
      byChannel: { form: 2, api: 0, flag: 0 },
      closedAs: { answered: 1, spam: 0 },
      open: 1,
      answered: 1,
      medianHoursToFirstAnswer: 1,
      medianHoursToMitigation: null,
    })
    await world.intake.catchUp()
    expect(world.intake.tally()).toContainEqual({ kind: 'harmful_output', state: 'closed', count: 1 })
  })
})
