import { existsSync, readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { EnforcementConfig } from './enforcement-config.ts'
import { AppError } from './errors.ts'
import { RedressConfig } from './redress-config.ts'

const Upstream = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    kind: z.enum(['openai-compatible', 'anthropic', 'sandbox']).meta({ description: 'wire format that it speaks' }),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ description: 'up to and without `/v1`: https://api.openai.com' }),
    apiKeyEnv: z.string().optional().meta({ description: 'name of the environment variable that holds its key' }),
    apiKeyFile: z.string().optional().meta({ description: 'file that holds its key' }),
    connectTimeoutMs: z.int().positive().default(10_000),
    firstByteTimeoutMs: z.int().positive().default(120_000),
    idleTimeoutMs: z.int().positive().default(60_000).meta({ description: 'longest silence within an answer' }),
    maxConnections: z.int().positive().default(256),
    retries: z
      .int()
      .min(0)
      .max(5)
      .default(2)
      .meta({ description: 'on connection failure, 429 and 503, before anything was released' }),
  })
  .refine((u) => u.kind === 'sandbox' || u.baseUrl !== undefined, 'baseUrl is required')
export type UpstreamConfig = z.infer<typeof Upstream>

const Model = z.strictObject({
  name: z.string().min(1).meta({ description: 'the name that customers send' }),
  upstream: z.string().meta({ description: 'id of an upstream' }),
  surface: z.string().default('api'),
})
export type ModelConfig = z.infer<typeof Model>

const Contact = z
  .string()
  .regex(
    /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+\S+)$/,
    'a URI as RFC 9116 wants it: mailto:…, https://… or tel:…',
  )

