import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, createServer, request, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeSse } from '../../src/gateway/sse.ts'
import { ServedChild } from '../support/served-child.ts'
import { textStream } from '../support/text-streams.ts'

/** Many streams held open at once, each saying a little: the server's memory stays bounded and flat. SAFELEVEL_SOAK=1 for the full size, SAFELEVEL_SOAK_SECONDS for longer. */
const SOAK = process.env.SAFELEVEL_SOAK === '1'
const STREAMS = SOAK ? 1_000 : 150
const SECONDS = Number(process.env.SAFELEVEL_SOAK_SECONDS ?? (SOAK ? 60 : 5))
const PAUSE_MS = 500
const SENTENCE = 'Bread is made of flour, water and time. '
let folder: string
let upstream: Server
let server: ServedChild
const held = new Set<ServerResponse>()
let asked = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelevel-soak-'))
  upstream = createServer((req, res) => {
    req.resume().on('end', () => {
      asked++
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write(FIRST)
      held.add(res)
      res.on('close', () => held.delete(res))
    })
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const address = upstream.address()
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  server = new ServedChild(folder, {
    upstreams: [{ id: 'm', kind: 'openai-compatible', baseUrl, maxConnections: 2_000 }],
    models: [{ name: 'm', upstream: 'm' }],
  })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  upstream.closeAllConnections()
  upstream.close()
  await rm(folder, { recursive: true, force: true })
})

const [FIRST = '', DELTA = '', ...END] = [...textStream('openai-chat', [SENTENCE])].map((event) => encodeSse(event))

function rssMiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))?.[1]) / 1_024
}

function openStream(url: string, key: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = request(
      `${url}/v1/chat/completions`,
      { method: 'POST', agent, headers: { authorization: `Bearer ${key}` } },
      (res) => {
        let bytes = 0
        let end = ''
        res.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          end = chunk.subarray(-20).toString('latin1')
        })
        res.on('end', () =>
          end.includes('[DONE]') ? resolve(bytes) : reject(new Error(`a stream ended with ${JSON.stringify(end)}`)),
        )
        res.on('error', reject)
      },
    )
    req.on('error', reject)
    req.end(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'How do I bake bread?' }] }))
  })
}

it(`holds ${STREAMS} streams for ${SECONDS} s`, { timeout: (SECONDS + 120) * 1_000 }, async () => {
  const ready = await server.ready
  if (ready === null) throw new Error(server.stderr)
  const idle = rssMiB()
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const streams = Array.from({ length: STREAMS }, () => openStream(ready.public, ready.key ?? '', agent))
  await expect.poll(() => asked, { timeout: 60_000 }).toBe(STREAMS)
  const samples: number[] = []
  for (let elapsed = 0; elapsed < SECONDS * 1_000; elapsed += PAUSE_MS) {
    for (const res of held) res.write(DELTA)
    await sleep(PAUSE_MS)
    samples.push(rssMiB())
  }
  for (const res of [...held]) res.end(END.join(''))
  const sizes = await Promise.all(streams)
  agent.destroy()
  const third = Math.floor(samples.length / 3)
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [early, late] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))]
  process.stdout.write(
    `${STREAMS} streams held ${SECONDS} s, ${samples.length * STREAMS} events: RSS ${idle.toFixed(0)} MiB idle, ${Math.max(...samples).toFixed(0)} at most, ${early.toFixed(0)} in the second third, ${late.toFixed(0)} in the last\n`,
  )
  expect(Math.min(...sizes)).toBe(Math.max(...sizes))
  expect(Math.max(...samples)).toBeLessThan(idle + 100 + STREAMS * 0.5)
  expect(late).toBeLessThan(early * 1.15 + 30) // major collections come minutes apart: between them it rises a little
})
