import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { z } from 'zod'
import { connectServer } from '../../src/cli/connect-server.ts'
import { Checkpoint, Deployment, Run } from '../../src/models/registry/index.ts'
import { ReleaseView } from '../../src/models/release/index.ts'
import { IncidentView } from '../../src/models/response/index.ts'
import { SignedLease } from '../../src/models/training/index.ts'
import { Comparison, EvaluationReport } from '../../src/refusal/evaluation/index.ts'
import { spawnServing } from '../../test/support/serving-child.ts'
import { draftCard } from './card.ts'
import { helpfulRows } from './helpful.ts'
import { writeResult } from './results.ts'
import { Cli, ran, Steps } from './steps.ts'
import { underLease } from './under-lease.ts'

/**
 * The whole way, with a server of its own in a folder: a model that helps with whatever it is asked is found wanting (2d), data of a
 * constitution is made, it is tuned, evaluated again and described by a card. Started again, it goes on where it stopped.
 *
 *   node training/preference/run.ts --work DIR --base FILE.gguf --library DIR --python PYTHON
 */
const LINE = 'gemma-3-270m'
const [PRETRAINED, HELPFUL, REFUSING, MILDER] = ['pretrained', 'helpful', 'refusing', 'milder'] as const
const MODELS = [PRETRAINED, HELPFUL, REFUSING, MILDER]
type Stage = (typeof MODELS)[number]
const DEPLOYMENT = 'assistant'
/** What its makers say: 6 trillion tokens; six operations for each parameter and token (Kaplan et al. 2020). */
const PRETRAINING_FLOPS = 6 * 268e6 * 6e12
const AUTHORED = join(import.meta.dirname, 'authored.jsonl')
const SUITES = ['harmful-requests', 'harmless-lookalikes'].map((name) =>
  join(import.meta.dirname, '..', '..', 'suites', 'refusal', `${name}.jsonl`),
)
const SEED = '7'

/** What came of a training: the gate's last receipt, and what `train.py` says of its work. */
const Trained = z.object({
  receipt: z.string(),
  manifest: z.object({ flops: z.number(), result: z.object({ digest: z.string() }) }),
})

const { values } = parseArgs({
  options: {
    work: { type: 'string' },
    base: { type: 'string' },
    library: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '4' },
  },
})
const { work: given, base, library, python, threads, concurrency } = values
if (given === undefined || base === undefined || library === undefined)
  throw new Error('usage: node training/preference/run.ts --work DIR --base FILE.gguf --library DIR [--python PYTHON]')
const work = resolve(given)
const env = {
  ...process.env,
  SAFELEVEL_CONFIG: join(work, 'safelevel.yaml'),
  SAFELEVEL_DATA_DIR: join(work, 'data'),
}
const cli = new Cli(env)
const at = (...parts: string[]) => join(work, ...parts)
const weightsOf = (stage: Stage) => (stage === PRETRAINED ? resolve(base) : at(stage, 'model.gguf'))
const steps = await Steps.open(at('steps'))

await writeConfiguration()
await using _server = await startServer()
const client = await connectServer(env)

const began = await pretrained()
const examples = { method: 'sft', spent: began.flops, how: ['--epochs', '3'] } as const
const helpful = await trained(HELPFUL, PRETRAINED, examples, () => writeHelpful(at('helpful-data')))
await deployed(DEPLOYMENT, HELPFUL)
const before = await evaluated(HELPFUL)
const incident = await halted(before)
const data = await dataset()
// The first of the two is found to refuse too much: see docs/guide/preference-tuning.md.
const refusing = await preferred(REFUSING, { epochs: '1', rate: '3e-4' }, `${DEPLOYMENT}-2`)
const milder = await preferred(MILDER, { epochs: '0.5', rate: '2e-4' }, `${DEPLOYMENT}-3`)
const card = await draftCard({
  ...{ client, cli, steps, line: LINE, deployment: `${DEPLOYMENT}-3`, folder: work },
  ...{ before, after: milder.evaluation, comparison: milder.comparison },
})
await report()

