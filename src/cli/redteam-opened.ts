import type { AskedModel, Asker } from '../asking/index.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { SANDBOX_MODEL } from '../gateway/index.ts'
import { BuiltInGrader, JudgeGrader } from '../refusal/evaluation/index.ts'
import { type AllowedTarget, atOnce, controlled, type Grader } from '../refusal/redteam/index.ts'
import { openAsked } from './asked-model.ts'
import { type AskingOptions, AskingSession } from './asking-options.ts'
import { type OpenSafeguards, openSafeguards, type SafeguardOptions } from './redteam-safeguards.ts'

/** By what runs in this process. */
const JUDGED_AT_ONCE = 2

export interface RedTeamOptions extends AskingOptions, SafeguardOptions {
  readonly target: string
  readonly model?: string
  readonly api: 'openai' | 'anthropic'
  readonly apiKeyEnv?: string
  readonly budget: number
  readonly suite?: readonly string[]
  readonly sample?: number
  readonly secrets: number
  readonly finds?: string
  readonly attacker?: string
  readonly grader: string
  readonly patience?: number
  readonly seed: number
  readonly maxTokens: number
  readonly temperature?: number
  readonly out: string
  readonly record?: true
  readonly fileReports?: true
  readonly json?: true
}

/** All that a run asks: the target, what stands before it, who attacks, who judges. */
export interface OpenAttack extends AsyncDisposable {
  readonly session: AskingSession
  readonly target: Asker
  readonly guard: OpenSafeguards | null
  readonly attacker: Asker | null
  readonly judge: OpenGrader
}

/** @param onStop before anything is said about a signal to stop @throws {AppError} what each of them throws that can't be opened */
export async function openAttack(
  options: RedTeamOptions,
  allowed: AllowedTarget,
  env: NodeJS.ProcessEnv,
  onStop: () => void,
): Promise<OpenAttack> {
  // Models are closed last: whoever asks them has ended by then.
  await using opening = new AsyncDisposableStack()
  const models = opening.use(new AsyncDisposableStack())
  const session = opening.use(await AskingSession.open(options.out, options, onStop))
  const askerOf = (model: AskedModel) => session.asker(models.use(model))
  const target = askerOf(openTarget(allowed, options, env))
  const { model } = target
  const surface = loadConfig(env).config.models.find(({ name }) => name === model.name)?.surface ?? 'api'
  const attacked = { target: allowed, model, surface, api: options.api }
  const guard = await openSafeguards(options, attacked, env, session.signal)
  if (guard !== null) opening.use(guard)
  const attacker = options.attacker === undefined ? null : askerOf(openAsked({ model: options.attacker }, env))
  const judge = opening.use(await openGrader(options.grader, (name) => askerOf(openAsked({ model: name }, env))))
  const open = opening.move()
  return { session, target, guard, attacker, judge, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

function openTarget(
  target: AllowedTarget,
  { model, api, apiKeyEnv }: RedTeamOptions,
  env: NodeJS.ProcessEnv,
): AskedModel {
  if (target.kind !== 'url') {
    if (model !== undefined || apiKeyEnv !== undefined) throw invalid('--model and --api-key-env go with an address')
    return openAsked({ model: target.kind === 'sandbox' ? SANDBOX_MODEL : target.name }, env)
  }
  if (model === undefined) throw invalid('--target is an address: name the model there by --model')
  return openAsked({ model, baseUrl: target.base, api, ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) }, env)
}

/** A grader, and how it is named in the report. */
export interface OpenGrader extends AsyncDisposable {
  readonly id: string
  readonly grader: Grader
}

async function openGrader(id: string, askerOf: (model: string) => Asker): Promise<OpenGrader> {
  if (id !== 'built-in' && id !== 'screen') {
    const judge = new JudgeGrader(askerOf(id))
    return { id: judge.view.id, grader: judge, [Symbol.asyncDispose]: () => judge[Symbol.asyncDispose]() }
  }
  await using resources = new AsyncDisposableStack()
  const screen = resources.use(await BuiltInGrader.open('screen'))
  const encoder = id === 'screen' ? null : resources.use(await BuiltInGrader.open())
  const grader = encoder === null ? screen : controlled(encoder, screen)
  const open = resources.move()
  return {
    id: encoder === null ? screen.view.id : `${encoder.view.id}, with a control`,
    grader: { grade: atOnce(JUDGED_AT_ONCE, (...asked) => grader.grade(...asked)) },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
