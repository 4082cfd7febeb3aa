import { resolve } from 'node:path'
import type { AskedModel, Asker } from '../asking/index.ts'
import { iso, systemClock } from '../base/clock.ts'
import { type Config, loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { builtInPolicyPath, Policy, readPolicyFile } from '../policy/index.ts'
import {
  beginRun,
  type Constitution,
  DATASET_FILES,
  endRun,
  estimate,
  type Generation,
  generateDataset,
  type Measured,
  makeFolder,
  PARTS,
  type Plan,
  policyJudge,
  probe,
  project,
  readConstitution,
  readPrompts,
  unfitFor,
} from '../refusal/constitution/index.ts'
import { loadSuite, RefusalModel } from '../refusal/evaluation/index.ts'
import { type OpenClassifier, openBuiltIn } from '../screening/index.ts'
import { openAsked } from './asked-model.ts'
import { AskingSession, limitsOf } from './asking-options.ts'
import { type GenerateOptions, modelOf, nameOf, settingsOf } from './constitution-options.ts'
import { describeDataset, describeEstimate } from './constitution-view.ts'
import { progressBar } from './progress.ts'
import { describeRecorded, recordResult } from './refusal-record.ts'

const EXIT_INTERRUPTED = 130
/** From here on an answer is taken for a refusal, as evaluations take it. */
const REFUSED = 0.6

/** Makes a dataset, or says what making it would take. */
export async function runGenerate(options: GenerateOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const { config } = loadConfig(env)
  const prompts = await readPrompts([
    ...options.prompts.map((path) => ({ path, kind: 'harmful' as const })),
    ...options.helpful.map((path) => ({ path, kind: 'helpful' as const })),
  ])
  const constitution = readConstitution(options.constitution)
  const opened = await openBuiltIn(config.classifier.mode, { bandShift: config.classifier.bandShift })
  try {
    const policy = policyOf(options, config, opened, constitution)
    const refusal = RefusalModel.load()
    const judge = policyJudge(opened, policy, (answer) => refusal.probability(answer) >= REFUSED)
    const heldOut = await heldOutTexts(options.holdOut)
    const choices = { keep: new Set(options.keep), drop: new Set(options.drop) }
    const about = { name: nameOf(options), folder: resolve(options.out), policyDigest: policy.digest }
    const rest = { prompts, judge, heldOut, concurrency: options.concurrency, ...choices, ...about }
    await asked(options, env, { constitution, policyVersion: policy.version, rest })
  } finally {
    await opened.close()
  }
}

function policyOf(
  options: GenerateOptions,
  config: Config,
  { thresholds }: OpenClassifier,
  constitution: Constitution,
): Policy {
  const path = options.policy ?? config.policy
  const source = path ?? builtInPolicyPath()
  const policy = Policy.load(readPolicyFile(path), { calibratedThresholds: thresholds, source })
  const unfit = unfitFor(constitution, policy.document)
  if (unfit.length > 0) throw invalid(`the constitution doesn’t fit the policy: ${unfit.join('; ')}`)
  return policy
}

async function heldOutTexts(files: readonly string[]): Promise<Generation['heldOut']> {
  const suites = await Promise.all(files.map((path) => loadSuite(path, 'harmful')))
  return suites.flatMap(({ name, items }) => items.map(({ id, wanted }) => ({ id: `${name}/${id}`, text: wanted })))
}

interface Prepared {
  readonly constitution: Constitution
  readonly policyVersion: string
  readonly rest: Omit<Generation, 'plan'>
}

async function asked(options: GenerateOptions, env: NodeJS.ProcessEnv, prepared: Prepared): Promise<void> {
  const { rest } = prepared
  const settings = settingsOf(options)
  const expected = estimate(rest.prompts.prompts, settings)
  if (options.dryRun && options.probe === undefined)
    return print(options, { estimate: expected, projection: null, measured: null }, describeEstimate(expected, null))
  const progress = progressBar('records', process.stderr, { minTotal: 2, clock: systemClock })
  await using stack = new AsyncDisposableStack()
  const models = openModels(options, env, stack)
  const work = await makeFolder(rest.folder)
  const fixed = {
    ...settings,
    seed: options.seed,
    constitution: prepared.constitution.digest,
    policy: rest.policyDigest,
  }
  const files = rest.prompts.about.map(({ file, digest }) => ({ file, digest }))
  const servers = PARTS.map((part) => [models[part].name, models[part].upstreamModel, models[part].server])
  const again = await beginRun(work, { ...fixed, files, servers, name: rest.name }, iso(systemClock.now()))
  await using session = await AskingSession.open(work, options, () => progress.clear())
  if (again) process.stderr.write(`${options.out}: goes on where it stopped\n`)
  const askers = {
    model: session.asker(models.model),
    critic: session.asker(models.critic),
    pairs: session.asker(models.pairs),
  }
  const { constitution, policyVersion } = prepared
  const plan: Plan = { constitution, policyVersion, seed: options.seed, settings, askers }
  try {
    if (options.dryRun) return await measured(options, { ...rest, plan }, session, askers)
    // What stood in the journal comes at once, and is no pace.
    const onProgress = (done: number, of: number) => {
      if (askers.model.answered + askers.critic.answered > 0) progress.show(done, of)
    }
    const { manifest, report } = await generateDataset({ ...rest, plan, onProgress })
    progress.clear()
    const { requests, input, output, money } = session.spent
    await endRun(work, iso(systemClock.now()), { requests, input, output, money })
    const recorded = options.record
      ? await recordResult(env, 'dataset', manifest, `${rest.folder}/${DATASET_FILES.records}`)
      : null
    const words = describeDataset(manifest, report, session.spent, options.out)
    const more = recorded === null ? '' : `\n  ${describeRecorded(recorded)}`
    print(options, { manifest, report, spent: session.spent, out: options.out, recorded }, `${words}${more}`)
  } catch (thrown) {
    if (session.signal.aborted) process.exitCode = EXIT_INTERRUPTED
    throw thrown
  } finally {
    progress.clear()
  }
}

type Models = Readonly<Record<(typeof PARTS)[number], AskedModel>>

function openModels(options: GenerateOptions, env: NodeJS.ProcessEnv, stack: AsyncDisposableStack): Models {
  const open = (part: (typeof PARTS)[number], instead: AskedModel | null): AskedModel => {
    const wanted = modelOf(options, part)
    if (wanted !== null) return stack.use(openAsked(wanted, env))
    if (instead === null) throw invalid('no model is named')
    return instead
  }
  const model = open('model', null)
  const critic = open('critic', model)
  if (options.judging === 'probabilities' && critic.api !== 'openai-chat')
    throw invalid('--judging probabilities: only servers that speak OpenAI’s dialect give probabilities')
  return { model, critic, pairs: open('pairs', model) }
}

async function measured(
  options: GenerateOptions,
  generation: Generation,
  session: AskingSession,
  askers: Readonly<Record<string, Asker>>,
): Promise<void> {
  const [before, began] = [session.spent, systemClock.monotonic()]
  const few = await probe(generation, options.probe ?? 1)
  const [after, ms] = [session.spent, systemClock.monotonic() - began]
  const calls = new Set(Object.values(askers)).values().reduce((sum, { answered }) => sum + answered, 0)
  const all = estimate(generation.prompts.prompts, generation.plan.settings)
  const taken: Measured = {
    ...{ prompts: few.length, calls, ms },
    ...{ input: after.input - before.input, output: after.output - before.output },
  }
  const projection = project(all, taken, limitsOf(options).price)
  print(options, { estimate: all, measured: taken, projection }, describeEstimate(all, { measured: taken, projection }))
}

function print({ json }: GenerateOptions, value: object, words: string): void {
  console.log(json ? JSON.stringify(value) : words)
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
