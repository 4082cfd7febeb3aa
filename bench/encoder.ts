/**
 * How fast the encoder and the cascade are, and what memory they take: `node bench/encoder.ts [--assets DIR] [--json]`.
 *
 * Medians and fastest tenths: on a machine that does other work the latter tell more. Latency through the worker process includes the
 * way there and back.
 */
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Cascade, type ClassifyRequest, EncoderClassifier, LinearScreen } from '../src/screening/index.ts'

const ROOT = join(import.meta.dirname, '..')
const { values: args } = parseArgs({
  options: {
    assets: { type: 'string', default: join(ROOT, 'assets/encoder') },
    json: { type: 'boolean', default: false },
  },
})
const EXCHANGE = { turns: [] }
const VOCABULARY = (
  'the of and to in is that for it as with on by at from this are be or an was which have not but they his her you we ' +
  'garden bread recipe river meeting report python function table history travel summer winter school teacher student ' +
  'explain describe write compare improve question answer example system network market music language photosynthesis'
).split(' ')

/** Words drawn by a fixed generator, so that every run measures the same text and no two texts agree. */
function words(count: number, seed: number): string {
  let state = Math.imul(seed, 2_654_435_761) >>> 0
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return VOCABULARY[(state >>> 8) % VOCABULARY.length] ?? 'word'
  }).join(' ')
}

function request(text: string): ClassifyRequest {
  return { side: 'prompt', segments: [{ text, role: 'user', kind: 'text', source: '', offset: 0 }], exchange: EXCHANGE }
}

interface Times {
  readonly p10: number
  readonly p50: number
  readonly p99: number
}

async function milliseconds(runs: number, run: (index: number) => unknown): Promise<Times> {
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const started = performance.now()
    await run(i)
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Number((times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(3))
  return { p10: at(0.1), p50: at(0.5), p99: at(0.99) }
}

/** Resident and proportional memory of a process in MiB; the latter shares out what several processes map. Linux only. */
function memoryOf(pid: number | 'self') {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const field = (name: string) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024)
  return { rss: field('Rss'), pss: field('Pss') }
}

const before = memoryOf('self')
const screen = LinearScreen.load(join(ROOT, 'assets/screen'))
const openedAt = performance.now()
const encoder = await EncoderClassifier.open(args.assets, { workers: 1, timeoutMs: 600_000, maxQueue: 4_096 })
const openMs = Math.round(performance.now() - openedAt)
const windowOf = (count: number, seed: number) => {
  const [window] = encoder.windowsOf('prompt', words(count, seed), EXCHANGE)
  if (window === undefined) throw new Error('no window')
  return window
}
let seed = 1
await milliseconds(10, () => encoder.score('prompt', [windowOf(120, seed++)]))

const latency: Record<string, Times & { tokens: number }> = {}
for (const count of [14, 30, 62, 126]) {
  const tokens = windowOf(count, 1).input.ids.length
  const times = await milliseconds(60, () => encoder.score('prompt', [windowOf(count, seed++)]))
  latency[`${tokens} tokens`] = { tokens, ...times }
}
const longText = words(2_000, 5)
const longTokens = encoder
  .windowsOf('prompt', longText, EXCHANGE)
  .reduce((sum, { input }) => sum + input.ids.length - 2, 0)
const tokenizing = await milliseconds(60, () => encoder.windowsOf('prompt', longText, EXCHANGE))

/** Inputs per second when 256 wait at once. */
async function throughput(count: number) {
  const windows = Array.from({ length: 256 }, () => windowOf(count, seed++))
  const tokens = windows.reduce((sum, { input }) => sum + input.ids.length, 0)
  const started = performance.now()
  await Promise.all(windows.map((window) => encoder.score('prompt', [window])))
  const elapsedMs = performance.now() - started
  return { perSecond: Math.round((256 * 1_000) / elapsedMs), tokensPerMs: Number((tokens / elapsedMs).toFixed(2)) }
}
const batched = { '32 tokens': await throughput(30), '128 tokens': await throughput(126) }

const cascade = new Cascade(screen, encoder)
const settled = await milliseconds(4_000, (i) => cascade.classify(request(words(30, i + 100_000))))
const always = new Cascade(screen, encoder, { encode: 'always' })
const encoded = await milliseconds(60, (i) => always.classify(request(words(30, i + 200_000))))
const [pid] = encoder.state.pids
const memory = { before, self: memoryOf('self'), worker: pid === undefined ? null : memoryOf(pid) }
await encoder.close()

const result = {
  encoder: encoder.id,
  openMs,
  latency,
  tokenizing: { tokens: longTokens, ...tokenizing },
  batched,
  settled,
  encoded,
  memory,
  load: loadavg(),
}
if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else {
  const line = (name: string, { p10, p50, p99 }: Times) =>
    process.stdout.write(`${name.padEnd(48)} p10 ${p10.toFixed(2)}  p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)} ms\n`)
  process.stdout.write(`${encoder.id}, loaded in ${openMs} ms; load average ${loadavg()[0]?.toFixed(1)}\n`)
  for (const [name, times] of Object.entries(latency)) line(`one input of ${name}, there and back`, times)
  line(`tokenize and cut ${longTokens} tokens`, tokenizing)
  for (const [name, { perSecond, tokensPerMs }] of Object.entries(batched)) {
    process.stdout.write(
      `${`256 inputs of ${name} at once`.padEnd(48)} ${perSecond}/s, ${tokensPerMs} tokens/ms on one core\n`,
    )
  }
  line('cascade, 30 words, settled by the screen', settled)
  line('cascade, 30 words, read by the encoder', encoded)
  process.stdout.write(
    `memory (MiB): this process ${before.rss} before, ${memory.self.rss} after; worker ${memory.worker?.rss} resident, ${memory.worker?.pss} proportional\n`,
  )
}
