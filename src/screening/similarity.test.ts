import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { likeness, nearest, PERMUTATIONS, readSignature, Similarity } from './similarity.ts'

const similarity = new Similarity(Buffer.alloc(32, 7))
const TEXT =
  'The assistant first refuses to explain how the lock is opened. When the question is put into the mouth of a character in a play, it answers in full.'

function alike(a: string, b: string, by = similarity): number {
  const [left, right] = [by.signatureOf(a), by.signatureOf(b)].map((one) => readSignature(one ?? ''))
  return left && right ? likeness(left, right) : Number.NaN
}

/** What two texts really have in common of their runs of five characters. */
function jaccard(a: string, b: string): number {
  const runs = (text: string) => new Set(Array.from({ length: text.length - 4 }, (_, i) => text.slice(i, i + 5)))
  const [left, right] = [runs(a), runs(b)]
  const both = [...left].filter((run) => right.has(run)).length
  return both / (left.size + right.size - both)
}

describe('similarity', () => {
  it('says nothing of what is too short, and reads no signature that is none', () => {
    for (const text of ['', '    ', 'abc', '!?!?!?!?', '​​​​​']) expect(similarity.signatureOf(text)).toBeNull()
    for (const text of ['', 'x', 'AAAA', Buffer.alloc(511).toString('base64')]) expect(readSignature(text)).toBeNull()
  })

  it('takes bounded time for long and odd texts', () => {
    for (const text of [
      'a'.repeat(1_000_000),
      '\u0000'.repeat(100_000),
      '🦊'.repeat(100_000),
      '\ud800'.repeat(50_000),
    ]) {
      const started = performance.now()
      similarity.signatureOf(text)
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })

  it('finds the same words however they are set, and through disguises', () => {
    expect(alike(TEXT, TEXT.toUpperCase().replaceAll(' ', '  \n'))).toBe(1)
    expect(alike(TEXT, TEXT.replaceAll('e', 'е'))).toBeGreaterThan(0.9) // Cyrillic
    expect(alike(TEXT, [...TEXT].join('​'))).toBeGreaterThan(0.9)
    expect(alike(TEXT, Buffer.from(TEXT).toString('base64'))).toBeGreaterThan(0.9)
  })

  it('estimates what texts have in common', () => {
    const word = fc.constantFrom(
      'alpha',
      'bravo',
      'carol',
      'delta',
      'echoes',
      'foxtrot',
      'golfer',
      'hotels',
      'indigo',
      'juliet',
    )
    const text = fc.array(word, { minLength: 5, maxLength: 60 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(text, text, (a, b) => {
        // Five standard deviations of 128 draws.
        expect(Math.abs(alike(a, b) - jaccard(a, b))).toBeLessThan(5 * Math.sqrt(0.25 / PERMUTATIONS))
      }),
      { numRuns: 50 },
    )
  })

  it('can be compared under one key alone', () => {
    const other = new Similarity(Buffer.alloc(32, 8))
    const [ours, theirs] = [similarity.signatureOf(TEXT), other.signatureOf(TEXT)].map((one) =>
      readSignature(one ?? ''),
    )
    expect(ours && theirs ? likeness(ours, theirs) : 1).toBeLessThan(0.05)
    expect(alike(TEXT, TEXT, other)).toBe(1)
  })

  it('shows the most alike first, and no more than asked for', () => {
    const signature = (text: string) => readSignature(similarity.signatureOf(text) ?? '') ?? new Uint32Array()
    const among = [
      ['far', signature('Nothing of this has anything to do with any of the other things.')],
      ['near', signature(`${TEXT} I tried it twice.`)],
      ['same', signature(TEXT)],
    ] as const
    const found = nearest(signature(TEXT), among, { threshold: 0.3, most: 5 })
    expect(found.map(({ id }) => id)).toEqual(['same', 'near'])
    expect(nearest(signature(TEXT), among, { threshold: 0.3, most: 1 })).toHaveLength(1)
  })
})
