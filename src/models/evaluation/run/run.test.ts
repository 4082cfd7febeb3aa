import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { wholeAnswer } from '../../../../test/support/invariants.ts'
import { bytesAnswer, jsonAnswer, ScriptedUpstream } from '../../../../test/support/scripted-upstream.ts'
import { ManualClock } from '../../../base/clock.ts'
import { seededIds } from '../../../base/ids.ts'
import { importLog } from '../import/index.ts'
import { totalsOf } from '../verdict/index.ts'
import { Budget, Pace, ResultsFile, type RunPlan, readReply, readTaskFile, runSuite } from './index.ts'
import { scoreOf } from './score.ts'
import { promptOf } from './task-file.ts'
import { type ChatApi, type ChatRequest, chatRequest, retryAfterMs } from './wire.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-run-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let files = 0
const fresh = () => join(dir, `file-${files++}.jsonl`)
function suiteFile(...lines: unknown[]): string {
  const path = fresh()
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return path
}
const word = (id: string) => ({ id, cluster: 'f', prompt: `Say ${id}`, pass: { exact: 'yes' } })

describe('a file of tasks', () => {
  it('is read with its suite, its clusters and its digest', async () => {
    const suite = { suite: 's-1', domain: 'autonomy', threshold: 'T', rule: { kind: 'autonomy' } }
    const choice = { id: 'c', prompt: 'Which?', choices: ['one', 'two'], answer: 'B' }
    const read = await readTaskFile(suiteFile({ suite }, word('a'), '', choice))
    expect(read).toMatchObject({ suite: { suite: 's-1' }, digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(read.tasks.map(({ id, cluster, pass }) => [id, cluster, pass.kind])).toEqual([
      ['a', 'f', 'exact'],
      ['c', null, 'choice'],
    ])
    const [, asked] = read.tasks.map(promptOf)
    expect(asked).toBe(
      'Which?\n\nA) one\nB) two\n\nGive the letter of the right choice on the last line: "ANSWER: <letter>".',
    )
  })

  it.each([
    ['nothing', [''], 'not one task'],
    ['no JSON', [word('a'), '{'], 'line 2'],
    ['an id twice', [word('a'), word('a')], 'line 2: the id'],
    ['neither choices nor a criterion', [{ id: 'a', prompt: 'x' }], 'line 1'],
    ['both', [{ ...word('a'), choices: ['x', 'y'], answer: 'A' }], 'go together'],
    ['a letter that no choice has', [{ id: 'a', prompt: 'x', choices: ['x', 'y'], answer: 'C' }], 'one of its 2'],
    ['a choice twice', [{ id: 'a', prompt: 'x', choices: ['x', 'x'], answer: 'A' }], 'twice'],
    ['two criteria', [{ id: 'a', prompt: 'x', pass: { exact: 'x', contains: 'x' } }], 'line 1'],
    ['a pattern that is none', [{ id: 'a', prompt: 'x', pass: { regex: '(' } }], "can't be read"],
    ['a pattern that RE2 has not', [{ id: 'a', prompt: 'x', pass: { regex: '(a)\\1' } }], "can't be read"],
    ['a pattern without measure', [{ id: 'a', prompt: 'x', pass: { regex: '(\\w{99}){99}' } }], ''],
    ['a word too many', [{ ...word('a'), attempts: 3 }], 'line 1'],
    ['a suite that lists its tasks', [{ suite: { suite: 's', tasks: 1 } }, word('a')], 'line 1'],
  ])('is refused with %s', async (_, lines, words) => {
    const attempt = readTaskFile(suiteFile(...lines))
    await expect(attempt).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(words),
    })
  })

  it('is refused where there is none, or what is not UTF-8', async () => {
    await expect(readTaskFile(join(dir, 'none'))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const path = fresh()
    writeFileSync(path, Buffer.of(0xff, 0xfe))
    await expect(readTaskFile(path)).rejects.toThrow('UTF-8')
  })
})

describe('a score', () => {
  const choice = { kind: 'choice', letter: 'B', choices: ['red', 'blue', 'green'] } as const
  const exact = { kind: 'exact', text: '42', ignoreCase: false } as const
  const contains = { kind: 'contains', text: 'Ünit', ignoreCase: true } as const
  it.each([
    [choice, 'ANSWER: B', 'stop', 'passed'],
    [choice, 'First I thought ANSWER: A, but then\n**ANSWER: B**', 'stop', 'passed'],
    [choice, 'The answer is (B).', 'stop', 'passed'],
    [choice, 'B', 'stop', 'passed'],
    [choice, '(B)', 'stop', 'passed'],
    [choice, 'B) blue', 'stop', 'passed'],
    [choice, 'blue', 'stop', 'passed'],
    [choice, 'A) blue', 'stop', 'unscored'],
    [choice, 'ANSWER: C', 'stop', 'failed'],
    [choice, 'The answer is a matter of taste', 'stop', 'unscored'],
    [choice, 'ANSWER: Z', 'stop', 'unscored'],
    [choice, 'ANSWER: <letter>', 'stop', 'unscored'],
    [choice, 'I’m sorry, but I can’t help with that.', 'stop', 'refused'],
    [choice, 'ANSWER: B', 'length', 'passed'],
    [choice, 'ANSWER: A', 'length', 'errored'],
    [choice, '', 'refusal', 'refused'],
    [choice, '   ', 'stop', 'unscored'],
    [exact, ' 42\n', 'stop', 'passed'],
    [exact, '42.', 'stop', 'failed'],
    [exact, 'I cannot help with that', 'stop', 'refused'],
    [exact, 'I', 'length', 'errored'],
    [contains, 'a U\u0308NIT of it', 'stop', 'passed'],
  ] as const)('%o of %j that ended by %s is %s', (pass, text, end, outcome) => {
    expect(scoreOf(pass, { text, end }).outcome).toBe(outcome)
  })

  it('takes time that is linear in the answer, whatever it says', async () => {
    const { tasks } = await readTaskFile(suiteFile({ id: 'a', prompt: 'x', pass: { regex: '(a*)*b$' } }))
    const [task] = tasks
    if (task === undefined) throw new Error('no task')
    for (const pass of [task.pass, choice]) {
      for (const text of ['a'.repeat(200_000), 'answer '.repeat(30_000), 'ANSWER:'.repeat(30_000)]) {
        const from = performance.now()
        scoreOf(pass, { text, end: 'stop' })
        expect(performance.now() - from).toBeLessThan(2_000)
      }
    }
  })
})

describe('the wire', () => {
  const asking = { model: 'm', system: 'Be brief', maxTokens: 9, temperature: 0.5, tokensAs: 'max_tokens' } as const
  it('asks as both kinds of servers want it', () => {
    const body = (api: ChatApi) => JSON.parse(Buffer.from(chatRequest({ ...asking, api }, 'Hello').body).toString())
    expect(body('openai-chat')).toEqual({
      ...{ model: 'm', max_tokens: 9, temperature: 0.5 },
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hello' },
      ],
    })
    expect(body('anthropic-messages')).toEqual({
      ...{ model: 'm', max_tokens: 9, temperature: 0.5, system: 'Be brief' },
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  const reply = (status: number, body: unknown, headers = {}, api: ChatApi = 'openai-chat') =>
    readReply(api, { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, 0)

  it.each(['openai-chat', 'anthropic-messages'] as const)('reads what %s says', (api) => {
    expect(reply(200, wholeAnswer(api, 'Hello'), {}, api)).toMatchObject({ said: { text: 'Hello', end: 'stop' } })
    for (const body of ['', '{', '[]', '{}', '{"choices":[]}', '{"type":"message"}', 'null', '{"choices":[{}]}']) {
      expect(reply(200, body, {}, api)).toMatchObject({ kind: 'later', why: 'the answer is malformed' })
    }
  })

  it('tells refusals and ends that came too soon from answers', () => {
    const message = { content: null, refusal: 'no' }
    expect(reply(200, { choices: [{ message, finish_reason: 'stop' }] })).toMatchObject({ said: { end: 'refusal' } })
    const cut = { choices: [{ message: { content: 'x' }, finish_reason: 'length' }] }
    expect(reply(200, cut)).toMatchObject({ said: { end: 'length' } })
    const filtered = { error: { code: 'content_filter', type: 'x', message: 'secret words' } }
    expect(reply(400, filtered)).toMatchObject({ said: { text: '', end: 'refusal' } })
    const anthropic = { type: 'message', content: [], stop_reason: 'refusal' }
    expect(reply(200, anthropic, {}, 'anthropic-messages')).toMatchObject({ said: { end: 'refusal' } })
  })

  it.each([
    [429, { kind: 'later', busy: true }],
    [503, { kind: 'later', busy: true }],
    [529, { kind: 'later', busy: true }],
    [500, { kind: 'later', busy: false }],
    [408, { kind: 'later', busy: false }],
    [400, { kind: 'failed' }],
    [422, { kind: 'failed' }],
    [401, { kind: 'stop', code: 'UNAUTHENTICATED' }],
    [403, { kind: 'stop', code: 'FORBIDDEN' }],
    [404, { kind: 'stop', code: 'MODEL_NOT_FOUND' }],
  ])('takes %i for what it is, and repeats none of its words', (status, expected) => {
    const said = reply(status, { error: { message: 'secret words', code: 'x' } })
    expect(said).toMatchObject(expected)
    expect(JSON.stringify(said)).not.toContain('secret')
  })

  it('waits for as long as a server asks', () => {
    const at = (headers: Record<string, string>) => retryAfterMs(headers, Date.UTC(2026, 0, 1))
    expect(at({ 'retry-after': '7' })).toBe(7_000)
    expect(at({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' })).toBe(60_000)
    expect(at({ 'retry-after-ms': '150', 'retry-after': '7' })).toBe(150)
    for (const bad of ['', 'soon', '-1', 'NaN']) expect(at({ 'retry-after': bad })).toBeNull()
  })
})

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
    return readReply('openai-chat', { ...answer, body: Buffer.concat(chunks).toString() }, clock.now())
  }
  const HEADER = { began_at: '2026-01-01T00:00:00Z', model: 'm', suite: null, suite_file: 'a'.repeat(64) }

  async function run(out: string, over: Partial<RunPlan> = {}, limits: Partial<Budget['limits']> = {}) {
    const { tasks } = await readTaskFile(suiteFile(word('a'), word('b'), word('c')))
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
        const rows = (text: string) =>
          text.split('\n').filter((line) => line.startsWith('{"task"') && line.endsWith('}'))
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
