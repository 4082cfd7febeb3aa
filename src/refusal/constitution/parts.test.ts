import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pointlessness } from './checks/critique.ts'
import { NearTexts, signatureOf, similarityOf } from './checks/near.ts'
import { openingOf, openingsOf } from './checks/openings.ts'
import { withoutHeading } from './dialogue.ts'
import { seedOf, shuffled } from './draw.ts'
import { spotCheckSample } from './draw-sample.ts'
import { inOrder } from './in-order.ts'
import type { Judgement } from './schema.ts'
import { labelOf, preferredBy, verdictOfTokens, verdictOfWords } from './verdict.ts'

const named = (names: readonly string[]) => names.map((id) => ({ id }))
const Names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 20 })

describe('what is drawn', () => {
  it('depends on the seed and the purpose alone, and on nothing that is added', () => {
    fc.assert(
      fc.property(Names, fc.nat(1e6), fc.string(), (names, seed, purpose) => {
        const order = shuffled(named(names), seed, purpose).map(({ id }) => id)
        expect(shuffled(named([...names].reverse()), seed, purpose).map(({ id }) => id)).toEqual(order)
        const without = names.slice(1)
        expect(shuffled(named(without), seed, purpose).map(({ id }) => id)).toEqual(
          order.filter((id) => id !== names[0]),
        )
      }),
    )
  })

  it('is even: over many prompts, each principle comes first about as often', () => {
    const counts = new Map<string, number>()
    for (let at = 0; at < 4_000; at++) {
      const first = shuffled(named(['a', 'b', 'c', 'd']), 1, 'revise', `p${at}`)[0]?.id ?? ''
      counts.set(first, (counts.get(first) ?? 0) + 1)
    }
    // 1,000 expected, standard deviation 27.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(140)
  })

  it('gives seeds that servers take', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (seed, step) => {
        const own = seedOf(seed, step)
        expect(Number.isInteger(own) && own >= 0 && own < 2 ** 31).toBe(true)
      }),
    )
  })

  it('for people is as many as wanted, the same each time', () => {
    const ids = Array.from({ length: 100 }, (_, at) => `r${at}`)
    expect(spotCheckSample(ids, 10, 3)).toEqual(spotCheckSample([...ids].reverse(), 10, 3))
    expect(spotCheckSample(ids, 10, 3).size).toBe(10)
    expect(spotCheckSample(ids, 10, 4)).not.toEqual(spotCheckSample(ids, 10, 3))
    expect(spotCheckSample(ids, 1_000, 3).size).toBe(100)
  })
})

describe('a verdict', () => {
  it.each([
    ['A is vague. B refuses.\n(B)', 1],
    ['(A) is better at first sight, but in the end (B)', 1],
    ['Answer: A', 0],
    ['The better answer is **B**', 1],
    ['Both are bad.\nA', 0],
    ['A good question; Both answers are bad', null],
    ['', null],
    ['(C)', null],
  ])('of %j', (text, expected) => {
    expect(verdictOfWords(text)).toBe(expected)
  })

  it('of tokens is B’s share of what falls to either, however it is written', () => {
    const log = Math.log
    expect(verdictOfTokens({ A: log(0.2), ' B': log(0.5), '(B': log(0.1), Both: log(0.2) })).toBeCloseTo(0.75, 12)
    expect(verdictOfTokens({ A: -0.1 })).toBe(0)
    expect(verdictOfTokens({ C: -0.1, Apple: -1 })).toBeNull()
    expect(verdictOfTokens(null)).toBeNull()
  })

  it('doesn’t depend on the place, and stays within its bounds', () => {
    const Share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(Share, Share), { minLength: 1, maxLength: 8 }), (shares) => {
        const judgement = (firstShown: number | null, secondShown: number | null): Judgement => ({
          principle: 'p',
          firstShown,
          secondShown,
          calls: [],
          reasoning: [],
        })
        const label = labelOf(
          shares.map(([a, b]) => judgement(a, b)),
          [0.4, 0.6],
        )
        const turned = labelOf(
          shares.map(([a, b]) => judgement(b, a)),
          [0.4, 0.6],
        )
        expect(label).toEqual(turned)
        expect(label?.used).toBeGreaterThanOrEqual(0.4)
        expect(label?.used).toBeLessThanOrEqual(0.6)
        // A judge that always takes the first place says nothing.
        expect(labelOf([judgement(0, 1)], [0, 1])?.raw).toBe(0.5)
        expect(labelOf([judgement(null, 1)], [0, 1])).toBeNull()
      }),
    )
    expect(preferredBy({ raw: 0.55, used: 0.55 }, 0.05)).toBe(null)
    expect(preferredBy({ raw: 0.1, used: 0.4 }, 0.05)).toBe('first')
    expect(preferredBy({ raw: 1, used: 0.6 }, 0.05)).toBe('second')
    expect(preferredBy(null, 0.05)).toBeNull()
  })
})

