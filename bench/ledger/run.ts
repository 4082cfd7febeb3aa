import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { programPath, startPostgres } from '../../test/chaos/servers.ts'

/**
 * Durable appends per second: the ledger's write-ahead file and, where PostgreSQL is, its shared form, beside Tessera's POSIX driver
 * and what the disk itself does; same entries, same concurrency, same disk, in turns, each in a process of its own.
 *   node bench/ledger/run.ts [--seconds 3] [--rounds 3] [--folder FOLDER] [--json]
 * Tessera needs Go (its module comes by the module proxy); what is missing is named and left out.
 */
const here = import.meta.dirname
const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: tmpdir() },
    concurrency: { type: 'string', default: '1,16,256,512' },
    json: { type: 'boolean', default: false },
  },
})
/** What the issue asks for, at the concurrency where it counts. */
const BARS = { entriesPerSecond: 20_000, p99Ms: 50, concurrency: 512 }
/** Batches that Tessera is given: its default, one that answers sooner, one that gathers more. The best counts. */
const TESSERA = [
  { batch: 256, age: '250ms' },
  { batch: 256, age: '10ms' },
  { batch: 1_024, age: '10ms' },
] as const

interface Measured {
  readonly entriesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of the appending process for each entry: says something on a busy machine too. That of PostgreSQL is not in it. */
  readonly cpuMicros: number
}
interface Target {
  readonly name: string
  once(dir: string, concurrency: number): Promise<Measured>
}

const node = (kind: string, env: NodeJS.ProcessEnv = {}): Target => ({
  name: kind,
  once: async (dir, concurrency) => {
    const args = ['--kind', kind, '--dir', dir, '--seconds', values.seconds, '--concurrency', String(concurrency)]
    const { stdout } = await run(process.execPath, [join(here, 'append.ts'), ...args], {
      env: { ...process.env, ...env },
    })
    return JSON.parse(stdout)
  },
})

/** A PostgreSQL of our own, with its defaults; each turn in a database of its own. */
async function sharedTargets(folder: string, resources: AsyncDisposableStack): Promise<Target[]> {
  if (programPath('initdb') === null) {
    process.stderr.write('LEFT OUT: the shared ledger: PostgreSQL is not installed\n')
    return []
  }
  const { process: server, url } = await startPostgres(folder)
  resources.use(server)
  let turn = 0
  const once: Target['once'] = async (dir, concurrency) => {
    const name = `turn_${turn++}`
    const client = new pg.Client({ connectionString: url(server.port) })
    await client.connect()
    await client.query(`create database ${name}`)
    const own = new URL(url(server.port))
    own.pathname = `/${name}`
    const measured = await node('shared', { DATABASE_URL: own.href }).once(dir, concurrency)
    await client.query(`drop database ${name} with (force)`)
    await client.end()
    return measured
  }
  return [{ name: 'shared', once }]
}

async function tesseraTargets(folder: string): Promise<Target[]> {
  const binary = join(folder, 'tessera')
  try {
    const go = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go'
    await run(go, ['build', '-o', binary, '.'], { cwd: join(here, 'tessera') })
  } catch (error) {
    process.stderr.write(`LEFT OUT: Tessera: ${error instanceof Error ? error.message.slice(0, 400) : error}\n`)
    return []
  }
  return TESSERA.map(({ batch, age }) => ({
    name: `tessera, ${batch} or ${age}`,
    once: async (dir, concurrency) => {
      const settings = { dir, seconds: values.seconds, concurrency, bytes: 700, batch, age }
      const { stdout } = await run(
        binary,
        Object.entries(settings).map(([key, value]) => `-${key}=${value}`),
      )
      return JSON.parse(stdout)
    },
  }))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

interface Row extends Measured {
  readonly name: string
  readonly concurrency: number
}

async function measureAll(targets: readonly Target[], folder: string): Promise<Row[]> {
  const runs = new Map<string, Measured[]>()
  let turn = 0
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const concurrency of values.concurrency.split(',').map(Number)) {
      for (const target of targets) {
        if (target.name === 'bare' && concurrency > 1) continue
        const dir = join(folder, `turn-${turn++}`)
        await mkdir(dir)
        const key = `${target.name}\n${concurrency}`
        runs.set(key, [...(runs.get(key) ?? []), await target.once(dir, concurrency)])
        await rm(dir, { recursive: true })
      }
    }
  }
  return [...runs].map(([key, measured]) => {
    const [name = '', concurrency] = key.split('\n')
    const of = (pick: (one: Measured) => number) => median(measured.map(pick))
    return {
      name,
      concurrency: Number(concurrency),
      entriesPerSecond: of((one) => one.entriesPerSecond),
      p50Ms: of((one) => one.p50Ms),
      p99Ms: of((one) => one.p99Ms),
      cpuMicros: of((one) => one.cpuMicros),
    }
  })
}

function compare(rows: readonly Row[]) {
  const at = rows.filter(({ concurrency }) => concurrency === BARS.concurrency)
  const tessera = Math.max(0, ...at.filter(({ name }) => name.startsWith('tessera')).map((row) => row.entriesPerSecond))
  return at
    .filter(({ name }) => name === 'write-ahead' || name === 'shared')
    .map(({ name, entriesPerSecond, p99Ms }) => ({
      name,
      timesTessera: tessera === 0 ? null : entriesPerSecond / tessera,
      fastEnough: entriesPerSecond >= Math.max(BARS.entriesPerSecond, tessera),
      soonEnough: p99Ms <= BARS.p99Ms,
    }))
}

function print(rows: readonly Row[], verdicts: ReturnType<typeof compare>): void {
  const cpu = readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)?.[1] ?? 'unknown processor'
  console.log(
    `\n  ${cpu} · Node ${process.version} · medians of ${values.rounds} rounds of ${values.seconds} s · load ${loadavg()[0]?.toFixed(1)}\n`,
  )
  for (const row of rows) {
    const rate = row.entriesPerSecond.toFixed(0).padStart(8)
    const times = `p50 ${row.p50Ms.toFixed(2).padStart(7)} ms   p99 ${row.p99Ms.toFixed(2).padStart(7)} ms   CPU ${row.cpuMicros.toFixed(0).padStart(4)} µs each`
    console.log(`  ${row.name.padEnd(24)} ${String(row.concurrency).padStart(5)} at a time ${rate}/s   ${times}`)
  }
  for (const { name, timesTessera, fastEnough, soonEnough } of verdicts) {
    const ratio = timesTessera === null ? 'Tessera was not measured' : `${timesTessera.toFixed(1)} x Tessera's best`
    const bars = `>= 20k/s and Tessera's: ${fastEnough ? 'yes' : 'no'}, p99 <= 50 ms: ${soonEnough ? 'yes' : 'no'}`
    console.log(`\n  ${name} at ${BARS.concurrency}: ${ratio}; ${bars}`)
  }
}

await using resources = new AsyncDisposableStack()
const folder = await mkdtemp(join(values.folder, 'safelevel-bench-ledger-'))
resources.defer(() => rm(folder, { recursive: true, force: true }))
const shared = await sharedTargets(folder, resources)
const targets = [node('bare'), node('write-ahead'), ...shared, ...(await tesseraTargets(folder))]
const rows = await measureAll(targets, folder)
const verdicts = compare(rows)
if (values.json) console.log(JSON.stringify({ rows, verdicts }))
else print(rows, verdicts)
