import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsker } from '../../test/support/asking-world.ts'
import { ManualClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { ask } from './ask.ts'
import type { AskedModel, Asker } from './asker.ts'
import type { Limits } from './budget.ts'
import { CallJournal } from './call-journal.ts'
import type { ChatRequest, WireAnswer } from './wire.ts'

describe('an asker', () => {
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-asking-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  let files = 0
  const fresh = () => join(dir, `calls-${files++}.jsonl`)
  let clock: ManualClock
  let stop: AbortController
  let seen: ChatRequest[]
  let respond: (text: string, nth: number) => WireAnswer | Promise<WireAnswer>
  beforeEach(() => {
    clock = new ManualClock()
    stop = new AbortController()
    seen = []
    respond = (text) => says(text.toUpperCase())
  })

  const says = (content: string, usage: unknown = { prompt_tokens: 5, completion_tokens: 3 }): WireAnswer => ({
    status: 200,
    headers: {},
    body: JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }], usage }),
  })
  const turned = (status: number, headers = {}): WireAnswer => ({ status, headers, body: '{}' })
  const wordOf = ({ body }: ChatRequest) => JSON.parse(Buffer.from(body).toString()).messages.at(-1).content as string
  const model: AskedModel = {
    ...{ name: 'm', api: 'openai-chat', upstreamModel: 'm-1', server: 'upstream a', isSandbox: false },
    async send(request) {
      seen.push(request)
      return respond(wordOf(request), seen.length)
    },
    async [Symbol.asyncDispose]() {},
  }

  async function using<T>(
    path: string,
    work: (asker: Asker) => Promise<T>,
    over: { limits?: Partial<Limits>; concurrency?: number; model?: AskedModel } = {},
  ): Promise<T> {
    const { model: asked = model, ...rest } = over
    await using open = await openAsker(asked, path, { clock, signal: stop.signal, retries: 2, ...rest })
    return await work(open.asker)
  }
  const asking =
    (...words: string[]) =>
    (asker: Asker) =>
      Promise.all(words.map(async (word) => (await asker.ask(ask(word))).text))

  it('asks, and answers the same from its journal ever after', async () => {
    const path = fresh()
    expect(await using(path, asking('a', 'b'))).toEqual(['A', 'B'])
    respond = () => says('something else')
    const again = await using(path, async (asker) => ({ said: await asking('b', 'a')(asker), asker }))
    expect(again.said).toEqual(['B', 'A'])
    expect(again.asker).toMatchObject({ replayed: 2, answered: 0, spent: { requests: 2, input: 10, output: 6 } })
    expect(seen).toHaveLength(2)
    expect(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
  })

  it('tells draws, models and requests apart, and asks what is asked at once but once', async () => {
    const path = fresh()
    await using(path, async (asker) => {
      const a = ask('a')
      await Promise.all([asker.ask(a), asker.ask(a), asker.ask(a, 1), asker.ask({ ...a, maxTokens: 9 })])
    })
    expect(seen).toHaveLength(3)
    await using(path, asking('a'), { model: { ...model, server: 'upstream b' } })
    expect(seen).toHaveLength(4)
  })

  it('keeps to so many at once', async () => {
    let [running, most] = [0, 0]
    respond = async (text) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 2))
      running -= 1
      return says(text)
    }
    const words = Array.from({ length: 20 }, (_, n) => `word ${n}`)
    expect(await using(fresh(), asking(...words), { concurrency: 3 })).toEqual(words)
    expect(most).toBe(3)
  })

  it('asks again where there was no answer, and gives up as the server says', async () => {
    respond = (text, nth) => (nth < 3 ? turned(nth === 1 ? 500 : 429, { 'retry-after': '5' }) : says(text))
    expect(await using(fresh(), asking('a'))).toEqual(['a'])
    expect(clock.monotonic()).toBeGreaterThanOrEqual(10_000)
    for (const [answer, code] of [
      [turned(401), 'UNAUTHENTICATED'],
      [turned(404), 'MODEL_NOT_FOUND'],
      [turned(503), 'UPSTREAM_UNAVAILABLE'],
      [turned(429, { 'retry-after': '7200' }), 'UPSTREAM_UNAVAILABLE'],
    ] as const) {
      const path = fresh()
      respond = () => answer
      await expect(using(path, asking('a'))).rejects.toMatchObject({ code })
      respond = (text) => says(text)
      expect(await using(path, asking('a'))).toEqual(['a'])
    }
    respond = () => {
      throw new AppError('UPSTREAM_UNAVAILABLE', 'secret words')
    }
    await expect(using(fresh(), asking('a'))).rejects.toThrow(/^(?!.*secret)/)
  })

  it('remembers what will never be answered, and goes on with the rest', async () => {
    const path = fresh()
    respond = (text) => (text === 'bad' ? turned(400) : says(text))
    await expect(using(path, asking('bad'))).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' })
    await expect(using(path, asking('bad'))).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' })
    expect(seen).toHaveLength(1)
    expect(await using(path, asking('good'))).toEqual(['good'])
  })

  it('stops below its limits, and asks nothing more once told to stop', async () => {
    const path = fresh()
    const limits = { requests: 2 }
    await expect(using(path, asking('a', 'b', 'c'), { limits, concurrency: 1 })).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
    })
    expect(seen).toHaveLength(2)
    expect(await using(path, asking('a', 'b', 'c'))).toEqual(['A', 'B', 'C'])
    stop.abort(new AppError('SHUTTING_DOWN', 'stopped'))
    await expect(using(path, asking('d'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    expect(await using(path, asking('a'))).toEqual(['A'])
    expect(seen).toHaveLength(3)
  })

  it('asks nothing twice that was answered, wherever its journal was cut off', async () => {
    const path = fresh()
    const words = ['a', 'b', 'c', 'bad']
    respond = (text) => (text === 'bad' ? turned(422) : says(text))
    const all = (asker: Asker) =>
      Promise.all(
        words.map((word) =>
          asker.ask(ask(word)).then(
            ({ text }) => text,
            ({ code }) => code as string,
          ),
        ),
      )
    const whole = await using(path, all)
    const bytes = readFileSync(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), async (at) => {
        const cut = fresh()
        writeFileSync(cut, bytes.subarray(0, at))
        const stood = bytes.toString('utf8', 0, at).split('\n').slice(0, -1)
        const answered = stood.filter((line) => /^\{"(said|failed)"/.test(line)).length
        seen = []
        expect(await using(cut, all)).toEqual(whole)
        expect(seen.length).toBeLessThanOrEqual(4 - answered)
        seen = []
        expect(await using(cut, all)).toEqual(whole)
        expect(seen).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('counts what was asked and never answered at its most', async () => {
    const path = fresh()
    await using(path, asking('a'))
    const [header, asked] = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, `${header}\n${asked}\n${asked}\n`)
    const { spent } = await using(path, async (asker) => ({ spent: asker.spent }))
    expect(spent).toEqual({ requests: 2, input: 2 * (64 + 16 + 1), output: 2 * 1_024 })
  })

  it('takes no file that is no journal, and none that another writes', async () => {
    for (const text of ['{"a":1}\n', 'x\ny\n', '{"asked":{}}\n', '{"header":{"format":"other"}}\n']) {
      const path = fresh()
      writeFileSync(path, text)
      await expect(CallJournal.open(path)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
    const path = fresh()
    await using _ = await CallJournal.open(path)
    await expect(CallJournal.open(path)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
