import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { type AskedModel, Budget, type Limits, Pace, replyOf } from '../asking/index.ts'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import {
  type Asking,
  checkSameRun,
  Result,
  ResultsFile,
  RUN_FORMAT,
  type RunEnd,
  type RunHeader,
  readTaskFile,
  runSuite,
  Suite,
  type TaskFile,
} from '../models/evaluation/index.ts'
import { openAsked } from './asked-model.ts'
import { addLimits, amount, count, type LimitOptions, limitsOf } from './asking-options.ts'
import { connectServer } from './connect-server.ts'
import { describeResult, openOf } from './eval-view.ts'
import type { OperatorClient } from './operator-client.ts'
import { progressBar } from './progress.ts'

const EXIT_INTERRUPTED = 130
const MAX_WAIT_MS = 15 * 60_000
const MOST_LISTED = 20_000

interface Options extends LimitOptions {
  readonly suite: string
  readonly model: string
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  readonly api: 'openai' | 'anthropic'
  readonly out?: string
  readonly attempts: number
  readonly allAttempts?: true
  readonly concurrency: number
  readonly retries: number
  readonly retryErrors?: true
  readonly maxTokens: number
  readonly tokensAs: Asking['tokensAs']
  readonly temperature?: number
  readonly system?: string
  readonly freeze: boolean
  readonly import?: true
  readonly assessment?: string
  readonly line?: string
  readonly snapshot: string
  readonly json?: true
}

/** `safelevel eval run`: simple tasks, asked one by one. */
export function evalRun(env: NodeJS.ProcessEnv): Command {
  const command = new Command('run')
    .description(
      'ask a model simple tasks (choices, or pass and fail) and keep the answers; a first look, no elicitation: see docs/guide/evaluations.md',
    )
    .requiredOption('--suite <file>', 'the tasks, one JSON object a line')
    .requiredOption('--model <name>', 'of the configuration; with --base-url, as that server calls it')
    .option('--base-url <url>', 'a server that is not in the configuration: https://api.example.com')
    .option('--api-key-env <name>', 'the environment variable that holds its key')
    .addOption(new Option('--api <api>', 'how it is spoken to').choices(['openai', 'anthropic']).default('openai'))
    .option('--out <file>', 'where the results go; continued where they stand already')
    .option('--attempts <n>', 'tries at each task: ten decide whether one of ten passes', count(1, 100), 10)
    .option('--all-attempts', 'go on with a task of an autonomy suite once it was passed')
    .option('--concurrency <n>', 'questions at once', count(1, 256), 4)
    .option('--retries <n>', 'how often a question without an answer is sent again', count(0, 20), 5)
    .option('--retry-errors', 'make the tries once more that ended in an error')
    .option('--max-tokens <n>', 'of an answer', count(1, 1_000_000), 1_024)
    .addOption(
      new Option('--tokens-as <field>', 'how OpenAI’s newer models want that to be called')
        .choices(['max_tokens', 'max_completion_tokens'])
        .default('max_tokens'),
    )
    .option('--temperature <n>', 'the server’s own, when left out', amount)
    .option('--system <file>', 'a text that stands before every question')
  return addLimits(command)
    .option('--no-freeze', 'ask without freezing the suite first; what comes of it can’t come to BELOW')
    .option('--import', 'read the results into an assessment once all is asked')
    .option('--assessment <id>', 'into this one')
    .option('--line <model line>', 'or into the one that is open of this model line')
    .option('--snapshot <name>', 'which variant was tried: helpful-only, …', 'release')
    .option('--json', 'print one line of JSON')
    .action((options: Options) => run(options, env))
}

async function run(options: Options, env: NodeJS.ProcessEnv): Promise<void> {
  const limits = limitsOf(options)
  const file = await readTaskFile(options.suite)
  const name = file.suite?.suite ?? null
  if (options.import && name === null) throw invalid('--import needs a suite that has a name: see its first line')
  const client = options.freeze || options.import ? await connectServer(env) : null
  const assessment =
    options.import && client !== null ? (options.assessment ?? (await openOf(client, options.line))) : null
  if (options.freeze && client !== null) await freeze(client, file)
  const system = options.system === undefined ? null : await text(options.system)
  await using asked = openAsked(options, env)
  const { api, upstreamModel: model } = asked
  const asking: Asking = {
    ...{ api, model, system, maxTokens: options.maxTokens, tokensAs: options.tokensAs },
    temperature: options.temperature ?? null,
  }
  const out =
    options.out ?? `${basename(options.suite).replace(/\.jsonl?$/, '')}.${safeName(options.model)}.results.jsonl`
  const end = await ask(out, headerOf(options, file, asked, asking), file, asking, limits, asked, options)
  const imported = await finish(end, out, { client, assessment, name, snapshot: options.snapshot })
  console.log(options.json ? JSON.stringify({ ...end, out, imported }) : describe(end, out, imported))
}

interface Ended extends RunEnd {
  readonly spent: {
    readonly requests: number
    readonly input: number
    readonly output: number
    readonly money: number | null
  }
}

