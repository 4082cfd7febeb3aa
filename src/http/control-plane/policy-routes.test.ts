import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SignedIn, signInAs } from '../../../test/support/app-staff.ts'
import { changedPolicy } from '../../../test/support/policies.ts'
import { MODEL, type RunningApp, startApp } from '../../../test/support/running-app.ts'
import { readPolicyFile } from '../../policy/index.ts'
import { testString } from '../../screening/index.ts'
import type { Role } from '../../staff/index.ts'
import { POLICY_ACTIONS } from './policy-routes.ts'

type Json = Record<string, unknown>
type Send = (method: string, path: string, body?: unknown) => Promise<Response>

const SHIPPED = readPolicyFile()
const STRICTER = changedPolicy('threshold: calibrated', 'threshold: 0.3').replace('version: 1.1.0', 'version: 1.2.0')
const BROKEN = SHIPPED.replace('severity: extreme', 'severity: dreadful')
const BROKEN_LINE = SHIPPED.slice(0, SHIPPED.indexOf('severity: extreme')).split('\n').length
const CHANGELOG = 'Chemical weapons are refused from a lower score.'
const NOBODY = `pdr_${'0'.repeat(26)}`
const OTHERS = ['administrator', 'analyst', 'ceo', 'ciso', 'board', 'auditor', 'security_engineer'] as const

