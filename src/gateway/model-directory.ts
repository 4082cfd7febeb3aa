import type { ModelConfig, UpstreamConfig } from '../base/config.ts'
import type { DialectId } from './dialects/dialect.ts'
import type { Upstream } from './upstreams/upstream.ts'

/** A model that customers can name. */
export interface ServedModel {
  readonly name: string
  readonly surface: string
  readonly upstream: Upstream
  readonly upstreamId: string
  /** What the upstream calls it. */
  readonly upstreamModel: string
  readonly dialects: ReadonlySet<DialectId>
  /** The built-in fixture: it is not a real model and is labelled so wherever it is listed. */
  readonly sandbox: boolean
}

export const SANDBOX_MODEL = 'sandbox-1'

const OPENAI = ['openai-chat', 'openai-responses', 'openai-completions', 'openai-embeddings'] as const
const ANTHROPIC = ['anthropic-messages', 'anthropic-count-tokens'] as const
const DIALECTS_OF: Readonly<Record<UpstreamConfig['kind'], readonly DialectId[]>> = {
  'openai-compatible': OPENAI,
  anthropic: ANTHROPIC,
  'azure-openai': OPENAI,
  bedrock: ['anthropic-messages'],
  vertex: ANTHROPIC,
  'llama-cpp': ['openai-chat', 'openai-completions'],
  sandbox: [...OPENAI, ...ANTHROPIC],
}

/** Which models are served, and by whom. The sandbox is always there. */
export class ModelDirectory {
  #models: ReadonlyMap<string, ServedModel>
  #upstreams: ReadonlyMap<string, Upstream>

  /** `upstreams` by id, `sandbox` among them; the configuration was checked to name only these. */
  constructor(
    models: readonly ModelConfig[],
    kinds: ReadonlyMap<string, UpstreamConfig['kind']>,
    upstreams: ReadonlyMap<string, Upstream>,
  ) {
    this.#upstreams = upstreams
    this.#models = servedOf(models, kinds, upstreams)
  }

  get(name: string): ServedModel | undefined {
    return this.#models.get(name)
  }

  list(): ServedModel[] {
    return [...this.#models.values()]
  }

  /** The upstreams by id, `sandbox` among them. */
  upstreams(): ReadonlyMap<string, Upstream> {
    return this.#upstreams
  }

  async close(): Promise<void> {
    await Promise.all([...this.#upstreams.values()].map((upstream) => upstream.close()))
  }

  /**
   * Serves these from the next request on; who has a model goes on with it.
   *
   * @returns upstreams that are no longer named: to be closed once nobody uses them
   */
  replace(
    models: readonly ModelConfig[],
    kinds: ReadonlyMap<string, UpstreamConfig['kind']>,
    upstreams: ReadonlyMap<string, Upstream>,
  ): Upstream[] {
    const kept = new Set(upstreams.values())
    const gone = [...this.#upstreams.values()].filter((upstream) => !kept.has(upstream))
    this.#models = servedOf(models, kinds, upstreams)
    this.#upstreams = upstreams
    return gone
  }
}

function servedOf(
  models: readonly ModelConfig[],
  kinds: ReadonlyMap<string, UpstreamConfig['kind']>,
  upstreams: ReadonlyMap<string, Upstream>,
): Map<string, ServedModel> {
  const served = new Map<string, ServedModel>()
  const add = (model: ModelConfig, kind: UpstreamConfig['kind']) => {
    const upstream = upstreams.get(model.upstream)
    if (upstream === undefined) return
    const { name, surface } = model
    served.set(name, {
      name,
      surface,
      upstream,
      upstreamId: model.upstream,
      upstreamModel: model.upstreamModel ?? name,
      dialects: new Set(DIALECTS_OF[kind]),
      sandbox: kind === 'sandbox',
    })
  }
  add({ name: SANDBOX_MODEL, upstream: 'sandbox', surface: 'api' }, 'sandbox')
  for (const model of models) add(model, kinds.get(model.upstream) ?? 'sandbox')
  return served
}
