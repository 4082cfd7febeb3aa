import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOf, ControlWorld } from '../../../test/support/control-world.ts'
import type { Actor } from '../../ledger/index.ts'

const BY: Actor = { type: 'staff', id: 'per_1' }
const NOTHING = { category: null, decision: null, model: null, steps: null, output: null, contact: null, credit: null }

describe('the routes of reports', () => {
  let world: ControlWorld
  let id: string
  const call = (method: string, path: string, body?: unknown) => world.call(method, `/api/v1${path}`, body)

  beforeAll(async () => {
    world = await ControlWorld.open()
    const sender = { channel: 'form', by: { type: 'anonymous', id: '-' }, organisationId: null, showing: null } as const
    const file = { name: `"\r\nx-evil: 1; <b>.html`, bytes: Buffer.from('a log of what was said\n') }
    const input = { ...NOTHING, kind: 'misuse', story: 'A sealed story.' } as const
    id = (await world.deps.intake.reports.submit(input, [file], sender)).id
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it.each([
    '/reports?limit=0',
    '/reports?limit=1000000',
    '/reports?state=burning',
    '/reports?band=worst',
    '/reports?kind=%00',
    `/reports?assignee=${'x'.repeat(101)}`,
    `/reports/${'x'.repeat(101)}`,
  ])('refuses %s', async (path) => {
    expect((await call('GET', path)).status).toBe(400)
  })

  it.each([
    '/reports/rep_nothing',
    '/reproductions/rpn_nothing',
    '/regression-cases/rgc_nothing',
    '/regression-standings/no',
  ])('knows no %s', async (path) => {
    expect((await call('GET', path)).status).toBe(404)
  })

  it.each([
    ['{', 400],
    [{}, 400],
    [{ deployment: 'x', n: 0 }, 400],
    [{ deployment: 'x', n: 101 }, 400],
    [{ deployment: 'x', through: 'wall' }, 400],
    [{ deployment: 'x', script: { turns: [] } }, 400],
    [{ deployment: 'x', script: { turns: [{ role: 'assistant', text: 'x' }] } }, 400],
    [{ deployment: 'x', script: { turns: [{ role: 'user', text: 'x' }], tools: [{ name: 'a b' }] } }, 400],
    [{ deployment: 'x', script: { turns: [{ role: 'user', text: '\ud800' }] } }, 400],
    [{ deployment: 'x', sampling: { temperature: 9 } }, 400],
    [{ deployment: 'x', script: { turns: [{ role: 'user', text: 'x' }] } }, 404],
    [{ deployment: 'x' }, 400], // it came without steps
  ])('answers a reproduction asked for as %j with %i', async (body, status) => {
    expect((await call('POST', `/reports/${id}/reproductions`, body)).status).toBe(status)
  })

  it('bounds what may be sent', async () => {
    const text = 'x'.repeat(60_000)
    const large = { deployment: 'x', script: { turns: Array(49).fill({ role: 'user', text }) } }
    expect((await call('POST', `/reports/${id}/reproductions`, large)).status).toBe(413)
  })

  it.each([
    ['POST', '/read'],
    ['POST', '/answers'],
    ['POST', '/acts'],
    ['POST', '/disclosure'],
    ['POST', '/disclosure/read'],
    ['POST', '/early-releases'],
    ['POST', '/cases'],
    ['POST', '/severity'],
  ])('leaves %s %s to people', async (method, path) => {
    expect((await call(method, `/reports/${id}${path}`, {})).status).toBe(403)
  })

  it('shows a report without its words, its receipt and its signature', async () => {
    const listed = await bodyOf(await call('GET', '/reports?state=open'))
    const shown = await bodyOf(await call('GET', `/reports/${id}`))
    for (const answer of [listed, shown]) {
      const text = JSON.stringify(answer)
      expect(text).toContain(id)
      for (const word of ['sealed story', 'lookup', 'signature', 'x-evil']) expect(text).not.toContain(word)
    }
    expect(shown).toMatchObject({ band: 'critical', assessed: false, chain: [{ state: 'waits' }, {}, {}, {}] })
  })

  it('hands out files that no browser shows, whatever they are called', async () => {
    const { files } = await world.deps.intake.reports.get(id)
    const opened = await world.deps.intake.reports.openFile(id, files[0]?.id ?? '', BY)
    expect(opened.name).not.toMatch(/[\r\n]/)
    // The operator's token opens none.
    expect((await call('POST', `/reports/${id}/files/${files[0]?.id}`)).status).toBe(403)
  })

  it('explains what severity is computed from', async () => {
    const { items } = await bodyOf(await call('GET', '/severity-factors'))
    expect(items).toMatchObject([
      { factor: 'uplift' },
      { factor: 'reach' },
      { factor: 'reproducibility' },
      { factor: 'universality' },
    ])
  })
})
