import { type AskedModel, type ChatApi, chatApiOf, sendTo } from '../asking/index.ts'
import { systemClock } from '../base/clock.ts'
import { loadConfig, type ModelConfig, type UpstreamConfig } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import { Upstream } from '../base/upstream-config.ts'
import { openModels } from '../gateway/index.ts'

export interface ModelOptions {
  readonly model: string
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  readonly api?: 'openai' | 'anthropic'
}

/**
 * A model that is asked straight, past the gateway: what the gateway would refuse is no refusal of the model's. Its upstream sends nothing
 * again by itself: who asks does, and counts what is sent.
 *
 * @throws {AppError} MODEL_NOT_FOUND, CONFIG_INVALID, REQUEST_INVALID
 */
export function openAsked(options: ModelOptions, env: NodeJS.ProcessEnv): AskedModel {
  const { config, secrets } = loadConfig(env)
  const egress = new Egress(config.egress, secrets.proxies)
  const { upstreams, models, keys } =
    options.baseUrl === undefined
      ? {
          upstreams: config.upstreams.map((one) => ({ ...one, retries: 0 })),
          models: config.models,
          keys: secrets.upstreamKeys,
        }
      : given({ ...options, baseUrl: options.baseUrl }, env)
  const deps = { ids: systemIds, clock: systemClock, egress }
  const { directory } = openModels({ upstreams, models }, { upstreamKeys: keys }, deps)
  const served = directory.get(options.model)
  if (served === undefined) {
    const known = directory.list().map(({ name }) => name)
    const words = `the configuration has no model ${options.model} (it has ${known.slice(0, 20).join(', ')}): or name a server with --base-url`
    throw new AppError('MODEL_NOT_FOUND', words)
  }
  const wanted: ChatApi | null = options.api === 'anthropic' ? 'anthropic-messages' : chatApiOf(served)
  const api = wanted ?? 'anthropic-messages'
  return {
    ...{ name: options.model, api, upstreamModel: served.upstreamModel, isSandbox: served.sandbox },
    server: options.baseUrl ?? `upstream ${served.upstreamId}`,
    send: (request, signal) => sendTo(served, request, signal),
    async [Symbol.asyncDispose]() {
      await directory.close()
      await egress[Symbol.asyncDispose]()
    },
  }
}

function given(
  { model, baseUrl, apiKeyEnv, api }: ModelOptions & { readonly baseUrl: string },
  env: NodeJS.ProcessEnv,
) {
  const kind = api === 'anthropic' ? 'anthropic' : 'openai-compatible'
  const upstream = Upstream.safeParse({ id: 'asked', kind, baseUrl, retries: 0 })
  if (!upstream.success || new URL(baseUrl).username !== '')
    throw new AppError('REQUEST_INVALID', '--base-url: an address such as https://api.example.com, without a key in it')
  const key = apiKeyEnv === undefined ? undefined : env[apiKeyEnv]
  if (apiKeyEnv !== undefined && !key) throw new AppError('CONFIG_INVALID', `the environment has no ${apiKeyEnv}`)
  const upstreams: UpstreamConfig[] = [upstream.data]
  const models: ModelConfig[] = [{ name: model, upstream: 'asked', surface: 'api' }]
  return { upstreams, models, keys: new Map(key === undefined ? [] : [['asked', key]]) }
}
