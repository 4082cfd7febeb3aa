import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { iso, systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { seededRandom } from '../base/random.ts'
import { shipped } from '../base/shipped.ts'
import { VERSION } from '../base/version.ts'
import {
  BuiltInGrader,
  beginRun,
  EVALUATION_FORMAT,
  type EvaluationReport,
  type EvaluationRow,
  evaluate,
  evaluationPage,
  freeze,
  type Grader,
  ITEM_KINDS,
  type ItemKind,
  JudgeGrader,
  loadSuite,
  overall,
  PAGE_FILE,
  type Results,
  ROWS_FILE,
  readResults,
  type Suite,
  suiteFigures,
  writeReport,
  writeRows,
} from '../refusal/evaluation/index.ts'
import { type ModelOptions, openAsked } from './asked-model.ts'
import { type AskingOptions, AskingSession, addAsking, amount, count } from './asking-options.ts'
import { progressBar } from './progress.ts'
import { describeEvaluation } from './refusal-eval-view.ts'
import { describeRecorded, recordResult } from './refusal-record.ts'

const SHIPPED = shipped('suites/refusal')
/** What is asked where no suite is named. */
export const SHIPPED_SUITES: readonly string[] = [
  'harmful-requests',
  'harmless-lookalikes',
  'everyday',
  'conversations',
].map((name) => join(SHIPPED, `${name}.jsonl`))
const BUILT_IN = 'built-in'
const EXIT_INTERRUPTED = 130
const MOST_DRAWS = 100
const BIGGEST_SEED = 2_147_483_647

/** How an evaluation asks and judges, whoever is asked. */
export interface EvalOptions extends AskingOptions {
  readonly suite: readonly string[]
  readonly kind?: ItemKind
  readonly grader: string
  readonly graderBaseUrl?: string
  readonly graderApiKeyEnv?: string
  readonly draws: number
  readonly limit?: number
  readonly seed: number
  readonly maxTokens: number
  readonly temperature?: number
  readonly topP?: number
  readonly system?: string
  readonly freeze?: true
}

interface Options extends EvalOptions, ModelOptions {
  readonly out: string
  readonly checkpoint?: string
  readonly record?: true
  readonly json?: true
}

/** `safelevel redteam eval`: how well a model refuses, and whether it refuses too much. */
export function redteamEvalCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const command = new Command('eval')
    .description('ask a model what it should refuse and what it should answer, and judge the answers')
    .requiredOption('--model <name>', 'of the configuration; with --base-url, as that server calls it')
    .option('--base-url <url>', 'a server that is not in the configuration: https://api.example.com')
    .option('--api-key-env <name>', 'the environment variable that holds its key')
    .addOption(new Option('--api <api>', 'how it is spoken to').choices(['openai', 'anthropic']))
    .requiredOption('--out <dir>', 'a folder for the results; where it holds a part of them, this goes on')
    .option('--checkpoint <id>', 'of the registry: whose figures these are')
    .option('--record', 'keep the results on the running server')
    .option('--json', 'print the report as one line of JSON')
    .action((options: Options) => run(options, env))
  return addEvalOptions(command)
}

/** Options that `refusal compare` has, too. */
export function addEvalOptions(command: Command): Command {
  const withSuites = command
    .option(
      '--suite <file>',
      'what is asked, JSON lines or CSV; may be given again (default: those that ship)',
      (file: string, files: readonly string[]) => [...files, file],
      [],
    )
    .addOption(new Option('--kind <kind>', 'what rows are that don’t say').choices(ITEM_KINDS))
    .option('--grader <name>', `who judges: ${BUILT_IN}, or a model as --model`, BUILT_IN)
    .option('--grader-base-url <url>', 'the judge’s server, as --base-url')
    .option('--grader-api-key-env <name>', 'the environment variable that holds its key')
    .option('--draws <n>', 'how often each item is asked', count(1, MOST_DRAWS), 1)
    .option('--limit <n>', 'ask a sample of n items of each suite: for trying, no evidence', count(1, 1e6))
    .option('--seed <n>', 'of answers, samples and intervals', count(0, BIGGEST_SEED), 1)
    .option('--max-tokens <n>', 'of an answer', count(1, 100_000), 512)
    .option('--temperature <n>', 'the server’s own, when left out', amount)
    .option('--top-p <n>', 'the server’s own, when left out', amount)
    .option('--system <file>', 'a text that stands before every question')
    .option('--freeze', 'from now on the suites are what they are: frozen.json beside them says so')
  return addAsking(withSuites)
}

async function run(options: Options, env: NodeJS.ProcessEnv): Promise<void> {
  const suites = await openSuites(options)
  const results = await evaluateInto(options.out, suites, options, env)
  const { report } = results
  if (options.json) console.log(JSON.stringify(report))
  else console.log(describeEvaluation(report, join(options.out, PAGE_FILE), process.stdout.isTTY ?? false))
  if (!options.record) return
  const recorded = await recordResult(env, 'evaluation', report, join(options.out, ROWS_FILE))
  if (!options.json) console.log(`  ${describeRecorded(recorded)}`)
}

