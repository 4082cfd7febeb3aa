import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { MarkerScreen } from '../support/redress-world.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const run = promisify(execFile)
const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname

describe('what a customer gets with its key', () => {
  let running: RunningApp
  let otherKey = ''

  beforeAll(async () => {
    running = await startApp({ classifier: new MarkerScreen() })
    const by = { type: 'operator', id: 'operator' } as const
    const { accounts } = running.app
    const organisation = await accounts.createOrganisation({ name: 'Other' }, by)
    const project = await accounts.createProject({ organisationId: organisation.id, name: 'other' }, by)
    otherKey = (await accounts.createKey({ projectId: project.id }, by)).key
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const call = async (method: string, path: string, body?: unknown, key = running.key) => {
    const response = await fetch(`${running.url}/v1/safelevel/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: JSON.parse(text) as Record<string, never> & { error?: { message: string } },
    }
  }
  const refused = async (content = `a ${MarkerScreen.MARKER}`) => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, user: 'maria', messages: [{ role: 'user', content }] }),
    })
    await response.text()
    await running.app.decisions.catchUp()
    return response.headers.get('x-safelevel-decision') ?? ''
  }

  it.each([
    ['GET', 'nothing', 404],
    ['GET', 'decisions', 404],
    ['GET', 'decisions/dec_1/more', 404],
    ['GET', 'decisions/..%2f..%2fx', 404],
    ['GET', 'appeals/__proto__', 404],
    ['DELETE', 'appeals', 405],
    ['POST', 'statements', 405],
    ['GET', 'statements?limit=0', 400],
    ['GET', 'statements?limit=1000000', 400],
    ['GET', 'statements?about=everything', 400],
    ['POST', 'appeals', 400],
    ['GET', 'decisions/dec_01ARZ3NDEKTSV4RRFFQ69G5FAV', 404],
  ])('%s %s is answered %i', async (method, path, status) => {
    expect((await call(method, path)).status).toBe(status)
  })

  it.each([
    ['no key', ''],
    ['a wrong key', 'sl_live_wrong'],
  ])('needs a key: %s', async (_, key) => {
    expect((await call('GET', 'statements', undefined, key)).status).toBe(401)
  })

  it.each([
    ['not JSON', '{', 400],
    ['an array', '[]', 400],
    ['a key twice', '{"about":"dec_1","about":"dec_2","text":"x"}', 400],
    ['nested', `{"about":${'['.repeat(50)}${']'.repeat(50)}}`, 400],
    ['too much', JSON.stringify({ about: 'dec_1', text: 'x'.repeat(70_000) }), 413],
    ['an unknown field', JSON.stringify({ about: 'dec_1', text: 'x', urgent: true }), 400],
  ])('refuses an appeal that is %s', async (_, body, status) => {
    expect((await call('POST', 'appeals', body)).status).toBe(status)
  })

  it('tells of its refusals and of nobody else’s', async () => {
    const id = await refused()
    const own = await call('GET', `decisions/${id}`)
    expect(own).toMatchObject({ status: 200, body: { measure: 'refused', ground: { clause: '2.1' } } })
    expect((await call('GET', `decisions/${id}`, undefined, otherKey)).status).toBe(404)
    const { body } = await call('GET', 'statements?about=decision')
    expect(JSON.stringify(body)).toContain(id)
    expect(JSON.stringify((await call('GET', 'statements?about=decision', undefined, otherKey)).body)).not.toContain(id)
    const page = await fetch(`${running.url}/decisions/${id}`)
    expect(page.status).toBe(200)
  })

  it('hears an appeal, undoes the strike, and shows the answer', async () => {
    const id = await refused()
    await running.app.enforcement.catchUp()
    expect((await running.app.enforcement.readings.strikes({ decisionId: id, limit: 5 })).items).toMatchObject([
      { undone: null },
    ])
    const filed = await call('POST', 'appeals', { about: id, text: 'We test our own systems.' })
    expect(filed).toMatchObject({ status: 201, body: { state: 'open', about: { id } } })
    const appeal = String(filed.body.id)
    expect((await call('POST', 'appeals', { about: id, text: 'Again.' })).status).toBe(409)
    expect((await call('GET', `appeals/${appeal}`, undefined, otherKey)).status).toBe(404)
    const { appeals } = running.app.redress
    await appeals.take(appeal, 'per_1')
    await appeals.decide(appeal, { outcome: 'overturned', answer: 'So you do.' }, 'per_1')
    await running.app.redress.catchUp()
    expect(await call('GET', `appeals/${appeal}`)).toMatchObject({
      body: { state: 'overturned', restored: true, text: 'We test our own systems.', answer: 'So you do.' },
    })
    const [strike] = (await running.app.enforcement.readings.strikes({ decisionId: id, limit: 5 })).items
    expect(strike?.undone).toMatchObject({ authority: appeal })
  })

  it('gets reasons for a restriction, contests it, and is let in again', async () => {
    const principal = running.app.accounts.authenticate(otherKey)
    const taken = await running.app.enforcement.restrict(
      { subject: { type: 'project', id: principal?.projectId ?? '' }, step: 'suspend', reason: 'other' },
      { type: 'staff', id: 'per_decider' },
    )
    await running.app.redress.catchUp()
    const { body } = await call('GET', 'statements', undefined, otherKey)
    expect(body.items).toMatchObject([{ measure: 'suspend', about: { id: taken.id }, automatedDecision: 'not' }])
    const filed = await call('POST', 'appeals', { about: taken.id, text: 'A mistake.' }, otherKey)
    expect(filed.status).toBe(201)
    const { appeals } = running.app.redress
    const id = String(filed.body.id)
    await expect(appeals.take(id, 'per_decider')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await appeals.take(id, 'per_2')
    await appeals.decide(id, { outcome: 'overturned', answer: 'It was.' }, 'per_2')
    await running.app.redress.catchUp()
    expect((await running.app.enforcement.readings.action(taken.id)).ended).toMatchObject({
      cause: 'undone',
      authority: id,
    })
  })

  it('accepts the policy in force, and no other', async () => {
    const { version, digest } = running.app.policy
    const input = { version, digest, acceptedBy: 'Maria, counsel' }
    expect(await call('GET', 'policy-acceptance')).toMatchObject({
      body: { accepted: null, required: false, policyDigest: digest },
    })
    expect((await call('POST', 'policy-acceptance', { ...input, digest: '0'.repeat(64) })).status).toBe(409)
    expect((await call('POST', 'policy-acceptance', { ...input, acceptedBy: '' })).status).toBe(400)
    expect((await call('POST', 'policy-acceptance', input)).status).toBe(201)
    expect((await call('POST', 'policy-acceptance', input)).status).toBe(201)
    expect(await call('GET', 'policy-acceptance')).toMatchObject({
      body: { accepted: { acceptedBy: 'Maria, counsel' } },
    })
    expect(await call('GET', 'policy-acceptance', undefined, otherKey)).toMatchObject({ body: { accepted: null } })
  })

  it('is read on the command line, without words', async () => {
    const env = { ...process.env, SAFELEVEL_URL: running.controlUrl, SAFELEVEL_TOKEN: running.app.operatorToken }
    const id = await refused()
    const filed = await call('POST', 'appeals', { about: id, text: 'Geheime Worte.' })
    const ls = await run(process.execPath, [MAIN, 'appeal', 'ls'], { env })
    expect(ls.stdout).toContain(String(filed.body.id))
    const show = await run(process.execPath, [MAIN, 'appeal', 'show', String(filed.body.id), '--json'], { env })
    expect(JSON.parse(show.stdout)).toMatchObject({ state: 'open', overdue: false })
    expect(show.stdout).not.toMatch(/Geheim|secretHash/)
    expect((await run(process.execPath, [MAIN, 'exemption', 'ls', '--all'], { env })).stderr).toContain('no exemptions')
    await expect(run(process.execPath, [MAIN, 'appeal', 'show', 'apl_0'], { env })).rejects.toMatchObject({ code: 4 })
  })

  it('contests a test string in vain: it counts against nobody', async () => {
    const id = await refused(`x ${testString('hate')}`)
    expect(await call('GET', `decisions/${id}`)).toMatchObject({ body: { test: true } })
  })
})
