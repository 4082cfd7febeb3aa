import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../base/errors.ts'
import { standsAt } from './audience.ts'
import { importHuggingFace } from './importing/huggingface.ts'
import { MAX_CARD_BYTES, type ModelCard, maySee, parseCard, printCard, readCard, viewFor } from './index.ts'

const SETTING = { model: 'orca-2', checkpoint: 'orca-2/c1', at: '2026-01-01T00:00:00.000Z' }
const HEAD = 'format: safelevel-card/v1\nidentity: {model: m, checkpoint: m/c, title: T}\n'
const first = (text: string) => readCard(text).problems[0]

describe('reading a card', () => {
  it('says at which line and column what is wrong', () => {
    expect(first(`${HEAD}evaluation: []\n`)).toEqual({
      line: 3,
      column: 1,
      path: '',
      message: 'there is no key "evaluation" here',
    })
    expect(first(`${HEAD}compute:\n  flops:\n    value: many\n`)).toMatchObject({
      line: 5,
      column: 12,
      path: '/compute/flops/value',
    })
    expect(first('identity: {}\n')?.message).toContain('"format" is missing')
    expect(first('format: safelevel-card/v2\nwhatever: 1\n')?.message).toContain(
      'is not known here; this version of Safelevel reads safelevel-card/v1',
    )
    expect(first(`${HEAD}deployment: {level: ASL-2}\n`)?.message).toContain('no AI safety level can be claimed')
    expect(first(`${HEAD}summary: "a\\u202eb"\n`)?.message).toContain('not seen')
    expect(first(`${HEAD}summary: "a\\0b"\n`)?.message).toContain('not seen')
    expect(first(`${HEAD}summary: a\nsummary: b\n`)?.message).toContain('stands twice')
    expect(first('{"format": "safelevel-card/v1", "format": "safelevel-card/v1"}')?.message).toContain('stands twice')
  })

  it.each([
    ['an alias', 'a: &a [x]\nb: *a\n'],
    ['a bomb of aliases', `a: &a [x]\n${Array.from({ length: 20 }, (_, i) => `b${i}: [*a, *a]`).join('\n')}\n`],
    ['brackets without end', '['.repeat(100_000)],
    ['braces without end', '{a: '.repeat(50_000)],
    ['dashes without end', `${'- '.repeat(20_000)}x`],
    ['ever deeper lines', Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['too much', `${HEAD}summary: ${'x'.repeat(MAX_CARD_BYTES)}`],
    ['many keys', `${Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join('\n')}\n`],
    ['nothing', ''],
    ['a list', '- a\n- b\n'],
    ['a tag', '!!js/function "x"'],
    ['bytes', '\u0000\u0001\uffff'],
  ])('refuses %s at once', (_, text) => {
    const began = performance.now()
    const { card, problems } = readCard(text)
    expect(card).toBeNull()
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.length).toBeLessThanOrEqual(100)
    expect(performance.now() - began).toBeLessThan(4_000)
  })

  it.each([
    ['identity.title', 'title: "a\\nb"'],
    ['contacts', 'contacts: [{for: x, address: "javascript:alert(1)"}]'],
    ['website', 'website: "https://a b"'],
    ['languages', 'languages: ["en\\n"]'],
    ['checkpoint', 'checkpoint: "m/c/d"'],
  ])('refuses a bad %s', (_, line) => {
    const known = line.startsWith('checkpoint')
      ? ['model: m', 'title: T']
      : ['model: m', 'checkpoint: m/c', ...(line.startsWith('title') ? [] : ['title: T'])]
    expect(readCard(`format: safelevel-card/v1\nidentity:\n  ${[...known, line].join('\n  ')}\n`).card).toBeNull()
  })

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 300 }),
          fc.json().map((text) => `{"format":"safelevel-card/v1","identity":${text}}`),
        ),
        (text) => {
          expect(() => readCard(text)).not.toThrow()
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads what it prints', () => {
    const words = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
      .map((text) => `x${text.replaceAll(/\p{C}|\p{Z}/gu, ' ')}x`)
    fc.assert(
      fc.property(
        words,
        fc.array(words, { maxLength: 5 }),
        fc.double({ min: 1, max: 1e30, noNaN: true }),
        (summary, limitations, value) => {
          const card = parseCard(
            JSON.stringify({
              format: 'safelevel-card/v1',
              identity: { model: 'm', checkpoint: 'm/c', title: 'T' },
              ...{ summary, limitations, compute: { flops: { value } } },
            }),
          )
          expect(parseCard(printCard(card))).toEqual(card)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('what an audience sees', () => {
  const card = (withheld: ModelCard['withheld']): ModelCard =>
    parseCard(
      JSON.stringify({
        format: 'safelevel-card/v1',
        identity: { model: 'm', checkpoint: 'm/c', title: 'T', architecture: 'secret-a' },
        summary: 'secret-b',
        limitations: ['secret-c', 'secret-d', 'secret-e'],
        compute: { flops: { value: 1e24 }, hardware: 'secret-f' },
        risks: { words: 'secret-g' },
        withheld,
      }),
    )
  const PLACES: readonly (readonly [path: string, secret: string])[] = [
    ['/identity/architecture', 'secret-a'],
    ['/summary', 'secret-b'],
    ['/limitations/0', 'secret-c'],
    ['/limitations/1', 'secret-d'],
    ['/limitations/2', 'secret-e'],
    ['/compute/hardware', 'secret-f'],
    ['/compute', 'secret-f'],
    ['/risks/words', 'secret-g'],
  ]

  it('is never what is kept from it, in whatever order the register names it', () => {
    const audience = fc.constantFrom('customers' as const, 'authorities' as const, 'internal' as const)
    const register = fc
      .shuffledSubarray([...PLACES])
      .chain((some) =>
        fc.tuple(fc.constant(some), fc.array(audience, { minLength: some.length, maxLength: some.length })),
      )
    fc.assert(
      fc.property(
        register,
        fc.constantFrom('public' as const, 'customers' as const, 'authorities' as const, 'internal' as const),
        ([some, audiences], reader) => {
          const withheld = some.map(([path], i) => ({ path, audience: audiences[i] ?? 'internal', reason: 'because' }))
          const view = viewFor(card(withheld), reader)
          const shown = JSON.stringify(view.card)
          const kept = new Set<string>()
          for (const { path, audience: meantFor } of withheld) {
            const secret = PLACES.find(([place]) => place === path)?.[1] ?? ''
            if (maySee(reader, meantFor)) continue
            kept.add(secret)
            expect(shown).not.toContain(secret)
            expect(view.withheld.map((one) => one.path)).toContain(path)
          }
          for (const [, secret] of PLACES) if (!kept.has(secret)) expect(shown).toContain(secret)
        },
      ),
    )
  })

  it('is nothing at all rather than half of a claim', () => {
    const broken = card([{ path: '/compute/flops/value', audience: 'internal', reason: 'because' }])
    expect(() => viewFor(broken, 'public')).toThrow(AppError)
    expect(standsAt(broken, '/compute/flops/value')).toBe(true)
    expect(standsAt(broken, '/constructor/name')).toBe(false)
    expect(standsAt(broken, '/__proto__')).toBe(false)
  })
})

describe('a card of the Hugging Face hub', () => {
  const README = `---
language: [en, "not a tag!"]
license: mit
datasets: [sea/books]
model-index:
- name: Orca
  results:
  - task: {type: text-generation}
    dataset: {type: sea-bench, name: SeaBench}
    metrics:
    - {type: accuracy, value: 0.91}
    - {type: f1, value: "n/a"}
x_secret: 1
---
# Orca
A model. <script>alert(1)</script>
## Uses
### Out-of-Scope Use
- weapons
- medicine
## Bias, Risks, and Limitations
It errs.
## Citation
none
`

  it('comes over with its figures as claims of others, and says what was not understood', () => {
    const { card, notes } = importHuggingFace(README, SETTING)
    expect(card).toMatchObject({
      identity: { title: 'Orca', languages: ['en'], licence: { id: 'mit' } },
      outOfScopeUses: ['weapons', 'medicine'],
      limitations: ['It errs.'],
      trainingData: { sources: [{ name: 'sea/books' }] },
      evaluations: [
        { suite: 'SeaBench', metric: 'accuracy', value: 0.91, n: 0, evidence: [{ type: 'external', digest: null }] },
      ],
    })
    const told = notes.join('\n')
    for (const word of ['Citation', 'x_secret', 'language tags', 'is no number', 'how many tasks'])
      expect(told).toContain(word)
  })

  it.each([
    ['a bomb of aliases', `---\na: &a [${'x,'.repeat(50)}]\nb: &b [*a,*a]\nc: [*b,*b]\n---\n`],
    ['broken YAML', '---\na: [\n---\n'],
    ['a list', '---\n- a\n---\n'],
    ['depth', `---\na: ${'['.repeat(3_000)}\n---\n`],
    ['dashes', `---\n${'- '.repeat(3_000)}x\n---\n`],
    ['too much', 'x'.repeat(MAX_CARD_BYTES + 1)],
  ])('is refused with words when it is %s', (_, readme) => {
    expect(() => importHuggingFace(readme, SETTING)).toThrow(AppError)
  })

  it.each([
    ['nothing at all', ''],
    ['no end of the metadata', '---\na: 1\n'],
    ['comments without end', `# A\n${'<!--'.repeat(20_000)}`],
    ['fences without end', `# A\n${'```\n# no heading\n'.repeat(5_000)}`],
    ['blank lines', `# A\n${'\n \n'.repeat(50_000)}x`],
    ['list marks', `## Limitations\n${'- \n'.repeat(50_000)}`],
    ['characters that are not seen', '# A\u202eB\nx\u0000y\u2066z'],
    ['a wrong model-index', '---\nmodel-index: {a: 1}\nlicense: [1]\nlanguage: {}\n---\n'],
  ])('is read as far as it goes with %s, and soon', (_, readme) => {
    const began = performance.now()
    const { card } = importHuggingFace(readme, SETTING)
    expect(parseCard(printCard(card))).toEqual(card)
    expect(performance.now() - began).toBeLessThan(4_000)
  })

  it('never fails otherwise than with words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 400 }), (yaml, body) => {
        try {
          importHuggingFace(`---\n${yaml}\n---\n${body}`, SETTING)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
      { numRuns: 300 },
    )
  })
})
