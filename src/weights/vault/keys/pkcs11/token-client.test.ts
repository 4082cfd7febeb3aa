import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { TokenClient, type TokenClientOptions } from './token-client.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-token-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const clients: TokenClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})
const key = { module: '/none.so', tokenLabel: 't', tokenSerial: undefined, keyLabel: 'k' }

/** A client of a program that answers `reply(ask, asks)`, an expression; `asks` counts what came before. */
function clientOf(reply: string, over: Partial<TokenClientOptions> = {}): TokenClient {
  const file = join(dir, `${clients.length}-${Math.random()}.mjs`)
  const body = `import { existsSync, writeFileSync } from 'node:fs'
const done = { type: 'done' }
const once = (name) => { const path = ${JSON.stringify(file)} + name; if (existsSync(path)) return false; writeFileSync(path, ''); return true }
let asks = 0
process.on('message', (ask) => { const answer = (${reply})(ask, asks++); if (answer !== undefined) process.send(answer) })`
  writeFileSync(file, body)
  const client = new TokenClient({
    key,
    pin: () => '1234',
    env: {},
    server: 'the token t',
    timeoutMs: 5_000,
    program: pathToFileURL(file),
    ...over,
  })
  clients.push(client)
  return client
}
const version = (of: TokenClient) => of.ask({ type: 'newest' })
const failing = (code: string, words: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(words) })

describe('a process that holds a token', () => {
  it('is started anew when it has ended, and loses no request', async () => {
    const client = clientOf(
      `(ask) => ask.type === 'open' ? done : once('a') ? { type: 'version', version: 1 } : process.exit(1)`,
    )
    expect(await version(client)).toEqual({ type: 'version', version: 1 })
    await expect(version(client)).rejects.toThrow(failing('UPSTREAM_UNAVAILABLE', /^the token t ended/))
  })

  it('is asked again by another one when it ends in the middle', async () => {
    const client = clientOf(
      `(ask, asks) => ask.type === 'open' ? done : asks > 1 && once('b') ? process.exit(1) : { type: 'version', version: process.pid }`,
    )
    const before = await version(client)
    const after = await version(client)
    expect(after).toMatchObject({ type: 'version' })
    expect(after).not.toEqual(before)
  })

  it('that is silent is ended, and not asked twice', async () => {
    const client = clientOf(
      `(ask, asks) => ask.type === 'open' ? done : asks > 1 ? undefined : { type: 'version', version: 1 }`,
      {
        timeoutMs: 1_500,
      },
    )
    await version(client)
    const startedMs = performance.now()
    await expect(version(client)).rejects.toThrow(failing('UPSTREAM_TIMEOUT', /in time/))
    expect(performance.now() - startedMs).toBeLessThan(2_900)
    expect(await version(client)).toEqual({ type: 'version', version: 1 })
  })

  it.each([
    ['no object', `() => 'done'`],
    ['of no type', `() => ({ type: 'key' })`],
    ['with too many bytes', `(ask) => ask.type === 'open' ? done : { type: 'bytes', bytes: new Uint8Array(5000) }`],
    ['with words of its own', `() => ({ type: 'refused', refusal: 'device', detail: 'key: 00ff!' })`],
  ])('gives no answer that is %s', async (_, reply) => {
    await expect(version(clientOf(reply))).rejects.toThrow(failing('UPSTREAM_UNAVAILABLE', /none/))
  })

  it('sees nothing of our environment', async () => {
    process.env.TOKEN_CLIENT_TEST = 'secret'
    const seen = `(ask) => ask.type === 'open' ? done : { type: 'version', version: 'TOKEN_CLIENT_TEST' in process.env ? 1 : Number(process.env.GIVEN) }`
    const answer = await version(clientOf(seen, { env: { GIVEN: '42' } }))
    delete process.env.TOKEN_CLIENT_TEST
    expect(answer).toEqual({ type: 'version', version: 42 })
  })

  it('takes no more than it can keep waiting, and nothing once it is closed', async () => {
    const client = clientOf(`(ask) => ask.type === 'open' ? done : { type: 'version', version: 1 }`)
    const asked = await Promise.allSettled(Array.from({ length: 257 }, () => version(client)))
    expect(asked.filter(({ status }) => status === 'rejected')).toEqual([
      expect.objectContaining({ reason: failing('OVERLOADED', /later/) }),
    ])
    client.close()
    await expect(version(client)).rejects.toThrow(failing('CONFLICT', /closed/))
  })

  it('can fail to start', async () => {
    const client = clientOf('', { program: pathToFileURL(join(dir, 'none.mjs')) })
    await expect(version(client)).rejects.toThrow(failing('UPSTREAM_UNAVAILABLE', /ended/))
  })
})
