/**
 * 2d on two replicas, as customers meet it: two servers as users run them (`safelevel serve`) on one PostgreSQL (DATABASE_URL, an empty database), live
 * streams and short requests of an existing customer on both, new customers who ask both, each once, and a halt at one of them. Run with
 * `DATABASE_URL=… node bench/response.ts [streams per replica] [times]`; prints one line of JSON a halt. The bars: the last replica
 * refuses within 1 s, no stream is interrupted, no request of the existing customer fails.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServedChild } from '../test/support/served-child.ts'
import { operatorOf } from './support/operator.ts'

const streams = Number(process.argv[2] ?? 20)
const times = Number(process.argv[3] ?? 5)
const WORDS = 40
const WORD_MS = 100
const PROBE_MS = 15
const NEWCOMERS = 160
/** Of short requests while the streams run. */
const REQUEST_MS = 20
const BAR_MS = 1_000

if (process.env.DATABASE_URL === undefined) throw new Error('set DATABASE_URL to an empty PostgreSQL database')
const folder = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))
process.env.SAFELEVEL_KEYS_DIR = join(folder, 'keys')
mkdirSync(process.env.SAFELEVEL_KEYS_DIR, { mode: 0o700 })
const upstream = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => void answer(res, Buffer.concat(chunks).includes('"stream":true')))
})
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
const { port } = upstream.address() as AddressInfo
const models = Array.from({ length: times }, (_, i) => `atlas-${i + 1}`)

async function serve(name: string) {
  const own = join(folder, name)
  mkdirSync(own)
  const child = new ServedChild(own, {
    classifier: { mode: 'screen' },
    canaries: { intervalSeconds: 0 },
    ledger: { shared: true, checkpointIntervalMs: 100, tiles: { folder: join(folder, 'tiles') } },
    upstreams: [{ id: 'slow', kind: 'openai-compatible', baseUrl: `http://127.0.0.1:${port}` }],
    models: models.map((model) => ({ name: model, upstream: 'slow' })),
    // What is measured is the halt; a busy machine would shed load of its own accord.
    limits: { maxEventLoopDelayMs: 0 },
  })
  const ready = await child.ready
  if (ready === null) throw new Error(`${name} did not start: ${child.stderr}`)
  return { child, url: ready.public, key: ready.key, post: operatorOf(ready.control, join(own, 'data')) }
}

const one = await serve('one')
const two = await serve('two')
try {
  // Who asks before a halt takes effect is a customer from then on, so each asks once.
  const newKeys: string[] = []
  for (let i = 0; i < NEWCOMERS; i++) newKeys.push(await newCustomer(`New ${i}`))
  const oldKey = one.key ?? ''
  await sleep(1_500)
  for (const model of models) console.log(JSON.stringify(await halt(model, oldKey, newKeys)))
} finally {
  await Promise.all([one.child.kill('SIGTERM'), two.child.kill('SIGTERM')])
  upstream.closeAllConnections()
  upstream.close()
  rmSync(folder, { recursive: true, force: true })
}

/** One halt of one model, which nobody has used before. */
async function halt(model: string, oldKey: string, newKeys: readonly string[]) {
  const replicas = [one, two]
  for (const { url } of replicas) await (await chat(url, oldKey, model, false)).text()
  await sleep(600) // who has become a customer is on record within a quarter of a second
  const live = replicas.flatMap(({ url }) =>
    Array.from({ length: streams }, async () => {
      const response = await chat(url, oldKey, model, true)
      const text = await response.text().catch(() => '')
      return response.status === 200 && text.includes(`word${WORDS - 1} `) && text.includes('[DONE]')
    }),
  )
  const failures: number[] = []
  let requests = 0
  let isOver = false
  const short = replicas.map(async ({ url }) => {
    while (!isOver) {
      const response = await chat(url, oldKey, model, false)
      await response.text().catch(() => '')
      requests++
      if (response.status !== 200) failures.push(response.status)
      await sleep(REQUEST_MS)
    }
  })
  await sleep(WORD_MS * 5)
  const startedMs = performance.now()
  const halted = one.post('/response/halts', { model, reason: 'benchmark' }).then(() => performance.now() - startedMs)
  const refusedMs = await Promise.all(
    replicas.map(({ url }, r) =>
      lastServed(
        url,
        newKeys.filter((_, i) => i % replicas.length === r),
        model,
        startedMs,
      ),
    ),
  )
  const answeredMs = await halted
  const whole = await Promise.all(live)
  isOver = true
  await Promise.all(short)
  const lastMs = Math.max(...refusedMs)
  const interrupted = whole.filter((isWhole) => !isWhole).length
  return {
    ...{ model, haltAnsweredMs: round(answeredMs), refusedMs: refusedMs.map(round), lastReplicaMs: round(lastMs) },
    ...{ streams: whole.length, interrupted, requests, failed: failures.length },
    holds: lastMs < BAR_MS && interrupted === 0 && failures.length === 0,
  }
}

/** When the first new customer was refused after whom none was served; infinite where the last one was served. */
async function lastServed(url: string, keys: readonly string[], model: string, startedMs: number): Promise<number> {
  let refusedMs = Number.POSITIVE_INFINITY
  for (const key of keys) {
    const response = await chat(url, key, model, false)
    await response.text()
    if (response.status === 200) refusedMs = Number.POSITIVE_INFINITY
    else if (response.status === 403) refusedMs = Math.min(refusedMs, performance.now() - startedMs)
    else throw new Error(`a new customer was answered with ${response.status}`)
    await sleep(PROBE_MS)
  }
  return refusedMs
}

async function newCustomer(name: string): Promise<string> {
  const organisationId = textOf(await one.post('/organisations', { name }), 'id')
  const projectId = textOf(await one.post('/projects', { organisationId, name: 'default' }), 'id')
  return textOf(await one.post('/keys', { projectId, name: 'k' }), 'key')
}

function chat(url: string, key: string, model: string, stream: boolean): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello.' }] }),
  })
}

async function answer(res: ServerResponse, stream: boolean): Promise<void> {
  const about = { id: 'c', created: 1, model: 'slow' }
  if (!stream) {
    const message = { role: 'assistant', content: 'Hello.' }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ ...about, object: 'chat.completion', choices }))
    return
  }
  const chunk = (delta: object, finish: string | null) => {
    const choices = [{ index: 0, delta, finish_reason: finish }]
    res.write(`data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices })}\n\n`)
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  chunk({ role: 'assistant', content: '' }, null)
  for (let i = 0; i < WORDS; i++) {
    await sleep(WORD_MS)
    chunk({ content: `word${i} ` }, null)
  }
  chunk({}, 'stop')
  res.end('data: [DONE]\n\n')
}

function textOf(made: unknown, name: string): string {
  const value: unknown = typeof made === 'object' && made !== null ? Reflect.get(made, name) : undefined
  if (typeof value !== 'string') throw new Error(`no ${name} in the answer`)
  return value
}

function round(ms: number): number {
  return Math.round(ms)
}
