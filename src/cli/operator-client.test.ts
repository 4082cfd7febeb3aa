import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OperatorClient } from './operator-client.ts'

const ODD = { words: 'one\u2028data: {}\u2029event: none\u0085 🐳' }

let server: Server
const resumedAfter: (string | undefined)[] = []

/** Two connections, both broken off: one byte at a time, so that signs and events are cut everywhere. */
function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const byte of Buffer.from(text)) response.write(Buffer.of(byte))
  response.end(() => response.destroy())
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const after = request.headers['last-event-id']
    resumedAfter.push(after?.toString())
    if (after === undefined)
      answer(response, `: alive\n\nid: 7\nevent: decision\ndata: ${JSON.stringify(ODD)}\n\nid: 8\nevent: deci`)
    else answer(response, `id: 8\nevent: decision\ndata: {"n":2}\n\nevent: gap\ndata: {"dropped":null}\n\n`)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
})
afterAll(() => server.close())

describe('events', () => {
  it('are read whole, whatever stands in them, and taken up after the last one that came', async () => {
    const { port } = server.address() as AddressInfo
    const read: { event: string; data: string }[] = []
    for await (const event of new OperatorClient(`http://127.0.0.1:${port}`, 'sl_op_x').events('/api/v1/x')) {
      read.push(event)
      if (event.event === 'gap') break
    }
    expect(read).toEqual([
      { event: 'decision', data: JSON.stringify(ODD) },
      { event: 'decision', data: '{"n":2}' },
      { event: 'gap', data: '{"dropped":null}' },
    ])
    expect(resumedAfter).toEqual([undefined, '7'])
  })
})
