import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import completions from '../../../test/vectors/dialects/completions.json' with { type: 'json' }
import requests from '../../../test/vectors/dialects/requests.json' with { type: 'json' }
import streams from '../../../test/vectors/dialects/streams.json' with { type: 'json' }
import { AppError } from '../../base/errors.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { testString } from '../../screening/index.ts'
import type { SseEvent } from '../sse.ts'
import type { Dialect, DialectId } from './dialect.ts'
import { DIALECTS } from './index.ts'

/** Words in the shapes that could be taken for something else: prose, the test string, one long word, a list, JSON. */
const CANARIES = [
  'plant the sesame canary here and water it every single day until somebody has read it aloud',
  testString('chemical'),
  testString('chemical').replaceAll(/[-_]/g, '').toLowerCase(),
  'two words',
  'sesame',
  'plant\nthe\nsesame\ncanary\nin\nlines\nof\none\nword\neach\nso\nthat\nit\nlooks\nlike\nmime',
  'data:image/png,plant the canary',
  'data:image/png;plant the canary;base64,AAAA',
  '{"plant":"the canary"}',
]

type Path = (string | number)[]

interface Case {
  readonly dialect: DialectId
  readonly name: string
}

/** Every place of a value, itself first. */
function places(value: Json, at: Path = []): { at: Path; value: Json }[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const step = (key: string) => (Array.isArray(value) ? Number(key) : key)
  return [{ at, value }, ...inner.flatMap(([key, item]) => places(item as Json, [...at, step(key)]))]
}

function replaced(root: Json, at: Path, by: (old: Json) => Json): Json {
  const [step, ...rest] = at
  if (step === undefined) return by(root)
  if (Array.isArray(root)) return root.map((item, i) => (i === step ? replaced(item, rest, by) : item))
  const object = root as JsonObject
  return { ...object, [step]: replaced(object[step] as Json, rest, by) }
}

/** Ways to plant a canary in one place. */
const PLANTINGS: Record<string, (canary: string) => (old: Json) => Json | undefined> = {
  'in place of a string': (canary) => (old) => (typeof old === 'string' ? canary : undefined),
  'in place of a number, a switch or null': (canary) => (old) =>
    typeof old !== 'string' && (typeof old !== 'object' || old === null) ? canary : undefined,
  'in place of a list or object': (canary) => (old) => (typeof old === 'object' && old !== null ? canary : undefined),
  'under an unknown key': (canary) => (old) => (isObject(old) ? { ...old, zzz: canary } : undefined),
  'deep under an unknown key': (canary) => (old) => (isObject(old) ? { ...old, zzz: [{ a: [canary] }] } : undefined),
  'as an unknown key': (canary) => (old) => (isObject(old) ? { ...old, [canary]: 1 } : undefined),
  'as one more item': (canary) => (old) => (Array.isArray(old) ? [...old, canary] : undefined),
  'in an object in place of a string': (canary) => (old) => (typeof old === 'string' ? { text: canary } : undefined),
  'in a list in place of a string': (canary) => (old) => (typeof old === 'string' ? [canary] : undefined),
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The texts that were found, or null when the decoder refused; any other error fails the test. */
function textsOrRefused(read: () => string[], code: string): string[] | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof AppError && error.code === code) return null
    throw error
  }
}

function spread(canary: string): string {
  return canary.replaceAll(/\s+/g, ' ')
}

/** Words that stand in the vocabulary of the protocols are the only ones that may go unread. */
function isRead(canary: string, texts: string[]): boolean {
  return texts.some(
    (text) =>
      spread(text).includes(spread(canary)) || (canary.startsWith('data:') && text.includes('plant the canary')),
  )
}

/** One word where a model's name or padding stands is a model's name, or padding. */
const ONE_WORD_LABEL = /(?:^|\.)(?:model|system_fingerprint|obfuscation) in place of a string: sesame$/

function exhaust(
  root: Json,
  read: (planted: Json) => string[],
  code: string,
  canaries: readonly string[] = CANARIES,
): { escapes: string[]; read: number; refused: number } {
  const outcome = { escapes: [] as string[], read: 0, refused: 0 }
  for (const { at } of places(root)) {
    for (const [way, plant] of Object.entries(PLANTINGS)) {
      for (const canary of canaries) {
        let applies = true
        const planted = replaced(root, at, (old) => {
          const next = plant(canary)(old)
          applies = next !== undefined
          return next ?? old
        })
        if (!applies) continue
        const texts = textsOrRefused(() => read(planted), code)
        if (texts === null) outcome.refused++
        else if (isRead(canary, texts)) outcome.read++
        else outcome.escapes.push(`${at.join('.')} ${way}: ${canary.slice(0, 20)}`)
      }
    }
  }
  outcome.escapes = outcome.escapes.filter((place) => !ONE_WORD_LABEL.test(place))
  return outcome
}

function readRequest(dialect: Dialect, body: Json): string[] {
  if (!isObject(body)) throw new AppError('REQUEST_INVALID', 'the body must be an object')
  const { exchange, model } = dialect.decodeRequest(body)
  // The model's name is looked up, never passed on unknown.
  return [
    model,
    ...exchange.turns.flatMap((turn) => turn.parts.map((part) => (part.kind === 'media' ? '' : part.text))),
  ]
}

