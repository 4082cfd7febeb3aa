import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTE_ACTIONS } from '../../src/http/control-plane/route-actions.ts'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const STORY = 'Zebrafinch: the officer signed the March report before it had run.'
const STREAM_MS = 1_500
type Counts = { total: number; aboutOfficers: number }

describe('speaking up', () => {
  let server: RunningApp
  let rso: SignedIn
  let board: SignedIn
  beforeAll(async () => {
    server = await startApp()
    rso = await signInAs(server, ['rso'])
    board = await signInAs(server, ['board'])
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const post = (path: string, fields: readonly (readonly [string, string])[]) =>
    fetch(server.controlUrl + path, {
      method: 'POST',
      body: new URLSearchParams(fields.map(([k, v]): [string, string] => [k, v])),
    })
  const report = (about: readonly string[]) =>
    post('/speak-up', [
      ['topic', 'evaluation'],
      ['story', STORY],
      ['recipients', 'rso'],
      ['recipients', 'board'],
      ...about.map((role) => ['about', role] as const),
    ])
  const codeIn = async (response: Response) => /<code>([0-9A-Z-]{26,})<\/code>/.exec(await response.text())?.[1] ?? ''

  it('needs no sign-in, no script and no cookie, and answers what lacks with the words kept', async () => {
    const form = await fetch(`${server.controlUrl}/speak-up`)
    const text = await form.text()
    expect([form.status, form.headers.get('set-cookie')]).toEqual([200, null])
    expect(form.headers.get('content-security-policy')).toContain("form-action 'self'")
    expect(text).not.toMatch(/<script| on[a-z]+=/i)
    const css = /href="(\/site-[^"]+)"/.exec(text)?.[1] ?? ''
    expect((await fetch(server.controlUrl + css)).headers.get('content-type')).toContain('text/css')
    const bad = await post('/speak-up', [
      ['topic', 'evaluation'],
      ['story', '<script>alert(1)</script>'],
      ['recipients', 'rso'],
    ])
    const shown = await bad.text()
    expect([bad.status, shown.includes('&lt;script&gt;alert(1)')]).toEqual([400, true])
    expect(shown).toContain('Choose the board too')
    expect((await post('/speak-up', [['website', 'x']])).status).toBe(400)
    const huge = await post('/speak-up', [['story', 'x'.repeat(200_000)]])
    expect(huge.status).toBe(413)
  })

  it('is followed with the code, both ways, until it is closed', async () => {
    const code = await codeIn(await report([]))
    const { items } = (await (await board.send('GET', '/api/v1/noncompliance')).json()) as { items: { id: string }[] }
    const id = items[0]?.id ?? ''
    const words = await (await board.send('POST', `/api/v1/noncompliance/${id}/read`)).json()
    expect(words).toMatchObject({ story: STORY, name: null })
    await board.send('POST', `/api/v1/noncompliance/${id}/messages`, { text: 'Which <b>run</b>?' })
    const followed = await post('/speak-up/follow', [['code', code.toLowerCase()]])
    expect(await followed.text()).toContain('Which &lt;b&gt;run&lt;/b&gt;?')
    const written = await post('/speak-up/write', [
      ['code', code],
      ['text', 'That of March 3.'],
    ])
    expect(await written.text()).toContain('That of March 3.')
    expect((await post('/speak-up/follow', [['code', 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAAA']])).status).toBe(404)
    const closing = { outcome: 'partly', conclusion: 'It had run, late.' }
    expect((await rso.send('POST', `/api/v1/noncompliance/${id}/closing`, closing)).status).toBe(201)
    expect((await rso.send('POST', `/api/v1/noncompliance/${id}/closing/agree`)).status).toBe(403)
    expect((await board.send('POST', `/api/v1/noncompliance/${id}/closing/agree`)).status).toBe(200)
    expect(await (await post('/speak-up/follow', [['code', code]])).text()).toContain('It had run, late.')
  })

  it('about the officer is shown to the officer by no route', async () => {
    const digestOf = async (person: SignedIn) =>
      (await (await person.send('GET', '/api/v1/noncompliance/digest')).json()) as { received: Counts }
    const before = { rso: await digestOf(rso), board: await digestOf(board) }
    const code = await codeIn(await report(['rso']))
    const seen = (await (await board.send('GET', '/api/v1/noncompliance')).json()) as { items: { id: string }[] }
    const id = seen.items[0]?.id ?? ''
    const history = JSON.stringify(seen.items[0])
    const events = [...history.matchAll(/evt_[0-9A-Z]+/g)].map(([event]) => event)
    expect([id.startsWith('ncr_'), events.length]).toEqual([true, 1])
    await board.send('POST', `/api/v1/noncompliance/${id}/messages`, { text: 'Zebrafinch again.' })
    let asked = 0
    for (const route of ROUTE_ACTIONS.keys()) {
      const [method, path = ''] = route.split(' ')
      if (method !== 'GET') continue
      const filled = path.replaceAll(/:[a-zA-Z]+/g, id)
      const text = await textOf(rso, filled)
      asked++
      for (const secret of [id, code, 'Zebrafinch']) {
        // What was asked may be named in the refusal, never what is there.
        expect(
          text.replaceAll(filled, '').replaceAll(id, filled.includes(id) ? '' : id),
          `${route}: ${secret}`,
        ).not.toContain(secret)
      }
    }
    expect(asked).toBeGreaterThan(80)
    for (const act of ['read', 'take', 'material', 'closing/agree', 'closing/send-back'])
      expect((await rso.send('POST', `/api/v1/noncompliance/${id}/${act}`)).status, act).toBe(404)
    const mine = (await (await rso.send('GET', '/api/v1/noncompliance')).json()) as { items: { id: string }[] }
    expect(mine.items.map((one) => one.id)).not.toContain(id)
    expect((await digestOf(rso)).received).toEqual(before.rso.received)
    const { total, aboutOfficers } = before.board.received
    expect((await digestOf(board)).received).toMatchObject({ total: total + 1, aboutOfficers: aboutOfficers + 1 })
    for (const path of ['/metrics', '/status', '/readyz', '/healthz'])
      expect(await (await fetch(server.controlUrl + path)).text()).not.toMatch(/ncr_|noncompliance|Zebrafinch/)
  })

  it('is closed to the operator’s token and to roles that are none of its readers', async () => {
    const analyst = await signInAs(server, ['analyst'])
    expect((await analyst.send('GET', '/api/v1/noncompliance')).status).toBe(403)
    const operator = await fetch(`${server.controlUrl}/api/v1/noncompliance`, {
      headers: { authorization: `Bearer ${server.app.operatorToken}` },
    })
    expect(operator.status).toBe(403)
  })
})

/** A body, or as much of one as never ends. */
async function textOf(person: SignedIn, path: string): Promise<string> {
  const response = await person.send('GET', path)
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) return response.text()
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const until = Date.now() + STREAM_MS
  let text = ''
  while (reader !== undefined && Date.now() < until) {
    const { promise: late, resolve } = Promise.withResolvers<{ done: true; value: undefined }>()
    const timer = setTimeout(() => resolve({ done: true, value: undefined }), until - Date.now())
    const { done, value } = await Promise.race([reader.read(), late])
    clearTimeout(timer)
    if (done) break
    text += value
  }
  await reader?.cancel()
  return text
}
