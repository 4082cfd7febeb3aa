import { mkdir } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { iso, systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import {
  AskedSide,
  allowedTarget,
  type CampaignEnd,
  type Find,
  figuresOf,
  ModelAttacker,
  type RedTeamReport,
  readFinds,
  redTeamWords,
  runCampaign,
} from '../refusal/redteam/index.ts'
import { addAsking, amount, count, limitsOf } from './asking-options.ts'
import { progressBar } from './progress.ts'
import { type AskedFor, behavioursOf, DEFAULT_SUITE } from './redteam-behaviours.ts'
import { type OpenAttack, openAttack, type RedTeamOptions } from './redteam-opened.ts'
import { beginRun, keepRun, type RunSettings, sendRun } from './redteam-output.ts'
import { SAFEGUARDS } from './redteam-safeguards.ts'

const EXIT_INTERRUPTED = 130
const EXIT_LIMIT = 6
const OWN_FOLDER = 0o700

/** `safelevel redteam run` */
export function redteamRun(env: NodeJS.ProcessEnv): Command {
  const command = new Command('run')
    .description('attack a model of one’s own, bare and behind its safeguards: see docs/guide/red-team.md')
    .requiredOption(
      '--target <name|url>',
      'a model or an address of refusal.targets, or sandbox; nothing else is attacked',
    )
    .requiredOption('--budget <n>', 'requests to the target, on both sides together', count(1, 10_000_000))
    .option('--model <name>', 'with an address: which model of that server')
    .addOption(
      new Option('--api <api>', 'with an address: how it is spoken to')
        .choices(['openai', 'anthropic'])
        .default('openai'),
    )
    .option('--api-key-env <name>', 'with an address: the environment variable that holds its key')
    .option(
      '--suite <file>',
      'what is asked for: harmful requests; may be given several times (default: ours)',
      collect,
    )
    .option('--sample <n>', 'at most so many behaviours of each category', count(1, 100_000))
    .option('--secrets <n>', 'so many secrets to be coaxed out, and as many orders to be smuggled in', count(0, 100), 4)
    .option('--finds <file>', 'finds of an earlier run, tried first; exits 1 when one of them works again')
    .option('--attacker <model>', 'a model of the configuration that writes attacks')
    .option(
      '--grader <id>',
      'built-in, screen (built-in without the encoder), or a model of the configuration that judges',
      'built-in',
    )
    .addOption(new Option('--safeguards <which>', 'what the second side is').choices(SAFEGUARDS).default('auto'))
    .option('--gateway <url>', 'a gateway of one’s own (default: the server that runs on this data folder)')
    .option(
      '--key-env <name>',
      'the environment variable that holds a customer’s key for it (default: one is made, and revoked)',
    )
    .option('--patience <n>', 'stop after so many tries of the search without a success', count(1, 10_000_000))
    .option('--seed <n>', 'of all that is drawn', count(0, 2 ** 31 - 1), 1)
    .option('--max-tokens <n>', 'of an answer', count(1, 100_000), 256)
    .option('--temperature <n>', 'the server’s own, when left out', amount)
    .requiredOption('--out <dir>', 'where everything goes; the same command goes on there')
    .option('--record', 'keep report and finds on the running server')
    .option('--file-reports', 'and make reports of the best finds; needs --record')
    .option('--json', 'print one line of JSON')
    .action((options: RedTeamOptions) => run(options, env))
  return addAsking(command)
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function run(options: RedTeamOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const allowed = allowedTarget(options.target, loadConfig(env).config.refusal)
  if (options.fileReports && !options.record)
    throw new AppError('REQUEST_INVALID', '--file-reports needs --record: reports are made of what is kept')
  const { sample = null, secrets, seed } = options
  const asked = await behavioursOf({ paths: options.suite ?? [DEFAULT_SUITE], sample, secrets, seed })
  const earlier = options.finds === undefined ? [] : await readFinds(options.finds)
  await mkdir(options.out, { recursive: true, mode: OWN_FOLDER })
  const progress = progressBar('attacking', process.stderr, { minTotal: 2, clock: systemClock })
  await using attack = await openAttack(options, allowed, env, () => progress.clear())
  const began = await beginRun(options.out, settingsOf(options, asked, earlier, attack), systemClock)
  const onProgress = (spent: number) => progress.show(Math.min(spent, options.budget), options.budget)
  const end = await attacked(options, { asked, earlier, attack, began, onProgress }).finally(() => progress.clear())
  const told = (await attack.guard?.told(end.tries, began)) ?? { tries: end.tries, about: null }
  const { target, judge, attacker } = attack
  const tried = new Set(end.tries.map(({ behaviour }) => behaviour))
  const { upstreamModel, server, isSandbox } = target.model
  const report = await keepRun(options.out, {
    ...{ tries: told.tries, finds: end.finds },
    head: {
      target: { name: options.target, model: upstreamModel, server, isSandbox },
      ...{ safeguards: told.about, grader: judge.id, attacker: attacker?.model.name ?? null, seed, began },
      suites: asked.suites.map(({ ids, ...suite }) => ({ ...suite, used: ids.filter((id) => tried.has(id)).length })),
      budget: { requests: options.budget, tokens: options.limitTokens ?? null, money: options.limitCost ?? null },
      ...{ ended: iso(systemClock.now()), end: end.end, why: end.why },
      ...figuresOf(told.tries, limitsOf(options).price),
    },
  })
  await tell(options, report, end, env)
  finish(end, earlier)
}

function settingsOf(
  options: RedTeamOptions,
  { suites }: AskedFor,
  earlier: readonly Find[],
  { target, guard, attacker, judge }: OpenAttack,
): RunSettings {
  const { sample = null, secrets, seed, maxTokens, temperature = null } = options
  const { upstreamModel: model, server } = target.model
  return {
    ...{ target: options.target, model, server, suites: suites.map(({ digest }) => digest), sample, secrets },
    ...{ finds: earlier.map(({ id }) => id), grader: judge.id, attacker: attacker?.model.name ?? null },
    ...{ safeguards: guard?.about.kind ?? null, seed, maxTokens, temperature },
  }
}

interface Attacking {
  readonly asked: AskedFor
  readonly earlier: readonly Find[]
  readonly attack: OpenAttack
  readonly began: string
  readonly onProgress: (spent: number) => void
}

function attacked(
  options: RedTeamOptions,
  { asked, earlier, attack, began, onProgress }: Attacking,
): Promise<CampaignEnd> {
  const { session, target, guard, attacker, judge } = attack
  const { budget, patience = null, seed, maxTokens, temperature = null } = options
  const manner = { maxTokens, temperature }
  const bare = new AskedSide(target, manner, 'upstream')
  const guarded = guard?.side(bare, session, manner) ?? null
  return runCampaign(
    { behaviours: asked.behaviours, budget, patience, earlier },
    {
      ...{ target: options.target, bare, guarded, guardedCosts: guard?.costs ?? false, grader: judge.grader },
      ...{ seed, began, attacker: attacker === null ? null : new ModelAttacker(attacker) },
      ...{ signal: session.signal, onProgress },
    },
  )
}

/** Prints what came of it, and sends it to the server where that is wanted. */
async function tell(
  { out, record, fileReports, json }: RedTeamOptions,
  report: RedTeamReport,
  { error, finds }: CampaignEnd,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const sent = record && error === null ? await sendRun(out, report, finds, { env, files: fileReports === true }) : null
  if (json)
    console.log(JSON.stringify({ ...report, out, recorded: sent?.recorded ?? null, reports: sent?.reports ?? [] }))
  else console.log([redTeamWords(report), `  written to  ${out}`, ...(sent === null ? [] : [sent.words])].join('\n'))
}

/** Says by the exit status how it ended. @throws {AppError} what kept it from going on; all that was tried is kept */
function finish({ end, error, tries }: CampaignEnd, earlier: readonly Find[]): void {
  if (error !== null)
    throw new AppError(error.code, `${error.message}. Nothing that was answered is lost: the same command goes on`)
  const again = tries.filter(
    ({ phase, bare, guarded }) => phase === 'regression' && (guarded ?? bare).outcome === 'success',
  )
  if (earlier.length > 0 && again.length > 0) process.exitCode = 1
  if (end === 'tokens' || end === 'money') process.exitCode = EXIT_LIMIT
  if (end === 'stopped') process.exitCode = EXIT_INTERRUPTED
}