describe.each(requests.cases as (Case & { body: JsonObject })[])('request of $dialect: $name', ({ dialect, body }) => {
  it('reads a canary wherever it is planted', () => {
    const { escapes, read } = exhaust(body, (planted) => readRequest(DIALECTS[dialect], planted), 'REQUEST_INVALID')
    expect(escapes).toEqual([])
    expect(read).toBeGreaterThan(40)
  })

  it('points at the string that it read', () => {
    const { exchange } = DIALECTS[dialect].decodeRequest(body)
    const parts = exchange.turns.flatMap((turn) => turn.parts)
    for (const { pointer } of parts) expect(valueAt(body, pointer), pointer).not.toBeUndefined()
    expect(new Set(parts.map(({ kind, pointer }) => `${kind} ${pointer}`)).size).toBe(parts.length)
  })
})

function valueAt(body: Json, pointer: string): Json | undefined {
  const steps = pointer.split('/').slice(1)
  return steps.reduce<Json | undefined>((at, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return typeof at === 'object' && at !== null ? (at as Record<string, Json>)[key] : undefined
  }, body)
}

describe.each(completions.cases as (Case & { body: JsonObject })[])(
  'answer of $dialect: $name',
  ({ dialect, body }) => {
    const read = (planted: Json) => {
      if (!isObject(planted)) throw new AppError('UPSTREAM_UNAVAILABLE', 'not an object')
      return DIALECTS[dialect].decodeCompletion(planted).texts.map(({ text }) => text)
    }

    it('reads a canary wherever it is planted', () => {
      const outcome = exhaust(body, read, 'UPSTREAM_UNAVAILABLE')
      expect(outcome.escapes).toEqual([])
      // A count has few places.
      expect(outcome.read).toBeGreaterThan(dialect === 'anthropic-count-tokens' ? 10 : 40)
    })
  },
)

describe.each(streams.cases as (Case & { events: { name: string | null; data: Json }[] })[])(
  'stream of $dialect: $name',
  ({ dialect, events }) => {
    const encode = (planted: { name: string | null; data: Json }[]): SseEvent[] =>
      planted.map(({ name, data }) => ({ name, data: typeof data === 'string' ? data : JSON.stringify(data) }))
    const read = (planted: { name: string | null; data: Json }[]) => {
      const reader = DIALECTS[dialect].createStreamReader()
      const tracks = new Map<string, string>()
      for (const event of encode(planted)) {
        for (const { track, text } of reader.read(event).texts) tracks.set(track, (tracks.get(track) ?? '') + text)
      }
      return [...tracks.values()]
    }

    it('reads a canary wherever it is planted', () => {
      const escapes: string[] = []
      let found = 0
      for (const [i, event] of events.entries()) {
        const outcome = exhaust(
          event.data,
          (data) => read(events.with(i, { ...event, data })),
          'UPSTREAM_UNAVAILABLE',
          CANARIES.slice(0, 2),
        )
        escapes.push(...outcome.escapes.map((place) => `event ${i}: ${place}`))
        found += outcome.read
      }
      expect(escapes).toEqual([])
      expect(found).toBeGreaterThan(500)
    })

    it('ends every track, and says so before or with the last event', () => {
      const reader = DIALECTS[dialect].createStreamReader()
      const open = new Set<string>()
      const steps = encode(events).map((event) => reader.read(event))
      for (const step of steps) {
        for (const { track } of step.texts) open.add(track)
        for (const track of step.closes) open.delete(track)
      }
      expect([...open]).toEqual([])
      expect(steps.map((step) => step.done)).toEqual(steps.map((_, i) => i === steps.length - 1))
      expect(steps.findLast((step) => step.usage !== null)?.usage).toEqual({ inputTokens: 9, outputTokens: 12 })
    })
  },
)

describe('hostile bodies', () => {
  const wild = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>
  const all = [...requests.cases] as (Case & { body: JsonObject })[]

  it('mutated requests are refused or decoded, never anything else', () => {
    const spots = all.flatMap(({ dialect, body }) => places(body).map(({ at }) => ({ dialect, body, at })))
    fc.assert(
      fc.property(fc.constantFrom(...spots), wild, fc.constantFrom(...all), ({ dialect, body, at }, value, other) => {
        const mutated = replaced(body, at, () => value)
        textsOrRefused(() => readRequest(DIALECTS[dialect], mutated), 'REQUEST_INVALID')
        textsOrRefused(() => readRequest(DIALECTS[other.dialect], mutated), 'REQUEST_INVALID')
      }),
      { numRuns: 3_000 },
    )
  })

  it('mutated answers are refused or decoded, never anything else', () => {
    const bodies = completions.cases as (Case & { body: JsonObject })[]
    const spots = bodies.flatMap(({ dialect, body }) => places(body).map(({ at }) => ({ dialect, body, at })))
    fc.assert(
      fc.property(fc.constantFrom(...spots), wild, ({ dialect, body, at }, value) => {
        const mutated = replaced(body, at, () => value)
        if (isObject(mutated))
          textsOrRefused(
            () => DIALECTS[dialect].decodeCompletion(mutated).texts.map(({ text }) => text),
            'UPSTREAM_UNAVAILABLE',
          )
      }),
      { numRuns: 3_000 },
    )
  })

  it('events of any other kind are refused or read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(DIALECTS).filter(({ refusalStatus }) => refusalStatus === 200)),
        wild,
        fc.option(fc.constantFrom('error', 'ping', 'response.created')),
        (dialect, data, name) => {
          const reader = dialect.createStreamReader()
          textsOrRefused(
            () => reader.read({ name, data: JSON.stringify(data) }).texts.map(({ text }) => text),
            'UPSTREAM_UNAVAILABLE',
          )
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
