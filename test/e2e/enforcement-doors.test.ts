import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Principal } from '../../src/accounts/index.ts'
import { accountCommand } from '../../src/cli/account.ts'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

/** Enforcement over the control plane and on the command line. */
let running: RunningApp
let analyst: SignedIn
let auditor: SignedIn
let principal: Principal

beforeAll(async () => {
  running = await startApp()
  analyst = await signInAs(running, ['analyst'])
  auditor = await signInAs(running, ['auditor'])
  const found = running.app.accounts.authenticate(running.key)
  if (found === null) throw new Error('no key')
  principal = found
})
afterAll(() => running[Symbol.asyncDispose]())

const API = '/api/v1/enforcement'
// biome-ignore lint/suspicious/noExplicitAny: a body as a test looks at it
const read = async (response: Response | Promise<Response>): Promise<any> => (await response).json()
const userOf = (name: string) => ({ type: 'end_user', id: running.app.accounts.endUserId(principal, name) })
const suspend = (name: string, rest = {}) => ({ subject: userOf(name), step: 'suspend', reason: 'evasion', ...rest })
const ask = (user: string) =>
  fetch(`${running.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello.' }], user }),
  })

describe('over HTTP', () => {
  it('lets an analyst simulate, restrict and ask for reinstatement, and an auditor only look', async () => {
    expect((await ask('mallory')).status).toBe(200)
    const effect = await read(analyst.send('POST', `${API}/simulations`, suspend('mallory')))
    expect(effect).toMatchObject({ keys: 1, requestsPerDay: 1, refused: true, before: null })
    expect((await auditor.send('POST', `${API}/actions`, suspend('mallory'))).status).toBe(403)
    const made = await analyst.send('POST', `${API}/actions`, suspend('mallory', { note: 'made up names' }))
    expect(made.status).toBe(201)
    const action = await read(made)
    expect((await ask('mallory')).status).toBe(403)
    expect((await read(auditor.send('GET', `${API}/actions?state=active&limit=1`))).items).toEqual([action])
    const subject = await read(auditor.send('GET', `${API}/subjects/end_user/${userOf('mallory').id}`))
    expect(subject).toMatchObject({ standing: { step: 'suspend' }, actions: [{ id: action.id }], requestsPerDay: 1 })
    expect((await read(auditor.send('GET', `${API}/subjects?step=suspend`))).total).toBe(1)

    const reinstate = `${API}/actions/${action.id}/reinstatement`
    expect((await auditor.send('POST', reinstate, { reason: 'why not' })).status).toBe(403)
    const filed = await analyst.send('POST', reinstate, { reason: 'it was a novel' })
    expect(filed.status).toBe(201)
    const { approval, state } = await read(filed)
    expect(state).toBe('pending')
    expect((await analyst.send('POST', `/api/v1/approvals/${approval}/options`)).status).toBe(403)
    expect((await ask('mallory')).status).toBe(403)
  })

  it('refuses what makes no sense, and names it', async () => {
    const bad = [
      suspend('x', { step: 'exile' }),
      suspend('x', { models: ['m'] }),
      suspend('x', { until: '2001-01-01T00:00:00Z' }),
      { ...suspend('x'), subject: { type: 'end_user', id: 'bob' } },
      { ...suspend('x'), more: 1 },
    ]
    for (const body of bad) expect((await analyst.send('POST', `${API}/actions`, body)).status).toBe(400)
    const unknown = { ...suspend('x'), subject: { type: 'key', id: 'key_none' } }
    expect((await analyst.send('POST', `${API}/actions`, unknown)).status).toBe(404)
    expect((await analyst.send('GET', `${API}/actions/act_none`)).status).toBe(404)
    expect((await analyst.send('POST', `${API}/ladder-simulations`, { childCap: 1_000 })).status).toBe(400)
    expect(await read(analyst.send('POST', `${API}/ladder-simulations`, {}))).toMatchObject({
      strikes: 0,
      complete: true,
    })
    for (const list of ['strikes', 'patterns']) {
      expect(await read(analyst.send('GET', `${API}/${list}?keyId=${principal.keyId}`))).toEqual({
        items: [],
        next: null,
      })
    }
  })

  it('lets the operator token restrict, which is halting, and never lift', async () => {
    const headers = { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' }
    const post = (path: string, body: unknown) =>
      fetch(`${running.controlUrl}${API}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    const action = await read(post('/actions', suspend('eve')))
    expect(action).toMatchObject({ source: 'operator', by: { type: 'operator' } })
    expect((await ask('eve')).status).toBe(403)
    expect((await post(`/actions/${action.id}/reinstatement`, { reason: 'x' })).status).toBe(403)
  })
})

describe('on the command line', () => {
  async function run(...args: string[]): Promise<string> {
    const env = { SAFELEVEL_URL: running.controlUrl, SAFELEVEL_TOKEN: running.app.operatorToken }
    const out: string[] = []
    const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0)
    const noted = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    try {
      await accountCommand(env).parseAsync(args, { from: 'user' })
      return out.join('')
    } finally {
      written.mockRestore()
      noted.mockRestore()
    }
  }

  it('says whom it would reach, restricts, and shows it', async () => {
    const { id } = userOf('trent')
    expect((await ask('trent')).status).toBe(200)
    expect(await run('restrict', id, '--reason', 'evasion', '--dry-run')).toContain('1 requests a day')
    expect((await ask('trent')).status).toBe(200)
    expect(await run('restrict', id, '--reason', 'evasion')).toMatch(new RegExp(`^act_\\S+: suspend on ${id}\n$`))
    expect((await ask('trent')).status).toBe(403)
    const shown = await run('show', id)
    expect(shown).toContain(`${id}  suspend  0 points (none)`)
    expect(shown).toMatch(/action {3}act_\S+ {2}suspend {2}operator {2}evasion/)
    expect(JSON.parse(await run('show', principal.keyId, '--json'))).toMatchObject({ standing: { step: null } })
    await expect(run('show', 'bob')).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(run('restrict', 'key_none', '--reason', 'legal')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
