import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Segments } from '../../src/ledger/index.ts'
import { testString } from '../../src/screening/index.ts'
import { openLedger } from '../ledger/support.ts'
import { PATHS, post, SPEAKING_IDS, simpleBody } from '../support/dialect-http.ts'
import { ServedChild, safelevel } from '../support/served-child.ts'

/** The whole server, killed at random instants under load: SAFELEVEL_KILL_ROUNDS times, over one data folder. */
const ROUNDS = Number(process.env.SAFELEVEL_KILL_ROUNDS ?? 3)
const CLIENTS = 16
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelevel-kill-e2e-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Asks in all dialects until the server dies; the decisions of answers that came whole. */
async function load(url: string, key: string, acknowledged: Set<string>, client: number): Promise<void> {
  for (let i = client; ; i++) {
    const dialect = SPEAKING_IDS[i % SPEAKING_IDS.length] ?? 'openai-chat'
    const stream = i % 2 === 0
    const text = i % 5 === 0 ? testString('chemical') : 'Hello.'
    try {
      const answered = await post({ url, key }, PATHS[dialect], {
        ...simpleBody(dialect, text, { stream }),
        model: 'sandbox-1',
      })
      expect(answered.status).toBe(200)
      const whole = !stream || /\[DONE\]|response\.(completed|incomplete)|message_stop/.test(answered.text)
      if (whole) acknowledged.add(answered.headers.get('x-safelevel-decision') ?? '')
    } catch (error) {
      if (error instanceof TypeError || (error instanceof Error && error.message === 'terminated')) return // the connection is gone
      throw error
    }
  }
}

it(`keeps every acknowledged decision through ${ROUNDS} kills of the server`, {
  timeout: 60_000 + ROUNDS * 30_000,
}, async () => {
  const acknowledged = new Set<string>()
  let key = ''
  let underLoad = 0
  for (let round = 0; round < ROUNDS; round++) {
    const server = new ServedChild(folder)
    if (round % 5 === 4) {
      // In its start, while it recovers from the kill before.
      await sleep(Math.random() * 2_000)
      await server.kill()
    } else {
      const ready = await server.ready
      if (ready === null) throw new Error(`the server did not start in round ${round}: ${server.stderr}`)
      key = ready.key ?? key
      const before = acknowledged.size
      const clients = Array.from({ length: CLIENTS }, (_, client) => load(ready.public, key, acknowledged, client))
      await sleep(30 + Math.random() * 600)
      await server.kill()
      await Promise.all(clients)
      if (acknowledged.size > before) underLoad++
    }
    expect(server.stderr).not.toContain('"level":50')
    // As the kill left it, then as the next start finds it.
    const left = await safelevel(folder, ['ledger', 'verify', '--json'])
    expect([round, left.code, left.stderr]).toEqual([round, 0, expect.any(String)])
    const lost = new Set(acknowledged)
    await using ledger = await openLedger(join(folder, 'data'))
    const segments = await Segments.open(join(folder, 'data', 'ledger', 'private'))
    for await (const page of segments.pages(0, ledger.size)) {
      for (const { body } of page) {
        const event = JSON.parse(body.toString('utf8'))
        if (event.kind === 'gateway.decision') lost.delete(event.subject.id)
      }
    }
    expect([round, [...lost]]).toEqual([round, []])
  }
  const after = await safelevel(folder, ['ledger', 'verify', '--json'])
  expect([after.code, after.stderr]).toEqual([0, expect.any(String)])
  process.stdout.write(
    `${ROUNDS} kills of the server, ${underLoad} under load: ${acknowledged.size} acknowledged decisions, 0 lost\n`,
  )
  expect(acknowledged.size).toBeGreaterThan(0)
})
