import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BY_FORM, IntakeWorld } from '../../../test/support/intake-world.ts'
import { runs } from '../../../test/support/runs.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { AppError } from '../../base/errors.ts'
import type { DbHandle } from '../../db/index.ts'
import { ReportInput } from '../index.ts'

const STAFF = { type: 'staff', id: 'per_1' } as const
const DAY_MS = 86_400_000
const FILE = { name: 'a.txt', bytes: Buffer.from('what I saw') }

/** What somebody who knows only the promises would say of a report. */
interface Expected {
  readonly id: string
  readonly code: string
  readonly story: string
  readonly said: string[]
  open: boolean
  /** When its words go; null as long as it is open or once they have gone. */
  eraseMs: number | null
  gone: boolean
}

type Doing = 'write' | 'answer' | 'close' | 'withdraw' | 'follow'
type Act =
  | { readonly type: 'send'; readonly story: number }
  | { readonly type: Doing; readonly at: number }
  | { readonly type: 'wait'; readonly days: number }
  | { readonly type: 'cut off' }
  | { readonly type: 'restart' }

const at = fc.nat({ max: 5 })
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('send' as const), story: fc.nat({ max: 4 }) }),
    fc.record({
      type: fc.constantFrom(
        'write' as const,
        'answer' as const,
        'close' as const,
        'withdraw' as const,
        'follow' as const,
      ),
      at,
    }),
    fc.record({ type: fc.constant('wait' as const), days: fc.constantFrom(0.5, 1, 100, 731) }),
    fc.constantFrom<Act>({ type: 'cut off' }, { type: 'restart' }),
  ),
  { minLength: 5, maxLength: 30 },
)

describe.each(storeKinds('reports: model'))('reports as they are promised, on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  it('whatever is done to them, in any order, with the ledger cut off in between', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        await using world = await IntakeWorld.open(handle)
        const model = new Model(world)
        for (const act of list) await model.act(act)
        await model.settle()
        await model.compare(handle)
      }),
      { numRuns: runs(25) },
    )
  }, 300_000)
})

class Model {
  readonly #world: IntakeWorld
  readonly #all: Expected[] = []
  #cutOff = false

  constructor(world: IntakeWorld) {
    this.#world = world
  }

  async act(act: Act): Promise<void> {
    const { clock } = this.#world
    if (act.type === 'wait') clock.advance(act.days * DAY_MS)
    else if (act.type === 'restart') await this.settle()
    else if (act.type === 'cut off') this.#cutOff = true
    else if (act.type === 'send') await this.#send(act.story)
    else if ('at' in act) {
      const one = this.#all[act.at]
      if (one !== undefined) await this.#change(act.type, one)
    }
  }

  /** The ledger records again, and what waited takes effect. */
  async settle(): Promise<void> {
    this.#cutOff = false
    this.#world.log.failing = null
    this.#world.intake = await this.#world.another()
    await this.#world.intake.catchUp()
    const now = this.#world.clock.now()
    for (const one of this.#all)
      if (one.eraseMs !== null && one.eraseMs <= now) Object.assign(one, { gone: true, eraseMs: null })
  }

  async #send(number: number): Promise<void> {
    const { log, intake } = this.#world
    const story = `Story ${number}.`
    const input = ReportInput.parse({ kind: 'misuse', story })
    const sender = { ...BY_FORM, showing: String(number).repeat(34) }
    if (this.#cutOff) {
      log.failing = 'before'
      const tried = await intake.reports.submit(input, [FILE], sender).catch((error: AppError) => error.code)
      expect(typeof tried === 'string' ? tried : tried.already).toBe(
        typeof tried === 'string' ? 'LEDGER_UNAVAILABLE' : true,
      )
      // Sent again from the same page, once that goes: one report, with its code.
      await this.settle()
    }
    const { id, code, already } = await intake.reports.submit(input, [FILE], sender)
    const known = this.#all.find((one) => one.id === id)
    if (known === undefined) {
      this.#all.push({ id, code: code ?? '', story, said: [], open: true, eraseMs: null, gone: false })
    } else {
      expect([already, code, known.story, known.gone]).toEqual([true, known.code, story, false])
    }
  }

  async #change(type: Doing, one: Expected): Promise<void> {
    const { intake, clock, config, log } = this.#world
    const text = `${type} ${one.said.length}`
    const work = {
      write: () => intake.reports.write(one.code, text),
      answer: () => intake.reports.answer(one.id, text, STAFF),
      close: () => intake.reports.close([one.id], 'answered', STAFF),
      withdraw: () => intake.reports.withdraw(one.code),
      follow: () => intake.reports.follow(one.code),
    }[type]
    log.failing = this.#cutOff ? 'after' : null
    try {
      await work()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code !== 'LEDGER_UNAVAILABLE') {
        expect([type, one.gone || !one.open || one.said.length >= 20]).toEqual([type, true])
        return
      }
      if (type === 'follow') return await this.settle()
    }
    const now = clock.now()
    if (type === 'write' || type === 'answer') one.said.push(text)
    if (type === 'close') Object.assign(one, { open: false, eraseMs: now + config.retentionDays * DAY_MS })
    if (type === 'withdraw') Object.assign(one, { open: false, eraseMs: null, gone: true })
    if (this.#cutOff) await this.settle()
  }

  async compare(handle: DbHandle): Promise<void> {
    const { intake } = this.#world
    for (const one of this.#all) {
      const { report, words, messages } = await intake.reports.follow(one.code)
      // Sent again after it was withdrawn, from the same page: the same code opens the later one.
      if (report.id !== one.id) expect(one.gone).toBe(true)
      else {
        expect([report.state !== 'closed', report.erased]).toEqual([one.open, one.gone])
        expect(words.get('story') ?? null).toBe(one.gone ? null : one.story)
        expect(messages.map(({ text }) => text)).toEqual(one.gone ? [] : one.said)
      }
    }
    const kept = this.#all.filter(({ gone }) => !gone).map(({ id }) => id)
    const claimed = await handle.db
      .selectFrom('intakeFile')
      .select('recordId')
      .where('recordId', 'is not', null)
      .execute()
    expect(claimed.map(({ recordId }) => recordId).toSorted()).toEqual(kept.toSorted())
    const texts = await handle.db.selectFrom('intakeText').select('recordId').distinct().execute()
    expect(texts.map(({ recordId }) => recordId).toSorted()).toEqual(kept.toSorted())
    const { items } = await intake.reports.list({ limit: 200 })
    expect(items.map(({ id }) => id).toSorted()).toEqual(this.#all.map(({ id }) => id).toSorted())
  }
}
