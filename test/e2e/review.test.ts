import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { post, simpleBody } from '../support/dialect-http.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const BASE = '/api/v1/review'
let running: RunningApp
let ann: SignedIn
let bob: SignedIn
let rso: SignedIn

beforeAll(async () => {
  running = await startApp({
    classifier: new MarkerScreen(),
    config: {
      canaries: { intervalSeconds: 0 },
      review: { secondReadShare: 0 },
      enforcement: { patterns: { refusalBurst: { refusals: 3 } } },
    },
  })
  ann = await signInAs(running, ['analyst'])
  bob = await signInAs(running, ['analyst'])
  rso = await signInAs(running, ['rso'])
}, 120_000)
afterAll(() => running[Symbol.asyncDispose]())

/** Is refused, and waits until view, content, review and enforcement have heard of it. */
async function refused(text: string): Promise<string> {
  const answer = await post(running, '/v1/chat/completions', simpleBody('openai-chat', text))
  await new Promise((resolve) => setTimeout(resolve, 50)) // handed over after the answer
  await running.app.enforcement.catchUp()
  await running.app.decisions.catchUp()
  await running.app.content.flush()
  return answer.headers.get('x-safelevel-decision') ?? ''
}

// biome-ignore lint/suspicious/noExplicitAny: a body as a test looks at it
async function read(who: SignedIn, method: string, path: string, body?: unknown): Promise<any> {
  const response = await who.send(method, `${BASE}${path}`, body)
  expect([response.status, method, path]).toEqual([200, method, path])
  return response.json()
}

it('takes a refusal from the gateway through two people until what followed from it is undone', async () => {
  const words = 'a most peculiar lighthouse'
  const decision = await refused(`${words} ${marked('violent_crimes', 0.99)}`)
  const struck = () => running.app.enforcement.readings.strikes({ decisionId: decision, limit: 10 })
  expect((await struck()).items).toMatchObject([{ undone: null }])
  const { items } = await read(ann, 'GET', '/queues')
  expect(items).toMatchObject([{ open: 1, waiting: 1, desk: 'ordinary' }])

  for (const [who, state] of [
    [ann, 'second_reading'],
    [bob, 'decided'],
  ] as const) {
    const { case: claimed } = await read(who, 'POST', '/claims', { queue: items[0].queue })
    const claim = claimed.claim.id
    const shown = await read(who, 'POST', `/cases/${claimed.id}/reveal`, { claim, decision, part: 'prompt' })
    expect(JSON.stringify(shown.turns)).toContain(words)
    await read(who, 'POST', `/cases/${claimed.id}/heartbeat`, { claim })
    const verdict = { claim, verdict: 'overturn', labels: { violent_crimes: 'absent' } }
    expect(await read(who, 'POST', `/cases/${claimed.id}/decision`, verdict)).toMatchObject({ state })
    const twice = await who.send('POST', `${BASE}/cases/${claimed.id}/decision`, verdict)
    expect(twice.status).toBe(409)
  }
  await running.app.review.catchUp()
  expect((await struck()).items[0]?.undone).not.toBeNull()
  const report = await read(ann, 'GET', `/agreement?since=${new Date(0).toISOString()}`)
  expect(report.queues).toMatchObject([{ n: 1, observed: 1 }])
  const labels = await read(ann, 'POST', '/exports', { since: new Date(0).toISOString(), withText: true })
  expect(labels.items).toMatchObject([{ harmful: 0, kind: 'borderline-benign', decision, weak: false }])
  expect(labels.items[0].text).toContain(words)
  expect(running.logText()).not.toContain(words)
})

it('puts a pattern over an account’s traffic before people', async () => {
  for (let n = 0; n < 3; n++) {
    await post(running, '/v1/chat/completions', {
      ...simpleBody('openai-chat', marked('hate', 0.99)),
      safety_identifier: 'persistent',
    })
  }
  const patterns = async () => {
    await running.app.enforcement.catchUp()
    const { items } = await read(ann, 'GET', '/cases')
    return items.filter(({ basis }: { basis: string }) => basis === 'pattern')
  }
  await expect.poll(patterns, { timeout: 10_000 }).toMatchObject([{ severity: 'moderate', state: 'waiting' }])
  expect(await patterns()).toHaveLength(1)
})

it('shows what is restricted to nobody but the few, and the operator’s token decides nothing', async () => {
  await refused(`withheld ${marked('child_exploitation', 0.99)}`)
  const seen = JSON.stringify([await read(ann, 'GET', '/queues'), await read(ann, 'GET', '/cases')])
  expect(seen).toContain('ordinary')
  expect(seen).not.toMatch(/restricted|child_exploitation/)
  const [waiting] = (await read(rso, 'GET', '/cases?queue=restricted')).items
  expect((await ann.send('GET', `${BASE}/cases/${waiting.id}`)).status).toBe(404)
  expect((await ann.send('POST', `${BASE}/claims`, { queue: 'restricted' })).status).toBe(403)
  const { case: claimed } = await read(rso, 'POST', '/claims', { queue: 'restricted' })
  const { decisions } = await read(rso, 'GET', `/cases/${claimed.id}`)
  const input = { claim: claimed.claim.id, decision: decisions[0], part: 'prompt' }
  expect((await rso.send('POST', `${BASE}/cases/${claimed.id}/reveal`, input)).status).toBe(403)
  expect((await ann.send('POST', `${BASE}/cases/${claimed.id}/restricted-reveal`, input)).status).toBe(403)
  expect((await read(rso, 'POST', `/cases/${claimed.id}/restricted-reveal`, input)).part).toBe('prompt')
  const operator = (path: string, body: unknown) =>
    fetch(running.controlUrl + BASE + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const verdict = { claim: claimed.claim.id, verdict: 'uphold' }
  expect((await operator(`/cases/${claimed.id}/decision`, verdict)).status).toBe(403)
  expect((await operator('/claims', {})).status).toBe(403)
  expect((await operator('/exports', { since: new Date(0).toISOString(), withText: true })).status).toBe(403)
  expect((await operator('/exports', { since: new Date(0).toISOString() })).status).toBe(200)
})

it('answers bad input with a clear reason', async () => {
  for (const [path, body] of [
    ['/claims', { queue: 'x'.repeat(300) }],
    ['/claims', { anything: 1 }],
    ['/cases/case_1/decision', { claim: 'c', verdict: 'perhaps' }],
    ['/cases/case_1/decision', { claim: 'c', verdict: 'overturn', proposal: { effect: 'strike', severity: 'low' } }],
    ['/cases/case_1/decision', { claim: 'c', verdict: 'uphold', labels: { nonsense: 'present' } }],
    ['/exports', { since: 'yesterday' }],
  ] as const) {
    const response = await ann.send('POST', BASE + path, body)
    expect([response.status, path]).toEqual([400, path])
  }
  expect((await ann.send('GET', `${BASE}/cases?cursor=nonsense`)).status).toBe(400)
  expect((await ann.send('GET', `${BASE}/cases?severity=dire`)).status).toBe(400)
  expect((await ann.send('POST', `${BASE}/cases/case_1/decision`, { claim: 'c', verdict: 'uphold' })).status).toBe(404)
})
