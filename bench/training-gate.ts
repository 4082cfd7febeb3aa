/**
 * The training gate over HTTP: a server as users run it (`safelevel serve`, a process of its own), a model line with many checkpoints, and several runs
 * that ask in turn and at once. Run with `node bench/training-gate.ts [checkpoints] [questions] [runs]`; DATABASE_URL names PostgreSQL, the embedded store
 * without it. Prints one line of JSON a figure; the bar is 50 ms.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServedChild } from '../test/support/served-child.ts'
import { operatorOf } from './support/operator.ts'

const checkpoints = Number(process.argv[2] ?? 10_000)
const questions = Number(process.argv[3] ?? 1_000)
const runs = Number(process.argv[4] ?? 8)
const RECORDING_AT_ONCE = 4

const folder = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))
const server = new ServedChild(folder, { classifier: { mode: 'screen' }, canaries: { intervalSeconds: 0 } })
try {
  const ready = await server.ready
  if (ready === null) throw new Error(`the server did not start: ${server.stderr}`)
  const post = operatorOf(ready.control, join(folder, 'data'))
  const startedMs = performance.now()
  for (let i = 0; i < checkpoints; i += RECORDING_AT_ONCE) {
    const some = Array.from({ length: Math.min(RECORDING_AT_ONCE, checkpoints - i) }, (_, j) => i + j)
    await Promise.all(
      some.map((n) =>
        // Each begins a branch of its own, as their order is not fixed.
        post('/checkpoints', { model: 'atlas', checkpoint: `c${n}`, flops: 1e24, takenAt: '2026-01-01T00:00:00Z' }),
      ),
    )
  }
  print({ what: `record ${checkpoints} checkpoints`, seconds: (performance.now() - startedMs) / 1_000 })
  for (let run = 0; run < runs; run++) {
    await post('/runs', { model: 'atlas', run: `r${run}`, plannedFlops: 3e24, safetyReview: 'bench' })
  }
  const ask = async (i: number) => {
    const from = performance.now()
    const flops = 1e24 + i * 1e19
    await post('/train/gate', { model: 'atlas', run: `r${i % runs}`, flops, untilFlops: flops + 1e22 })
    return performance.now() - from
  }
  for (let i = 0; i < 20; i++) await ask(i)
  const alone: number[] = []
  for (let i = 0; i < questions; i++) alone.push(await ask(i))
  report('one question after another', alone)
  const together: number[] = []
  for (let i = 0; i < questions; i += runs) {
    together.push(...(await Promise.all(Array.from({ length: runs }, (_, j) => ask(i + j)))))
  }
  report(`${runs} runs at once`, together)
} finally {
  await server.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

function report(what: string, ms: readonly number[]): void {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  print({ what, checkpoints, questions: ms.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) })
}

function print(figure: Record<string, string | number>): void {
  const rounded = Object.entries(figure).map(([k, v]) => [k, typeof v === 'number' ? Math.round(v * 10) / 10 : v])
  console.log(JSON.stringify(Object.fromEntries(rounded)))
}
