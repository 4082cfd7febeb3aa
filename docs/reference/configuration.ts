import { z } from 'zod'
import { ConfigFile } from '../../src/base/config.ts'
import { SurfaceConfig } from '../../src/base/surface-config.ts'
import { ResponseConfig } from '../../src/models/response/index.ts'
import { NotifyConfig } from '../../src/notify/index.ts'
import { ReviewConfig } from '../../src/review/index.ts'
import { StaffConfig } from '../../src/staff/index.ts'
import { AccessConfig } from '../../src/weights/access/index.ts'
import { InsiderConfig } from '../../src/weights/insider/index.ts'
import { VaultConfig } from '../../src/weights/vault/index.ts'
import { page, table } from './markdown.ts'

const ABOUT =
  'Every key of `safelevel.yaml`. [configuration.md](../configuration.md) says how it is read and what the environment says; [safelevel.example.yaml](../../../safelevel.example.yaml) shows every key in its place. A key without a default may be left out unless it is *required* of the entry that it stands in.'

/** Titles by the keys that they begin, and where to read on. */
const GROUPS: readonly (readonly [string, string | null, readonly string[]])[] = [
  [
    'Where it runs',
    'doors.md',
    [
      ...['dataDir', 'keysDir', 'host', 'publicPort', 'controlPort', 'publicUrl', 'trustedProxies', 'forwardedHeader'],
      ...['tls', 'logLevel', 'shutdownGraceMs'],
    ],
  ],
  ['Who runs it', null, ['organisation']],
  ['Models and where they run', 'upstreams.md', ['upstreams', 'models', 'surfaces', 'egress']],
  ['Tokens in place of keys', 'identity.md', ['identity']],
  ['What judges', 'classifiers.md', ['classifier', 'canaries']],
  ['Policy and streams', 'streaming.md', ['policy', 'streaming']],
  ['Limits', 'overload.md', ['limits', 'screen', 'rateLimits']],
  ['Replicas, traces, searching', 'operations.md', ['valkey', 'telemetry', 'decisions']],
  ['What misuse leads to', 'enforcement.md', ['enforcement']],
  ['What is kept of what was said', 'content.md', ['content']],
  ['What customers are owed', 'appeals.md', ['redress']],
  ['Cases for people', 'review.md', ['review']],
  ['What is reported', 'reports.md', ['intake']],
  ['Who works here', 'staff.md', ['staff']],
  ['Who outside hears of what', 'notify.md', ['notify']],
  ['Models: evaluations, training, releases', 'scaling.md', ['scaling']],
  ['How models refuse', 'refusal-evaluation.md', ['refusal']],
  ['Weights', 'vault.md', ['weights']],
  ['Which commitments count', 'controls.md', ['controls']],
  ['When something happens', 'runbooks.md', ['runbooks']],
  ['The ledger', 'witnesses.md', ['ledger']],
]

interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly format?: string
}

/** One key: where it stands, what it takes, and what is said of it. */
export interface ConfigKey {
  readonly path: string
  readonly takes: string
  readonly default: unknown
  readonly required: boolean
  /** Its own words, or those of what it stands in; empty where nobody wrote any. */
  readonly words: string
}

/** Every key of the configuration, also those that rooms read by themselves; lists as `upstreams[]`. */
export function configKeys(): ConfigKey[] {
  return keysOf({ properties: { ...schemaOf(ConfigFile).properties, ...roomsOwn() } }, '', '')
}

/** What the rooms read by themselves: the file takes any of it, and they say what is wrong. */
function roomsOwn(): Readonly<Record<string, JsonSchema>> {
  const vault = schemaOf(VaultConfig)
  return {
    surfaces: { additionalProperties: schemaOf(SurfaceConfig) },
    scaling: schemaOf(ResponseConfig),
    notify: schemaOf(NotifyConfig),
    review: schemaOf(ReviewConfig),
    staff: schemaOf(StaffConfig),
    weights: {
      ...vault,
      properties: { ...vault.properties, access: schemaOf(AccessConfig), insider: schemaOf(InsiderConfig) },
    },
  }
}

