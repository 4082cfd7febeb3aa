import type { AskedModel } from '../asking/index.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import {
  type AllowedTarget,
  AskedSide,
  allowedTarget,
  type Manner,
  type RedTeamReport,
  ScreenedSide,
  type Side,
  type Try,
  withLayers,
} from '../refusal/redteam/index.ts'
import type { AskingSession } from './asking-options.ts'
import { connectOperator, readServerFile } from './operator-client.ts'
import { type GatewayModel, givenKey, madeKeys, openGateway } from './redteam-gateway.ts'
import { openScreen } from './redteam-screen.ts'

export const SAFEGUARDS = ['auto', 'gateway', 'screen', 'none'] as const

export interface SafeguardOptions {
  readonly safeguards: (typeof SAFEGUARDS)[number]
  readonly gateway?: string
  readonly keyEnv?: string
}

type About = NonNullable<RedTeamReport['safeguards']>

/** The side that attacks have to get through, and what is known of it once they have. */
export interface OpenSafeguards extends AsyncDisposable {
  readonly costs: boolean
  readonly about: About
  side(bare: Side, session: AskingSession, manner: Manner): Side
  /** What its own records add. @param since when the run began */
  told(tries: readonly Try[], since: string): Promise<{ readonly tries: readonly Try[]; readonly about: About }>
}

interface Attacked {
  readonly target: AllowedTarget
  readonly model: AskedModel
  readonly surface: string
  readonly api: 'openai' | 'anthropic'
}

/**
 * The gateway that was named, or the one of the server that runs here; else the screening and the policy of the configuration on the answers of
 * the bare model. null: none were wanted.
 *
 * @throws {AppError} FORBIDDEN for a gateway that is none of one's own; REQUEST_INVALID, UPSTREAM_UNAVAILABLE when there is none
 */
export async function openSafeguards(
  options: SafeguardOptions,
  attacked: Attacked,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<OpenSafeguards | null> {
  if (options.gateway !== undefined && (options.safeguards === 'screen' || options.safeguards === 'none'))
    throw new AppError(
      'REQUEST_INVALID',
      `--gateway says where the safeguards are: leave out --safeguards ${options.safeguards}`,
    )
  if (options.safeguards === 'none') return null
  if (options.safeguards !== 'screen') {
    const gateway = await findGateway(options, attacked, env)
    if (gateway !== null) return throughGateway(gateway)
    if (options.safeguards === 'gateway')
      throw new AppError(
        'UPSTREAM_UNAVAILABLE',
        'no gateway runs on this data folder: start one (safelevel serve), or name one by --gateway',
      )
  }
  const { screen, policy, ...open } = await openScreen(env, attacked.surface, signal)
  const where = 'screening and policy of the configuration, on the answers of the bare model'
  const about: About = { kind: 'screen', where, policy, mode: 'enforce' }
  return {
    ...{ costs: false, about },
    side: (bare) => new ScreenedSide(bare, screen),
    told: async (tries) => ({ tries, about }),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}

async function findGateway(
  { gateway, keyEnv }: SafeguardOptions,
  { target, model, api }: Attacked,
  env: NodeJS.ProcessEnv,
): Promise<GatewayModel | null> {
  const { config } = loadConfig(env)
  const client = await connectOperator(env, config.dataDir)
  const here = client === null || env.SAFELEVEL_URL ? null : readServerFile(config.dataDir)
  const baseUrl = gateway === undefined ? here?.public : addressOf(gateway, here?.public, config.refusal)
  if (baseUrl === undefined || (target.kind === 'url' && gateway === undefined)) return null
  const isOwn = here !== null && baseUrl === here.public
  if (keyEnv === undefined && client === null)
    throw new AppError(
      'REQUEST_INVALID',
      '--gateway needs --key-env, the environment variable that holds a key of a customer',
    )
  if (keyEnv === undefined && !isOwn && !env.SAFELEVEL_URL)
    throw new AppError('REQUEST_INVALID', 'a gateway that is not the server of this data folder needs --key-env')
  const keys = keyEnv === undefined && client !== null ? await madeKeys(client) : givenKey(env, keyEnv ?? '')
  try {
    return await openGateway({ model: model.name, baseUrl: baseUrl.replace(/\/+$/, ''), api }, { env, keys, client })
  } catch (error) {
    await keys[Symbol.asyncDispose]()
    throw error
  }
}

/** @throws {AppError} FORBIDDEN */
function addressOf(gateway: string, own: string | undefined, config: Parameters<typeof allowedTarget>[1]): string {
  const targets = own === undefined ? config.targets : [...config.targets, { url: own }]
  const allowed = allowedTarget(gateway, { targets })
  if (allowed.kind !== 'url')
    throw new AppError('REQUEST_INVALID', '--gateway: an address, such as http://127.0.0.1:8080')
  return allowed.base
}

function throughGateway(model: GatewayModel): OpenSafeguards {
  const about: About = { kind: 'gateway', where: model.server, policy: null, mode: null, accountStops: 0 }
  return {
    ...{ costs: true, about },
    side: (_, session, manner) => new AskedSide(session.asker(model), manner, 'safeguard'),
    async told(tries, since) {
      const { accountStops } = model
      const open = tries.flatMap(({ guarded }) => (guarded?.layer === 'safeguard' ? (guarded.decision ?? []) : []))
      const recorded = await model.decisions(since, open)
      if (recorded === null) return { tries, about: { ...about, accountStops } }
      const { decided, policy, mode } = recorded
      return { tries: withLayers(tries, decided), about: { ...about, policy, mode, accountStops } }
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  }
}
