import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { KnownLogs, openPlace, verifyLedger } from '../../src/ledger/index.ts'
import { testString } from '../../src/screening/index.ts'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { PATHS, post, SPEAKING_IDS, simpleBody } from '../support/dialect-http.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, EVENT_STREAM } from '../support/scripted-upstream.ts'
import { textStream } from '../support/text-streams.ts'

const TEST = testString('cyber_operations')
const PLANTED = 'marzipan-lighthouse-4711'
const CALM = 'Bread is made of flour, water and time. '.repeat(15)

let running: RunningApp
let analyst: SignedIn
let officer: SignedIn
let organisation: string

beforeAll(async () => {
  running = await startApp({ config: { canaries: { intervalSeconds: 0 } } })
  analyst = await signInAs(running, ['analyst'])
  officer = await signInAs(running, ['rso'])
  organisation = (await running.app.accounts.organisations({ limit: 1 })).items[0]?.id ?? ''
})
afterAll(() => running[Symbol.asyncDispose]())

/** Asks for an answer and waits until view and content have it. */
async function ask(dialect: (typeof SPEAKING_IDS)[number], text: string, rest: Record<string, unknown> = {}) {
  const answer = await post(running, PATHS[dialect], simpleBody(dialect, text, rest))
  await new Promise((resolve) => setTimeout(resolve, 20)) // handed over after the answer
  await running.app.decisions.catchUp()
  await running.app.content.flush()
  return { answer, id: answer.headers.get('x-safelevel-decision') ?? '' }
}
// biome-ignore lint/suspicious/noExplicitAny: a body as a test looks at it
const read = async (response: Response | Promise<Response>): Promise<any> => (await response).json()
const operator = (path: string, init: RequestInit = {}) =>
  fetch(running.controlUrl + path, {
    ...init,
    headers: {
      authorization: `Bearer ${running.app.operatorToken}`,
      'content-type': 'application/json',
      ...init.headers,
    },
  })

describe('a refused request', () => {
  it.each(SPEAKING_IDS)(
    'is found by staff in %s, with its proof, and what was said only by who gives a reason',
    async (dialect) => {
      const { id } = await ask(dialect, `${PLANTED} ${TEST}`)
      const decision = await read(analyst.send('GET', `/api/v1/decisions/${id}`))
      expect(decision).toMatchObject({
        id,
        outcome: 'refuse',
        label: 'cyber_operations',
        side: 'prompt',
        testString: true,
        dialect,
        prompt: { scores: { cyber_operations: 1 } },
        content: { decisionId: id, flagged: true, restricted: false },
      })
      const proof = await read(operator(decision.proof))
      expect(proof.event.id).toBe(id)
      const size = running.app.ledger.size
      const said = await read(analyst.send('POST', `/api/v1/decisions/${id}/content`, { reason: 'review' }))
      expect(JSON.stringify(said.turns)).toContain(PLANTED)
      const found = said.evidence.prompt[0]
      const part = said.turns
        .flatMap((turn: { parts: unknown[] }) => turn.parts)
        .find((p: { pointer: string }) => p.pointer === found.source)
      expect(part.text.slice(found.start, found.end)).toContain(TEST.slice(0, 10))
      const [{ event } = { event: null }] = await running.app.ledger.entries(size, 1)
      expect(event).toMatchObject({
        kind: 'content.read',
        actor: { type: 'staff', id: analyst.id },
        subject: { id },
        data: { reason: 'review' },
      })
    },
  )

  it.each(SPEAKING_IDS)('shows in %s what of an answer left before it was cut', async (dialect) => {
    const text = `${CALM}${PLANTED} ${TEST} ${CALM}`
    running.upstream.respond = () =>
      bytesAnswer(
        [...textStream(dialect, text.match(/[\s\S]{1,16}/g) ?? [])].map((event) => Buffer.from(encodeSse(event))),
        EVENT_STREAM,
      )
    const { id } = await ask(dialect, 'How is bread made?', { stream: true })
    running.upstream.respond = null
    const said = await read(analyst.send('POST', `/api/v1/decisions/${id}/content`, { reason: 'review' }))
    const track = said.completion.find((t: { text: string }) => t.text.startsWith('Bread'))
    expect(text.startsWith(track.text)).toBe(true)
    expect(track.text).toContain(TEST)
    expect(track.releasedChars).toBeGreaterThan(100)
    expect(track.text.slice(0, track.releasedChars)).not.toContain(PLANTED)
    const found = said.evidence.completion[0]
    expect(track.text.slice(found.start, found.end)).toContain(TEST.slice(0, 10))
    expect(await read(operator(`/api/v1/decisions/${id}`))).toMatchObject({ outcome: 'cut', side: 'completion' })
  })

  it('leaves nothing of what was harmless', async () => {
    const { id, answer } = await ask('openai-chat', `How do I bake bread? ${PLANTED}`)
    expect(answer.status).toBe(200)
    expect(await read(operator(`/api/v1/decisions/${id}`))).toMatchObject({ outcome: 'allow', content: null })
    expect((await analyst.send('POST', `/api/v1/decisions/${id}/content`, { reason: 'review' })).status).toBe(404)
  })

  it('leaves no word in any file, log or event', async () => {
    await ask('openai-chat', `${PLANTED} ${TEST}`, { user: 'maria-4711@example.com' })
    await running.app.ledger.integrated(running.app.ledger.size - 1)
    let files = 0
    for await (const { name, bytes } of running.storedFiles()) {
      files++
      for (const planted of [PLANTED, 'maria-4711']) {
        for (const form of [
          planted,
          Buffer.from(planted).toString('base64').slice(0, -4),
          Buffer.from(planted).toString('hex'),
        ]) {
          expect(bytes.includes(form), `${form} in ${name}`).toBe(false)
        }
      }
    }
    expect(files).toBeGreaterThan(20)
    expect(running.logText()).not.toContain(PLANTED)
  })
})

