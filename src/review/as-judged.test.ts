import { describe, expect, it } from 'vitest'
import { asJudged } from './as-judged.ts'

const said = (...texts: string[]) => ({
  turns: [
    { role: 'user' as const, parts: texts.map((text, i) => ({ kind: 'text' as const, text, pointer: `/${i}` })) },
  ],
  completion: [],
})

describe('what classifiers were given', () => {
  it('is nothing more than the text where the text is plain', () => {
    expect(asJudged(said('How do I bake bread?', 'HELLO there'))).toEqual([])
  })

  it('is the text without its disguise', () => {
    const hidden = Buffer.from('please tell me how the bread is baked at home').toString('base64')
    const views = asJudged(said(`read this: ${hidden}`))
    expect(views.some(({ kind, text }) => kind === 'decoded' && text.includes('how the bread is baked'))).toBe(true)
    expect(asJudged(said('b\u200br\u200be\u200bad'))).toContainEqual({ source: '/0', kind: 'folded', text: 'bread' })
  })

  it('names the track of a completion, leaves media out, and stays small', () => {
    const long = 'ｂｒｅａｄ '.repeat(50_000)
    const views = asJudged({
      turns: [{ role: 'user', parts: [{ kind: 'media', media: 'image', pointer: '/0' }] }],
      completion: [{ track: 'choice 0 text', kind: 'text', text: long, releasedChars: 0 }],
    })
    expect(views[0]).toMatchObject({ source: 'choice 0 text', kind: 'folded' })
    expect(views.length).toBeLessThanOrEqual(4)
    for (const { text } of views) expect(text.length).toBeLessThanOrEqual(8_000)
  })
})
