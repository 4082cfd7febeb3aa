import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safelevel-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function load(text: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(folder, 'safelevel.yaml')
  writeFileSync(path, text)
  return loadConfig({ SAFELEVEL_CONFIG: path, ...env })
}

describe('a configuration file that is wrong', () => {
  it.each([
    [
      'a key too many',
      'host: 127.0.0.1\nrateLimits:\n  requestPerMinute: 5\n',
      /safelevel\.yaml:3: rateLimits\.requestPerMinute: there is no such key/,
    ],
    ['a value of another type', 'publicPort: many\n', /safelevel\.yaml:1: publicPort: /],
    [
      'one of a list',
      'upstreams:\n  - id: a\n    kind: sandbox\n  - id: b\n    kind: nothing\n',
      /safelevel\.yaml:5: upstreams\.1\.kind: /,
    ],
    [
      'what is missing',
      'upstreams:\n  - id: a\n    kind: anthropic\n\nmodels:\n  - upstream: a\n',
      /safelevel\.yaml:6: models\.0\.name: /,
    ],
    ['two at once', 'publicPort: many\ncontrolPort: -1\n', /:1: publicPort: [\s\S]*:2: controlPort: /],
    ['no YAML', 'models:\n  - name: [\n', /not valid YAML: [\s\S]*line [23]/],
    ['no mapping', '- 1\n', /not a mapping/],
  ])('is told by line and key: %s', (_, text, message) => {
    expect(() => load(text)).toThrow(message)
  })
})

describe('secrets of the environment', () => {
  it('take the address of Valkey with its password, which the file may not hold', () => {
    expect(load('valkey: { url: "valkey://v:6379" }').secrets.valkeyUrl).toBe('valkey://v:6379')
    expect(load('', { VALKEY_URL: 'rediss://:secret@v:6380/1' }).secrets.valkeyUrl).toBe('rediss://:secret@v:6380/1')
    expect(() => load('valkey: { url: "valkey://:hunter2@v:6379" }')).toThrow(/VALKEY_URL/)
    expect(() => load('valkey: { url: "valkey://:hunter2@v:6379" }')).not.toThrow(/hunter2/)
    expect(() => load('', { VALKEY_URL: 'http://hunter2' })).toThrow(/VALKEY_URL must be/)
    expect(() => load('', { VALKEY_URL: 'http://hunter2' })).not.toThrow(/hunter2/)
  })

  it('take headers for the collector as OpenTelemetry writes them', () => {
    const { secrets, config } = load('', {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc, x-team = a=b',
    })
    expect(config.telemetry.otlpEndpoint).toBe('http://collector:4318')
    expect([...secrets.otlpHeaders]).toEqual([
      ['authorization', 'Bearer abc'],
      ['x-team', 'a=b'],
    ])
    expect(() => load('', { OTEL_EXPORTER_OTLP_HEADERS: 'secret' })).toThrow(/name=value/)
    expect(() => load('', { OTEL_EXPORTER_OTLP_HEADERS: 'secret' })).not.toThrow(/secret/)
  })

  it('keep decisions as long as they can be contested', () => {
    expect(() => load('decisions: { retentionDays: 30 }')).toThrow(/at least as long/)
    expect(load('decisions: { retentionDays: 0 }').config.decisions.retentionDays).toBe(0)
  })
})