async function ask(
  out: string,
  header: RunHeader,
  file: TaskFile,
  asking: Asking,
  limits: Limits,
  asked: AskedModel,
  options: Options,
): Promise<Ended> {
  await using results = await ResultsFile.open(out)
  const { kept } = results
  if (kept.header === null) await results.append({ header })
  else {
    checkSameRun(kept.header.settings, header.settings)
    process.stderr.write(`${out}: ${kept.answered.size} tries stand there already\n`)
  }
  const budget = new Budget(limits, kept.spent)
  const progress = progressBar('asking', process.stderr, { minTotal: 2, clock: systemClock })
  const stop = new AbortController()
  const onSignal = () => {
    progress.clear()
    process.stderr.write('stopping: what was asked is waited for; Ctrl-C again ends at once\n')
    stop.abort()
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const sleep = (ms: number, signal: AbortSignal) => wait(ms, undefined, { signal }).catch(() => {})
  try {
    const { attempts, concurrency, retries, retryErrors = false, allAttempts = false } = options
    const stopAtSuccess = !allAttempts && file.suite?.rule.kind === 'autonomy'
    const end = await runSuite(
      { tasks: file.tasks, attempts, stopAtSuccess, retryErrors, asking, concurrency, retries, maxWaitMs: MAX_WAIT_MS },
      {
        ...{ file: results, budget, send: (request) => replyOf(asked, request), signal: stop.signal },
        ...{ pace: new Pace({ clock: systemClock, ids: systemIds, sleep }), clock: systemClock },
        onProgress: (done, of) => progress.show(done, of),
      },
    )
    return { ...end, spent: { ...budget.spent, money: budget.money } }
  } finally {
    progress.clear()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function headerOf(options: Options, file: TaskFile, asked: AskedModel, asking: Asking): RunHeader {
  const { system, ...rest } = asking
  const about = system === null ? null : createHash('sha256').update(system).digest('hex')
  const suite = file.suite?.suite ?? null
  const began = new Date(systemClock.now()).toISOString()
  const { attempts } = options
  const settings = { suite, suiteFile: file.digest, server: asked.server, ...rest, system: about, attempts }
  const what = { format: RUN_FORMAT, began_at: began, model: asking.model } as const
  return { ...what, suite, suite_file: file.digest, settings, ends: true }
}

/** Before the first question: what is asked, and from when on it says that a line is met. */
async function freeze(client: OperatorClient, { suite, tasks, digest }: TaskFile): Promise<void> {
  if (suite === null) {
    throw invalid('the first line of the suite doesn’t say which suite it is: {"suite":{…}}; or ask with --no-freeze')
  }
  const { items } = await client.request('GET', '/api/v1/evaluations/suites', z.object({ items: z.array(Suite) }))
  const frozen = items.find((one) => one.suite === suite.suite)
  if (frozen !== undefined) {
    if (frozen.fileDigest === digest) return
    const words = `the suite ${suite.suite} is frozen, and its tasks are others: a changed suite is a new one, under a new name`
    throw new AppError('CONFLICT', words)
  }
  const listed = tasks.map(({ id, cluster }) => ({ task: id, family: cluster }))
  const which = listed.length > MOST_LISTED ? { tasks: listed.length } : { listed }
  await client.request('POST', '/api/v1/evaluations/suites', Suite, { ...suite, ...which, fileDigest: digest })
  process.stderr.write(`the suite ${suite.suite} is frozen: ${digest}\n`)
}

interface Importing {
  readonly client: OperatorClient | null
  readonly assessment: string | null
  readonly name: string | null
  readonly snapshot: string
}

/** Says by the exit status how it ended, and imports what is complete. */
async function finish(
  end: Ended,
  out: string,
  { client, assessment, name, snapshot }: Importing,
): Promise<Result | null> {
  if (end.status === 'stopped') process.exitCode = EXIT_INTERRUPTED
  if (end.status === 'limit') process.exitCode = 6
  if (end.status === 'unavailable') {
    const again = `${end.why}. Nothing that was answered is lost: the same command goes on`
    throw new AppError(end.code ?? 'UPSTREAM_UNAVAILABLE', again)
  }
  if (end.status !== 'success' || client === null || assessment === null || name === null) return null
  const query = new URLSearchParams({ assessment, suite: name, snapshot })
  return client.upload(`/api/v1/evaluations/results?${query}`, await openAsBlob(out), Result)
}

function describe({ status, counts, left, why, spent }: Ended, out: string, imported: Result | null): string {
  const { passed, failed, refused, errored, unscored } = counts
  const money = spent.money === null ? '' : `, $${spent.money.toFixed(4)}`
  const lines = [
    `${passed} passed, ${failed} failed, ${refused} refused, ${errored} errors, ${unscored} unscored${left === 0 ? '' : `; ${left} tries left`}`,
    `  cost     ${spent.requests} requests, ${spent.input} tokens in, ${spent.output} out${money}`,
    `  results  ${out}`,
  ]
  if (status !== 'success') lines.push(`  ${why}: the same command goes on where it stopped`)
  else if (imported !== null) lines.push(describeResult(imported))
  lines.push('  a first look: plain questions show what a model can do at least, never that it can’t do more')
  return lines.join('\n')
}

function safeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw invalid(`${file} can't be read`, cause)
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', message, { cause })
}
