import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { wholeAnswer } from '../../../../test/support/invariants.ts'
import { bytesAnswer, jsonAnswer, ScriptedUpstream } from '../../../../test/support/scripted-upstream.ts'
import { suiteFiles, wordTask } from '../../../../test/support/suite-files.ts'
import { Budget, type ChatRequest, Pace, readReply } from '../../../asking/index.ts'
import { ManualClock } from '../../../base/clock.ts'
import { seededIds } from '../../../base/ids.ts'
import { importLog } from '../import/index.ts'
import { totalsOf } from '../verdict/index.ts'
import { ResultsFile, type RunPlan, readTaskFile, runSuite } from './index.ts'

const { fresh, suiteFile } = suiteFiles()

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

describe('a run', () => {
  let upstream: ScriptedUpstream
  let clock: ManualClock
  let stop: AbortController
  beforeEach(() => {
    upstream = new ScriptedUpstream()
    clock = new ManualClock()
    stop = new AbortController()
  })
  const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }
  const says = (text: string) => jsonAnswer({ ...wholeAnswer('openai-chat', text), usage })
  const asked = () => upstream.take().map((body) => JSON.parse(body).messages.at(-1).content as string)

  async function send({ path, headers, body }: ChatRequest) {
    const signal = AbortSignal.timeout(5_000)
    const answer = await upstream.send({ dialect: 'openai-chat', path, headers, body, signal })
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body) chunks.push(chunk)
    return readReply('openai-chat', { ...answer, body: Buffer.concat(chunks).toString() })
  }
  const HEADER = { began_at: '2026-01-01T00:00:00Z', model: 'm', suite: null, suite_file: 'a'.repeat(64) }

  async function run(out: string, over: Partial<RunPlan> = {}, limits: Partial<Budget['limits']> = {}) {
    const { tasks } = await readTaskFile(suiteFile(wordTask('a'), wordTask('b'), wordTask('c')))
    await using file = await ResultsFile.open(out)
    if (file.kept.header === null) {
      await file.append({ header: { ...HEADER, format: 'safelevel-eval-run/1', settings: {}, ends: true } })
    }
    const budget = new Budget({ requests: null, tokens: null, money: null, price: null, ...limits }, file.kept.spent)
    const sleep = async (ms: number) => clock.advance(ms)
    const end = await runSuite(
      {
        ...{ tasks, attempts: 2, stopAtSuccess: false, retryErrors: false, concurrency: 2, retries: 2 },
        asking: {
          api: 'openai-chat',
          model: 'm',
          system: null,
          maxTokens: 9,
          temperature: null,
          tokensAs: 'max_tokens',
        },
        ...{ maxWaitMs: 60_000, ...over },
      },
      {
        ...{ file, budget, send, clock, signal: stop.signal, onProgress: () => {} },
        pace: new Pace({ clock, ids: seededIds(clock, 3), sleep }),
      },
    )
    return { ...end, spent: budget.spent, money: budget.money }
  }
  const imported = (path: string) => importLog(path, { passAt: 1, scorer: null })

  it('asks every task as often as it should, and what it writes is imported as it is', async () => {
    upstream.respond = ({ body }) => says(Buffer.from(body).toString().includes('Say a') ? 'yes' : 'no')
    const out = fresh()
    const end = await run(out)
    expect(end).toMatchObject({ status: 'success', left: 0, counts: { passed: 2, failed: 4 } })
    expect(end.spent).toEqual({ requests: 6, input: 30, output: 18 })
    const log = await imported(out)
    expect(log).toMatchObject({ flags: [], suiteFile: 'a'.repeat(64), beganAt: '2026-01-01T00:00:00.000Z' })
    expect(totalsOf(log.tallies)).toMatchObject({ tasks: 3, tries: 6, passed: 2, failed: 4 })
    expect(log.tallies[0]).toMatchObject({ task: 'a', family: 'f' })
    asked()
    // Once more: nothing is asked, and the file stays what it was.
    const before = readFileSync(out)
    expect(await run(out)).toMatchObject({ status: 'success', spent: end.spent })
    expect([asked(), readFileSync(out)]).toEqual([[], before])
  })

  it('leaves a task alone once it was passed, where one success is enough', async () => {
    upstream.respond = () => says('yes')
    expect(await run(fresh(), { stopAtSuccess: true, attempts: 10, concurrency: 1 })).toMatchObject({
      left: 0,
      counts: { passed: 3 },
    })
    expect(asked().toSorted()).toEqual(['Say a', 'Say b', 'Say c'])
  })

  it('keeps refusals, errors and what can’t be scored apart', async () => {
    const answers = [
      () => jsonAnswer({ choices: [{ message: { content: null, refusal: 'no' }, finish_reason: 'stop' }] }),
      () => jsonAnswer({ error: { message: 'too long', code: 'x' } }, 400),
      () => says(''),
    ]
    upstream.respond = ({ body }) =>
      (answers['abc'.indexOf(JSON.parse(Buffer.from(body).toString()).messages[0].content.at(-1))] ?? says)('')
    const out = fresh()
    expect(await run(out)).toMatchObject({ status: 'success', counts: { refused: 2, errored: 2, unscored: 2 } })
    expect(totalsOf((await imported(out)).tallies)).toMatchObject({ refused: 2, errored: 2, unscored: 2, failed: 0 })
  })

  it('waits as a busy server asks, all who ask, and loses nothing', async () => {
    let turned = 0
    const times: number[] = []
    upstream.respond = () => {
      times.push(clock.monotonic())
      return turned++ === 2
        ? jsonAnswer({ error: { message: 'slow down' } }, 429, { 'retry-after': '30' })
        : says('yes')
    }
    expect(await run(fresh())).toMatchObject({ status: 'success', counts: { passed: 6 }, spent: { requests: 7 } })
    expect(times.filter((at) => at === 0).length).toBeLessThanOrEqual(4)
    expect(times.filter((at) => at > 0 && at < 30_000)).toEqual([])
  })

  it('stops, to be continued, when a server stays busy, asks for too long, or takes no key', async () => {
    const out = fresh()
    upstream.respond = () => jsonAnswer({}, 429)
    expect(await run(out)).toMatchObject({ status: 'unavailable', code: 'UPSTREAM_UNAVAILABLE', left: 6 })
    upstream.respond = () => jsonAnswer({}, 503, { 'retry-after': '7200' })
    expect(await run(out)).toMatchObject({ status: 'unavailable', why: expect.stringContaining('120 minutes') })
    upstream.respond = () => jsonAnswer({}, 401)
    expect(await run(out)).toMatchObject({ status: 'unavailable', code: 'UNAUTHENTICATED' })
    expect((await imported(out)).flags.map(({ code }) => code).toSorted()).toEqual(['no_samples', 'status'])
    upstream.respond = () => says('no')
    expect(await run(out)).toMatchObject({ status: 'success', counts: { failed: 6 } })
    expect(await imported(out)).toMatchObject({ flags: [] })
  })

  it('asks again for a malformed answer, counts it at its most, and in the end as an error', async () => {
    const out = fresh()
    upstream.respond = () => bytesAnswer([Buffer.from('{"choices":[')], { 'content-type': 'application/json' })
    const end = await run(out, { attempts: 1 })
    expect(end).toMatchObject({ status: 'success', counts: { errored: 3 } })
    expect(end.spent.requests).toBe(9)
    expect(end.spent.output).toBe(9 * 9)
    upstream.respond = () => says('yes')
    expect(await run(out, { attempts: 1 })).toMatchObject({ counts: { errored: 3 } })
    expect(await run(out, { attempts: 1, retryErrors: true })).toMatchObject({ counts: { passed: 3, errored: 0 } })
    const log = await imported(out)
    expect(log.flags).toEqual([])
    expect(totalsOf(log.tallies)).toMatchObject({ tries: 3, passed: 3, errored: 0 })
  })

  it('ends when told to, with what was asked answered, and says so', async () => {
    const out = fresh()
    upstream.respond = () => {
      stop.abort()
      return says('yes')
    }
    const end = await run(out)
    expect(end).toMatchObject({ status: 'stopped' })
    expect(end.counts.passed).toBe(upstream.requests.length)
    expect((await imported(out)).flags.map(({ code }) => code)).toEqual(['status'])
  })

  it('never passes a limit, whatever answers cost, and goes on below a higher one', async () => {
    const price = { input: 1_000, output: 10_000 }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('requests', 'tokens', 'money'),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.option(fc.record({ input: fc.nat(60), output: fc.nat(9) }), { nil: null })),
        async (kind, most, concurrency, costs) => {
          upstream.respond = () => {
            const cost = costs.next().value
            const used = cost && { prompt_tokens: cost.input, completion_tokens: cost.output }
            return jsonAnswer({ ...wholeAnswer('openai-chat', 'no'), ...(used ? { usage: used } : {}) })
          }
          const limit = kind === 'money' ? most / 500 : kind === 'requests' ? most % 9 : most
          const out = fresh()
          const end = await run(out, { concurrency }, { price, [kind]: limit })
          const { requests, input, output } = end.spent
          const came = { requests, tokens: input + output, money: end.money ?? 0 }
          expect(came[kind]).toBeLessThanOrEqual(limit + 1e-9)
          expect(end.status).toBe(end.left === 0 ? 'success' : 'limit')
          expect(await run(out, { concurrency })).toMatchObject({ status: 'success', left: 0, counts: { failed: 6 } })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('asks nothing twice that was answered, wherever it was cut off', async () => {
    const whole = fresh()
    upstream.respond = ({ body }) => says(Buffer.from(body).toString().includes('Say b') ? 'yes' : 'no')
    const complete = await run(whole)
    const bytes = readFileSync(whole)
    upstream.take()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), async (at) => {
        const out = fresh()
        writeFileSync(out, bytes.subarray(0, at))
        const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('{"task"') && isJson(line))
        const stood = rows(bytes.toString('utf8', 0, at))
        const end = await run(out)
        expect(end.counts).toEqual(complete.counts)
        expect(asked()).toHaveLength(6 - stood.length)
        const after = rows(readFileSync(out, 'utf8'))
        expect(after.slice(0, stood.length)).toEqual(stood)
        expect(new Set(after.map((row) => `${JSON.parse(row).task} ${JSON.parse(row).attempt}`)).size).toBe(6)
        expect(await imported(out)).toMatchObject({ flags: [] })
        expect(end.spent.requests).toBeGreaterThanOrEqual(6)
      }),
      { numRuns: 60 },
    )
  })

  it('refuses files that others write, or that are no run’s, and says what changed', async () => {
    const out = fresh()
    {
      await using _ = await ResultsFile.open(out)
      await expect(ResultsFile.open(out)).rejects.toMatchObject({ code: 'CONFLICT' })
    }
    for (const text of ['{"task":"a","passed":true}\n', '{"a":1}\n', 'x\ny\n', '[]\n']) {
      writeFileSync(out, text)
      await expect(ResultsFile.open(out)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      expect(readFileSync(out, 'utf8')).toBe(text)
    }
    rmSync(out)
    upstream.respond = () => says('yes')
    await run(out)
    const [header, , ...lines] = readFileSync(out, 'utf8').split('\n')
    const row = lines.find((line) => line.startsWith('{"task"'))
    writeFileSync(out, `${header}\n${row}\n${row}\n`)
    await expect(ResultsFile.open(out)).rejects.toThrow('twice')
    expect((await imported(out)).flags.map(({ code }) => code).toSorted()).toEqual(['duplicate_samples', 'status'])
  })
})
