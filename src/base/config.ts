import { isIPv4 } from 'node:net'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { type ConfigText, readConfigText } from './config-file.ts'
import { resolvePaths } from './config-paths.ts'
import { ControlsConfig } from './controls-config.ts'
import { Cidr, EgressConfig, IdentityConfig, TlsConfig } from './edge-config.ts'
import { EnforcementConfig } from './enforcement-config.ts'
import { AppError } from './errors.ts'
import { IntakeConfig } from './intake-config.ts'
import { checkLedger, LedgerConfig } from './ledger-config.ts'
import { DecisionsConfig, readOtlpEndpoint, TelemetryConfig, ValkeyConfig } from './operations-config.ts'
import { RedressConfig } from './redress-config.ts'
import { RefusalConfig } from './refusal-config.ts'
import { RunbooksConfig } from './runbooks-config.ts'
import { readSecrets, type Secrets } from './secrets.ts'
import { ScreenConfig, SurfaceConfig, unknownSurfaces } from './surface-config.ts'
import { Model, Upstream } from './upstream-config.ts'

export { NO_SECRETS, type Secrets } from './secrets.ts'
export type { ModelConfig, UpstreamConfig } from './upstream-config.ts'

const Contact = z
  .string()
  .regex(
    /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+\S+)$/,
    'a URI as RFC 9116 wants it: mailto:…, https://… or tel:…',
  )

/** The schema of `safelevel.yaml`, from which its documentation is checked. */
export const ConfigFile = z.strictObject({
  dataDir: z
    .string()
    .default('./data')
    .meta({ description: 'keys, ledger and embedded database; one process at a time' }),
  keysDir: z.string().optional().meta({
    description: 'folder of the installation’s keys, the same on every replica; `keys` in dataDir when absent',
  }),
  host: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'address that both planes bind; anything but loopback needs `organisation.securityContact`' }),
  publicPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(8080)
    .meta({ description: 'data plane: gateway and public pages; 0 takes any free port' }),
  controlPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(8081)
    .meta({ description: 'control plane: console and its API; 0 takes any free port' }),
  publicUrl: z.url().optional().meta({ description: 'where the public reaches the data plane, when behind a proxy' }),
  trustedProxies: z
    .array(Cidr)
    .max(200)
    .default([])
    .meta({ description: 'reverse proxies whose word on the client’s address counts: addresses and networks' }),
  forwardedHeader: z
    .enum(['x-forwarded-for', 'forwarded'])
    .default('x-forwarded-for')
    .meta({ description: 'the one that they write themselves' }),
  tls: TlsConfig.prefault({}),
  organisation: z
    .strictObject({
      name: z.string().default('This installation').meta({ description: 'shown on the public pages' }),
      securityContact: Contact.optional().meta({ description: 'for security.txt; required when host is not loopback' }),
    })
    .prefault({}),
  upstreams: z.array(Upstream).default([]),
  models: z.array(Model).default([]),
  surfaces: z
    .record(z.string(), SurfaceConfig)
    .default({})
    .meta({ description: 'how the surfaces that models name are served, by name' }),
  egress: EgressConfig.prefault({}),
  identity: IdentityConfig.prefault({}),
  policy: z.string().optional().meta({
    description:
      'path of the acceptable use policy, which rules until two people publish one; the one that ships when absent',
  }),
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
      timeoutMs: z.int().positive().default(5_000).meta({ description: 'for the encoder’s answer, waiting included' }),
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
      mode: z.enum(['hold', 'whole', 'tail']).default('hold').meta({
        description:
          'how an answer is held until it is judged: in windows, as a whole, or not at all, which is observing',
      }),
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
        .default(8 * 1024 * 1024)
        .meta({ description: 'of a request; more is answered 413' }),
      maxCompletionBytes: z
        .int()
        .positive()
        .default(16 * 1024 * 1024)
        .meta({ description: 'of an answer of an upstream' }),
      maxDepth: z.int().positive().default(64).meta({ description: 'nesting of JSON' }),
      maxValues: z
        .int()
        .positive()
        .default(100_000)
        .meta({ description: 'members of objects and items of arrays in the JSON of a request, all together' }),
      maxTurns: z.int().positive().default(10_000).meta({ description: 'turns of a conversation' }),
      requestTimeoutMs: z
        .int()
        .positive()
        .default(600_000)
        .meta({ description: 'from the first byte of a request to the last of its answer' }),
      bodyTimeoutMs: z.int().positive().default(30_000).meta({ description: 'for a client to send headers and body' }),
      maxConcurrent: z
        .int()
        .positive()
        .default(2_000)
        .meta({ description: 'requests served at once; more are turned away at once' }),
      maxEventLoopDelayMs: z.int().min(0).default(1_000).meta({
        description: 'how late the event loop may run before requests are turned away at once; 0 = however late',
      }),
    })
    .prefault({}),
  screen: ScreenConfig.prefault({}),
  rateLimits: z
    .strictObject({
      requestsPerMinute: z
        .int()
        .positive()
        .default(600)
        .meta({ description: 'per project, unless its own says otherwise' }),
      tokensPerMinute: z
        .int()
        .positive()
        .default(400_000)
        .meta({ description: 'per project, unless its own says otherwise' }),
    })
    .prefault({}),
  decisions: DecisionsConfig.prefault({}),
  valkey: ValkeyConfig.prefault({}),
  telemetry: TelemetryConfig.prefault({}),
  enforcement: EnforcementConfig.prefault({}),
  redress: RedressConfig.prefault({}),
  refusal: RefusalConfig.prefault({}),
  controls: ControlsConfig.prefault({}),
  runbooks: RunbooksConfig.prefault({}),
  intake: IntakeConfig.prefault({}),
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
          flagged: z
            .int()
            .min(0)
            .max(3_650)
            .default(30)
            .meta({ description: 'until what was refused or flagged is deleted; 0 keeps nothing of it' }),
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
  weights: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'where weights are kept, and under which key (docs/guide/vault.md)' }),
  scaling: z.record(z.string(), z.unknown()).optional().meta({
    description: 'when models are evaluated, what must hold to train and to be served (docs/guide/scaling.md)',
  }),
  ledger: LedgerConfig.prefault({}),
  logLevel: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .meta({ description: 'logs hold no content at any level' }),
  shutdownGraceMs: z
    .int()
    .positive()
    .default(30_000)
    .meta({ description: 'how long running requests may take to end when the server stops' }),
})