describe('the policy over HTTP', () => {
  let running: RunningApp
  let editor: SignedIn
  let rso: SignedIn
  let operator: Send
  const others = new Map<Role, SignedIn>()

  beforeAll(async () => {
    running = await startApp()
    const { controlUrl, app } = running
    operator = (method, path, body) =>
      fetch(`${controlUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${app.operatorToken}`, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      })
    editor = await signInAs(running, ['policy_editor'])
    rso = await signInAs(running, ['rso'])
    for (const role of OTHERS) others.set(role, await signInAs(running, [role]))
  }, 120_000)
  afterAll(() => running?.[Symbol.asyncDispose]())

  const read = async (response: Promise<Response> | Response) => (await (await response).json()) as Json
  const begin = (document?: string, title = 'A change'): Promise<Json> =>
    read(editor.send('POST', '/api/v1/policy/drafts', { title, ...(document === undefined ? {} : { document }) }))
  const refused = async (response: Promise<Response>) => {
    const { status, ...problem } = await read(response)
    return { status, code: problem.code }
  }

  describe('who may', () => {
    /** Every route with what needs no existing draft: whoever may gets further than the guard. */
    const routes = [...POLICY_ACTIONS].map(([route, rule]) => {
      const [method = '', path = ''] = route.split(' ')
      return { route, method, path: path.replace(/:\w+/, NOBODY), ...rule }
    })
    const asked = async (send: Send, { method, path }: (typeof routes)[number]) =>
      (await send(method, path, method === 'POST' || method === 'PATCH' ? {} : undefined)).status

    it.each(routes)('$route', async (route) => {
      const { action, operator: forOperator } = route
      const edits = action === 'policy.edit'
      const publishes = action === 'policy.publish'
      expect(await asked(editor.send, route)).not.toBe(403)
      expect((await asked(operator, route)) === 403).toBe(forOperator !== true)
      expect((await asked(rso.send, route)) === 403).toBe(edits)
      for (const [role, { send }] of others) {
        expect([role, (await asked(send, route)) === 403]).toEqual([role, edits || publishes])
      }
    })

    it('nobody without a session', async () => {
      for (const { method, path } of routes) {
        const response = await fetch(`${running.controlUrl}${path}`, { method })
        expect(response.status, path).toBe(401)
      }
    })
  })

  describe('versions', () => {
    it('say what is in force, with its text and the scores from which it acts', async () => {
      const status = await read(editor.send('GET', '/api/v1/policy'))
      expect(status).toMatchObject({ inForce: { version: '1.1.0', source: 'file' }, scheduled: [], shadow: null })
      const { items } = await read(editor.send('GET', '/api/v1/policy/versions'))
      expect(items).toMatchObject([{ version: '1.1.0', state: 'in_force' }])
      const version = await read(editor.send('GET', '/api/v1/policy/versions/current'))
      expect(version.document).toBe(SHIPPED)
      const { sections } = version.policy as { sections: { id: string; clauses: Json[] }[] }
      const clause = sections[0]?.clauses[0]
      expect(clause).toMatchObject({ id: '1.1', depth: 0, severity: 'extreme', minimum: true, labels: ['chemical'] })
      expect(clause?.prompt).toMatchObject({
        action: 'refuse',
        thresholds: [{ label: 'chemical', score: expect.any(Number), calibrated: true }],
      })
    })

    it('differ in what is said: by name, digest or draft', async () => {
      const draft = await begin(STRICTER)
      const diff = await read(editor.send('GET', `/api/v1/policy/diff?to=${draft.id}`))
      expect(diff.changes).toMatchObject([
        { change: 'changed', subject: 'policy', field: 'version', before: '"1.1.0"', after: '"1.2.0"' },
        { change: 'changed', subject: 'clause 1.1', field: 'prompt.threshold', after: '0.3' },
      ])
      const back = await read(editor.send('GET', `/api/v1/policy/diff?from=${draft.id}&to=1.1.0`))
      expect(back.changes).toHaveLength(2)
    })

    it('that there are none of are not found; a broken draft can’t be compared, and says where it is broken', async () => {
      for (const path of ['versions/9.9.9', `diff?to=${NOBODY}`, 'diff?to=9.9.9'])
        expect(await refused(editor.send('GET', `/api/v1/policy/${path}`))).toEqual({ status: 404, code: 'NOT_FOUND' })
      expect(await refused(editor.send('GET', '/api/v1/policy/diff'))).toMatchObject({ status: 400 })
      const draft = await begin(BROKEN)
      const problem = await read(editor.send('GET', `/api/v1/policy/diff?to=${draft.id}`))
      expect(problem).toMatchObject({ status: 422, code: 'POLICY_INVALID' })
      expect(problem.detail).toContain(`:${BROKEN_LINE}:`)
    })
  })

  describe('lint', () => {
    const lint = (document: unknown) => read(editor.send('POST', '/api/v1/policy/lint', { document }))

    it('says at which line and column what is wrong, and stores nothing', async () => {
      expect(await lint(SHIPPED)).toMatchObject({ ok: true })
      const broken = await lint(BROKEN)
      expect(broken.ok).toBe(false)
      expect(broken.findings).toMatchObject([
        { level: 'error', line: BROKEN_LINE, column: expect.any(Number), rule: 'schema', path: expect.any(String) },
      ])
      expect(await lint('{')).toMatchObject({ ok: false })
    })

    it('ends on hostile documents', async () => {
      const laughs = `a: &a [x,x,x,x,x,x,x,x]\n${'b: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n'.repeat(50)}`
      for (const document of [laughs, '['.repeat(100_000), `k: ${'x'.repeat(200_000)}`])
        expect(await lint(document)).toMatchObject({ ok: false })
      for (const body of [{ document: 'x'.repeat(256 * 1024 + 1) }, {}, { document: 7 }])
        expect(await refused(editor.send('POST', '/api/v1/policy/lint', body))).toEqual({
          status: 400,
          code: 'REQUEST_INVALID',
        })
    })
  })

  describe('drafts', () => {
    it('begin with the newest version, are listed newest first and by state, and are read', async () => {
      const first = await begin(undefined, 'First')
      expect(first).toMatchObject({ title: 'First', document: SHIPPED, state: 'open', createdBy: editor.id })
      const second = await begin(STRICTER, 'Second')
      const page = await read(editor.send('GET', '/api/v1/policy/drafts?state=open&limit=1'))
      expect(page).toMatchObject({ items: [{ id: second.id }], next: second.id })
      const next = await read(editor.send('GET', `/api/v1/policy/drafts?state=open&limit=1&after=${page.next}`))
      expect(next.items).toMatchObject([{ id: first.id }])
      expect(await read(rso.send('GET', `/api/v1/policy/drafts/${first.id}`))).toEqual(first)
      expect(await refused(editor.send('GET', '/api/v1/policy/drafts?state=nonsense'))).toMatchObject({ status: 400 })
    })

    it('refuse an edit of another text than the one that was read', async () => {
      const draft = await begin()
      const path = `/api/v1/policy/drafts/${draft.id}`
      const edited = await read(editor.send('PATCH', path, { revision: draft.revision, document: STRICTER }))
      expect(edited).toMatchObject({ document: STRICTER, updatedBy: editor.id })
      const late = operator('PATCH', path, { revision: draft.revision, document: BROKEN })
      expect(await read(late)).toMatchObject({
        status: 409,
        code: 'CONFLICT',
        detail: expect.stringContaining(editor.id),
      })
      expect(await read(editor.send('GET', path))).toMatchObject({ document: STRICTER, revision: edited.revision })
    })

    it('may be broken, but neither tested, replayed, shadowed, proposed nor published then', async () => {
      const draft = await begin(BROKEN)
      const path = `/api/v1/policy/drafts/${draft.id}`
      expect(await read(editor.send('GET', `${path}/lint`))).toMatchObject({ ok: false })
      const proposal = { revision: draft.revision, changelog: CHANGELOG }
      const since = new Date(running.app.clock.now() - 60_000).toISOString()
      const attempts = [
        ['test', undefined],
        ['replay', { since }],
        ['shadow', undefined],
        ['propose', proposal],
        ['publish', proposal],
      ] as const
      for (const [what, body] of attempts)
        expect([what, await refused(editor.send('POST', `${path}/${what}`, body))]).toEqual([
          what,
          { status: 422, code: 'POLICY_INVALID' },
        ])
      expect(running.app.policies.current().version).toBe('1.1.0')
    })

    it('that are discarded stay to be read and change no more', async () => {
      const draft = await begin(STRICTER)
      const path = `/api/v1/policy/drafts/${draft.id}`
      expect(await read(editor.send('DELETE', path))).toMatchObject({ state: 'discarded' })
      expect(await refused(editor.send('DELETE', path))).toEqual({ status: 409, code: 'CONFLICT' })
      const proposal = { revision: draft.revision, changelog: CHANGELOG }
      for (const [method, at, body] of [
        ['PATCH', path, { revision: draft.revision, title: 'x' }],
        ['POST', `${path}/shadow`, undefined],
        ['POST', `${path}/propose`, proposal],
        ['POST', `${path}/publish`, proposal],
      ] as const)
        expect(await refused(editor.send(method, at, body))).toEqual({ status: 409, code: 'CONFLICT' })
      expect(await read(editor.send('GET', path))).toMatchObject({ state: 'discarded', document: STRICTER })
    })

    it.each([
      ['POST', '', { title: '' }],
      ['POST', '', { title: 'x'.repeat(201) }],
      ['POST', '', {}],
      ['PATCH', `/${NOBODY}`, { revision: 'not a digest' }],
      ['POST', `/${NOBODY}/propose`, { revision: '0'.repeat(64), changelog: 'short' }],
      ['POST', `/${NOBODY}/publish`, { revision: '0'.repeat(64), changelog: CHANGELOG, effectiveAt: 'tomorrow' }],
      ['POST', `/${NOBODY}/replay`, { since: 'yesterday' }],
    ])('refuse %s %s with %j', async (method, path, body) => {
      expect(await refused(editor.send(method, `/api/v1/policy/drafts${path}`, body))).toEqual({
        status: 400,
        code: 'REQUEST_INVALID',
      })
    })
  })

  describe('trying a draft', () => {
    it('puts its examples to the classifier in use, and shows them', async () => {
      const draft = await begin(STRICTER)
      const report = await read(editor.send('POST', `/api/v1/policy/drafts/${draft.id}/test`))
      const results = report.results as { text: string; passed: boolean; clause: string }[]
      expect(results.length).toBeGreaterThan(30)
      expect(Number(report.passed) + Number(report.failed)).toBe(results.length)
      expect(results.find(({ text }) => text.includes('SAFELEVEL-TEST-GENERAL_HARM'))).toMatchObject({
        clause: '6.3',
        passed: true,
      })
    })

    it('replays what was recorded, with samples for those who may read decisions', async () => {
      await fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: testString('sexual_content') }] }),
      })
      await running.app.decisions.catchUp()
      const milder = SHIPPED.replace('version: 1.1.0', 'version: 1.1.1').replace(
        'labels: [sexual_content]\n        prompt: { threshold: calibrated, action: refuse,',
        'labels: [sexual_content]\n        prompt: { threshold: calibrated, action: flag,',
      )
      const draft = await begin(milder)
      const path = `/api/v1/policy/drafts/${draft.id}/replay`
      const since = new Date(running.app.clock.now() - 3_600_000).toISOString()
      const started = await editor.send('POST', path, { since })
      expect(started.status).toBe(202)
      const { id } = await read(started)
      const at = `/api/v1/policy/replays/${id}`
      await expect.poll(async () => (await read(editor.send('GET', at))).state).toBe('done')
      const done = await read(editor.send('GET', at))
      expect(done).toMatchObject({ draftId: draft.id, revision: draft.revision, rows: 1 })
      expect(done.report).toMatchObject({
        totals: { newlyAllowed: 1, newlyRefused: 0 },
        byCategory: [{ label: 'sexual_content', newlyAllowed: 1 }],
        samples: [{ side: 'prompt', change: 'newlyAllowed', before: '5.5', after: null }],
      })
      const board = others.get('board')
      expect((await read(board?.send('GET', at) ?? editor.send('GET', at))).report).toMatchObject({
        totals: { newlyAllowed: 1 },
        samples: [],
      })
      const { items } = await read(editor.send('GET', `/api/v1/policy/drafts/${draft.id}/replays`))
      expect(items).toMatchObject([{ id, state: 'done', report: null }])

      for (const wrong of [running.app.clock.now() + 60_000, running.app.clock.now() - 401 * 86_400_000])
        expect(await refused(editor.send('POST', path, { since: new Date(wrong).toISOString() }))).toMatchObject({
          status: 400,
        })
      for (const unknown of [`replays/prp_none`, `drafts/${NOBODY}/replays`])
        expect(await refused(editor.send('GET', `/api/v1/policy/${unknown}`))).toMatchObject({ status: 404 })
    })

    it('runs one draft in shadow at a time', async () => {
      const [one, two] = [await begin(STRICTER, 'One'), await begin(STRICTER, 'Two')]
      const path = (draft: Json) => `/api/v1/policy/drafts/${draft.id}/shadow`
      expect(await refused(editor.send('GET', path(one)))).toMatchObject({ status: 404 })
      expect(await read(editor.send('POST', path(one)))).toMatchObject({ draftId: one.id, stoppedAt: null })
      expect(await read(editor.send('GET', '/api/v1/policy'))).toMatchObject({ shadow: { draftId: one.id } })
      expect(await refused(editor.send('POST', path(two)))).toEqual({ status: 409, code: 'CONFLICT' })
      expect(await read(editor.send('DELETE', path(one)))).toMatchObject({ stoppedAt: expect.any(String) })
      expect((await editor.send('DELETE', path(one))).status).toBe(200)
      expect(await read(editor.send('GET', '/api/v1/policy'))).toMatchObject({ shadow: null })
    })
  })

  describe('publication', () => {
    const agree = async (by: SignedIn, id: string) => {
      const options = await read(by.send('POST', `/api/v1/approvals/${id}/options`))
      const assertion = by.key.get({ challenge: String(options.challenge) })
      return by.send('POST', `/api/v1/approvals/${id}/approve`, { assertion })
    }

    it('can be wished for by the operator, and decides nothing then', async () => {
      const draft = await begin(STRICTER)
      const path = `/api/v1/policy/drafts/${draft.id}`
      const proposal = { revision: draft.revision, changelog: CHANGELOG }
      expect(await read(operator('POST', `${path}/propose`, proposal))).toMatchObject({
        proposal: { changelog: CHANGELOG, by: 'operator' },
      })
      expect(await refused(operator('POST', `${path}/publish`, proposal))).toMatchObject({ status: 403 })
      expect(running.app.policies.current().version).toBe('1.1.0')
    })

    it('takes a second person, and a draft that nobody has touched since', async () => {
      const draft = await begin(STRICTER)
      const path = `/api/v1/policy/drafts/${draft.id}`
      const stale = { revision: '0'.repeat(64), changelog: CHANGELOG }
      expect(await refused(editor.send('POST', `${path}/publish`, stale))).toEqual({ status: 409, code: 'CONFLICT' })

      const asked = await editor.send('POST', `${path}/publish`, { revision: draft.revision, changelog: CHANGELOG })
      expect(asked.status).toBe(201)
      const approval = await read(asked)
      expect(approval).toMatchObject({ action: 'policy.publish', state: 'pending', requester: editor.id })
      const statement = JSON.parse(String(approval.statement))
      expect(statement.payload).toMatchObject({ draft: draft.id, version: '1.2.0', changelog: CHANGELOG })

      const options = editor.send('POST', `/api/v1/approvals/${approval.id}/options`)
      expect(await refused(options)).toMatchObject({ status: 403 })
      expect(running.app.policies.current().version).toBe('1.1.0')

      // What was asked for is this text: another one voids it.
      const body = { revision: draft.revision, document: `${STRICTER}# a comment\n` }
      const edited = await read(editor.send('PATCH', path, body))
      expect(await read(agree(rso, String(approval.id)))).toMatchObject({ state: 'failed' })
      expect(running.app.policies.current().version).toBe('1.1.0')

      const anew = { revision: edited.revision, changelog: CHANGELOG }
      const again = await read(editor.send('POST', `${path}/publish`, anew))
      expect((await agree(rso, String(again.id))).status).toBe(200)
      expect(await read(editor.send('GET', '/api/v1/policy'))).toMatchObject({
        inForce: { version: '1.2.0', source: 'published', since: expect.any(String) },
      })
      const { items } = await read(editor.send('GET', '/api/v1/policy/versions'))
      expect(items).toMatchObject([
        { version: '1.2.0', state: 'in_force', requestedBy: editor.id, approvedBy: [rso.id], draftId: draft.id },
        { version: '1.1.0', state: 'superseded' },
      ])
      expect(await read(editor.send('GET', path))).toMatchObject({ state: 'published' })
      expect(await refused(editor.send('POST', `${path}/publish`, anew))).toMatchObject({ status: 409 })
    })

    it('needs a draft that knows the newest version, and a name of its own', async () => {
      const behind = await begin(STRICTER.replace('0.3', '0.25'))
      expect(behind).toMatchObject({ isStale: false })
      const path = `/api/v1/policy/drafts/${behind.id}`
      const proposal = { revision: behind.revision, changelog: CHANGELOG }
      expect(await read(editor.send('POST', `${path}/publish`, proposal))).toMatchObject({
        status: 409,
        detail: expect.stringContaining('there is a version 1.2.0 already'),
      })
      const base = (await read(editor.send('GET', '/api/v1/policy/versions'))).items as { digest: string }[]
      const wrong = { revision: behind.revision, base: base[1]?.digest }
      expect(await refused(editor.send('PATCH', path, wrong))).toEqual({ status: 409, code: 'CONFLICT' })
    })
  })
})