/** The schema of `safelevel.yaml`, from which its documentation is checked. */
export const ConfigFile = z.strictObject({
  dataDir: z.string().default('./data'),
  host: z.string().default('127.0.0.1').meta({ description: 'address that both planes bind' }),
  publicPort: z.int().min(0).max(65_535).default(8080),
  controlPort: z.int().min(0).max(65_535).default(8081),
  publicUrl: z.url().optional().meta({ description: 'where the public reaches the data plane, when behind a proxy' }),
  organisation: z
    .strictObject({
      name: z.string().default('This installation'),
      securityContact: Contact.optional().meta({ description: 'for security.txt; required when host is not loopback' }),
    })
    .prefault({}),
  upstreams: z.array(Upstream).default([]),
  models: z.array(Model).default([]),
  policy: z
    .string()
    .optional()
    .meta({ description: 'path of the acceptable use policy; the built-in one when absent' }),
  classifier: z
    .strictObject({
      mode: z.enum(['cascade', 'screen', 'encoder']).default('cascade').meta({
        description:
          '`screen` alone is fastest; `encoder` reads everything; `cascade` what the screen leaves uncertain',
      }),
      bandShift: z
        .number()
        .min(-20)
        .max(0)
        .default(-3)
        .meta({ description: 'how far below the screen’s thresholds, in log odds, the encoder is asked already' }),
      workers: z
        .int()
        .min(1)
        .max(64)
        .optional()
        .meta({ description: 'encoder processes; one per spare core, at most 2, when absent' }),
      maxQueue: z.int().positive().default(256).meta({ description: 'windows that may wait for the encoder' }),
      timeoutMs: z.int().positive().default(5_000),
      fallback: z.enum(['screen', 'none']).default('screen').meta({
        description:
          'while the encoder fails: the screen’s scores, marked degraded, or none, so that the policy decides',
      }),
      guard: z.record(z.string(), z.unknown()).optional().meta({
        description:
          'a guard model that judges everything; the built-in fills in and stands in for it (docs/guide/classifiers.md)',
      }),
      judge: z
        .record(z.string(), z.unknown())
        .optional()
        .meta({ description: 'a guard model that the cascade asks where it is in doubt' }),
      judgeShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.03)
        .meta({ description: 'most of all requests that the judge may get' }),
    })
    .prefault({}),
  streaming: z
    .strictObject({
      mode: z.enum(['hold', 'whole', 'tail']).default('hold'),
      windowChars: z.int().min(16).max(16_384).default(64).meta({ description: 'new characters judged at a time' }),
      holdBackChars: z
        .int()
        .min(96)
        .max(16_384)
        .default(192)
        .meta({ description: 'judged characters kept back: a harmful span up to this long never leaves in part' }),
      overlapChars: z
        .int()
        .min(96)
        .max(16_384)
        .default(512)
        .meta({ description: 'characters before the new ones that are judged with them' }),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxBodyBytes: z
        .int()
        .positive()
        .default(8 * 1024 * 1024),
      maxCompletionBytes: z
        .int()
        .positive()
        .default(16 * 1024 * 1024),
      maxDepth: z.int().positive().default(64).meta({ description: 'nesting of JSON' }),
      maxTurns: z.int().positive().default(10_000),
      requestTimeoutMs: z.int().positive().default(600_000),
      bodyTimeoutMs: z.int().positive().default(30_000),
      maxConcurrent: z.int().positive().default(2_000),
    })
    .prefault({}),
  rateLimits: z
    .strictObject({
      requestsPerMinute: z
        .int()
        .positive()
        .default(600)
        .meta({ description: 'per project, unless its own says otherwise' }),
      tokensPerMinute: z.int().positive().default(400_000),
    })
    .prefault({}),
  enforcement: EnforcementConfig.prefault({}),
  redress: RedressConfig.prefault({}),
  staff: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'who works here: sign-in, identity provider, dates (docs/guide/staff.md)' }),
  content: z
    .strictObject({
      keep: z.enum(['flagged', 'all', 'none']).default('flagged').meta({
        description: 'of what was said: exchanges in which something was refused or flagged, all, or nothing',
      }),
      retentionDays: z
        .strictObject({
          flagged: z.int().min(0).max(3_650).default(30),
          other: z.int().min(0).max(3_650).default(7).meta({ description: 'with `keep: all`' }),
          restricted: z
            .int()
            .min(0)
            .max(3_650)
            .default(365)
            .meta({ description: 'suspected sexual abuse of children, preserved for whoever must report it' }),
        })
        .prefault({}),
    })
    .prefault({}),
  notify: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'who outside hears of what happens (docs/guide/notify.md)' }),
  canaries: z
    .strictObject({
      intervalSeconds: z
        .int()
        .min(0)
        .max(86_400)
        .default(300)
        .meta({ description: 'between two coverage canaries of each surface and API; 0 sends none' }),
    })
    .prefault({}),
  review: z.record(z.string(), z.unknown()).optional().meta({
    description: 'cases for people: what opens one, deadlines, second readers, exposure (docs/guide/review.md)',
  }),
  ledger: z
    .strictObject({
      origin: z
        .string()
        .regex(/^[^\s+]+$/)
        .optional()
        .meta({ description: 'name of the log; made at first start when absent' }),
      checkpointIntervalMs: z.int().min(10).max(1_000).default(250),
    })
    .prefault({}),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  shutdownGraceMs: z.int().positive().default(30_000),
})

/** Everything that can be set, validated, with paths made absolute. Holds no secret: it may be logged. */
export type Config = z.infer<typeof ConfigFile>

/** What must not be logged, kept apart from the configuration. */
export interface Secrets {
  /** `postgres://…` with its password, from DATABASE_URL; null = the embedded store. */
  readonly databaseUrl: string | null
  /** Upstream id -> API key. */
  readonly upstreamKeys: ReadonlyMap<string, string>
  /** `guard` and `judge` -> API key of that guard model. */
  readonly guardKeys: ReadonlyMap<string, string>
  /** From SAFELEVEL_OIDC_CLIENT_SECRET, or the file that SAFELEVEL_OIDC_CLIENT_SECRET_FILE names. */
  readonly oidcClientSecret: string | null
  /** From SAFELEVEL_SCIM_TOKEN, or the file that SAFELEVEL_SCIM_TOKEN_FILE names. */
  readonly scimToken: string | null
  /** Id of a channel of `notify` -> its secret. */
  readonly notifySecrets: ReadonlyMap<string, string>
}

