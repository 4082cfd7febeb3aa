import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { configKeys } from '../../docs/reference/configuration.ts'
import { ConfigFile, parseConfig } from '../../src/base/config.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const EXAMPLE = read('safelevel.example.yaml')

interface Key {
  readonly path: string
  readonly default: unknown
}
interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>
  readonly items?: JsonSchema
  readonly default?: unknown
}

/** Every key of the schema as a dotted path, lists as `upstreams[]`. */
function keysOf(schema: JsonSchema, prefix = ''): Key[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`
    const inner = property.items?.properties ? keysOf(property.items, `${path}[].`) : keysOf(property, `${path}.`)
    return inner.length > 0 ? inner : [{ path, default: property.default }]
  })
}
const KEYS = keysOf(z.toJSONSchema(ConfigFile, { io: 'input' }) as JsonSchema)

/** Every path that a parsed YAML value uses. */
function pathsOf(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${prefix}[]`))
  if (typeof value !== 'object' || value === null) return [prefix]
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, prefix === '' ? key : `${prefix}.${key}`))
}

/** What a guard takes is its kind's affair, and what staff and review take is those rooms': checked there. */
const LOOSE_KEY =
  /^(classifier\.(?:guard|judge)|refusal\.targets\[\]|staff|review|notify|scaling|weights|upstreams\[\]\.auth|identity\.issuers\[\]\.(?:organisation|project)|surfaces)\..*/

/** What can't stand beside what the example shows stands there in a comment. */
const COMMENTED_OUT = [
  'upstreams[].apiKeyEnv',
  ...KEYS.map(({ path }) => path).filter((path) => path === 'keysDir' || path.startsWith('ledger.tiles.')),
]

describe('safelevel.example.yaml', () => {
  it('is valid', () => {
    expect(parseConfig(parse(EXAMPLE)).organisation.name).toBe('Example Research')
  })

  it('names every key that there is', () => {
    const named = new Set([
      ...pathsOf(parse(EXAMPLE)).map((path) => path.replace(LOOSE_KEY, '$1').replace(/\[\]$/, '')),
      ...COMMENTED_OUT.filter((path) => new RegExp(`^ *# +${path.split('.').at(-1)}: `, 'm').test(EXAMPLE)),
    ])
    expect([...named].sort()).toEqual(KEYS.map((key) => key.path).sort())
  })

  it('shows the real defaults', () => {
    const shown = parse(EXAMPLE)
    const freely =
      /^(enforcement\.restrictModels|classifier\.(guard|judge|workers)|organisation|upstreams|models|surfaces|identity|intake\.(scope|reward|pgpKey)|egress|trustedProxies|tls\.(public|control)|publicUrl|staff|review|notify|scaling|weights|valkey\.url|refusal\.(targets|revision\.model)|controls\.overlays|runbooks\.folder|telemetry\.otlpEndpoint|policy$|keysDir|ledger\.(origin|policy|tiles))/
    for (const { path, default: expected } of KEYS.filter((key) => !freely.test(key.path))) {
      const value = path.split('.').reduce((at, name) => at?.[name], shown)
      expect([path, value]).toEqual([path, expected])
    }
  })
})

describe('what is said of each key', () => {
  it('are words, its own or of the group that it stands in', () => {
    expect(configKeys().filter(({ words }) => words === '')).toEqual([])
  })

  it('covers what the rooms read by themselves', () => {
    const paths = configKeys().map(({ path }) => path)
    for (const { path } of KEYS.filter((key) => !/^(staff|review|notify|scaling|weights|surfaces)$/.test(key.path)))
      expect(paths).toContain(path)
    for (const path of ['staff.oidc.issuer', 'review.slaMs.high', 'weights.access.grantHours', 'surfaces.NAME.mode'])
      expect(paths).toContain(path)
  })
})
