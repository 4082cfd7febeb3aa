import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { IntakeWorld } from '../../../test/support/intake-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { UploadBudget } from './report-limits.ts'
import { reportSite } from './report-routes.ts'

const HOUR_MS = 3_600_000
const STAFF = { type: 'staff', id: 'per_1' } as const
const [embedded] = storeKinds('report pages')
if (embedded === undefined) throw new Error('no store')

describe('the pages for reports', () => {
  let store: TestStore
  let handle: DbHandle
  let world: IntakeWorld
  let site: Hono

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
    site = siteWith()
    return () => world[Symbol.asyncDispose]()
  })

  const siteWith = (budget?: UploadBudget) => {
    const { intake, config, clock } = world
    return new Hono().route(
      '/report',
      reportSite(
        {
          organisation: 'Orca <Research>',
          contact: 'mailto:security@orca.example',
          config,
          intake,
          models: () => [{ name: 'orca-2' }, { name: '"><script>' }],
          clock,
        },
        budget,
      ),
    )
  }

  const page = async (response: Response | Promise<Response>) => {
    const answer = await response
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const get = (path: string) => page(site.request(path))
  const post = (path: string, fields: Record<string, string>) =>
    page(site.request(path, { method: 'POST', body: new URLSearchParams(fields) }))
  const token = async () => {
    const found = /name="token" value="([^"]+)"/.exec((await get('/report')).text)?.[1] ?? ''
    world.clock.advance(10_000)
    return found
  }
  const send = async (fields: Record<string, string>, files: readonly File[] = []) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({
      token: fields.token ?? (await token()),
      kind: 'harmful_output',
      story: 'It told me how.',
      ...fields,
    }))
      form.append(name, value)
    for (const file of files) form.append('file', file)
    return page(site.request('/report', { method: 'POST', body: form }))
  }
  const codeOn = (text: string) => /<code class="code">([^<]+)<\/code>/.exec(text)?.[1] ?? ''

  it('run no script, set no cookie, and let forms go to this site alone', async () => {
    for (const path of ['/report', '/report?about=dec_1', '/report/status', '/report/keys', '/report/policy']) {
      const { text, headers, status } = await get(path)
      expect(status).toBe(200)
      expect(text).not.toMatch(/<script|style=|javascript:|<img| on[a-z]+=/i)
      expect(Buffer.byteLength(text)).toBeLessThan(40_000)
      expect(headers.get('set-cookie')).toBeNull()
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('take two fields and give a code, that opens the page of the report', async () => {
    const { status, text, headers } = await send({})
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    const shown = await post('/report/status', { code: codeOn(text) })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('Received, not looked into yet')
    expect(shown.text).toContain('It told me how.')
    const [report] = (await world.reports.list({ limit: 10 })).items
    expect(report).toMatchObject({ channel: 'form', anonymous: true, category: null, organisationId: null })
  })

  it('take all the rest, and files', async () => {
    const decision = world.ids.next('dec')
    const fields = {
      kind: 'safeguard_bypass',
      category: 'cyber_operations',
      decision,
      model: 'orca-2',
      steps: 'a\r\nb',
      output: 'c',
      contact: 'me@example.org',
      credit: 'Zoë',
    }
    const { status } = await send(fields, [new File(['one'], 'ö "1".txt')])
    expect(status).toBe(201)
    const [report] = (await world.reports.list({ limit: 10 })).items
    const read = await world.reports.read(report?.id ?? '', STAFF)
    expect(read.report).toMatchObject({
      kind: 'safeguard_bypass',
      category: 'cyber_operations',
      anonymous: false,
      about: { decision, model: 'orca-2' },
    })
    expect(read.steps?.text).toBe('a\nb')
    expect([read.contact, read.credit, read.files[0]?.name]).toEqual(['me@example.org', 'Zoë', 'ö "1".txt'])
  })

  it('show scripts as text, in every field and wherever they come back', async () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    const fields = { story: evil, steps: evil, output: evil, model: evil, contact: evil, credit: evil }
    const wrong = await send({ ...fields, kind: '"><script>', category: '"><script>', decision: evil })
    expect(wrong.status).toBe(400)
    const right = await send(fields, [new File(['x'], `${evil}.txt`)])
    expect(right.status).toBe(201)
    const code = codeOn(right.text)
    const shown = await post('/report/message', { code, text: evil })
    const lost = await post('/report/status', { code: evil })
    for (const { text } of [wrong, right, shown, lost, await get(`/report?about=${encodeURIComponent(evil)}`)])
      expect(text).not.toMatch(/<script|<img/i)
    expect(shown.text).toContain('&lt;script&gt;alert(1)')
  })

  it('keep what was typed when something is wrong with it, and say what', async () => {
    const typed = {
      story: 'My long story',
      steps: 'My steps',
      contact: 'me@example.org',
      credit: 'Zoë',
      model: 'orca-2',
    }
    for (const [fields, words] of [
      [{ kind: '' }, 'Choose what it is.'],
      [{ kind: 'nonsense' }, 'Choose what it is.'],
      [{ decision: 'dec_1' }, 'number of the decision'],
      [{ category: 'nonsense' }, 'can’t be read'],
      [{ token: 'forged' }, 'open for more than a day'],
    ] as const) {
      const { status, text } = await send({ ...typed, ...fields }, [new File(['x'], 'a.txt')])
      expect([status, text]).toEqual([400, expect.stringContaining(words)])
      for (const value of Object.values(typed)) expect(text).toContain(value)
      expect(text).toContain('Choose your files again')
    }
    expect((await world.reports.list({ limit: 10 })).items).toEqual([])
  })

  it('refuse files with what to do, and keep nothing', async () => {
    for (const [bytes, words] of [
      ['PK\x03\x04', 'unpack it'],
      ['<svg onload="alert(1)">', 'SVG'],
      ['<!doctype html>', 'HTML'],
    ] as const) {
      const { status, text } = await send({}, [new File([bytes], 'harmless.txt')])
      expect([status, text]).toEqual([400, expect.stringContaining(words)])
    }
    const picture = Buffer.from('89504e470d0a1a0a0000000049454e44ae426082', 'hex')
    const { status, text } = await send({ category: 'child_exploitation' }, [new File([picture], 'x.png')])
    expect([status, text]).toEqual([400, expect.stringContaining('never taken here')])
    expect(text).toContain('https://report.cybertip.org')
    expect(await handle.db.selectFrom('intakeFile').select('id').execute()).toEqual([])
    expect(world.log.events).toEqual([])
  })

  it('take the same form sent twice as one report, with the same code', async () => {
    const sent = { token: await token() }
    const first = await send(sent)
    const again = await send(sent)
    expect([first.status, again.status]).toEqual([201, 200])
    expect(codeOn(again.text)).toBe(codeOn(first.text))
    const elsewhere = await send({})
    expect([elsewhere.status, codeOn(elsewhere.text)]).toEqual([200, ''])
    expect(elsewhere.text).toContain('Received before')
    expect((await world.reports.list({ limit: 10 })).items).toHaveLength(1)
  })

  it('give the code at the second try, when the first could not be recorded', async () => {
    const sent = { token: await token() }
    world.log.failing = 'after'
    const failed = await send(sent)
    expect([failed.status, failed.text]).toEqual([503, expect.stringContaining('Send it again')])
    world.log.failing = null
    const { text } = await send(sent)
    expect((await post('/report/status', { code: codeOn(text) })).text).toContain('It told me how.')
    expect((await world.reports.list({ limit: 10 })).items).toHaveLength(1)
  })

  it('are not for programs', async () => {
    expect((await send({ website: 'https://spam.example' })).status).toBe(400)
    const found = /name="token" value="([^"]+)"/.exec((await get('/report')).text)?.[1] ?? ''
    const quick = await send({ token: found.replace(/.$/, (last) => (last === '0' ? '1' : '0')) })
    expect(quick.text).toContain('open for more than a day')
    const form = new FormData()
    for (const [name, value] of Object.entries({
      token: /value="([^"]+)"/.exec((await get('/report')).text)?.[1] ?? '',
      kind: 'other',
      story: 'x',
    }))
      form.append(name, value)
    expect((await page(site.request('/report', { method: 'POST', body: form }))).text).toContain(
      'quicker than anybody writes',
    )
    expect((await world.reports.list({ limit: 10 })).items).toEqual([])
  })

  it.each([
    ['a form without files', new URLSearchParams({ kind: 'other', story: 'x' })],
    ['JSON', '{"kind":"other"}'],
    ['nothing', null],
  ])('refuse %s', async (_, body) => {
    const { status, text } = await page(site.request('/report', { method: 'POST', ...(body === null ? {} : { body }) }))
    expect(status).toBe(400)
    expect(text).toContain('Not sent.')
  })

  it('refuse a form that breaks off, and one that never ends', async () => {
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    const stream = (chunks: number) => {
      let sent = 0
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(sent === 0 ? Buffer.from(head) : Buffer.alloc(65_536, 'a'))
          if (++sent > chunks) controller.close()
        },
      })
    }
    const request = (chunks: number) =>
      page(
        site.request('/report', {
          method: 'POST',
          body: stream(chunks),
          headers: { 'content-type': 'multipart/form-data; boundary=x' },
          duplex: 'half',
        } as RequestInit),
      )
    expect((await request(3)).status).toBe(400)
    expect((await request(100_000)).status).toBe(413)
    expect((await send({})).status).toBe(201)
  })

  it('hold no more forms at once than there is memory for, and make room again', async () => {
    site = siteWith(new UploadBudget(10_000))
    const large = new File([Buffer.alloc(12_000, 'a')], 'a.txt')
    for (let n = 0; n < 3; n++)
      expect([(await send({}, [large])).status, (await send({ kind: '' })).status]).toEqual([503, 400])
    expect((await send({})).status).toBe(201)
  })

  it('tell nothing by address, method or guess', async () => {
    const code = codeOn((await send({})).text)
    expect((await get(`/report/status?code=${code}`)).text).toBe((await get('/report/status')).text)
    const [unknown, malformed] = [
      await post('/report/status', { code: '0'.repeat(26) }),
      await post('/report/status', { code: 'x' }),
    ]
    expect([unknown.status, malformed.status]).toEqual([404, 404])
    expect(unknown.text).toBe(malformed.text)
    for (const path of ['/report/message', '/report/withdraw']) {
      expect((await post(path, { code: '0'.repeat(26), text: 'x', sure: 'yes' })).status).toBe(404)
      expect((await get(path)).status).toBe(404)
    }
  })

  it('tire out who guesses codes, and nobody who knows theirs', async () => {
    const code = codeOn((await send({})).text)
    const guesses: number[] = []
    for (let n = 0; n < 12; n++) guesses.push((await post('/report/status', { code: `${n}`.padStart(26, '0') })).status)
    expect(guesses.slice(0, 4)).toEqual([404, 404, 404, 404])
    expect(guesses.at(-1)).toBe(429)
    expect((await post('/report/status', { code })).status).toBe(429)
    world.clock.advance(HOUR_MS / 4)
    for (let n = 0; n < 12; n++) expect((await post('/report/status', { code })).status).toBe(200)
  })

  it('take so many reports from one address, and again an hour later', async () => {
    const sent = { token: await token() }
    const statuses: number[] = []
    for (let n = 0; n < 24; n++) statuses.push((await send({ ...sent, story: `Story ${n}` })).status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(20)
    expect(statuses.at(-1)).toBe(429)
    world.clock.advance(HOUR_MS)
    expect((await send({ story: 'Later' })).status).toBe(201)
  })

  it('carry the conversation, and the withdrawal', async () => {
    const code = codeOn((await send({})).text)
    const [report] = (await world.reports.list({ limit: 10 })).items
    await world.reports.answer(report?.id ?? '', 'Which model was it?\n\nThanks.', STAFF)
    const answered = await post('/report/message', { code, text: 'orca-2' })
    expect(answered.text).toMatch(/Which model was it\?<\/p>\s*,?<p>Thanks\./)
    expect(answered.text).toContain('orca-2')
    expect(answered.text).not.toContain('per_1')
    expect((await post('/report/message', { code, text: ' ' })).text).toContain('Write something')
    expect((await post('/report/withdraw', { code })).text).toContain('Tick that you are sure')
    const gone = await post('/report/withdraw', { code, sure: 'yes' })
    expect(gone.text).toContain('Withdrawn by you')
    expect(gone.text).not.toContain('It told me how.')
    expect((await post('/report/message', { code, text: 'x' })).status).toBe(400)
  })

  it('say when the answer is late', async () => {
    const code = codeOn((await send({})).text)
    expect((await post('/report/status', { code })).text).not.toContain('It is late')
    world.clock.advance(world.config.firstAnswerDays * 24 * HOUR_MS + 1)
    expect((await post('/report/status', { code })).text).toContain('It is late')
  })

  it('publish the keys', async () => {
    const { text, headers } = await get('/report/age-recipient.txt')
    expect(text).toBe(`${world.intake.keys.ageRecipient}\n`)
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await get('/report/keys')).text).toContain(world.intake.keys.ageRecipient)
    expect((await get('/report/pgp-key.asc')).status).toBe(404)
  })

  it('promise what the configuration says, and no more', async () => {
    const { text } = await get('/report/policy')
    for (const words of [
      'Safe harbour',
      'within 5 days',
      '90 days',
      '730 days',
      'Nothing is paid',
      'Orca &lt;Research&gt;',
    ])
      expect(text).toContain(words)
  })
})
