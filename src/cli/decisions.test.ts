import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { post, simpleBody } from '../../test/support/dialect-http.ts'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { runCli, startCli } from '../../test/support/running-cli.ts'
import { testString } from '../screening/index.ts'

const TEST = testString('cyber_operations')

let running: RunningApp
let refused = ''
let allowed = ''

beforeAll(async () => {
  running = await startApp({ config: { canaries: { intervalSeconds: 0 } } })
  refused = await ask(TEST)
  allowed = await ask('How is bread made?')
  await running.app.decisions.catchUp()
})
afterAll(() => running[Symbol.asyncDispose]())

async function ask(words: string): Promise<string> {
  const answer = await post(running, '/v1/chat/completions', simpleBody('openai-chat', words))
  return answer.headers.get('x-safelevel-decision') ?? ''
}

const start = (args: readonly string[]) => startCli(running, ['decisions', ...args])
const run = (args: readonly string[], env: Record<string, string> = {}) => runCli(running, ['decisions', ...args], env)

describe('safelevel decisions', () => {
  it('lists newest first, by filter, as lines and as JSON', async () => {
    const all = await run(['ls', '--json'])
    expect(all.err).toBe('')
    expect(
      all.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([allowed, refused])
    const lines = await run(['ls', '--outcome', 'refuse', '--limit', '1'])
    expect(lines.out).toContain(`${refused}  refuse`)
    expect(lines.out).toContain('cyber_operations')
    expect((await run(['ls', '--label', 'hate'])).err).toBe('no such decisions\n')
  })

  it('shows one, with what is kept and how to prove it', async () => {
    const { out, code } = await run(['show', refused])
    expect(code).toBe(0)
    expect(out).toMatch(/^found {6}cyber_operations, in the prompt$/m)
    expect(out).toMatch(/^ledger {5}position \d+: safelevel ledger prove --entry \d+$/m)
    expect(JSON.parse((await run(['show', refused, '--json'])).out)).toMatchObject({ id: refused, outcome: 'refuse' })
  })

  it('follows what is decided', async () => {
    const child = start(['tail', '--outcome', 'refuse', '--json'])
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      out += more
    })
    await expect
      .poll(
        async () => {
          await ask(TEST)
          return out
        },
        { timeout: 20_000, interval: 300 },
      )
      .toMatch(/"outcome":"refuse".*\n/)
    child.kill()
    expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({ label: 'cyber_operations' })
  })

  it.each([
    [['show', 'dec_none'], 4, 'NOT_FOUND'],
    [['ls', '--outcome', 'perhaps'], 2, 'REQUEST_INVALID'],
    [['ls', '--limit', 'many'], 2, 'REQUEST_INVALID'],
    [['ls', '--since', 'yesterday'], 2, 'REQUEST_INVALID'],
    [['tail', '--outcome', 'perhaps'], 2, 'REQUEST_INVALID'],
  ])('%j exits with %i', async (args, exit, code) => {
    const { err, code: got } = await run(args)
    expect([got, err]).toEqual([exit, expect.stringContaining(code)])
  })

  it('says what to do where no server runs', async () => {
    const { err, code } = await run(['ls'], { SAFELEVEL_URL: '' })
    expect([code, err]).toEqual([8, expect.stringContaining('safelevel serve')])
  })
})