/** For tests and for commands that need none. */
export const NO_SECRETS: Secrets = {
  databaseUrl: null,
  upstreamKeys: new Map(),
  guardKeys: new Map(),
  oidcClientSecret: null,
  scimToken: null,
  notifySecrets: new Map(),
}

const ENV_NAMES = {
  SAFELEVEL_DATA_DIR: 'dataDir',
  SAFELEVEL_PUBLIC_PORT: 'publicPort',
  SAFELEVEL_CONTROL_PORT: 'controlPort',
  SAFELEVEL_HOST: 'host',
  SAFELEVEL_LOG_LEVEL: 'logLevel',
} as const
const NUMERIC_KEYS: ReadonlySet<string> = new Set(['publicPort', 'controlPort'])

/**
 * Reads `safelevel.yaml` and the environment once; the environment wins.
 *
 * @throws {AppError} CONFIG_INVALID naming each bad key.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): { config: Config; secrets: Secrets } {
  const path = env.SAFELEVEL_CONFIG ?? 'safelevel.yaml'
  const raw = readConfigFile(path, env.SAFELEVEL_CONFIG !== undefined)
  for (const [name, key] of Object.entries(ENV_NAMES)) {
    const value = env[name]
    if (value !== undefined && value !== '') raw[key] = NUMERIC_KEYS.has(key) ? Number(value) : value
  }
  const config = parseConfig(raw)
  const base = dirname(resolve(path))
  config.dataDir = resolve(config.dataDir)
  if (config.policy !== undefined) config.policy = resolve(base, config.policy)
  return {
    config,
    secrets: {
      databaseUrl: readDatabaseUrl(env),
      upstreamKeys: readUpstreamKeys(config, env, base),
      guardKeys: readGuardKeys(config, env, base),
      oidcClientSecret: readSecret('SAFELEVEL_OIDC_CLIENT_SECRET', env),
      scimToken: readSecret('SAFELEVEL_SCIM_TOKEN', env),
      notifySecrets: readNotifySecrets(config, env, base),
    },
  }
}

/** Validates a configuration object; `parseConfig({})` gives the defaults. */
export function parseConfig(raw: unknown): Config {
  const parsed = ConfigFile.safeParse(raw)
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `configuration: ${z.prettifyError(parsed.error)}`)
  const config = parsed.data
  checkReferences(config)
  return config
}

/** Whether only this machine can reach the address: an IP address of the loopback range, or `localhost`; never another name. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

function readConfigFile(path: string, required: boolean): Record<string, unknown> {
  if (!existsSync(path)) {
    if (required) throw new AppError('CONFIG_INVALID', `there is no configuration file at ${path} (SAFELEVEL_CONFIG)`)
    return {}
  }
  try {
    const value: unknown = parse(readFileSync(path, 'utf8')) ?? {}
    return z.record(z.string(), z.unknown()).parse(value)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'not a mapping'
    throw new AppError('CONFIG_INVALID', `${path} is not valid YAML: ${why}`, { cause })
  }
}

/** Names that point at nothing are found at start, not at the first request. */
function checkReferences(config: Config): void {
  const ids = new Set(['sandbox'])
  for (const upstream of config.upstreams) {
    if (ids.has(upstream.id))
      throw new AppError('CONFIG_INVALID', `upstreams: the id "${upstream.id}" stands twice or is reserved`)
    ids.add(upstream.id)
  }
  const names = new Set<string>()
  for (const model of config.models) {
    if (names.has(model.name)) throw new AppError('CONFIG_INVALID', `models: "${model.name}" stands twice`)
    if (!ids.has(model.upstream))
      throw new AppError('CONFIG_INVALID', `models: "${model.name}" names the unknown upstream "${model.upstream}"`)
    names.add(model.name)
  }
  if (!isLoopback(config.host) && config.organisation.securityContact === undefined) {
    throw new AppError(
      'CONFIG_INVALID',
      `organisation.securityContact is required when host is ${config.host}: strangers must know where to report (RFC 9116); for example mailto:security@example.com`,
    )
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
    const key = readApiKey(`upstream "${upstream.id}"`, upstream, env, base)
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
