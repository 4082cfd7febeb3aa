import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { batchesOfLines, fileLines, type Line, linesOf } from './lines.ts'

const MAX_BYTES = 64 * 1024

const dir = mkdtempSync(join(tmpdir(), 'lines-'))
afterAll(() => rmSync(dir, { recursive: true }))

async function* given(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const read = (chunks: readonly Uint8Array[], maxBytes = MAX_BYTES) => all(linesOf(given(chunks), maxBytes))
const textsOf = (lines: readonly Line[]) => lines.map(({ text }) => text)

/** The one buffer that every piece comes in: what is held must be a copy. */
async function* reused(text: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(text.length)
  let at = 0
  for (const cut of [...cuts, text.length]) {
    const piece = text.subarray(at, at + cut)
    buffer.fill(0x21)
    yield buffer.subarray(0, piece.copy(buffer))
    at += piece.length
  }
}

describe('linesOf', () => {
  it('ends lines at line feeds alone, however the stream is cut and its memory used again', async () => {
    const texts = fc
      .string({ unit: 'binary', maxLength: 30 })
      .map((text) => text.toWellFormed().replace(/[\r\n]/g, '\u2028'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(texts, { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat({ max: 9 })),
        async (parts, end, isEnded, cuts) => {
          const mark = parts[0]?.startsWith('\ufeff') ? 1 : 0
          const lines = await all(linesOf(reused(Buffer.from(parts.join(end) + (isEnded ? end : '')), cuts), MAX_BYTES))
          const expected = [parts[0]?.slice(mark), ...parts.slice(1)]
          // What follows the last line feed is a line only where there is something.
          if (!isEnded && expected.at(-1) === '' && parts.at(-1) === '') expected.pop()
          expect(textsOf(lines)).toEqual(expected)
          expect(lines.map(({ number }) => number)).toEqual(lines.map((_, at) => at + 1))
        },
      ),
    )
  })

  it('keeps what ends a line elsewhere, and leaves out a mark of byte order', async () => {
    const odd = JSON.stringify({ text: 'one\u2028two\u2029three\u0085four' })
    expect(textsOf(await read([Buffer.from(`\ufeff${odd}\r\n\n${odd}`)]))).toEqual([odd, '', odd])
  })

  it('names a line that is too long or no UTF-8, and goes on after it', async () => {
    const long = Buffer.alloc(200_000, 'x')
    const chunks = [Buffer.from('a\n'), long, long, Buffer.from('\nb\n\xff\n', 'latin1'), Buffer.from('c')]
    expect(await read(chunks)).toEqual([
      { number: 1, text: 'a' },
      { number: 2, fault: 'too long' },
      { number: 3, text: 'b' },
      { number: 4, fault: 'not UTF-8' },
      { number: 5, text: 'c' },
    ])
    expect(await read([Buffer.from('abcd\nab'), Buffer.from('cd\nabc\nab'), Buffer.from('cd')], 3)).toEqual([
      { number: 1, fault: 'too long' },
      { number: 2, fault: 'too long' },
      { number: 3, text: 'abc' },
      { number: 4, fault: 'too long' },
    ])
  })

  it('tells of a line that is too long before its end, and holds none of it', async () => {
    let sent = 0
    async function* endless() {
      for (; ; sent += 65_536) yield Buffer.alloc(65_536, 'x')
    }
    for await (const line of linesOf(endless(), MAX_BYTES)) {
      expect(line).toEqual({ number: 1, fault: 'too long' })
      break
    }
    expect(sent).toBeLessThan(3 * 65_536)
  })

  it('allows each line what it is given', async () => {
    const lines = linesOf(given([Buffer.from('long head\nlong row\nrow')]), (line) => (line === 1 ? 100 : 3))
    expect(await all(lines)).toEqual([
      { number: 1, text: 'long head' },
      { number: 2, fault: 'too long' },
      { number: 3, text: 'row' },
    ])
  })

  it('comes in batches of what a piece ends', async () => {
    const batches = await all(batchesOfLines(given(['a\nb\nc', 'd', 'e\n'].map((text) => Buffer.from(text))), 9))
    expect(batches.map(textsOf)).toEqual([['a', 'b'], ['cde']])
  })
})

describe('fileLines', () => {
  it('reads a file that is longer than what is read at once, and tells of its bytes', async () => {
    const path = join(dir, 'long.jsonl')
    const content = Buffer.from(['é'.repeat(90_000), 'end'].join('\n'))
    writeFileSync(path, content)
    const seen: Buffer[] = []
    const options = { maxBytes: 2 ** 20, onBytes: (chunk: Buffer) => void seen.push(Buffer.from(chunk)) }
    expect(textsOf(await all(fileLines(path, options)))).toEqual(['é'.repeat(90_000), 'end'])
    expect(Buffer.concat(seen).equals(content)).toBe(true)
  })

  it('says when a file can’t be read', async () => {
    const options = { maxBytes: 9 }
    await expect(all(fileLines(join(dir, 'missing'), options))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(all(fileLines(dir, options))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })
})
