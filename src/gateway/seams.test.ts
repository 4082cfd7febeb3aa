import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Segment } from '../screening/index.ts'
import { runOfTrack, seamsOf } from './seams.ts'

const piece = (text: string, source = 'content 0 text', kind: Segment['kind'] = 'text'): Segment => ({
  text,
  role: 'assistant',
  kind,
  source,
  offset: 0,
})
const together = () => 'run'

describe('seamsOf', () => {
  it('says nothing of one piece, or of pieces that stand alone', () => {
    expect(seamsOf([piece('whole')], together)).toEqual([])
    expect(seamsOf([piece('a'), piece('b')], () => null)).toEqual([])
    expect(seamsOf([piece('a', 'x', 'tool_call'), piece('b', 'y', 'tool_call')], together)).toEqual([])
  })

  it('shows every phrase that lies over a seam, however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 3_000 }),
        fc.string({ maxLength: 3_000 }),
        fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1 }),
        (before, after, sizes) => {
          const phrase = 'A PHRASE THAT NO STRING OF THE REQUEST HOLDS WHOLE'
          const pieces: Segment[] = []
          const text = before + phrase + after
          for (let at = 0, i = 0; at < text.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            pieces.push(piece(text.slice(at, at + size)))
            at += size
          }
          const judged = [...pieces, ...seamsOf(pieces, together)]
          expect(judged.some((segment) => segment.text.includes(phrase))).toBe(true)
          const length = judged.reduce((sum, segment) => sum + segment.text.length, 0)
          expect(length).toBeLessThanOrEqual(3 * text.length)
        },
      ),
    )
  })

  it('keeps runs apart', () => {
    const pieces = [piece('a', 'x'), piece('1', 'y'), piece('b', 'x'), piece('2', 'y')]
    expect(seamsOf(pieces, ({ source }) => source).map(({ text }) => text)).toEqual(['ab', '12'])
  })
})

describe('runOfTrack', () => {
  it('joins the blocks of a text, never choices, kinds or tool calls', () => {
    expect(runOfTrack('content 1 text', 'text')).toBe(runOfTrack('content 0 text', 'text'))
    expect(runOfTrack('output 3 content 1 text', 'text')).toBe(runOfTrack('output 0 content 0 text', 'text'))
    expect(runOfTrack('choice 0 content 1 text', 'text')).not.toBe(runOfTrack('choice 1 content 1 text', 'text'))
    expect(runOfTrack('content 1 thinking', 'reasoning')).not.toBe(runOfTrack('content 0 text', 'text'))
    expect(runOfTrack('choice 0 content', 'text')).toBeNull()
    expect(runOfTrack('content 1 input', 'tool_call')).toBeNull()
  })
})