/** Everything that can be set, validated, with paths made absolute. Holds no secret: it may be logged. */
export type Config = z.infer<typeof ConfigFile>

const ENV_NAMES = {
  SAFELEVEL_DATA_DIR: 'dataDir',
  SAFELEVEL_KEYS_DIR: 'keysDir',
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
  const text = readConfigText(path, env.SAFELEVEL_CONFIG !== undefined)
  const raw = { ...text.value }
  for (const [name, key] of Object.entries(ENV_NAMES)) {
    const value = env[name]
    if (value !== undefined && value !== '') raw[key] = NUMERIC_KEYS.has(key) ? Number(value) : value
  }
  const config = parseConfig(raw, text)
  if (env.OTEL_EXPORTER_OTLP_ENDPOINT) config.telemetry.otlpEndpoint = readOtlpEndpoint(env.OTEL_EXPORTER_OTLP_ENDPOINT)
  const base = dirname(resolve(path))
  config.dataDir = resolve(config.dataDir)
  resolvePaths(config, base)
  return {
    config,
    secrets: readSecrets(config, env, base),
  }
}

/**
 * Validates a configuration object; `parseConfig({})` gives the defaults.
 *
 * @param text where it was read from, so that errors name file and line
 * @throws {AppError} CONFIG_INVALID naming each bad key
 */
export function parseConfig(raw: unknown, text?: ConfigText): Config {
  const parsed = ConfigFile.safeParse(raw)
  if (!parsed.success) {
    const why = text?.explain(parsed.error) ?? z.prettifyError(parsed.error)
    throw new AppError('CONFIG_INVALID', `configuration: ${why}`)
  }
  const config = parsed.data
  checkReferences(config)
  return config
}

/** Whether only this machine can reach the address: an IP address of the loopback range, or `localhost`; never another name. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
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
  for (const name of unknownSurfaces(config)) {
    throw new AppError(
      'CONFIG_INVALID',
      `surfaces: no model has the surface "${name}"; where another gateway serves it, say external: true`,
    )
  }
  const reviser = config.refusal.revision?.model
  if (reviser !== undefined && !names.has(reviser))
    throw new AppError('CONFIG_INVALID', `refusal.revision: there is no model "${reviser}"`)
  for (const target of config.refusal.targets) {
    if ('model' in target && !names.has(target.model))
      throw new AppError('CONFIG_INVALID', `refusal.targets: there is no model "${target.model}"`)
  }
  checkLedger(config.ledger)
  const { retentionDays } = config.decisions
  if (retentionDays !== 0 && retentionDays < config.redress.appealWindowDays) {
    throw new AppError(
      'CONFIG_INVALID',
      `decisions.retentionDays is ${retentionDays}, but decisions can be contested for redress.appealWindowDays, ${config.redress.appealWindowDays} days: keep them at least as long`,
    )
  }
  if (!isLoopback(config.host) && config.organisation.securityContact === undefined) {
    throw new AppError(
      'CONFIG_INVALID',
      `organisation.securityContact is required when host is ${config.host}: strangers must know where to report (RFC 9116); for example mailto:security@example.com`,
    )
  }
}
