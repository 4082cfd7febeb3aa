/**
 * How long the built-in screen takes: `node bench/screen.ts [--json]`. One core, no I/O; median and fastest of
 * repeated batches (the fastest is what counts on a busy machine).
 */
import { join } from 'node:path'
import { type ClassifyRequest, LinearScreen, normalize } from '../src/screening/index.ts'

const ASSETS = join(import.meta.dirname, '..', 'assets', 'screen')
const BATCHES = 15
const BATCH_MS = 60

const VOCABULARY = (
  'the of and to in is that for it as with on by at from this are be or an was which have not but they his her you we ' +
  'garden bread recipe river meeting report python function table history travel summer winter school teacher student ' +
  'explain describe write compare summarise plan improve question answer example system network market music language'
).split(' ')

/** Words drawn by a fixed linear congruential generator, so that every run measures the same text. */
function words(count: number, seed: number): string {
  let state = seed
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const word = VOCABULARY[state % VOCABULARY.length] ?? 'word'
    return i % 11 === 10 ? `${word}.` : word
  }).join(' ')
}

function request(texts: readonly string[]): ClassifyRequest {
  const segments = texts.map((text) => ({ text, role: 'user', kind: 'text', source: '', offset: 0 }) as const)
  return { side: 'prompt', segments, exchange: { turns: [] } }
}

/** Microseconds per call over batches; each call gets the next of many texts, so that nothing is remembered. */
function microseconds(run: (index: number) => void): { median: number; fastest: number } {
  const times: number[] = []
  let index = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const started = performance.now()
    let calls = 0
    while (performance.now() - started < BATCH_MS) {
      for (let k = 0; k < 8; k++) run(index++)
      calls += 8
    }
    times.push(((performance.now() - started) * 1_000) / calls)
  }
  times.sort((a, b) => a - b)
  return { median: times[times.length >> 1] ?? 0, fastest: times[0] ?? 0 }
}

/** Median microseconds of processor time until a request that is answered by promise has its answer. */
async function awaitedMicroseconds(asked: ClassifyRequest): Promise<number> {
  const times: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = process.cpuUsage()
    for (let k = 0; k < 50; k++) await screen.classify(asked)
    times.push(process.cpuUsage(before).user / 50)
  }
  times.sort((a, b) => a - b)
  return times[times.length >> 1] ?? 0
}

const screen = LinearScreen.load(ASSETS)
const VARIANTS = 6_000
const variants = (make: (seed: number) => string) => Array.from({ length: VARIANTS }, (_, i) => make(i + 1))
const cases: Readonly<Record<string, readonly string[]>> = {
  'prompt of 15 words': variants((seed) => words(15, seed)),
  'prompt of 200 words': variants((seed) => words(200, seed)),
  '15 words, accents and a curly quote': variants((seed) => `“${words(15, seed)}” à la carte`),
  '15 words in base64': variants((seed) => Buffer.from(words(15, seed)).toString('base64')),
}
const rows = Object.entries(cases).map(([name, texts]) => ({
  case: name,
  normalizeUs: microseconds((i) => normalize(texts[i % VARIANTS] ?? '')),
  classifyUs: microseconds((i) => screen.classify(request([texts[i % VARIANTS] ?? '']))),
}))
const turns = Array.from({ length: 41 }, (_, i) => words(i < 40 ? 120 : 15, i + 1))
const conversation: ClassifyRequest = {
  side: 'prompt',
  segments: turns.map(
    (text, i) => ({ text, role: i % 2 === 0 ? 'user' : 'assistant', kind: 'text', source: '', offset: 0 }) as const,
  ),
  exchange: { turns: [] },
}
const conversationUs = await awaitedMicroseconds(conversation)
const megabyte = words(170_000, 7)
const cpuBefore = process.cpuUsage()
await screen.classify(request([megabyte]))
const megabyteMs = process.cpuUsage(cpuBefore).user / 1_000

if (process.argv.includes('--json')) {
  process.stdout.write(
    `${JSON.stringify({ rows, conversationUs, megabyteCpuMs: megabyteMs, node: process.version })}\n`,
  )
} else {
  const show = ({ median, fastest }: { median: number; fastest: number }) =>
    `${median.toFixed(1).padStart(7)} µs (fastest ${fastest.toFixed(1)})`
  for (const row of rows) {
    process.stdout.write(
      `${row.case.padEnd(54)} normalize ${show(row.normalizeUs)}   classify ${show(row.classifyUs)}\n`,
    )
  }
  process.stdout.write(
    `${'40 known turns of 120 words and one of 15'.padEnd(54)} ${conversationUs.toFixed(1)} µs of processor time\n`,
  )
  process.stdout.write(
    `${`${megabyte.length} characters, in slices`.padEnd(54)} ${megabyteMs.toFixed(0)} ms of processor time\n`,
  )
}
