import { systemClock } from '../base/clock.ts'
import { loadConfig, type ModelConfig, type UpstreamConfig } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { AppError, toAppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import { Upstream } from '../base/upstream-config.ts'
import { openModels, type ServedModel } from '../gateway/index.ts'
import { type ChatApi, type ChatRequest, MAX_ANSWER_BYTES, type Reply, readReply } from '../models/evaluation/index.ts'

/** A model that is asked straight, past the gateway: what the gateway would refuse is no refusal of the model's. */
export interface AskedModel extends AsyncDisposable {
  readonly api: ChatApi
  readonly upstreamModel: string
  /** Where it is: an address, or an upstream of the configuration. Holds no key. */
  readonly server: string
  readonly send: (request: ChatRequest) => Promise<Reply>
}

export interface ModelOptions {
  readonly model: string
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  readonly api: 'openai' | 'anthropic'
}

/** @throws {AppError} MODEL_NOT_FOUND, CONFIG_INVALID, REQUEST_INVALID */
export function openAsked(options: ModelOptions, env: NodeJS.ProcessEnv): AskedModel {
  const { config, secrets } = loadConfig(env)
  const egress = new Egress(config.egress, secrets.proxies)
  const { upstreams, models, keys } =
    options.baseUrl === undefined
      ? // The runner sends again by itself, and counts what it sends.
        {
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
  const api: ChatApi =
    served.dialects.has('openai-chat') && options.api !== 'anthropic' ? 'openai-chat' : 'anthropic-messages'
  return {
    ...{ api, upstreamModel: served.upstreamModel, server: options.baseUrl ?? `upstream ${served.upstreamId}` },
    send: (request) => send(served, api, request),
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

/** Whatever happens is a reply; nothing of what a server says in its errors is repeated. */
async function send(
  { upstream, upstreamModel }: ServedModel,
  api: ChatApi,
  { path, headers, body }: ChatRequest,
): Promise<Reply> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    const answer = await upstream.send({
      dialect: api,
      path,
      headers,
      body,
      model: upstreamModel,
      stream: false,
      signal,
    })
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of answer.body) {
      size += chunk.length
      if (size > MAX_ANSWER_BYTES) return { kind: 'failed', why: 'the answer is larger than 16 MiB' }
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    return readReply(api, { status: answer.status, headers: answer.headers, body: text }, systemClock.now())
  } catch (thrown) {
    if (signal.aborted) return { kind: 'later', busy: false, why: 'no answer in time', afterMs: null }
    const { code } = toAppError(thrown)
    if (code === 'UPSTREAM_TIMEOUT') return { kind: 'later', busy: false, why: 'no answer in time', afterMs: null }
    if (code === 'UPSTREAM_UNAVAILABLE') {
      return { kind: 'later', busy: true, why: "the model's server can't be reached or broke off", afterMs: null }
    }
    throw thrown
  }
}

/** From the first byte of the question to the last of the answer. */
const ANSWER_TIMEOUT_MS = 15 * 60_000
