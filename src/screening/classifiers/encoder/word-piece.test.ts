import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { WordPiece } from './word-piece.ts'

const TINY = join(import.meta.dirname, '../../../../test/vectors/encoder-tiny')
const vectors = z
  .object({
    cases: z.array(
      z.object({ text: z.string(), ids: z.array(z.number()), offsets: z.array(z.tuple([z.number(), z.number()])) }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(TINY, 'tokens.json'), 'utf8')))
const tokenizer = new WordPiece(readFileSync(join(TINY, 'vocab.txt'), 'utf8'))

describe('WordPiece', () => {
  it('gives the ids and offsets of the reference implementation', () => {
    expect(vectors.cases.length).toBeGreaterThan(200)
    for (const { text, ids, offsets } of vectors.cases) {
      const tokens = tokenizer.encode(text)
      expect(tokens.ids, JSON.stringify(text)).toEqual(ids)
      expect(
        tokens.starts.map((start, i) => [start, tokens.ends[i]]),
        JSON.stringify(text),
      ).toEqual(offsets)
    }
  })

  it('reads the names of special tokens as ordinary characters', () => {
    const { special } = tokenizer
    const reserved = Object.values(special).filter((id) => id !== special.unknown)
    for (const text of ['[SEP]', '[CLS] [PAD]', 'a[SEP]b']) {
      expect(tokenizer.encode(text).ids.filter((id) => reserved.includes(id))).toEqual([])
    }
  })

  it('gives tokens in order, inside the text, for any UTF-16 whatever', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          units.map((u) => String.fromCharCode(...u)),
        ),
        (text) => {
          const { ids, starts, ends } = tokenizer.encode(text)
          expect(starts.length).toBe(ids.length)
          let before = 0
          for (const [i, start] of starts.entries()) {
            expect(start).toBeGreaterThanOrEqual(before - 1) // pieces of one expanded character share it
            expect(ends[i]).toBeGreaterThan(start)
            expect(ends[i]).toBeLessThanOrEqual(text.length)
            before = ends[i] ?? 0
          }
          expect(ids.every((id) => id >= 0 && id < tokenizer.size)).toBe(true)
        },
      ),
    )
  })

  it('keeps a word without end to one token', () => {
    const tokens = tokenizer.encode(`${'e\u0301'.repeat(200_000)} ok`)
    expect(tokens.ids[0]).toBe(tokenizer.special.unknown)
    expect(tokens.ends[0]).toBe(399_999)
  })

  it.each([
    ['a token twice', '[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n'],
    ['no [SEP]', '[PAD]\n[UNK]\n[CLS]\na\n'],
    ['nothing', ''],
  ])('refuses a vocabulary with %s', (_, text) => {
    expect(() => new WordPiece(text)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