describe('who may', () => {
  it('read what was said: no operator token, no other role, nobody without a reason', async () => {
    const { id } = await ask('openai-chat', TEST)
    const path = `/api/v1/decisions/${id}/content`
    const size = running.app.ledger.size
    expect((await operator(path, { method: 'POST', body: '{"reason":"review"}' })).status).toBe(403)
    expect((await officer.send('POST', path, { reason: 'review' })).status).toBe(403)
    expect((await fetch(running.controlUrl + path, { method: 'POST' })).status).toBe(401)
    for (const body of [{}, { reason: 'curiosity' }, { reason: 'review', note: 'x' }]) {
      expect((await analyst.send('POST', path, body)).status).toBe(400)
    }
    const events = await running.app.ledger.entries(size, 100)
    expect(events.filter(({ event }) => event?.kind === 'content.read')).toEqual([])
  })

  it.each([
    ['POST', '/api/v1/content/exports', { organisation: 'o', endUser: 'u' }],
    ['POST', '/api/v1/content/erasures', { organisation: 'o', endUser: 'u' }],
    ['DELETE', '/api/v1/content/holds/hold_1', undefined],
    ['PUT', '/api/v1/content/projects/prj_1', { zeroRetention: true }],
  ])('%s %s: neither an analyst nor the operator token', async (method, path, body) => {
    expect((await analyst.send(method, path, body)).status).toBe(403)
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    expect((await operator(path, init)).status).toBe(403)
  })
})

