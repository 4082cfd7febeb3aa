import type { Config, Secrets, UpstreamConfig } from '../base/config.ts'
import { testString } from '../screening/index.ts'
import { ModelDirectory } from './model-directory.ts'
import { openUpstream, type UpstreamDeps } from './upstreams/open-upstream.ts'
import { SandboxUpstream } from './upstreams/sandbox/index.ts'
import type { Upstream } from './upstreams/upstream.ts'

/**
 * The models and upstreams that the configuration names, and the sandbox.
 *
 * @param overrides Upstreams by id, in place of what is outside.
 * @throws {AppError} CONFIG_INVALID naming the file of an upstream that can't be used
 */
export function openModels(
  config: Pick<Config, 'upstreams' | 'models'>,
  secrets: Pick<Secrets, 'upstreamKeys'>,
  deps: UpstreamDeps,
  overrides: ReadonlyMap<string, Upstream> = new Map(),
): ModelDirectory {
  const kinds = new Map<string, UpstreamConfig['kind']>()
  const upstreams = new Map<string, Upstream>([['sandbox', new SandboxUpstream({ testString })]])
  for (const upstream of config.upstreams) {
    kinds.set(upstream.id, upstream.kind)
    upstreams.set(upstream.id, open(upstream, secrets, deps))
  }
  for (const [id, upstream] of overrides) upstreams.set(id, upstream)
  return new ModelDirectory(config.models, kinds, upstreams)
}

function open(upstream: UpstreamConfig, { upstreamKeys }: Pick<Secrets, 'upstreamKeys'>, deps: UpstreamDeps): Upstream {
  if (upstream.kind === 'sandbox') return new SandboxUpstream({ testString })
  return openUpstream(upstream, upstreamKeys.get(upstream.id), deps)
}
