import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createTestDatabase, postgresAvailable } from '../support/postgres.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { EVENT_STREAM } from '../support/scripted-upstream.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const

/** A customer of its own, with a key. */
async function newCustomer({ app }: RunningApp, name: string): Promise<string> {
  const organisation = await app.accounts.createOrganisation({ name }, OPERATOR)
  const project = await app.accounts.createProject({ organisationId: organisation.id, name: 'default' }, OPERATOR)
  const { key } = await app.accounts.createKey({ projectId: project.id, name: 'k' }, OPERATOR)
  return key
}

function chat({ url }: RunningApp, key: string, more: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello.' }], ...more }),
  })
}

async function operate({ app, controlUrl }: RunningApp, path: string, body: object) {
  const headers = { authorization: `Bearer ${app.operatorToken}`, 'content-type': 'application/json' }
  const response = await fetch(`${controlUrl}/api/v1/response${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  // biome-ignore lint/suspicious/noExplicitAny: a body as a test looks at it
  return { status: response.status, body: (await response.json()) as any }
}

/** Lets streams through slowly: 12 words, one every `everyMs`. */
function streamSlowly({ upstream }: RunningApp, everyMs: number): void {
  const chunk = (delta: object, finish: string | null) =>
    Buffer.from(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: MODEL, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    )
  upstream.respond = (request) => {
    async function* body() {
      yield chunk({ role: 'assistant', content: '' }, null)
      for (let i = 0; i < 12; i++) {
        await wait(everyMs)
        yield chunk({ content: `word${i} ` }, null)
      }
      yield chunk({}, 'stop')
      yield Buffer.from('data: [DONE]\n\n')
    }
    if (request.stream) return { status: 200, headers: EVENT_STREAM, body: body() }
    const message = { role: 'assistant', content: 'Hello.' }
    const answer = {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: MODEL,
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    }
    async function* whole() {
      yield Buffer.from(JSON.stringify(answer))
    }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: whole() }
  }
}

describe('a halt', () => {
  it('refuses new customers natively, serves existing ones, and puts an emergency’s safeguards on that model alone', async () => {
    await using running = await startApp()
    const old = await newCustomer(running, 'Old')
    const late = await newCustomer(running, 'Late')
    expect((await chat(running, old)).status).toBe(200)
    const halted = await operate(running, '/halts', { model: MODEL, reason: 'more capable than was thought' })
    expect(halted).toMatchObject({ status: 201, body: { kind: '2d', tasks: [{ customers: 1 }], drill: false } })
    const refused = await chat(running, late)
    expect(refused.status).toBe(403)
    expect(JSON.stringify(await refused.json())).toMatch(/takes no new customers .*inc_/)
    expect((await chat(running, old)).status).toBe(200)
    expect((await chat(running, late, { model: 'sandbox-1' })).status).toBe(200)

    const path = `/cases/deployment/${encodeURIComponent(`gateway:${MODEL}`)}`
    const declared = await operate(running, `${path}/emergency`, { reason: 'uplift shown' })
    expect(declared).toMatchObject({ status: 201, body: { state: 'restricted', effect: 'existing' } })
    const tools = [{ type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } }]
    expect((await chat(running, old, { tools })).status).toBe(403)
    const plain = await chat(running, old)
    expect(plain.status).toBe(200)
    expect(plain.headers.get('x-safelevel-safeguards')).toMatch(/^additional; incident=inc_/)
    expect((await chat(running, old, { model: 'sandbox-1', tools })).status).toBe(200)
    const alone = await operate(running, `${path}/steps`, { step: 'reopen_reviewed', reason: 'please' })
    expect(alone.status).toBe(409)
    expect((await chat(running, late)).status).toBe(403)
  })

  it('rehearsed as a drill touches nobody', async () => {
    await using running = await startApp()
    const key = await newCustomer(running, 'Anybody')
    const drill = await operate(running, '/halts', { model: MODEL, reason: 'rehearsal', drill: true })
    expect(drill.body).toMatchObject({ drill: true })
    expect((await chat(running, key)).status).toBe(200)
  })

  it.runIf(postgresAvailable('halts'))(
    'holds on another replica within a second, and interrupts no stream',
    async () => {
      await using database = await createTestDatabase()
      await using one = await startApp({ databaseUrl: database.url })
      await using two = await startApp({ databaseUrl: database.url, keysFrom: one.dataDir })
      const old = await newCustomer(one, 'Old')
      const late = await newCustomer(one, 'Late')
      await wait(600)
      for (const replica of [one, two]) {
        streamSlowly(replica, 150)
        expect((await chat(replica, old)).status).toBe(200)
      }
      await wait(400)
      const streams = [one, two].flatMap((replica) =>
        Array.from({ length: 10 }, async () => (await chat(replica, old, { stream: true })).text()),
      )
      await wait(200)
      const startedMs = performance.now()
      expect((await operate(one, '/halts', { model: MODEL, reason: 'now' })).status).toBe(201)
      const tookMs = async (replica: RunningApp) => {
        while ((await chat(replica, late)).status === 200) await wait(5)
        return performance.now() - startedMs
      }
      const [here, there] = [await tookMs(one), await tookMs(two)]
      process.stderr.write(
        `halted here after ${Math.round(here)} ms, on the other replica after ${Math.round(there)} ms\n`,
      )
      expect(there).toBeLessThan(1_000)
      for (const text of await Promise.all(streams)) expect(text).toMatch(/word11[\s\S]*\[DONE\]/)
      for (const replica of [one, two]) expect((await chat(replica, old)).status).toBe(200)
    },
  )
})
