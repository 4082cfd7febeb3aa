import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readStrictJson } from '../base/strict-json.ts'
import { readBody, sendJson } from './replies.ts'

it('sends JSON text as the very bytes that it was read from, with their length', async () => {
  let text = ''
  await using server = createServer((req, res) => sendJson(req, res, 200, text, {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const json = fc
    .json({ stringUnit: 'binary' })
    .filter((text) => !text.includes('"__proto__":')) // is refused
    .map((one) => Buffer.from(one))
  await fc.assert(
    fc.asyncProperty(json, async (bytes) => {
      text = readStrictJson(bytes, { maxDepth: 64 }).text
      const answer = await fetch(`http://127.0.0.1:${port}/`)
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
      expect(answer.headers.get('content-length')).toBe(String(bytes.length))
    }),
    { numRuns: 50 },
  )
})

it('writes head and body in one piece', async () => {
  await using server = createServer((req, res) => sendJson(req, res, 200, { hello: 'wörld' }, { 'x-own': '1' }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  const [first]: Buffer[] = await once(socket, 'data')
  expect(first?.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*x-own: 1[\s\S]*\r\n\r\n\{"hello":"wörld"\}$/)
  socket.destroy()
})

it('lets a client that still sends read why it was refused', async () => {
  const MAX = 100_000
  await using server = createServer(async (req, res) => {
    const error = await readBody(req, MAX).then(
      () => null,
      (thrown) => thrown,
    )
    sendJson(req, res, error === null ? 200 : 413, { error: String(error?.code) }, {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  for (const length of [`content-length: ${MAX * 50}`, 'transfer-encoding: chunked']) {
    const socket = connect(port, '127.0.0.1')
    const ended = once(socket, 'close')
    let answer = ''
    socket.on('data', (bytes) => {
      answer += bytes
    })
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${length}\r\n\r\n`)
    const piece = Buffer.alloc(MAX, 'x')
    for (let i = 0; i < 50 && !socket.destroyed; i++) {
      if (length.startsWith('transfer')) socket.write(`${MAX.toString(16)}\r\n`)
      socket.write(piece)
      if (length.startsWith('transfer')) socket.write('\r\n')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    if (length.startsWith('transfer')) socket.write('0\r\n\r\n')
    await ended
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*"error":"REQUEST_TOO_LARGE"\}$/i)
  }
})
