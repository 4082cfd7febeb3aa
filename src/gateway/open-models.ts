import type { Config, Secrets, UpstreamConfig } from '../base/config.ts'
import { testString } from '../screening/index.ts'
import { ModelDirectory } from './model-directory.ts'
import { openLlama, openUpstream, type UpstreamDeps } from './upstreams/open-upstream.ts'
import { SandboxUpstream } from './upstreams/sandbox/index.ts'
import type { Upstream } from './upstreams/upstream.ts'

type ModelsConfig = Pick<Config, 'upstreams' | 'models'>
type Keys = Pick<Secrets, 'upstreamKeys'>

/** What is served, and how that is changed while requests run. */
export interface OpenModels {
  readonly directory: ModelDirectory
  /**
   * Opens what a new configuration names, and keeps the upstreams that it doesn't change; nothing is served otherwise yet.
   *
   * @throws {AppError} CONFIG_INVALID naming the file of an upstream that can't be used; nothing stays open
   */
  prepare(config: ModelsConfig, secrets: Keys): PreparedModels
}

/** One of the two is to be called. */
export interface PreparedModels {
  /** For requests that come from now on. @returns upstreams that nobody names any more, which running requests may still use */
  takeEffect(): Upstream[]
  /** Closes what was opened for it. */
  discard(): void
}

/**
 * The models and upstreams that the configuration names, and the sandbox.
 *
 * @param overrides Upstreams by id, in place of what is outside.
 * @throws {AppError} CONFIG_INVALID naming the file of an upstream that can't be used
 */
export function openModels(
  config: ModelsConfig,
  secrets: Keys,
  deps: UpstreamDeps,
  overrides: ReadonlyMap<string, Upstream> = new Map(),
): OpenModels {
  const sandbox = new SandboxUpstream({ testString })
  let running = openUpstreams(config, secrets, deps, new Map())
  const withFixed = (opened: ReadonlyMap<string, Opened>) =>
    new Map([['sandbox', sandbox], ...[...opened].map(([id, { upstream }]) => [id, upstream] as const), ...overrides])
  const directory = new ModelDirectory(config.models, kindsOf(config), withFixed(running))
  return {
    directory,
    prepare(next, nextSecrets) {
      const opened = openUpstreams(next, nextSecrets, deps, running)
      return {
        takeEffect() {
          running = opened
          return directory.replace(next.models, kindsOf(next), withFixed(opened))
        },
        discard: () => closeNew(opened, running),
      }
    },
  }
}

interface Opened {
  readonly upstream: Upstream
  /** Its configuration and its key: where both are the same, it goes on. */
  readonly made: string
}

function openUpstreams(
  { upstreams }: ModelsConfig,
  { upstreamKeys }: Keys,
  deps: UpstreamDeps,
  running: ReadonlyMap<string, Opened>,
): Map<string, Opened> {
  const opened = new Map<string, Opened>()
  try {
    for (const config of upstreams) {
      const made = JSON.stringify([config, upstreamKeys.get(config.id)])
      const before = running.get(config.id)
      const upstream = before?.made === made ? before.upstream : open(config, upstreamKeys.get(config.id), deps)
      opened.set(config.id, { upstream, made })
    }
  } catch (error) {
    closeNew(opened, running)
    throw error
  }
  return opened
}

function closeNew(opened: ReadonlyMap<string, Opened>, running: ReadonlyMap<string, Opened>): void {
  for (const [id, { upstream }] of opened) if (running.get(id)?.upstream !== upstream) void upstream.close()
}

function open(config: UpstreamConfig, secret: string | undefined, deps: UpstreamDeps): Upstream {
  if (config.kind === 'sandbox') return new SandboxUpstream({ testString })
  return config.kind === 'llama-cpp' ? openLlama(config, deps) : openUpstream(config, secret, deps)
}

function kindsOf({ upstreams }: ModelsConfig): ReadonlyMap<string, UpstreamConfig['kind']> {
  return new Map(upstreams.map(({ id, kind }) => [id, kind]))
}
