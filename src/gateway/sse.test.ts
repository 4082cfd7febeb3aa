import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../base/errors.ts'
import { encodeSse, SseDecoder, type SseEvent } from './sse.ts'

function decodeAll(pieces: readonly Uint8Array[], maxEventChars = 10_000): SseEvent[] {
  const decoder = new SseDecoder({ maxEventChars })
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()]
}
const bytes = (text: string) => new TextEncoder().encode(text)

describe('SseDecoder', () => {
  it.each<[string, string, SseEvent[]]>([
    ['one event', 'data: a\n\n', [{ name: null, data: 'a' }]],
    ['a name', 'event: message_start\ndata: {}\n\n', [{ name: 'message_start', data: '{}' }]],
    ['several lines of data', 'data: a\ndata:b\ndata:  c\ndata\n\n', [{ name: null, data: 'a\nb\n c\n' }]],
    ['comments, id and retry dropped', ': hi\nid: 1\nretry: 5\nfoo: x\ndata: a\n\n', [{ name: null, data: 'a' }]],
    ['an event without data is none', 'event: ping\n\ndata: a\n\n', [{ name: null, data: 'a' }]],
    ['CR and CRLF', 'data: a\r\rdata: b\r\n\r\ndata: c\n\r\n', ['a', 'b', 'c'].map((data) => ({ name: null, data }))],
    ['a byte order mark', '\ufeffdata: a\n\n', [{ name: null, data: 'a' }]],
    ['an end without the empty line', 'data: a\n\ndata: [DONE]', ['a', '[DONE]'].map((data) => ({ name: null, data }))],
    ['a colon in data', 'data:{"a":"b"}\n\n', [{ name: null, data: '{"a":"b"}' }]],
    ['nothing', '', []],
  ])('reads %s', (_, text, events) => {
    expect(decodeAll([bytes(text)])).toEqual(events)
    expect(decodeAll(Array.from(bytes(text), (byte) => Uint8Array.of(byte)))).toEqual(events)
  })

  it('reads the same however the bytes are split', () => {
    const line = fc.constantFrom('data: ', 'data:é😀', 'event: a.b_c', ': c', 'id: 3', 'data', '', '', 'x')
    const ending = fc.constantFrom('\n', '\r', '\r\n')
    const stream = fc.array(fc.tuple(line, ending), { maxLength: 30 })
    fc.assert(
      fc.property(stream, fc.array(fc.nat(40), { maxLength: 40 }), (lines, sizes) => {
        const all = bytes(lines.map(([text, end]) => text + end).join(''))
        const pieces: Uint8Array[] = []
        let from = 0
        for (const size of sizes) {
          pieces.push(all.subarray(from, from + size))
          from = Math.min(all.length, from + size)
        }
        pieces.push(all.subarray(from))
        expect(decodeAll(pieces)).toEqual(decodeAll([all]))
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads back what encodeSse wrote', () => {
    const event = fc.record({
      name: fc.option(fc.stringMatching(/^[a-z._]{1,64}$/)),
      data: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\r\n?/g, '\n')),
    })
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(decodeAll([bytes(events.map(encodeSse).join(''))])).toEqual(events)
      }),
    )
  })

  it.each([
    ['a name with other characters', bytes('event: How to\ndata: x\n\n')],
    ['a name that is too long', bytes(`event: ${'a'.repeat(65)}\n\n`)],
    ['invalid UTF-8', Uint8Array.of(0x64, 0xff, 0x0a)],
    ['UTF-8 that is cut off at the end', Uint8Array.of(0x64, 0xf0, 0x9f)],
    ['a line that is too long', bytes(`data: ${'a'.repeat(20_000)}`)],
    ['an event that is too long', bytes('data: aaaaaaaaaaaaaaaa\n'.repeat(1_000))],
  ])('refuses %s', (_, piece) => {
    expect(() => decodeAll([piece])).toThrow(expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' }))
  })

  it('stays small on a line that never ends', () => {
    const decoder = new SseDecoder({ maxEventChars: 1_000_000 })
    const piece = bytes('data: '.padEnd(65_536, 'x'))
    expect(() => {
      for (let i = 0; i < 100; i++) decoder.push(piece)
    }).toThrow(AppError)
  })
})
