import { z } from 'zod'
import { AppError } from './errors.ts'

/** The view over decisions. */
export const DecisionsConfig = z.strictObject({
  retentionDays: z
    .int()
    .min(0)
    .max(3_650)
    .default(400)
    .meta({ description: 'that a decision can be searched, 0 = for ever; the ledger keeps it either way' }),
})

/** Where replicas count rate limits together. */
export const ValkeyConfig = z.strictObject({
  url: z
    .string()
    .regex(/^(valkey|redis)s?:\/\/\S+$/, 'valkey://host:6379, redis://…, or valkeys:// and rediss:// with TLS')
    .optional()
    .meta({ description: 'Valkey or Redis that replicas count rate limits in; with a password only as VALKEY_URL' }),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9:_-]{1,64}$/)
    .default('safelevel')
    .meta({ description: 'begins every key, so that several installations can share one server' }),
  replicas: z
    .int()
    .min(1)
    .max(1_000)
    .default(2)
    .meta({ description: 'among how many limits are divided while the server is away and none was counted yet' }),
})

/** Traces, without content. */
export const TelemetryConfig = z.strictObject({
  otlpEndpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'OTLP over HTTP, up to and without /v1/traces: http://127.0.0.1:4318; none: no traces' }),
  sampleRatio: z.number().min(0).max(1).default(0.1).meta({ description: 'part of the requests that are traced' }),
  serviceName: z.string().min(1).max(128).default('safelevel').meta({ description: '`service.name` of the traces' }),
})

/** Address with its password, from VALKEY_URL or the configuration. */
export function readValkeyUrl(url: string | undefined, env: NodeJS.ProcessEnv): string | null {
  const given = env.VALKEY_URL
  if (given) {
    if (!ValkeyConfig.shape.url.safeParse(given).success || !URL.canParse(given))
      throw new AppError('CONFIG_INVALID', 'VALKEY_URL must be an address such as valkey://:password@host:6379')
    return given
  }
  if (url === undefined) return null
  if (!URL.canParse(url)) throw new AppError('CONFIG_INVALID', 'valkey.url is no address')
  if (new URL(url).password !== '')
    throw new AppError('CONFIG_INVALID', 'valkey.url holds a password: give the whole address as VALKEY_URL instead')
  return url
}

/** @throws {AppError} CONFIG_INVALID */
export function readOtlpEndpoint(text: string): string {
  if (TelemetryConfig.shape.otlpEndpoint.safeParse(text).success) return text
  throw new AppError('CONFIG_INVALID', 'OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318')
}

/** `name=value,name=value`, percent-encoded, as OTEL_EXPORTER_OTLP_HEADERS has them: often a token of the receiver's. */
export function readOtlpHeaders(env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const pair of (env.OTEL_EXPORTER_OTLP_HEADERS ?? '').split(',')) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(0, at)).trim()
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      throw new AppError(
        'CONFIG_INVALID',
        'OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs with commas between them',
      )
    headers.set(name.toLowerCase(), decode(pair.slice(at + 1).trim()))
  }
  return headers
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
