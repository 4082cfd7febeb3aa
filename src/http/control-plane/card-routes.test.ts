import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOf, ControlWorld } from '../../../test/support/control-world.ts'
import { MAX_CARD_BYTES } from '../../models/cards/index.ts'

const AT = '/api/v1/cards'

describe('the routes of model cards', () => {
  let world: ControlWorld
  let text = ''

  beforeAll(async () => {
    world = await ControlWorld.open()
    await world.call('POST', '/api/v1/checkpoints', { model: 'orca-2', checkpoint: 'c1', flops: 3.2e24 })
    text = String((await bodyOf(await world.call('POST', `${AT}/new`, { model: 'orca-2' }))).text)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('fill in a card, say what it lacks and where, and keep it as a draft', async () => {
    expect(text).toContain('checkpoint: orca-2/c1')
    const check = await bodyOf(await world.call('POST', `${AT}/lint`, { text }))
    expect(check).toMatchObject({
      outcome: 'fails',
      findings: expect.arrayContaining([expect.objectContaining({ code: 'owed', path: '/summary', line: 1 })]),
    })
    const saved = await world.call('PUT', `${AT}/orca-2/draft`, { text, revision: null })
    expect(await saved.json()).toMatchObject({ id: 'orca-2/draft', revision: 1, state: 'draft' })
    expect((await world.call('PUT', `${AT}/orca-2/draft`, { text, revision: null })).status).toBe(409)
    expect(await bodyOf(await world.call('GET', `${AT}/orca-2`))).toMatchObject({
      current: null,
      draft: { revision: 1 },
      standing: { state: 'none' },
    })
    expect(await bodyOf(await world.call('GET', `${AT}/orca-2/versions/draft`))).toMatchObject({
      text,
      check: { outcome: 'fails' },
    })
    expect(await bodyOf(await world.call('GET', AT))).toMatchObject({ items: [{ model: 'orca-2' }], next: null })
  })

  it('hand out files with a name and a policy that lets nothing run', async () => {
    for (const [format, type] of [
      ['html', 'text/html'],
      ['markdown', 'text/markdown'],
      ['cyclonedx', 'application/vnd.cyclonedx+json'],
      ['json', 'application/json'],
    ] as const) {
      const response = await world.call('GET', `${AT}/orca-2/export?format=${format}&version=draft&audience=internal`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toContain(type)
      expect(response.headers.get('content-disposition')).toMatch(/filename="(orca-2|README)[.a-z0-9]*"/)
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    }
    expect((await world.call('GET', `${AT}/orca-2/export?format=exe`)).status).toBe(400)
  })

  it('file for publication only what passes, and publish nothing for the operator', async () => {
    const { digest } = await bodyOf(await world.call('GET', `${AT}/orca-2/versions/draft`))
    const proposed = await world.call('POST', `${AT}/orca-2/proposal`, { digest, reason: 'first' })
    expect(proposed.status).toBe(409)
    expect(await proposed.text()).toContain('doesn’t pass')
    expect((await world.call('POST', `${AT}/orca-2/publish`, { digest, reason: 'first' })).status).toBe(403)
    expect((await world.call('POST', `${AT}/orca-2/versions/1/withdraw`, { reason: 'x' })).status).toBe(403)
  })

  it('read a README of the hub as a draft, and keep nothing of it', async () => {
    const readme =
      '---\nlicense: mit\nmodel-index:\n- name: Orca\n  results:\n  - dataset: {type: b, name: Bench}\n    metrics: [{type: acc, value: 0.9}]\n---\n# Orca\n## Limitations\nIt errs.\n'
    const imported = await bodyOf(await world.call('POST', `${AT}/import`, { model: 'orca-2', text: readme }))
    expect(imported).toMatchObject({
      check: { outcome: 'fails' },
      notes: expect.arrayContaining([expect.stringContaining('of how many tasks')]),
    })
    expect(JSON.stringify(imported)).toContain('evidence_external')
    expect(await bodyOf(await world.call('GET', `${AT}/orca-2`))).toMatchObject({ draft: { revision: 1 } })
  })

  it.each([
    ['POST', '/new', { model: 'nobody' }, 404],
    ['POST', '/new', { model: 'a\u0000b' }, 404],
    ['POST', '/new', { model: 'orca-2', deployment: '../x' }, 404],
    ['POST', '/lint', { text: 'x'.repeat(MAX_CARD_BYTES + 1) }, 400],
    ['POST', '/lint', { text: 'x'.repeat(8 * MAX_CARD_BYTES) }, 413],
    ['POST', '/lint', { text: '- a', more: 1 }, 400],
    ['POST', '/renew', { text: 'format: safelevel-card/v9' }, 400],
    ['POST', '/import', { model: 'orca-2', text: '---\na: [\n---\n' }, 400],
    [
      'PUT',
      '/orca-3/draft',
      { text: 'format: safelevel-card/v1\nidentity: {model: orca-2, checkpoint: orca-2/c1, title: T}' },
      400,
    ],
    ['GET', '/%00', undefined, 404],
    ['GET', '/orca-2/versions/7', undefined, 404],
    ['GET', '/orca-2/versions/..%2fdraft', undefined, 404],
    ['GET', '/orca-2/diff?from=draft&to=9', undefined, 404],
    ['GET', '/orca-2/diff?from=draft', undefined, 400],
  ])('answer %s %s with a problem', async (method, path, body, status) => {
    const response = await world.call(method, `${AT}${path}`, body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code: expect.any(String) })
  })
})
