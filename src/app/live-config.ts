import { hash } from 'node:crypto'
import type { Config } from '../base/config.ts'
import { canonicalJson } from '../ledger/index.ts'

/** What takes effect at a reload; everything else at the next start. */
const LIVE = [
  'models',
  'upstreams',
  'rateLimits',
  'limits',
  'streaming',
  'surfaces',
  'screen',
  'logLevel',
  'notify',
  'shutdownGraceMs',
] as const
/** Parts of these that are read once, when a server begins to listen. */
const READ_ONCE: ReadonlySet<string> = new Set(['limits.bodyTimeoutMs', 'notify.privateWebhooks'])

export interface ConfigChange {
  /** What is to run from now on: the new one as far as it can take effect. */
  readonly config: Config
  /** Keys that changed and take effect, `rateLimits.requestsPerMinute`. */
  readonly changed: readonly string[]
  /** Keys that changed and wait for a restart. */
  readonly restartNeeded: readonly string[]
}

/** How a configuration that was read anew takes the place of the one that runs. */
export function planChange(running: Config, read: Config): ConfigChange {
  const all = changedKeys(running, read, '')
  const isLive = (key: string) => !READ_ONCE.has(key) && LIVE.some((live) => key === live || key.startsWith(`${live}.`))
  const live = Object.fromEntries(LIVE.map((key) => [key, read[key]]))
  const limits = { ...read.limits, bodyTimeoutMs: running.limits.bodyTimeoutMs }
  return {
    config: { ...running, ...live, limits, notify: notifyOf(running, read) },
    changed: all.filter(isLive),
    restartNeeded: all.filter((key) => !isLive(key)),
  }
}

function notifyOf(running: Config, { notify }: Config): Config['notify'] {
  if (notify === undefined) return running.notify === undefined ? undefined : { ...running.notify, channels: [] }
  return { ...notify, privateWebhooks: running.notify?.privateWebhooks ?? false }
}

/** Lists count as a whole: an upstream has no key of its own. */
function changedKeys(before: unknown, after: unknown, path: string): string[] {
  if (!isRecord(before) || !isRecord(after)) return canonical(before) === canonical(after) ? [] : [path]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .sort()
    .flatMap((name) => changedKeys(before[name], after[name], path === '' ? name : `${path}.${name}`))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function canonical(value: unknown): string {
  return value === undefined ? 'undefined' : canonicalJson(JSON.parse(JSON.stringify(value)))
}

/** SHA-256 of a configuration's canonical JSON (RFC 8785), hex: what stands on the ledger of it. */
export function configDigest(config: Config): string {
  return hash('sha256', canonical(config))
}