describe('a body', () => {
  it.each([
    ['in chunks', 10, 400],
    ['that says it is too long', 70_000, 413],
  ])('%s is refused', async (how, bytes, status) => {
    const text = 'x'.repeat(bytes)
    const body = how === 'in chunks' ? new Blob([text]).stream() : text
    const response = await operator('/api/v1/keys', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(status)
  })
})

describe('a data subject', () => {
  it('is given and then loses what is kept, by the identifier that the customer sent; the ledger still verifies', async () => {
    const endUser = 'maria-4711@example.com'
    const { id } = await ask('openai-chat', `${PLANTED} ${TEST}`, { user: endUser })
    const { id: other } = await ask('openai-chat', TEST, { user: 'somebody else' })
    const hold = await read(
      officer.send('POST', '/api/v1/content/holds', { scope: 'decision', scopeId: id, matter: 'C-7' }),
    )
    const exported = await officer.send('POST', '/api/v1/content/exports', { organisation, endUser })
    expect(exported.headers.get('content-type')).toContain('application/x-ndjson')
    const lines = (await exported.text()).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).decisionId)).toContain(id)
    expect(lines.join()).not.toContain(other)
    const erase = () => read(officer.send('POST', '/api/v1/content/erasures', { organisation, endUser }))
    expect(await erase()).toMatchObject({ held: 1 })
    expect((await officer.send('DELETE', `/api/v1/content/holds/${hold.id}`)).status).toBe(200)
    expect(await erase()).toEqual({ erased: 1, held: 0 })
    expect((await analyst.send('POST', `/api/v1/decisions/${id}/content`, { reason: 'appeal' })).status).toBe(404)
    expect((await analyst.send('POST', `/api/v1/decisions/${other}/content`, { reason: 'appeal' })).status).toBe(200)

    await running.app.ledger.integrated(running.app.ledger.size - 1)
    const report = await verifyLedger({
      place: await openPlace(join(running.dataDir, 'ledger')),
      knownLogs: await KnownLogs.open(join(running.dataDir, 'known-logs.json')),
      clock: systemClock,
      vkey: (await readFile(join(running.dataDir, 'ledger/public/vkey'), 'utf8')).trim(),
    })
    expect(report.size).toBeGreaterThan(10)
  })

  it('with zero retention has nothing kept from the next request on', async () => {
    const project = (await running.app.accounts.projects({ limit: 1 })).items[0]?.id ?? ''
    const path = `/api/v1/content/projects/${project}`
    expect((await officer.send('PUT', path, { zeroRetention: true })).status).toBe(204)
    expect(await read(operator(path))).toEqual({ zeroRetention: true })
    const { id } = await ask('openai-chat', TEST)
    expect(await read(operator(`/api/v1/decisions/${id}`))).toMatchObject({ outcome: 'refuse', content: null })
    await officer.send('PUT', path, { zeroRetention: false })
  })
})

describe('decisions', () => {
  it('are listed in pages and counted', async () => {
    for (let i = 0; i < 3; i++) await ask('openai-chat', TEST)
    const first = await read(operator('/api/v1/decisions?outcome=refuse&limit=2'))
    expect(first.items).toHaveLength(2)
    const second = await read(operator(`/api/v1/decisions?outcome=refuse&limit=2&after=${first.next}`))
    expect(second.items[0].id < first.items[1].id).toBe(true)
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const until = new Date(Date.now() + 60_000).toISOString()
    const summary = await read(operator(`/api/v1/decisions/summary?since=${since}&until=${until}&step=day`))
    expect(summary.labels.cyber_operations).toBeGreaterThan(5)
  })

  it.each(['outcome=perhaps', 'enforced=1', 'since=yesterday', 'idPrefix=key_', 'limit=0', 'limit=9999'])(
    'refuse %s',
    async (query) => {
      const response = await operator(`/api/v1/decisions?${query}`)
      expect([response.status, (await read(response)).code]).toEqual([400, 'REQUEST_INVALID'])
    },
  )

  it('come live, and again for who comes back', async () => {
    const stop = new AbortController()
    const live = await operator('/api/v1/decisions/live?outcome=refuse', { signal: stop.signal })
    expect(live.headers.get('content-type')).toContain('text/event-stream')
    const { id } = await ask('openai-chat', TEST)
    await ask('openai-chat', 'How is bread made?')
    const { id: later } = await ask('openai-chat', TEST)
    const text = await readUntil(live, later)
    stop.abort()
    expect(text.indexOf(id)).toBeLessThan(text.indexOf(later))
    expect(text.match(/^event: decision$/gm)).toHaveLength(2)
    const lastId = /^id: (\d+)\nevent: decision\ndata: .*$/m.exec(text)?.[1] ?? ''
    const again = await operator('/api/v1/decisions/live?outcome=refuse', { headers: { 'last-event-id': lastId } })
    const missed = await readUntil(again, later)
    expect(missed).not.toContain(id)
    expect((await operator('/api/v1/decisions/live', { headers: { 'last-event-id': '-1' } })).status).toBe(400)
  })

  it('tell how far the view is behind, and what of the content was dropped', async () => {
    const metrics = await (await operator('/metrics')).text()
    expect(metrics).toMatch(/^safelevel_decisions_lag_entries \d+$/m)
    expect(metrics).toMatch(/^safelevel_content_dropped_total\{reason="queue_full"\} 0$/m)
  })
})

/** The text of a stream until this stands in it; leaves the rest. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader !== undefined && !text.includes(wanted)) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
  }
  await reader?.cancel()
  return text
}
