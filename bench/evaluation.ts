/**
 * Evaluations at scale: 10,000 checkpoints recorded, over one model line and over a hundred with curves of their own; 1,000,000 samples imported
 * from each format, and the verdict on them. Run with `node bench/evaluation.ts [samples] [checkpoints]`, on PostgreSQL with DATABASE_URL
 * (an empty database); prints one line of JSON a figure. `peakMb` is the peak resident set of the whole process so far, the embedded store
 * included, which is made beforehand by another process: making it takes 1.2 GB for a moment, once per installation.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { systemClock } from '../src/base/clock.ts'
import { systemIds } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { openDb } from '../src/db/index.ts'
import { CADENCES, Evaluations } from '../src/models/evaluation/index.ts'
import { Registry } from '../src/models/registry/index.ts'

const BY = { type: 'operator', id: 'bench' } as const
const TRIES = 10
const BEGAN = new Date().toISOString()
const samples = Number(process.argv[2] ?? 1_000_000)
const checkpoints = Number(process.argv[3] ?? 10_000)
const tasks = samples / TRIES
const dir = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))

/** Whether a try passes: every third task by its seventh try. */
const passes = (task: number, attempt: number) => task % 3 === 0 && attempt === 7

async function write(name: string, lines: () => Generator<string>): Promise<string> {
  const path = join(dir, name)
  const out = createWriteStream(path)
  let block = ''
  for (const line of lines()) {
    block += line
    if (block.length < 1 << 20) continue
    if (!out.write(block)) await once(out, 'drain')
    block = ''
  }
  out.end(block)
  await finished(out)
  return path
}

function* plain(): Generator<string> {
  yield `{"header":{"began_at":"${BEGAN}"}}\n`
  for (let task = 0; task < tasks; task++) {
    for (let i = 0; i < TRIES; i++) yield `{"task":"t${task}","family":"f${task % 50}","passed":${passes(task, i)}}\n`
  }
}

function* inspect(): Generator<string> {
  yield `{"version":2,"status":"success","eval":{"created":"${BEGAN}","model":"m","dataset":{"samples":${tasks}},"config":{"epochs":${TRIES}}},"results":{"total_samples":${samples},"scores":[]},"samples":[`
  for (let task = 0; task < tasks; task++) {
    for (let i = 0; i < TRIES; i++) {
      const value = passes(task, i) ? 'C' : 'I'
      const separator = task === 0 && i === 0 ? '' : ','
      yield `${separator}{"id":"t${task}","epoch":${i + 1},"input":"Question ${task}","target":"yes","messages":[{"role":"user","content":"Question ${task}"},{"role":"assistant","content":"an answer of some words"}],"scores":{"match":{"value":"${value}","answer":"x","history":[]}},"metadata":{"family":"f${task % 50}"}}`
    }
  }
  yield ']}'
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now()
  const result = await work()
  const seconds = Math.round(performance.now() - from) / 1_000
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1_024)
  console.log(JSON.stringify({ what, seconds, peakMb }))
  return result
}

/** Not by this process, whose memory is measured. */
function makeStore(): void {
  if (process.env.DATABASE_URL !== undefined) return
  const code = `void (async () => {
    const { openDb } = await import('${import.meta.dirname}/../src/db/index.ts')
    const { silentLog } = await import('${import.meta.dirname}/../src/base/log.ts')
    await (await openDb({ url: null, dataDir: process.argv[1], log: silentLog })).close()
  })()`
  const { status } = spawnSync(process.execPath, ['-e', code, dir], { stdio: 'inherit' })
  if (status !== 0) throw new Error('no store could be made')
}

