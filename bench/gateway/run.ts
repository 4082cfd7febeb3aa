import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PEERS, type Peer } from './peers.ts'

/**
 * Safelevel beside a bare Node proxy and other gateways (Portkey, LiteLLM: those that are installed), all on one mock upstream,
 * in one run, in turns.
 *   npm ci --prefix bench && node bench/gateway/run.ts [--seconds 5] [--rounds 3] [--json]
 */
const here = import.meta.dirname
const root = join(here, '../..')
const option = (name: string, fallback: number) =>
  Number(process.argv[process.argv.indexOf(`--${name}`) + 1] ?? fallback) || fallback
const SECONDS = process.argv.includes('--seconds') ? option('seconds', 5) : 5
const ROUNDS = process.argv.includes('--rounds') ? option('rounds', 3) : 3

const WARM_UP_SECONDS = 12
const PEER_START_MS = 120_000

interface Target {
  name: string
  port: number
  path: string
  headers: Record<string, string>
}
interface Result {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  errors: number
}

const children: ChildProcess[] = []
const folder = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))
const body = JSON.stringify({
  model: 'bench-model',
  messages: [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: 'How do I bake a loaf of bread with a dark crust at home?' },
  ],
})

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function start(args: string[], env: Record<string, string>, ready: (line: string) => boolean): Promise<string> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder,
  })
  children.push(child)
  return await new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      for (const line of text.split('\n')) if (ready(line)) resolve(line)
    })
    child.on('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
  })
}