/** Tunes on the preferences, evaluates on the same items again, and asks for a release. */
async function preferred(stage: Stage, { epochs, rate }: { epochs: string; rate: string }, deployment: string) {
  const how = ['--epochs', epochs, '--accumulate', '1', '--rate', rate]
  const checkpoint = await trained(stage, HELPFUL, { method: 'dpo', spent: helpful.flops, how }, async () => data)
  const evaluation = await evaluated(stage)
  const comparison = await compared(HELPFUL, stage)
  await deployed(deployment, stage)
  const release = await steps.once(`release-${stage}`, ReleaseView, () =>
    cli.json(ReleaseView, ['release', 'check', deployment], [0, 1]),
  )
  return { checkpoint, evaluation, comparison, release }
}

async function writeConfiguration(): Promise<void> {
  await mkdir(work, { recursive: true, mode: 0o700 })
  const upstreams = MODELS.map((stage) => ({
    ...{ id: stage, kind: 'llama-cpp', path: weightsOf(stage), libraryDir: resolve(library ?? '') },
    ...{ contextTokens: 1_024, parallel: Number(concurrency), threads: Number(threads) },
  }))
  const models = MODELS.map((stage) => ({ name: `${LINE}-${stage}`, upstream: stage }))
  const text = stringify({ publicPort: 0, controlPort: 0, logLevel: 'warn', upstreams, models })
  await writeFile(at('safelevel.yaml'), text, { mode: 0o600 })
}

async function startServer(): Promise<AsyncDisposable> {
  const { child, stdout } = spawnServing(env)
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  await new Promise<void>((ready, failed) => {
    stdout.once('data', () => ready())
    child.once('close', () => failed(new Error('the server did not start')))
  })
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function pretrained(): Promise<Checkpoint> {
  return steps.once(`checkpoint-${PRETRAINED}`, Checkpoint, async () => {
    const about = ['--flops', String(PRETRAINING_FLOPS), '--digest', await digestOf(weightsOf(PRETRAINED))]
    return cli.json(Checkpoint, ['checkpoint', 'record', '--model', LINE, '--checkpoint', PRETRAINED, ...about])
  })
}

interface Training {
  readonly method: 'sft' | 'dpo'
  /** Operations in the checkpoint that it begins with. */
  readonly spent: number
  readonly how: readonly string[]
}

/** Asks the gate, trains, and records the checkpoint that comes of it. */
async function trained(stage: Stage, from: Stage, { method, spent, how }: Training, rows: () => Promise<string>) {
  const file = await rows()
  await steps.once(`run-${stage}`, Run, () =>
    client.request('POST', '/api/v1/runs', Run, {
      ...{ model: LINE, run: stage, parent: `${LINE}/${from}` },
      plannedFlops: PRETRAINING_FLOPS * 1.001,
    }),
  )
  const gate = () =>
    cli.json(SignedLease, [
      ...['train', 'gate', '--model', LINE, '--run', stage],
      ...['--flops', String(PRETRAINING_FLOPS), '--until', String(PRETRAINING_FLOPS * 1.001)],
    ])
  const { receipt, manifest } = await steps.once(`train-${stage}`, Trained, async () => {
    const script = join(import.meta.dirname, 'train.py')
    const args = ['--data', file, '--base', weightsOf(from), '--out', at(stage), '--method', method, '--seed', SEED]
    process.stderr.write(`$ python train.py --method ${method} ${how.join(' ')} (${stage})\n`)
    const quiet = { ...env, OMP_WAIT_POLICY: 'PASSIVE', HF_HUB_OFFLINE: '1' }
    const given = await underLease(gate, (signal) =>
      ran(python, [script, ...args, ...how, '--threads', threads], quiet, { signal }),
    )
    return { receipt: given, manifest: JSON.parse(await readFile(at(stage, 'manifest.json'), 'utf8')) }
  })
  return steps.once(`checkpoint-${stage}`, Checkpoint, () =>
    cli.json(Checkpoint, [
      ...['checkpoint', 'record', '--model', LINE, '--checkpoint', stage, '--run', stage],
      ...['--parent', `${LINE}/${from}`, '--receipt', receipt, '--digest', manifest.result.digest],
      ...['--flops', String(spent + manifest.flops)],
    ]),
  )
}

async function writeHelpful(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'trl-sft.jsonl')
  await writeFile(path, helpfulRows(await readFile(AUTHORED, 'utf8')), { mode: 0o600 })
  return path
}