/** docs/guide/reference/configuration.md */
export function configurationPage(): string {
  const keys = configKeys()
  const chapters = GROUPS.map(([title, read, begins]) => {
    const rows = keys
      .filter(({ path }) => begins.includes(path.split(/[.[]/)[0] ?? ''))
      .map((key) => [`\`${key.path}\``, key.takes, defaultOf(key), key.words])
    const more = read === null ? '' : `\n\nMore: [${read}](../${read}).`
    return `## ${title}${more}\n\n${table(['key', 'takes', 'default', 'what it is'], rows)}`
  })
  const grouped = new Set(GROUPS.flatMap(([, , begins]) => begins))
  const lost = keys.filter(({ path }) => !grouped.has(path.split(/[.[]/)[0] ?? ''))
  if (lost.length > 0) throw new Error(`in no group: ${lost.map(({ path }) => path).join(', ')}`)
  return page('Configuration keys', ABOUT, chapters)
}

/** What has an id of its own stands among the definitions: put back where it is used. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $defs = {}, ...made } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' }) as JsonSchema
  const named = (_: string, value: JsonSchema | undefined) =>
    typeof value?.$ref === 'string' ? { ...$defs[value.$ref.slice('#/$defs/'.length)], ...value } : value
  return JSON.parse(JSON.stringify(made, named))
}

function keysOf({ properties = {}, required = [], ...group }: JsonSchema, prefix: string, words: string): ConfigKey[] {
  const given = new Map(Object.entries(isObject(group.default) ? group.default : {}))
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`
    const own = schema.description ?? words
    const inner = innerOf(schema, path)
    if (inner !== null) return keysOf(inner.schema, inner.prefix, own)
    const usual = schema.default ?? given.get(name)
    return [{ path, takes: takes(schema), default: usual, required: required.includes(name), words: own }]
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The keys within a key: of a group, of the entries of a list, or of entries by name. */
function innerOf(schema: JsonSchema, path: string): { schema: JsonSchema; prefix: string } | null {
  if (schema.properties !== undefined) return { schema, prefix: `${path}.` }
  if (schema.items?.properties !== undefined) return { schema: schema.items, prefix: `${path}[].` }
  const { additionalProperties: entry } = schema
  if (typeof entry === 'object' && entry.properties !== undefined) return { schema: entry, prefix: `${path}.NAME.` }
  return null
}

function takes(schema: JsonSchema): string {
  const kinds = schema.oneOf ?? schema.anyOf
  if (kinds !== undefined) return kinds.map(kindOf).join(' or ')
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'anything' : takes(schema.items)}${schema.maxItems === undefined ? '' : `, at most ${schema.maxItems}`}`
  if (schema.type === 'integer' || schema.type === 'number') return numberWords(schema)
  if (schema.type === 'boolean') return '`true` or `false`'
  if (schema.type === 'string') return schema.format === 'uri' ? 'address' : 'text'
  return 'keys with values'
}

/** An object among several is known by its first fixed field: `type: s3`. */
function kindOf(schema: JsonSchema): string {
  if (schema.required?.length === 1 && schema.properties !== undefined) return `\`{ ${schema.required[0]}: … }\``
  const fixed = Object.entries(schema.properties ?? {}).find(([, { const: value }]) => value !== undefined)
  return fixed === undefined ? takes(schema) : `\`${fixed[0]}: ${String(fixed[1].const)}\``
}

function numberWords({ type, minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const what = type === 'integer' ? 'whole number' : 'number'
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? null : minimum
  const above = exclusiveMinimum === undefined ? null : exclusiveMinimum
  if (least !== null && most !== null) return `${what}, ${least} to ${most}`
  if (above !== null) return `${what} above ${above}${most === null ? '' : `, at most ${most}`}`
  if (least !== null) return `${what} from ${least}`
  return most === null ? what : `${what}, at most ${most}`
}

function defaultOf({ default: value, required }: ConfigKey): string {
  if (value === undefined) return required ? 'required' : ''
  if (Array.isArray(value) && value.length === 0) return 'none'
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
