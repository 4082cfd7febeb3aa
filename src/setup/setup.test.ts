import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../base/config.ts'
import { writeFirstConfig } from './init.ts'
import { PRESETS, renderConfig, UPSTREAMS, type UpstreamName, type Wishes } from './presets.ts'
import { sizeOf, type Traffic } from './size.ts'

const dir = mkdtempSync(join(tmpdir(), 'safelevel-init-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const wishes = (more: Partial<Wishes> = {}): Wishes => ({
  preset: 'small-team',
  organisation: 'Acme',
  contact: 'mailto:security@acme.example',
  publicUrl: 'https://ai.acme.example',
  upstream: 'none',
  upstreamUrl: null,
  model: null,
  observe: false,
  ...more,
})
const configOf = (more: Partial<Wishes>) => parseConfig(parse(renderConfig(wishes(more))))

describe('a first configuration', () => {
  const upstreams = Object.keys(UPSTREAMS) as UpstreamName[]
  it.each(PRESETS.flatMap((preset) => upstreams.map((upstream) => [preset, upstream] as const)))(
    'is valid for %s with %s, with a model exactly where there is a server',
    (preset, upstream) => {
      for (const observe of [false, true]) {
        for (const contact of ['mailto:security@acme.example', null]) {
          const config = configOf({
            preset,
            upstream,
            observe,
            contact,
            publicUrl: contact === null ? null : 'https://a.example',
          })
          expect(config.models).toHaveLength(upstream === 'none' ? 0 : 1)
          expect(config.surfaces.api?.mode).toBe(observe ? 'observe' : undefined)
          // Nobody else can reach what strangers could not report about.
          expect(config.host === '127.0.0.1' || contact !== null).toBe(true)
        }
      }
    },
  )

  it('shares one ledger among the replicas of a platform only', () => {
    expect(PRESETS.map((preset) => configOf({ preset }).ledger.shared)).toEqual([false, false, true])
  })

  it('takes what somebody typed as a value, whatever it looks like', () => {
    const organisation = 'Acme\nhost: 0.0.0.0 # "\'}'
    const config = configOf({ organisation, upstream: 'ollama', model: 'm: {a: b}\n- x' })
    expect([config.organisation.name, config.host, config.models[0]?.name]).toEqual([
      organisation,
      '127.0.0.1',
      'm: {a: b}\n- x',
    ])
  })

  it('is written once, and never over one that is there', async () => {
    const path = join(dir, 'new', 'safelevel.yaml')
    await writeFirstConfig(path, wishes())
    await expect(writeFirstConfig(path, wishes({ organisation: 'Other' }))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readFileSync(path, 'utf8')).toContain('"Acme"')
  })

  it('is not written when a server would refuse it', async () => {
    const path = join(dir, 'bad.yaml')
    await expect(writeFirstConfig(path, wishes({ contact: 'security' }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    expect(() => readFileSync(path)).toThrow(/ENOENT/)
  })
})

describe('what traffic takes', () => {
  const { streaming } = parseConfig({})
  const traffic: Traffic = {
    requestsPerSecond: 10,
    promptTokens: 500,
    completionTokens: 320,
    modelTokensPerSecond: 50,
    streamedShare: 1,
    uncertainShare: 0.1,
    keptShare: 0,
    corePrice: null,
  }
  // 1 ms for each judgement of the screen, 10 ms of the encoder, whatever the length.
  const measured = {
    cores: 4,
    screen: { fixedMs: 1, msPerChar: 0 },
    encoder: { fixedMs: 10, msPerChar: 0 },
    ledgerPerSecond: 1_000,
    ledgerBytes: 1_000,
  }

  it('judges a prompt once and a streamed answer once for each window', () => {
    const sizing = sizeOf(traffic, measured, streaming)
    // 1,280 characters in windows of 64 are 20; each judgement takes 1 + 0.1 * 10 ms.
    expect(sizing.screeningMs).toBeCloseTo((1 + 20) * 2)
    expect(sizing.cores).toBeCloseTo(0.43)
    expect([sizing.replicas, sizing.ledgerShare, sizing.bytesPerDay.ledger]).toEqual([1, 0.01, 864_000_000])
    expect(sizeOf({ ...traffic, streamedShare: 0 }, measured, streaming).screeningMs).toBeCloseTo(4)
  })

  it('lets first words wait for what is held back, or for the whole, or not at all', () => {
    const { hold, whole, tail } = sizeOf(traffic, measured, streaming).firstTokenMs
    // 256 characters must be judged before a first word of 4 leaves with 192 behind it: 64 tokens at 50 a second.
    expect([hold, whole, tail]).toEqual([1_280 + 4, 6_400 + 4, 2])
    // An answer that ends before is judged at its end.
    expect(sizeOf({ ...traffic, completionTokens: 5 }, measured, streaming).firstTokenMs.hold).toBe(100 + 4)
  })

  it('takes more machines when they are full, and a price by the core', () => {
    const busy = sizeOf({ ...traffic, requestsPerSecond: 200, corePrice: 0.05 }, measured, streaming)
    expect([busy.replicas, Math.floor(busy.mostPerSecond)]).toEqual([4, 93])
    expect(busy.costPerMonth).toBeCloseTo((8.6 / 0.6) * 0.05 * 730)
  })
})
