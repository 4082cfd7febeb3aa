import { describe, expect, it } from 'vitest'
import { segmentsOf } from './segments.ts'

describe('segmentsOf', () => {
  it('takes every text of every turn, in order, with its role, kind and pointer', () => {
    const exchange = {
      turns: [
        { role: 'system', parts: [{ kind: 'text', text: 'Be brief.', pointer: '/messages/0/content' }] },
        {
          role: 'user',
          parts: [
            { kind: 'media', media: 'image', pointer: '/messages/1/content/0' },
            { kind: 'text', text: '', pointer: '/messages/1/content/1/text' },
            { kind: 'other', text: 'x', pointer: '/messages/1/name' },
          ],
        },
        { role: 'tool', parts: [{ kind: 'tool_result', text: '42', pointer: '/messages/2/content' }] },
      ],
    } as const
    expect(segmentsOf(exchange)).toEqual([
      { text: 'Be brief.', role: 'system', kind: 'text', source: '/messages/0/content', offset: 0 },
      { text: 'x', role: 'user', kind: 'other', source: '/messages/1/name', offset: 0 },
      { text: '42', role: 'tool', kind: 'tool_result', source: '/messages/2/content', offset: 0 },
    ])
  })
})
