import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { readOtlpHeaders, readValkeyUrl } from './operations-config.ts'
import { type ProxySettings, readProxies } from './proxies.ts'

/** What must not be logged, kept apart from the configuration. */
export interface Secrets {
  /** `postgres://…` with its password, from DATABASE_URL; null = the embedded store. */
  readonly databaseUrl: string | null
  /** Upstream id -> its API key, or with `auth: entra` the client's secret. */
  readonly upstreamKeys: ReadonlyMap<string, string>
  /** `guard` and `judge` -> API key of that guard model. */
  readonly guardKeys: ReadonlyMap<string, string>
  /** From SAFELEVEL_OIDC_CLIENT_SECRET, or the file that SAFELEVEL_OIDC_CLIENT_SECRET_FILE names. */
  readonly oidcClientSecret: string | null
  /** From SAFELEVEL_SCIM_TOKEN, or the file that SAFELEVEL_SCIM_TOKEN_FILE names. */
  readonly scimToken: string | null
  /** Id of a channel of `notify` -> its secret. */
  readonly notifySecrets: ReadonlyMap<string, string>
  /** Of the environment; a proxy's address may hold a password. */
  readonly proxies: ProxySettings
  /** Where replicas count rate limits together; null = each counts alone. */
  readonly valkeyUrl: string | null
  /** From OTEL_EXPORTER_OTLP_HEADERS. */
  readonly otlpHeaders: ReadonlyMap<string, string>
}

/** For tests and for commands that need none. */
export const NO_SECRETS: Secrets = {
  databaseUrl: null,
  upstreamKeys: new Map(),
  guardKeys: new Map(),
  oidcClientSecret: null,
  scimToken: null,
  notifySecrets: new Map(),
  proxies: {},
  valkeyUrl: null,
  otlpHeaders: new Map(),
}

/**
 * Secrets from the environment and from the files that the configuration names.
 *
 * @param base folder that those files stand relative to
 * @throws {AppError} CONFIG_INVALID naming what is missing or can't be read
 */
export function readSecrets(config: Config, env: NodeJS.ProcessEnv, base: string): Secrets {
  return {
    databaseUrl: readDatabaseUrl(env),
    upstreamKeys: readUpstreamKeys(config, env, base),
    guardKeys: readGuardKeys(config, env, base),
    oidcClientSecret: readSecret('SAFELEVEL_OIDC_CLIENT_SECRET', env),
    scimToken: readSecret('SAFELEVEL_SCIM_TOKEN', env),
    notifySecrets: readNotifySecrets(config, env, base),
    proxies: readProxies(env),
    valkeyUrl: readValkeyUrl(config.valkey.url, env),
    otlpHeaders: readOtlpHeaders(env),
  }
}

function readDatabaseUrl(env: NodeJS.ProcessEnv): string | null {
  const url = env.DATABASE_URL
  if (!url) return null
  if (!/^postgres(ql)?:\/\//.test(url)) throw new AppError('CONFIG_INVALID', 'DATABASE_URL must begin with postgres://')
  return url
}

/** By the variable itself, or by the file that the variable with _FILE names. */
function readSecret(name: string, env: NodeJS.ProcessEnv): string | null {
  const value = env[name]
  if (value) return value
  const file = env[`${name}_FILE`]
  if (!file) return null
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${name}_FILE: ${file} can't be read`, { cause })
  }
}

function readUpstreamKeys(config: Config, env: NodeJS.ProcessEnv, base: string): Map<string, string> {
  const keys = new Map<string, string>()
  for (const upstream of config.upstreams) {
    const { auth } = upstream
    const place =
      auth?.type === 'entra' ? { apiKeyEnv: auth.clientSecretEnv, apiKeyFile: auth.clientSecretFile } : upstream
    const key = readApiKey(`upstream "${upstream.id}"`, place, env, base)
    if (key !== undefined) keys.set(upstream.id, key)
  }
  return keys
}

/** The rest of a guard is checked where guards are made; here only where its key stands matters. */
const KeyPlace = z.object({ apiKeyEnv: z.string().optional(), apiKeyFile: z.string().optional() })
type KeyPlace = z.infer<typeof KeyPlace>

function readGuardKeys({ classifier }: Config, env: NodeJS.ProcessEnv, base: string): Map<string, string> {
  const keys = new Map<string, string>()
  for (const name of ['guard', 'judge'] as const) {
    const place = KeyPlace.safeParse(classifier[name] ?? {})
    if (!place.success) throw new AppError('CONFIG_INVALID', `classifier.${name}: ${z.prettifyError(place.error)}`)
    const key = readApiKey(`classifier.${name}`, place.data, env, base)
    if (key !== undefined) keys.set(name, key)
  }
  return keys
}

const SecretPlace = z.object({ id: z.string(), secretEnv: z.string().optional(), secretFile: z.string().optional() })

/** The rest of a channel is checked where channels are made. */
function readNotifySecrets({ notify }: Config, env: NodeJS.ProcessEnv, base: string): Map<string, string> {
  const secrets = new Map<string, string>()
  const channels = z.object({ channels: z.array(SecretPlace).default([]) }).safeParse(notify ?? {})
  if (!channels.success) throw new AppError('CONFIG_INVALID', `notify: ${z.prettifyError(channels.error)}`)
  for (const { id, secretEnv: apiKeyEnv, secretFile: apiKeyFile } of channels.data.channels) {
    const secret = readApiKey(`notify channel "${id}"`, { apiKeyEnv, apiKeyFile }, env, base)
    if (secret !== undefined) secrets.set(id, secret)
  }
  return secrets
}

function readApiKey(whose: string, place: KeyPlace, env: NodeJS.ProcessEnv, base: string): string | undefined {
  if (place.apiKeyEnv !== undefined) {
    const value = env[place.apiKeyEnv]
    if (!value) throw new AppError('CONFIG_INVALID', `${whose}: the environment variable ${place.apiKeyEnv} is not set`)
    return value
  }
  if (place.apiKeyFile === undefined) return undefined
  try {
    return readFileSync(resolve(base, place.apiKeyFile), 'utf8').trim()
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${whose}: ${place.apiKeyFile} can't be read`, { cause })
  }
}