/** @throws {AppError} as `loadSuite`; REQUEST_INVALID for two suites of one name */
export async function openSuites(options: EvalOptions): Promise<Suite[]> {
  const suites: Suite[] = []
  const { length } = options.suite
  for (const path of length === 0 ? SHIPPED_SUITES : options.suite) {
    const suite = await loadSuite(path, options.kind ?? null)
    if (suites.some(({ name }) => name === suite.name)) throw invalid(`two suites are called ${suite.name}`)
    const { unlabelled, noPrompt, duplicate, malformed } = suite.leftOut
    const left = [
      ...(unlabelled > 0 ? [`${unlabelled} that don't say whether they are harmful`] : []),
      ...(noPrompt > 0 ? [`${noPrompt} that ask nothing`] : []),
      ...(duplicate > 0 ? [`${duplicate} that stand there twice`] : []),
      ...(malformed > 0 ? [`${malformed} that can't be read`] : []),
    ]
    if (left.length > 0) process.stderr.write(`${path}: left out ${left.join(', ')}\n`)
    const frozenAt = options.freeze
      ? await freeze(path, suite.name, suite.digest, iso(systemClock.now()))
      : suite.frozenAt
    suites.push({ ...suite, frozenAt })
  }
  return suites
}

export interface Evaluated extends ModelOptions {
  readonly checkpoint?: string
}

/**
 * Asks one model all of it, judges, and writes report.json, rows.jsonl and report.html. The same call goes on where an earlier one stopped.
 *
 * @throws {AppError} as `openAsked`, `Asker.ask`, `beginRun`
 */
export async function evaluateInto(
  folder: string,
  suites: readonly Suite[],
  options: EvalOptions & Evaluated,
  env: NodeJS.ProcessEnv,
): Promise<Results> {
  const system = options.system === undefined ? null : await text(options.system)
  const { draws, seed, maxTokens, temperature = null, topP = null, limit } = options
  const manner = { system, maxTokens, temperature, topP, seed }
  const asked = suites.map((suite) => sample(suite, limit, seed))
  const began = systemClock.now()
  const beganAt = await beginRun(folder, settingsOf(options, asked, manner), iso(began))
  const progress = progressBar('asking', process.stderr, { minTotal: 2, clock: systemClock })
  await using session = await AskingSession.open(folder, options, () => progress.clear())
  await using model = openAsked(options, env)
  await using judge = options.grader === BUILT_IN ? null : openAsked(judgeOf(options), env)
  await using grader: Grader = judge === null ? await BuiltInGrader.open() : new JudgeGrader(session.asker(judge))
  let rows: EvaluationRow[]
  try {
    const plan = { suites: asked, draws, manner }
    rows = await evaluate(plan, {
      ...{ asker: session.asker(model), grader, concurrency: options.concurrency },
      onProgress: (done, of) => progress.show(done, of),
    })
  } catch (thrown) {
    if (session.signal.aborted) process.exitCode = EXIT_INTERRUPTED
    throw thrown
  } finally {
    progress.clear()
  }
  const random = seededRandom(seed)
  const { name, api, upstreamModel, server, isSandbox } = model
  const { requests, input, output, money } = session.spent
  const report: EvaluationReport = {
    format: EVALUATION_FORMAT,
    safelevel: VERSION,
    model: { name, upstreamModel, server, api, isSandbox },
    checkpoint: options.checkpoint ?? null,
    ...{ beganAt, endedAt: iso(systemClock.now()), complete: limit === undefined, seed, draws },
    asking: { system: system === null ? null : sha256(system), maxTokens, temperature, topP },
    grader: grader.view,
    suites: asked.map((suite) => suiteFigures(suite, rows, random)),
    attackSuccess: overall(rows, 'harmful'),
    overRefusal: overall(rows, 'harmless'),
    rows: await writeRows(folder, rows),
    spent: { requests, inputTokens: input, outputTokens: output, dollars: money },
  }
  await writeReport(folder, report, evaluationPage(report))
  return await readResults(folder)
}

function settingsOf(options: EvalOptions & Evaluated, suites: readonly Suite[], manner: object): object {
  const { model, baseUrl, api, checkpoint, grader, graderBaseUrl, draws, limit } = options
  const asked = suites.map(({ name, digest, frozenAt }) => [name, digest, frozenAt])
  return { model, baseUrl, api, checkpoint, grader, graderBaseUrl, draws, limit, asked, manner }
}

function judgeOf({ grader, graderBaseUrl, graderApiKeyEnv }: EvalOptions): ModelOptions {
  return {
    model: grader,
    ...(graderBaseUrl === undefined ? {} : { baseUrl: graderBaseUrl }),
    ...(graderApiKeyEnv === undefined ? {} : { apiKeyEnv: graderApiKeyEnv }),
  }
}

/** n items, drawn by the seed and the suite; in the order of the file. */
function sample(suite: Suite, limit: number | undefined, seed: number): Suite {
  if (limit === undefined || limit >= suite.items.length) return suite
  const random = seededRandom(seed ^ Number.parseInt(suite.digest.slice(0, 7), 16))
  const drawn = suite.items.map((item, at) => ({ at, item, rank: random() })).sort((a, b) => a.rank - b.rank)
  const items = drawn.slice(0, limit).sort((a, b) => a.at - b.at)
  return { ...suite, items: items.map(({ item }) => item) }
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
  }
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
