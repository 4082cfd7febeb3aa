import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Checks the model of the ledger's takeover with spin, and that spin finds what each safeguard prevents once it is taken away.
 *   node formal/run.ts [--deep] [--json]
 * Needs spin and gcc (Debian: apt-get install spin gcc). Exits 1 when a property fails or a mutation goes unnoticed, 2 without spin.
 */
const MODEL = join(import.meta.dirname, 'ledger-takeover.pml')
const run = promisify(execFile)

interface Check {
  readonly name: string
  /** Preprocessor definitions of the model. */
  readonly model: readonly string[]
  /** A liveness property on all fair runs; else the assertions, and that nothing waits for ever. */
  readonly liveness?: boolean
  /** Whether spin has to find a violation. */
  readonly broken?: boolean
}

interface Outcome {
  readonly name: string
  readonly held: boolean
  readonly asExpected: boolean
  readonly states: number
  readonly depth: number
  readonly seconds: number
  readonly memoryMb: number
}

const size = (replicas: number, events: number, faults: number) => [
  `REPLICAS=${replicas}`,
  `EVENTS=${events}`,
  `FAULTS=${faults}`,
]

const SHORT: readonly Check[] = [
  { name: 'safety: 2 replicas, 2 events, 3 faults', model: size(2, 2, 3) },
  { name: 'safety: 3 replicas, 2 events, 2 faults', model: size(3, 2, 2) },
  { name: 'safety, even where silence is taken for a failure', model: ['GUESS', ...size(2, 2, 2)] },
  { name: 'liveness: 2 replicas, 1 event, 2 faults', model: ['LIVENESS', ...size(2, 1, 2)], liveness: true },
]

const DEEP: readonly Check[] = [
  { name: 'safety: 2 replicas, 2 events, 4 faults', model: size(2, 2, 4) },
  { name: 'safety: 3 replicas, 2 events, 3 faults', model: size(3, 2, 3) },
  { name: 'safety: 2 replicas, 3 events, 3 faults', model: size(2, 3, 3) },
  { name: 'liveness: 2 replicas, 2 events, 2 faults', model: ['LIVENESS', ...size(2, 2, 2)], liveness: true },
  { name: 'liveness: 3 replicas, 1 event, 2 faults', model: ['LIVENESS', ...size(3, 1, 2)], liveness: true },
]

/** Each takes one safeguard away. What it then does wrong has to show. */
const MUTATIONS: readonly Check[] = [
  { name: 'without unique event ids', model: ['NO_UNIQUE_ID', ...size(2, 1, 2)] },
  { name: 'without the epoch', model: ['NO_EPOCH', ...size(2, 2, 3)] },
  {
    name: 'going on after silence, without comparing positions',
    model: ['GUESS', 'NO_POSITION_CHECK', ...size(2, 2, 2)],
  },
  { name: 'without the condition on the stored checkpoint', model: ['NO_IF_MATCH', ...size(2, 2, 3)] },
  { name: 'outbox emptied in a transaction of its own', model: ['SPLIT_INTEGRATE', ...size(2, 1, 2)] },
  { name: 'acknowledged before the commit', model: ['ACK_BEFORE_COMMIT', ...size(2, 1, 2)] },
  {
    name: 'takeover without reading what was integrated',
    model: ['LIVENESS', 'NO_CATCH_UP', ...size(2, 1, 2)],
    liveness: true,
  },
].map((check) => ({ ...check, broken: true }))

async function outcomeOf(check: Check): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'safelevel-formal-'))
  try {
    const defined = check.model.map((name) => `-D${name}`)
    await run('spin', ['-a', ...defined, MODEL], { cwd: folder })
    const kind = check.liveness ? ['-DNFAIR=4'] : ['-DSAFETY']
    await run('gcc', ['-O2', '-w', '-DCOLLAPSE', '-DMEMLIM=6000', ...kind, '-o', 'pan', 'pan.c'], { cwd: folder })
    const startedMs = performance.now()
    const found = await run('./pan', ['-m1000000', ...(check.liveness ? ['-a', '-f'] : [])], {
      cwd: folder,
      maxBuffer: 2 ** 26,
    })
    return read(check, found.stdout, (performance.now() - startedMs) / 1_000)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What pan prints at its end. A search that did not come to its end proves nothing. */
function read(check: Check, text: string, seconds: number): Outcome {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN)
  const errors = number(/errors: (\d+)/)
  if (Number.isNaN(errors))
    throw new Error(`pan said nothing that can be read about ${check.name}: ${text.slice(-500)}`)
  if (errors === 0 && /max search depth too small|out of memory|search not completed/i.test(text))
    throw new Error(`the search of ${check.name} did not come to its end: ${text.slice(0, 500)}`)
  return {
    name: check.name,
    held: errors === 0,
    asExpected: (errors === 0) !== (check.broken ?? false),
    states: number(/([\d.e+]+) states, stored/),
    depth: number(/depth reached (\d+)/),
    seconds,
    memoryMb: number(/([\d.]+)\s+total actual memory usage/),
  }
}

function describe({ name, held, asExpected, states, depth, seconds, memoryMb }: Outcome): string {
  const verdict = held ? 'holds' : 'violated'
  const count = `${states.toLocaleString('en')} states, depth ${depth.toLocaleString('en')}`
  return `  ${asExpected ? '✓' : '✗'} ${name.padEnd(52)} ${verdict.padEnd(9)} ${count}, ${seconds.toFixed(1)} s, ${Math.round(memoryMb)} MB`
}

async function main(): Promise<number> {
  if (spawnSync('spin', ['-V']).status !== 0 || spawnSync('gcc', ['--version']).status !== 0) {
    process.stderr.write('SKIPPED: the model of the takeover needs spin and gcc (Debian: apt-get install spin gcc)\n')
    return 2
  }
  const json = process.argv.includes('--json')
  const outcomes: Outcome[] = []
  const checks = [...SHORT, ...(process.argv.includes('--deep') ? DEEP : []), ...MUTATIONS]
  for (const check of checks) {
    if (!json && check === MUTATIONS[0]) console.log('\n  each with one safeguard less, which has to be noticed:')
    const outcome = await outcomeOf(check)
    outcomes.push(outcome)
    if (!json) console.log(describe(outcome))
  }
  const held = outcomes.every(({ asExpected }) => asExpected)
  if (json) console.log(JSON.stringify({ held, outcomes }))
  return held ? 0 : 1
}

process.exitCode = await main()
