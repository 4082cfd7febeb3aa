import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wholeAnswer } from '../../test/support/invariants.ts'
import { startApp } from '../../test/support/running-app.ts'
import { endOf, spawnCli } from '../../test/support/running-cli.ts'
import { answerJson, ScriptedGuard } from '../../test/support/scripted-guard.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-eval-run-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let files = 0
const fresh = () => join(dir, `${files++}.jsonl`)
const KEY = 'sk-not-a-real-key-000000'

/** `safelevel eval …`. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawnCli(['eval', ...args], { SAFELEVEL_DATA_DIR: join(dir, 'data'), EVAL_KEY: KEY, ...env }, dir)
  return { child, ended: endOf(child) }
}

const tasks = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `t${i}`, prompt: `Task ${i}.`, pass: { contains: 'yes' } }))
const SUITE = { suite: 'simple-1', domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy', tries: 2 } }
function suite(count: number, header = true): string {
  const path = fresh()
  const lines = [...(header ? [{ suite: SUITE }] : []), ...tasks(count)]
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'))
  return path
}
interface Line {
  readonly task?: string
  readonly attempt?: number
  readonly end?: { readonly status: string }
}
const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Line]
      } catch {
        return []
      }
    })
const triesIn = (path: string) =>
  linesOf(path).flatMap(({ task, attempt }) => (task === undefined ? [] : [`${task}#${attempt}`]))

describe('safelevel eval run', () => {
  let server: ScriptedGuard
  beforeEach(async () => {
    server = await ScriptedGuard.start((_, response) => answerJson(response, wholeAnswer('openai-chat', 'no')))
  })
  afterEach(() => server[Symbol.asyncDispose]())
  const to = (path: string, out: string) => [
    ...['run', '--suite', path, '--out', out, '--no-freeze', '--attempts', '2', '--json'],
    ...['--model', 'm-1', '--base-url', server.url, '--api-key-env', 'EVAL_KEY'],
  ]

  it('goes on after kill -9, and asks nothing twice that was answered', async () => {
    server.respond = async (_, response) => {
      await wait(15)
      answerJson(response, wholeAnswer('openai-chat', 'no'))
    }
    const [path, out] = [suite(60), fresh()]
    for (const enough of [20, 60, 95]) {
      const { child, ended } = start(to(path, out))
      for (;;) {
        if (existsSync(out) && triesIn(out).length >= enough) break
        if (child.exitCode !== null) throw new Error((await ended).err)
        await wait(5)
      }
      child.kill('SIGKILL')
      await ended
      const stood = triesIn(out)
      const askedBefore = server.questions.length
      // Whole lines alone count: the last one may have been cut off.
      expect(stood.length).toBeGreaterThanOrEqual(enough)
      expect(askedBefore).toBeGreaterThanOrEqual(stood.length)
    }
    const stood = triesIn(out)
    server.questions.length = 0
    const { code, out: printed } = await start(to(path, out)).ended
    expect(code).toBe(0)
    expect(server.questions).toHaveLength(120 - stood.length)
    const all = triesIn(out)
    expect(all.slice(0, stood.length)).toEqual(stood)
    expect(new Set(all).size).toBe(120)
    expect(all).toHaveLength(120)
    // What was under way when it was killed is counted as spent.
    expect(JSON.parse(printed)).toMatchObject({ status: 'success', counts: { failed: 120 } })
    expect(JSON.parse(printed).spent.requests).toBeGreaterThanOrEqual(120)
  }, 120_000)

  it('waits as the server asks, keeps to its limits, and shows no key', async () => {
    let turned = 0
    server.respond = (_, response) => {
      if (turned++ > 0) return answerJson(response, wholeAnswer('openai-chat', 'yes'))
      response.writeHead(429, { 'retry-after': '1' })
      response.end(`{"error":{"message":"slow down ${KEY}"}}`)
    }
    const [path, out] = [suite(6), fresh()]
    const from = Date.now()
    const limited = await start([...to(path, out), '--limit-requests', '4', '--concurrency', '1']).ended
    expect(Date.now() - from).toBeGreaterThan(1_000)
    expect(limited.code).toBe(6)
    expect(JSON.parse(limited.out)).toMatchObject({ status: 'limit', left: 9 - 2 - 1, spent: { requests: 4 } })
    expect(server.questions).toHaveLength(4)
    expect(server.questions[0]?.headers.authorization).toBe(`Bearer ${KEY}`)
    const rest = await start([...to(path, out), '--limit-requests', '7']).ended
    expect(rest.code).toBe(0)
    expect(JSON.parse(rest.out)).toMatchObject({ status: 'success', left: 0, counts: { passed: 6 } })
    expect(limited.out + limited.err + rest.out + rest.err + readFileSync(out, 'utf8')).not.toContain(KEY)
    const other = await start([...to(path, out), '--max-tokens', '7']).ended
    expect([other.code, other.out]).toEqual([5, expect.stringContaining('maxTokens')])
  }, 60_000)

  it.each([
    ['the server is not there', ['--base-url', 'http://127.0.0.1:9', '--retries', '0'], {}, 8],
    ['the key is not there', ['--api-key-env', 'NO_SUCH_KEY'], {}, 2],
    ['a key stands in the address', ['--base-url', 'http://user:pw@127.0.0.1:9'], {}, 2],
    ['a cost has no price', ['--limit-cost', '1'], {}, 2],
    ['the suite is not there', ['--suite', 'none.jsonl'], {}, 2],
  ])(
    'says so when %s',
    async (_, args, env, code) => {
      const result = await start([...to(suite(1), fresh()), ...args], env).ended
      expect(result.code, result.out + result.err).toBe(code)
      expect(server.questions).toEqual([])
    },
    30_000,
  )

  it('asks nothing where the suite can’t be frozen first', async () => {
    const args = to(suite(1), fresh()).filter((arg) => arg !== '--no-freeze')
    expect((await start(args).ended).code).toBe(8)
    const unnamed = ['run', '--suite', suite(1, false), '--model', 'm-1', '--base-url', server.url, '--import']
    expect((await start(unnamed).ended).code).toBe(2)
    expect(server.questions).toEqual([])
  }, 30_000)

  it('stops at once where the key is not taken, and stays with nothing lost', async () => {
    server.respond = (_, response) => answerJson(response, { error: { message: 'who?' } }, 401)
    const result = await start([...to(suite(3), fresh()), '--concurrency', '1']).ended
    expect([result.code, server.questions.length]).toEqual([3, 1])
  }, 30_000)

  it('freezes the suite first, and reads the results into the assessment', async () => {
    await using running = await startApp()
    const env = { SAFELEVEL_URL: running.controlUrl, SAFELEVEL_TOKEN: running.app.operatorToken }
    const { registry, evaluations } = running.app.modelRooms
    const by = { type: 'operator', id: 'operator' } as const
    for (const n of [1, 2])
      await registry.checkpoints.record({ model: 'atlas', checkpoint: `c${n}`, flops: n * 1e24 }, by)
    const [path, out] = [suite(3), fresh()]
    const args = [
      ...['run', '--suite', path, '--out', out, '--attempts', '2'],
      ...['--model', 'm-1', '--base-url', server.url, '--snapshot', 'helpful-only', '--json'],
    ]
    const frozen = await start(args, env).ended
    expect(frozen.code, frozen.err).toBe(0)
    expect(frozen.err).toContain('the suite simple-1 is frozen')
    const { id } = await evaluations.assessments.open({ checkpoint: 'atlas/c2', suites: ['simple-1'] }, by)
    const read = await start([...args, '--import', '--line', 'atlas'], env).ended
    expect(read.code, read.err).toBe(0)
    expect(JSON.parse(read.out)).toMatchObject({
      imported: { assessment: id, snapshot: 'helpful-only', flags: [], totals: { tries: 6, failed: 6 } },
    })
    expect(server.questions).toHaveLength(6)
    const { snapshots, missing } = await evaluations.assessments.verdict(id)
    expect(snapshots).toMatchObject([{ verdict: { lower: 0, upper: 0 } }])
    // Asking is not eliciting: what people answer for is still to come.
    expect(missing.map(({ code }) => code)).toContain('elicitation')
    // Other tasks under the same name are another suite.
    writeFileSync(
      path,
      `${readFileSync(path, 'utf8')}\n${JSON.stringify({ id: 'more', prompt: 'x', pass: { exact: 'x' } })}`,
    )
    const changed = await start([...args, '--out', fresh()], env).ended
    expect([changed.code, changed.out]).toEqual([5, expect.stringContaining('a changed suite is a new one')])
  }, 120_000)
})
