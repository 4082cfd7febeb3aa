import type { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { IntakeWorld } from '../../test/support/intake-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { Principal } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { safetyRoutes } from './safety-routes.ts'

/** Any answer, as far as these tests read it. */
interface Answer {
  readonly id: string
  readonly receipt: string
  readonly messages: readonly { readonly from: string; readonly text: string }[]
  readonly error: { readonly code: string; readonly message: string }
}

const ACME: Principal = { keyId: 'key_1', projectId: 'prj_1', organisationId: 'org_1', testString: false }
const KEY = { authorization: 'Bearer sl_live_acme' }
const [embedded] = storeKinds('safety routes')
if (embedded === undefined) throw new Error('no store')

describe('reports by API', () => {
  let store: TestStore
  let handle: DbHandle
  let world: IntakeWorld
  let app: Hono
  let admitted = true

  beforeAll(async () => {
    store = await embedded.create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await IntakeWorld.open(handle)
    admitted = true
    const { intake, config, clock, ids } = world
    app = safetyRoutes({
      intake,
      config,
      clock,
      ids,
      log: silentLog,
      async authenticate(secret) {
        if (secret !== 'sl_live_acme') throw new AppError('UNAUTHENTICATED', 'the API key is not valid')
        return ACME
      },
      admit: () => admitted,
    })
    return () => world[Symbol.asyncDispose]()
  })

  const call = async (
    method: string,
    path: string,
    body: unknown = undefined,
    headers: Record<string, string> = {},
  ) => {
    const text = typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body)
    const response = await app.request(`/v1/safety/${path}`, { method, headers, body: text })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer }
  }
  const report = (body: unknown, headers = {}) => call('POST', 'reports', body, headers)
  const decided = (organisation: string) => {
    const id = world.ids.next('dec')
    world.decisions.set(id, { organisation, model: 'orca-2', surface: 'api' })
    return id
  }

  it('are taken without a key, in nobody’s name, and followed by their receipt', async () => {
    const { status, body, headers } = await report({
      kind: 'safeguard_bypass',
      story: 'All of them.',
      category: 'jailbreak',
    })
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(body).toEqual({
      id: expect.stringMatching(/^rep_/),
      receipt: expect.any(String),
      already_received: false,
      received_at: expect.any(String),
    })
    const receipt = { 'x-safelevel-receipt': body.receipt }
    const shown = await call('GET', 'reports/status', undefined, receipt)
    expect(shown.body).toMatchObject({ id: body.id, state: 'received', closed_as: null, messages: [] })
    await world.reports.answer(body.id, 'Since when?', { type: 'staff', id: 'per_1' })
    const written = await call('POST', 'reports/messages', { text: 'Yesterday.' }, receipt)
    expect(written.body.messages.map((one) => [one.from, one.text])).toEqual([
      ['staff', 'Since when?'],
      ['reporter', 'Yesterday.'],
    ])
    expect(JSON.stringify(written.body)).not.toContain('per_1')
    expect((await call('POST', 'reports/withdraw', undefined, receipt)).body).toMatchObject({
      closed_as: 'withdrawn',
      erased: true,
    })
    expect(world.log.events[0]?.actor).toEqual({ type: 'anonymous', id: '-' })
  })

  it('belong to the customer whose key they carry', async () => {
    const { body } = await report({ kind: 'misuse', story: 'A user of ours.' }, KEY)
    expect(await world.reports.get(body.id)).toMatchObject({ organisationId: 'org_1', channel: 'api' })
    expect(world.log.events[0]?.actor).toEqual({ type: 'key', id: 'key_1' })
    // The same words from somebody else are another report.
    expect((await report({ kind: 'misuse', story: 'A user of ours.' })).status).toBe(201)
    const again = await report({ kind: 'misuse', story: 'A user of ours.' }, KEY)
    expect([again.status, again.body]).toMatchObject([200, { already_received: true, receipt: null }])
  })

  it('get their receipt again when the same key makes them the same, and only then', async () => {
    const body = { kind: 'other', story: 'The answer was lost.' }
    const key = { 'idempotency-key': '0190f3c2-7e7b-7c1a-9d3e-5b1f2a6c8d90' }
    world.log.failing = 'before'
    const failed = await report(body, key)
    expect([failed.status, failed.headers.get('retry-after'), failed.body.error.code]).toEqual([
      503,
      '5',
      'ledger_unavailable',
    ])
    world.log.failing = null
    const first = await report(body, key)
    expect(await report(body, key)).toMatchObject({ status: 200, body: first.body })
    expect(first.body.receipt).toMatch(/^[0-9A-Z-]{30}$/)
    expect((await report(body)).body.receipt).toBeNull()
    expect((await report(body, { ...key, ...KEY })).body.receipt).not.toBe(first.body.receipt)
    expect((await report({ ...body, story: 'Other.' }, key)).body.receipt).not.toBe(first.body.receipt)
    for (const bad of ['1', 'x'.repeat(101), 'a b c d e f g h i j'])
      expect((await report(body, { 'idempotency-key': bad })).status).toBe(400)
  })

  it.each([
    ['no JSON', 'kind=other'],
    ['nothing', ''],
    ['a list', '[]'],
    ['two readings', '{"kind":"other","kind":"misuse","story":"x"}'],
    ['depth', `{"kind":"other","story":${'['.repeat(50)}${']'.repeat(50)}}`],
    ['no story', '{"kind":"other"}'],
    ['an empty story', '{"kind":"other","story":" \\n "}'],
    ['a story without an end', `{"kind":"other","story":"${'x'.repeat(30_001)}"}`],
    ['control characters', '{"kind":"other","story":"a\\u0000b"}'],
    ['half a character', '{"kind":"other","story":"\\ud800"}'],
    ['a kind of its own', '{"kind":"urgent","story":"x"}'],
    ['more than was asked', '{"kind":"other","story":"x","state":"confirmed"}'],
    ['another decision’s form', '{"kind":"other","story":"x","decision":"../../1"}'],
  ])('are refused with %s, and never echoed', async (_, body) => {
    const { status, body: answer } = await report(body)
    expect(status).toBe(400)
    expect(answer).toMatchObject({
      error: { code: 'request_invalid', type: 'invalid_request_error', param: null },
      request_id: expect.any(String),
    })
    expect(JSON.stringify(answer).length).toBeLessThan(1_000)
    expect(world.log.events).toEqual([])
  })

  it('are refused when they are too large', async () => {
    expect((await report(`{"kind":"other","story":"${'x'.repeat(600_000)}"}`)).status).toBe(413)
  })

  it('are refused with a key that is none, rather than taken in nobody’s name', async () => {
    for (const headers of [{ authorization: 'Bearer sl_live_other' }, { 'x-api-key': 'nonsense' }] as Record<
      string,
      string
    >[]) {
      const { status, body } = await report({ kind: 'other', story: 'x' }, headers)
      expect([status, body.error.code]).toEqual([401, 'unauthenticated'])
    }
  })

  it('are flags, for the customer whose decision it is', async () => {
    const decision = decided('org_1')
    const first = await call('POST', 'flags', { decision, reason: 'harmful_output', comment: 'Rude.' }, KEY)
    expect(first.status).toBe(201)
    const again = await call('POST', 'flags', { decision, reason: 'misuse' }, KEY)
    expect([again.status, again.body]).toEqual([200, { ...first.body, already_received: true }])
    expect((await call('POST', 'flags', { decision: decided('org_2'), reason: 'misuse' }, KEY)).status).toBe(404)
    expect((await call('POST', 'flags', { decision, reason: 'misuse' })).status).toBe(401)
    expect((await call('POST', 'flags', { decision, reason: 'misuse', end_user: 'zoe@example.org' }, KEY)).status).toBe(
      400,
    )
  })

  it('count against the limits of the project, or of the address', async () => {
    admitted = false
    expect((await report({ kind: 'other', story: 'x' }, KEY)).status).toBe(429)
    for (let n = 0; n < 30; n++) expect((await call('POST', 'reports', {})).status).toBe(400)
    const statuses: number[] = []
    for (let n = 0; n < 21; n++) statuses.push((await report({ kind: 'other', story: `Story ${n}` })).status)
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(201))
    expect(statuses[20]).toBe(429)
  })

  it('are told by nobody’s guess, which tires', async () => {
    const { body } = await report({ kind: 'other', story: 'x' })
    const answers = []
    for (const guess of ['', 'x', '0'.repeat(26), `${body.receipt}0`])
      answers.push(await call('GET', 'reports/status', undefined, { 'x-safelevel-receipt': guess }))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404])
    expect(new Set(answers.map(({ body: { error } }) => error.message)).size).toBe(1)
    let last = 0
    for (let n = 0; n < 10; n++)
      last = (await call('GET', 'reports/status', undefined, { 'x-safelevel-receipt': `${n}` })).status
    expect(last).toBe(429)
  })

  it('are nothing at other paths, and take their methods alone', async () => {
    for (const path of ['', 'report', 'reports/', 'reports/rep_1', 'flags/x', '..%2f..%2fmetrics'])
      expect((await call('POST', path, {})).status).toBe(404)
    for (const path of ['reports', 'flags', 'reports/messages']) expect((await call('GET', path)).status).toBe(405)
    expect((await call('DELETE', 'reports/status')).status).toBe(405)
  })
})