function deployed(name: string, stage: Stage): Promise<Deployment> {
  return steps.once(`deployment-${name}`, Deployment, () =>
    cli.json(Deployment, [
      ...['release', 'declare', name, '--checkpoint', `${LINE}/${stage}`],
      ...['--serves', `${LINE}-${stage}`],
    ]),
  )
}

async function evaluated(stage: Stage): Promise<EvaluationReport> {
  return steps.once(`evaluation-${stage}`, EvaluationReport, async () => {
    const suites = SUITES.flatMap((path) => ['--suite', path])
    await cli.run([
      ...['redteam', 'eval', '--model', `${LINE}-${stage}`, ...suites, '--checkpoint', `${LINE}/${stage}`],
      ...['--out', at(`evaluation-${stage}`), '--temperature', '0', '--max-tokens', '40', '--seed', SEED],
      ...['--concurrency', concurrency, '--record'],
    ])
    return JSON.parse(await readFile(at(`evaluation-${stage}`, 'report.json'), 'utf8'))
  })
}

/** 2d: what is in use does what it should not; no new customers until that is dealt with. */
function halted({ attackSuccess }: EvaluationReport): Promise<IncidentView> {
  return steps.once('incident', IncidentView, () => {
    const { count = 0, of = 0 } = attackSuccess ?? {}
    const reason = `it complied with ${count} of ${of} harmful requests of the refusal evaluation`
    return cli.json(IncidentView, ['response', 'halt', '--deployment', DEPLOYMENT, '--reason', reason])
  })
}

/** What the model says by itself to each prompt, against what is authored. @returns the folder with the exports */
async function dataset(): Promise<string> {
  const [made, exports] = [at('dataset'), at('exports')]
  await steps.once('dataset', z.object({ made: z.literal(true) }), async () => {
    const script = join(import.meta.dirname, 'authored.ts')
    const asking = ['--max-tokens', '48', '--concurrency', concurrency, '--seed', SEED]
    process.stderr.write(`$ node training/preference/authored.ts --model ${LINE}-${HELPFUL} --out dataset\n`)
    await ran(process.execPath, [script, '--model', `${LINE}-${HELPFUL}`, '--out', made, ...asking], env)
    await mkdir(exports, { recursive: true, mode: 0o700 })
    for (const format of ['trl-sft', 'trl-dpo'])
      await cli.run(['constitution', 'export', made, '--format', format, '--out', join(exports, `${format}.jsonl`)])
    return { made: true }
  })
  return exports
}

function compared(first: Stage, second: Stage): Promise<Comparison> {
  return steps.once(`comparison-${second}`, Comparison, async () => {
    const folders = [at(`evaluation-${first}`), at(`evaluation-${second}`)]
    const out = at(`comparison-${second}`)
    await cli.run(['refusal', 'compare', ...folders, '--out', out, '--record', '--seed', SEED], [0, 1])
    return JSON.parse(await readFile(join(out, 'comparison.json'), 'utf8'))
  })
}

async function report(): Promise<void> {
  const path = await writeResult(work, {
    checkpoints: [began, helpful, refusing.checkpoint, milder.checkpoint],
    stages: [HELPFUL, REFUSING, MILDER],
    evaluations: [before, refusing.evaluation, milder.evaluation],
    comparisons: [refusing.comparison, milder.comparison],
    releases: [refusing.release, milder.release],
    ...{ incident, card },
    how: { command: 'node training/preference/run.ts', seed: SEED },
  })
  process.stdout.write(`${path}\n`)
}

async function digestOf(path: string): Promise<string> {
  const made = createHash('sha256')
  await pipeline(createReadStream(path), made)
  return made.digest('hex')
}