describe('work in order', () => {
  it('gives results in their order, however long each takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), async (waits, width) => {
        const taken: number[] = []
        let [running, most] = [0, 0]
        await inOrder(
          waits,
          width,
          async (turns, at) => {
            running += 1
            most = Math.max(most, running)
            for (let turn = 0; turn < turns; turn++) await null
            running -= 1
            return at
          },
          async (at) => void taken.push(at),
        )
        expect(taken).toEqual(waits.map((_, at) => at))
        expect(most).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('ends with the first error, and begins nothing after it', async () => {
    const begun: number[] = []
    const all = Array.from({ length: 500 }, (_, at) => at)
    const work = async (at: number) => {
      begun.push(at)
      await null
      if (at === 3) throw new Error('third')
      return at
    }
    await expect(inOrder(all, 2, work, async () => {})).rejects.toThrow('third')
    expect(begun.length).toBeLessThan(20)
  })
})

describe('checks of words', () => {
  it.each([
    ['It is bad.', 'has 3 words'],
    ['There is nothing harmful in this answer at all.', 'finds nothing wrong'],
    ['mix the things and throw them over the fence', 'repeats the answer'],
    ['Some words about entirely other topics altogether.', 'names nothing of the answer'],
    ['The answer tells somebody to throw something over a fence.', null],
  ])('a critique: %j', (critique, expected) => {
    expect(pointlessness(critique, 'Mix the  things and throw them over the fence')).toBe(expected)
  })

  it('openings: their spread in bits', () => {
    expect(openingOf('I’m sorry, but I can’t help with that.')).toBe("i'm sorry but i")
    const even = openingsOf(['a', 'b', 'c', 'd'])
    expect(even).toMatchObject({ entropyBits: 2, evenness: 1, topShare: 0.25, distinct: 4 })
    expect(openingsOf(['a', 'a', 'a', 'b']).entropyBits).toBeCloseTo(0.8113, 4)
    expect(openingsOf([])).toMatchObject({ answers: 0, entropyBits: null, evenness: null, topShare: null })
  })

  it('near texts are found among others, and far ones aren’t', () => {
    const similarity = similarityOf(1)
    const near = new NearTexts()
    const text = 'I won’t write that letter, because it would deceive the person who reads it and cost her money.'
    const sign = (words: string) => signatureOf(similarity, words) ?? new Uint32Array()
    near.add('one', sign(text))
    near.add('two', sign('Bread rises because yeast makes gas, which the dough holds when it was kneaded long enough.'))
    expect(near.nearest(sign(`${text} Sorry.`), 0.8)?.id).toBe('one')
    expect(
      near.nearest(sign('Tides come from the pull of the moon on the oceans, twice a day on most coasts.'), 0.5),
    ).toBeNull()
    expect(signatureOf(similarity, 'hi')).toBeNull()
  })

  it('headings that models repeat go', () => {
    expect(withoutHeading('**Revision:** I won’t.')).toBe('I won’t.')
    expect(withoutHeading(' Critique: It helps.')).toBe('It helps.')
    expect(withoutHeading('A revision: is none of it')).toBe('A revision: is none of it')
  })
})
