import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLabel, LABELS, type Label } from '../../taxonomy.ts'
import { CONFIDENCE } from './scheme.ts'
import {
  categoriesOf,
  coveredLabels,
  fromLabels,
  gaps,
  isCategory,
  SCHEMES,
  type SchemeId,
  toLabels,
} from './taxonomies.ts'

const IDS = Object.keys(SCHEMES) as SchemeId[]
const scheme = fc.constantFrom(...IDS)
const score = fc.double({ min: 0, max: 1, noNaN: true })
const scores = fc.dictionary(fc.constantFrom(...LABELS), score) as fc.Arbitrary<Partial<Record<Label, number>>>

describe.each(IDS)('%s', (id) => {
  it('names each category once and only labels that exist, each once per category', () => {
    const names = categoriesOf(id).map((category) => category.id)
    expect(new Set(names).size).toBe(names.length)
    for (const { links } of categoriesOf(id)) {
      expect(links.every(({ label }) => isLabel(label))).toBe(true)
      expect(new Set(links.map(({ label }) => label)).size).toBe(links.length)
    }
  })
})

it('has as many categories as each publication', () => {
  expect(Object.fromEntries(IDS.map((id) => [id, categoriesOf(id).length]))).toEqual({
    ailuminate: 12,
    openai: 13,
    anthropic: 14,
    llama_guard: 14,
    qwen3guard: 9,
    azure: 4,
  })
})

describe('gaps', () => {
  it('says what each scheme leaves unguarded', () => {
    expect(gaps('ailuminate')).toEqual([
      'autonomous_replication',
      'general_harm',
      'jailbreak',
      'injection',
      'obfuscation',
    ])
    expect(gaps('llama_guard')).toEqual(gaps('ailuminate'))
    expect(gaps('openai')).toEqual(
      LABELS.filter(
        (l) =>
          ![
            'violent_crimes',
            'non_violent_crimes',
            'child_exploitation',
            'self_harm',
            'hate',
            'sexual_content',
          ].includes(l),
      ),
    )
    expect(gaps('azure')).toContain('biological')
  })

  it('is exactly what is not covered', () => {
    for (const id of IDS) expect(new Set([...gaps(id), ...coveredLabels(id)])).toEqual(new Set(LABELS))
    for (const id of IDS) expect(gaps(id).length + coveredLabels(id).size).toBe(LABELS.length)
  })
})

describe('toLabels', () => {
  it('gives the whole score to an equal label and a share to those that the category only contains', () => {
    expect(toLabels('llama_guard', 'S9', 0.9)).toEqual({
      indiscriminate_weapons: 0.9,
      chemical: 0.45,
      biological: 0.45,
      radiological_nuclear: 0.45,
    })
  })

  it('says nothing for a category without equivalent, and for one that there is not', () => {
    expect(isCategory('qwen3guard', 'Politically Sensitive Topics')).toBe(true)
    expect(toLabels('qwen3guard', 'Politically Sensitive Topics', 1)).toEqual({})
    expect(isCategory('llama_guard', 'S15')).toBe(false)
    expect(toLabels('llama_guard', 'S15', 1)).toEqual({})
    expect(isCategory('llama_guard', 'constructor')).toBe(false)
  })

  it('stays a probability and never exceeds what was said', () => {
    fc.assert(
      fc.property(scheme, score, (id, value) => {
        for (const category of categoriesOf(id)) {
          for (const mapped of Object.values(toLabels(id, category.id, value))) {
            expect(mapped).toBeGreaterThanOrEqual(0)
            expect(mapped).toBeLessThanOrEqual(value)
          }
        }
      }),
    )
  })
})

describe('fromLabels', () => {
  it('gives the parent to a label that the category contains, and half to one of which it is a part', () => {
    expect(fromLabels('openai', { cyber_operations: 0.8 })).toEqual({ illicit: 0.8 })
    expect(fromLabels('openai', { self_harm: 0.8 })).toEqual({
      'self-harm': 0.8,
      'self-harm/intent': 0.4,
      'self-harm/instructions': 0.4,
    })
  })

  it('leaves out what nobody judged', () => {
    expect(fromLabels('azure', {})).toEqual({})
    expect(fromLabels('qwen3guard', { autonomous_replication: 1 })).toEqual({})
  })

  it('grows with every score and stays a probability', () => {
    fc.assert(
      fc.property(scheme, scores, fc.constantFrom(...LABELS), score, (id, some, label, more) => {
        const before = fromLabels(id, some)
        const after = fromLabels(id, { ...some, [label]: Math.max(some[label] ?? 0, more) })
        for (const [category, value] of Object.entries(before)) {
          expect(after[category]).toBeGreaterThanOrEqual(value)
          expect(value).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('undoes toLabels where a label is the same on both sides', () => {
    fc.assert(
      fc.property(scheme, score, (id, value) => {
        for (const { id: category, links } of categoriesOf(id)) {
          const own = links.find(({ relation }) => relation === 'equal')
          if (own === undefined) continue
          expect(fromLabels(id, toLabels(id, category, value))[category]).toBe(value)
        }
      }),
    )
  })
})

it('never gives a link more than certainty', () => {
  for (const { toLabel, fromLabel } of Object.values(CONFIDENCE)) {
    expect(Math.min(toLabel, fromLabel)).toBeGreaterThan(0)
    expect(Math.max(toLabel, fromLabel)).toBeLessThanOrEqual(1)
  }
})