let at = 0
makeStore()
const ledger = { append: async () => ({ position: at++ }) }
const db = await openDb({ url: process.env.DATABASE_URL ?? null, dataDir: dir, log: silentLog })
const deps = { db, ledger, clock: systemClock, ids: systemIds }
const registry = await Registry.open(deps)
const evaluations = await Evaluations.open({ ...deps, registry, cadence: CADENCES['rsp-1.0'] })
const LINES = 100
const PER_LINE = Math.ceil(checkpoints / LINES)
/** A curve each, and every tenth one under assessment. */
async function recordLines(): Promise<void> {
  const rule = { kind: 'rate', line: 0.5 } as const
  await evaluations.suites.freeze({ suite: 'lines', domain: 'cyber', threshold: 'T', rule, tasks }, BY)
  for (let line = 0; line < LINES; line++) {
    const model = `line-${line}`
    const lossAt = (flops: number) => 1.7 + (0.9 + line / 1_000) * (flops / 1e24) ** -0.15
    await registry.lines.register({ model }, BY)
    const points = [1e21, 3e21, 1e22, 3e22, 1e23, 3e23, 1e24, 3e24].map((flops, i) => ({
      flops,
      loss: lossAt(flops) + (i % 2 === 0 ? 0.002 : -0.002),
    }))
    await registry.lines.setFamily(model, { lossSet: 'frozen', points }, BY)
    for (let i = 0; i < PER_LINE; i++) {
      const flops = 1e24 * (1 + i / PER_LINE)
      await registry.checkpoints.record({ model, checkpoint: `c${i}`, flops, loss: lossAt(flops) }, BY)
    }
    if (line % 10 === 0) await evaluations.assessments.open({ checkpoint: `${model}/c0`, suites: ['lines'] }, BY)
  }
}

try {
  await timed(`record ${checkpoints} checkpoints`, async () => {
    for (let i = 0; i < checkpoints; i++) {
      await registry.checkpoints.record({ model: 'm', checkpoint: `c${i}`, flops: 1e24 + i * 1e20 }, BY)
    }
  })
  const suite = (name: string, rule: Parameters<typeof evaluations.suites.freeze>[0]['rule']) =>
    evaluations.suites.freeze({ suite: name, domain: 'autonomy', threshold: 'T', rule, tasks }, BY)
  await suite('one-of-ten', { kind: 'autonomy' })
  await suite('rate', { kind: 'rate', line: 0.5 })
  await timed('first answer to what is due', () => evaluations.due('m'))
  await timed('next answer to what is due', () => evaluations.due('m'))
  await timed('the timeline of a line', () => evaluations.timeline('m'))
  await timed(`record ${LINES} lines with curves, ${LINES * PER_LINE} checkpoints`, recordLines)
  // As after a start: nothing is fitted or held yet.
  const anew = await Evaluations.open({ ...deps, registry, cadence: CADENCES['rsp-1.0'] })
  const due = await timed('what is due, of every line, after a start', () => anew.dueList())
  await timed('what is due, of every line, again', () => anew.dueList())
  await timed('the timeline of a line with a curve', () => anew.timeline('line-0'))
  await timed('the forecast of a line with a curve', () => anew.forecast('line-0', { flops: 2e24 }))
  console.log(JSON.stringify({ lines: due.length, due: due.filter((one) => one.due).length }))
  const { id } = await evaluations.assessments.open(
    { checkpoint: `m/c${checkpoints - 1}`, suites: ['one-of-ten', 'rate'] },
    BY,
  )
  const lines = await write('results.jsonl', plain)
  const log = await write('results.json', inspect)
  const about = { snapshot: 'helpful-only', scorer: null }
  await timed(`import ${samples} lines of JSON`, () =>
    evaluations.importFile(id, lines, { ...about, suite: 'one-of-ten' }, BY),
  )
  await timed(`import ${samples} samples of an Inspect log`, () =>
    evaluations.importFile(id, log, { ...about, suite: 'rate' }, BY),
  )
  const verdict = await timed(`verdict on ${2 * samples} samples`, () => evaluations.assessments.verdict(id))
  console.log(
    JSON.stringify(verdict.snapshots.map(({ suite: name, verdict: { lower, upper } }) => ({ name, lower, upper }))),
  )
} finally {
  await db.close()
  rmSync(dir, { recursive: true, force: true })
}