/** A peer that is not installed, or does not start, is named and left out. */
async function startPeer(peer: Peer, port: number): Promise<boolean> {
  if (!peer.installed) {
    console.error(`LEFT OUT: ${peer.name} is not installed: ${peer.install}`)
    return false
  }
  const env = { ...process.env, ...peer.env }
  const child = spawn(peer.command, [...peer.args], { env, stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
  children.push(child)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  const deadline = performance.now() + PEER_START_MS
  while (performance.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}${peer.health}`).catch(() => null)
    await answer?.arrayBuffer()
    if (answer !== null && answer.status < 500) return true
    await sleep(200)
  }
  console.error(`LEFT OUT: ${peer.name} did not start: ${said}`)
  return false
}

async function load(target: Target, connections: number, seconds: number): Promise<Result> {
  const job = { ...target, body, connections, seconds }
  const { stdout } = await promisify(execFile)(process.execPath, [join(here, 'load.ts'), JSON.stringify(job)])
  return JSON.parse(stdout)
}

async function startTargets(): Promise<Target[]> {
  const [upstream, bare, publicPort, controlPort] = await Promise.all([1, 2, 3, 4].map(freePort))
  const isReady = (line: string) => line.startsWith('{"ready":true')
  await start([join(here, 'mock-upstream.ts'), String(upstream)], {}, isReady)
  await start([join(here, 'bare-proxy.ts'), String(bare), String(upstream)], {}, isReady)
  const config = join(folder, 'safelevel.yaml')
  writeFileSync(
    config,
    `upstreams: [{id: mock, kind: openai-compatible, baseUrl: "http://127.0.0.1:${upstream}"}]
models: [{name: bench-model, upstream: mock}]
rateLimits: {requestsPerMinute: 100000000, tokensPerMinute: 100000000000}
logLevel: warn
`,
  )
  const env = {
    SAFELEVEL_CONFIG: config,
    SAFELEVEL_DATA_DIR: join(folder, 'data'),
    SAFELEVEL_PUBLIC_PORT: String(publicPort),
    SAFELEVEL_CONTROL_PORT: String(controlPort),
  }
  const line = await start([join(root, 'src/cli/main.ts'), 'serve', '--json'], env, isReady)
  const { key }: { key: string } = JSON.parse(line)
  const path = '/v1/chat/completions'
  const targets: Target[] = [
    { name: 'direct', port: Number(upstream), path, headers: {} },
    { name: 'bare proxy', port: Number(bare), path, headers: {} },
    { name: 'safelevel', port: Number(publicPort), path, headers: { authorization: `Bearer ${key}` } },
  ]
  for (const plan of PEERS) {
    const port = await freePort()
    const peer = plan(folder, port, Number(upstream))
    if (await startPeer(peer, port)) targets.push({ name: peer.name, port, path, headers: { ...peer.headers } })
  }
  return targets
}

/** Median time of one fdatasync of a small append, on the file system that the ledger is on. */
function fdatasyncMs(): number {
  const file = openSync(join(folder, 'sync'), 'a')
  const times: number[] = []
  for (let i = 0; i < 300; i++) {
    const started = performance.now()
    writeSync(file, Buffer.alloc(700, 1))
    fdatasyncSync(file)
    times.push(performance.now() - started)
  }
  return median(times)
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function main(): Promise<void> {
  const targets = await startTargets()
  // A server is compiled while it runs: each is measured when it has come to its own speed, and all of them alike.
  for (const target of targets) await load(target, 16, WARM_UP_SECONDS)
  const results = new Map<string, { load: Result[]; single: Result[] }>(
    targets.map((t) => [t.name, { load: [], single: [] }]),
  )
  const syncs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) results.get(target.name)?.load.push(await load(target, 16, SECONDS))
    for (const target of targets) results.get(target.name)?.single.push(await load(target, 1, SECONDS))
    syncs.push(fdatasyncMs())
  }
  report(results, median(syncs))
}

function report(results: Map<string, { load: Result[]; single: Result[] }>, syncMs: number): void {
  const rows = [...results].map(([name, { load, single }]) => ({
    name,
    requestsPerSecond: median(load.map((r) => r.requestsPerSecond)),
    p99Ms: median(load.map((r) => r.p99Ms)),
    singleP50Ms: median(single.map((r) => r.p50Ms)),
    errors: [...load, ...single].reduce((sum, r) => sum + r.errors, 0),
  }))
  const row = (name: string) => rows.find((r) => r.name === name)
  const [direct, bare, ours] = ['direct', 'bare proxy', 'safelevel'].map(row)
  const peers = rows.filter((r) => !['direct', 'bare proxy', 'safelevel'].includes(r.name))
  const added = (r: typeof ours) => (r?.singleP50Ms ?? Number.NaN) - (direct?.singleP50Ms ?? Number.NaN)
  const summary = {
    fdatasyncMs: syncMs,
    times: Object.fromEntries(
      peers.map((peer) => [peer.name, (ours?.requestsPerSecond ?? Number.NaN) / peer.requestsPerSecond]),
    ),
    ofBareProxy: (ours?.requestsPerSecond ?? Number.NaN) / (bare?.requestsPerSecond ?? Number.NaN),
    addedMedianMs: {
      safelevel: added(ours),
      bareProxy: added(bare),
      ...Object.fromEntries(peers.map((peer) => [peer.name, added(peer)])),
    },
    allowedAddedMs: added(bare) + syncMs + 0.2,
  }
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ rows, summary }))
    return
  }
  const cpu = readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)?.[1] ?? 'unknown processor'
  console.log(`\n  ${cpu} · Node ${process.version} · ${ROUNDS} rounds of ${SECONDS} s · 16 connections, then 1\n`)
  for (const r of rows) {
    console.log(
      `  ${r.name.padEnd(12)} ${r.requestsPerSecond.toFixed(0).padStart(7)} req/s   p99 ${r.p99Ms.toFixed(2).padStart(6)} ms   one connection p50 ${r.singleP50Ms.toFixed(3)} ms   errors ${r.errors}`,
    )
  }
  const times = Object.entries(summary.times).map(([name, ratio]) => `${ratio.toFixed(2)} x ${name}'s throughput`)
  console.log(`\n  ${[...times, `${(summary.ofBareProxy * 100).toFixed(0)} % of the bare proxy's`].join(' · ')}`)
  const medians = Object.entries(summary.addedMedianMs).map(([name, ms]) => `${name} ${ms.toFixed(3)} ms`)
  console.log(`  added median: ${medians.join(', ')}; one fdatasync ${syncMs.toFixed(3)} ms`)
  console.log(`  bar: bare proxy + fdatasync + 0.2 = ${summary.allowedAddedMs.toFixed(3)} ms\n`)
}

try {
  await main()
} finally {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
