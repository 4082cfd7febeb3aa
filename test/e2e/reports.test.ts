import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

describe('reports through the doors', () => {
  const resources = new AsyncDisposableStack()
  let running: RunningApp

  beforeAll(async () => {
    running = resources.use(await startApp({ config: { intake: { reportsPerHour: 10_000 } } }))
  })
  afterAll(() => resources.disposeAsync())

  /** Everything that comes back on one connection. @param hold keeps it open for so long before it ends */
  const raw = async (...pieces: (string | Buffer)[]): Promise<string> => {
    const { hostname, port } = new URL(running.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    const answer = text(socket).catch(() => '')
    for (const piece of pieces) {
      if (socket.destroyed) break
      socket.write(piece)
      await sleep(20)
    }
    socket.end()
    return await answer
  }
  const head = (length: number, type = 'multipart/form-data; boundary=x') =>
    `POST /report HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`
  const reports = async () => (await running.app.disclosure.intake.reports.list({ limit: 200 })).items.length
  const files = async () => {
    const names: string[] = []
    for await (const { name, bytes } of running.storedFiles()) if (bytes.includes('forbidden fruit')) names.push(name)
    return names
  }

  it('leave nothing of a form that broke off', async () => {
    const before = await reports()
    const part = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nforbidden fruit'
    await raw(head(5_000), part)
    await sleep(200)
    expect([await reports(), await files()]).toEqual([before, []])
  })

  it('take no second request out of the rest of a form that was refused', async () => {
    const hidden = 'GET /report/policy HTTP/1.1\r\nhost: x\r\n\r\n'
    const body = Buffer.concat([Buffer.from('nonsense\r\n'), Buffer.from(hidden.repeat(200))])
    const answer = await raw(head(body.length), body)
    expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 400'])
    expect(answer).not.toContain('Disclosure policy</h1>')
  })

  it('answer a form without an end while it is still coming', async () => {
    const piece = Buffer.alloc(1_000_000, 'a')
    const pieces = Array.from({ length: 50 }, () => piece)
    const start = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    const answer = await raw(head(1_000_000_000), start, ...pieces)
    expect(answer).toContain('413')
  })

  it('go through no other door', async () => {
    const { key, url, upstream } = running
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] })
    const { length } = upstream.requests
    for (const path of [
      '/v1/safety/',
      '/v1/safety',
      '/v1/safety/chat/completions',
      '/v1/safety/..%2fchat/completions',
      '/v1/safety//reports',
    ]) {
      const answer = await fetch(url + path, { method: 'POST', headers, body })
      expect([path, answer.status]).toEqual([path, 404])
    }
    const dots = await raw(
      `POST /v1/safety/../chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    )
    expect(dots).toMatch(/^HTTP\/1\.1 404/)
    expect(upstream.requests.length).toBe(length)
  })

  it('are flagged with the number that the answer carried, by the customer alone', async () => {
    const { key, url } = running
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] })
    const answered = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })
    const decision = answered.headers.get('x-safelevel-decision') ?? ''
    await answered.text()
    const flag = (authorization: string) =>
      fetch(`${url}/v1/safety/flags`, {
        method: 'POST',
        headers: { authorization },
        body: JSON.stringify({ decision, reason: 'harmful_output' }),
      })
    await expect.poll(async () => (await flag(headers.authorization)).status, { timeout: 10_000 }).toBe(201)
    const again = await flag(headers.authorization)
    expect([again.status, await again.json()]).toMatchObject([
      200,
      { already_received: true, receipt: expect.any(String) },
    ])
    expect((await flag('Bearer sl_live_nobody')).status).toBe(401)
    expect(await running.logText()).not.toContain('sl_live_nobody')
  })
})
