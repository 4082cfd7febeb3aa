import { connect } from 'node:net'

/**
 * A load generator that costs little beside what it measures: raw sockets, keep-alive, one request in flight per connection.
 * Reads one JSON job on argv and prints one JSON result.
 */
interface Job {
  port: number
  path: string
  headers: Record<string, string>
  body: string
  connections: number
  seconds: number
}

const job: Job = JSON.parse(process.argv[2] ?? '{}')
const bodyBytes = Buffer.from(job.body)
const head = [
  `POST ${job.path} HTTP/1.1`,
  `host: 127.0.0.1:${job.port}`,
  'content-type: application/json',
  `content-length: ${bodyBytes.length}`,
  ...Object.entries(job.headers).map(([name, value]) => `${name}: ${value}`),
  '',
  '',
].join('\r\n')
const wire = Buffer.concat([Buffer.from(head), bodyBytes])
const HEADER_END = Buffer.from('\r\n\r\n')
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n')

const latenciesMs: number[] = []
let errors = 0
let running = true
const statuses: Record<string, number> = {}

function client(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(job.port, '127.0.0.1')
    socket.setNoDelay(true)
    let started = 0
    let buffer: Buffer = Buffer.alloc(0)
    const send = () => {
      started = performance.now()
      socket.write(wire)
    }
    socket.on('connect', send)
    socket.on('data', (chunk: Buffer) => {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
      if (!complete(buffer)) return
      latenciesMs.push(performance.now() - started)
      const status = buffer.toString('latin1', 9, 12)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status !== '200') errors++
      buffer = Buffer.alloc(0)
      if (running) send()
      else socket.end()
    })
    socket.on('error', () => {
      errors++
      resolve()
    })
    socket.on('close', () => resolve())
  })
}

function complete(buffer: Buffer): boolean {
  const headerEnd = buffer.indexOf(HEADER_END)
  if (headerEnd < 0) return false
  const header = buffer.toString('latin1', 0, headerEnd).toLowerCase()
  const length = /content-length: (\d+)/.exec(header)?.[1]
  if (length !== undefined) return buffer.length >= headerEnd + 4 + Number(length)
  return buffer.subarray(-CHUNKED_END.length).equals(CHUNKED_END)
}

const startedAt = performance.now()
setTimeout(() => {
  running = false
}, job.seconds * 1_000)
await Promise.all(Array.from({ length: job.connections }, client))
const elapsedSeconds = (performance.now() - startedAt) / 1_000
latenciesMs.sort((a, b) => a - b)
const at = (q: number) =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(q * latenciesMs.length))] ?? Number.NaN
console.log(
  JSON.stringify({
    requestsPerSecond: latenciesMs.length / elapsedSeconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    errors,
    statuses,
  }),
)
