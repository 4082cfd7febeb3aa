import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageEvents } from '../../../../test/support/clouds.ts'
import { encodeChunk, encodeException, encodeMessage } from '../../../../test/support/event-stream.ts'
import { readEventStream } from './event-stream.ts'

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const cut of [...cuts.map((part) => part % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, cut)
    from = cut
  }
}
async function read(bytes: Uint8Array, cuts: readonly number[] = []): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of readEventStream(pieces(bytes, cuts))) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'read',
    (error: { code?: string }) => error.code,
  )
const EVENTS = messageEvents('Good day, Zoë. 早上好')
const STREAM = Buffer.concat(EVENTS.map(encodeChunk))
const TEXT = EVENTS.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

describe('an event stream of AWS', () => {
  it('is the events that it holds, wherever it is cut', async () => {
    expect(await read(STREAM)).toBe(TEXT)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 40 }), async (cuts) => {
        expect(await read(STREAM, cuts)).toBe(TEXT)
      }),
    )
  })

  it('is read past messages of other kinds', async () => {
    const other = encodeMessage({ ':message-type': 'event', ':event-type': 'metadata' }, '{}')
    expect(await read(Buffer.concat([other, STREAM, other]))).toBe(TEXT)
    expect(await read(Buffer.alloc(0))).toBe('')
  })

  it('is refused as soon as a single bit of it is wrong', async () => {
    const message = encodeChunk({ type: 'ping' })
    await fc.assert(
      fc.asyncProperty(fc.nat(message.length * 8 - 1), async (bit) => {
        const damaged = Buffer.from(message)
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(await codeOf(read(damaged))).toBe('UPSTREAM_UNAVAILABLE')
      }),
    )
  })

  it('is refused when it ends in the middle of a message, or announces one that is too long', async () => {
    expect(await codeOf(read(STREAM.subarray(0, STREAM.length - 1)))).toBe('UPSTREAM_UNAVAILABLE')
    const long = Buffer.alloc(64)
    for (const size of [0, 15, 4 * 1024 * 1024 + 1, 0xffffffff]) {
      long.writeUInt32BE(size)
      expect(await codeOf(read(long))).toBe('UPSTREAM_UNAVAILABLE')
    }
  })

  it('holds nothing but events of the model', async () => {
    const chunk = { ':message-type': 'event', ':event-type': 'chunk' }
    const bytes = (text: string) => JSON.stringify({ bytes: Buffer.from(text).toString('base64') })
    for (const payload of [
      '',
      'x',
      '{}',
      '{"bytes":7}',
      '{"bytes":"%%"}',
      bytes('x'),
      bytes('{}'),
      bytes('{"type":"a\\nb"}'),
    ])
      expect([payload, await codeOf(read(encodeMessage(chunk, payload)))]).toEqual([payload, 'UPSTREAM_UNAVAILABLE'])
  })

  it('ends with what its cloud says, by a code of ours and without its words', async () => {
    for (const [name, code] of [
      ['throttlingException', 'RATE_LIMITED'],
      ['modelTimeoutException', 'UPSTREAM_TIMEOUT'],
      ['modelStreamErrorException', 'UPSTREAM_UNAVAILABLE'],
      ['__proto__', 'UPSTREAM_UNAVAILABLE'],
    ] as const) {
      const failing = read(Buffer.concat([encodeChunk(EVENTS[0]), encodeException(name, 'secret words')]))
      await expect(failing).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') })
    }
  })
})
