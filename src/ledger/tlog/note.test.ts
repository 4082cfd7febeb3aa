import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { formatSkey, formatVkey, parseSkey, parseVkey, publicKeyOf } from './key.ts'
import { openNote, parseNote, signNote } from './note.ts'

const v: Record<
  'peterVkey' | 'peterSkey' | 'enochVkey' | 'text' | 'peterSig' | 'enochSig' | 'exampleVkey' | 'exampleNote',
  string
> & {
  badVkeys: string[]
} = JSON.parse(readFileSync(new URL('../../../test/vectors/ledger/signed-note.json', import.meta.url), 'utf8'))
const peter = parseVkey(v.peterVkey)
const enoch = parseVkey(v.enochVkey)
const both = `${v.text}\n${v.peterSig}${v.enochSig}`

/** Every proper substring, and every copy with one character raised by one. */
function manglings(text: string): string[] {
  const out: string[] = []
  for (let i = 0; i <= text.length; i++)
    for (let j = i + 1; j <= text.length; j++) if (i !== 0 || j !== text.length) out.push(text.slice(i, j))
  for (let i = 0; i < text.length; i++)
    out.push(text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) + 1) + text.slice(i + 1))
  return out
}

describe('keys', () => {
  it('are refused in every mangled form', async () => {
    for (const text of [...manglings(v.peterVkey), ...v.badVkeys])
      expect(() => parseVkey(text), text).toThrow(TlogError)
    for (const text of manglings(v.peterSkey)) await expect(parseSkey(text), text).rejects.toThrow(TlogError)
  })

  it('are written as they are read', async () => {
    expect((await parseSkey(v.peterSkey)).vkey).toBe(v.peterVkey)
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.stringMatching(/^[a-z./-]{1,40}$/),
        async (seed, name) => {
          const signer = await parseSkey(await formatSkey(name, seed))
          expect(signer).toMatchObject({ name, vkey: formatVkey(name, await publicKeyOf(seed)) })
          expect(parseVkey(signer.vkey)).toMatchObject({ name, id: signer.id })
        },
      ),
      { numRuns: 30 },
    )
  })

  it.each(['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003b', 'a\nb', 'a\u0000'])('may not be named %j', (name) => {
    expect(() => formatVkey(name, Buffer.alloc(32))).toThrow(TlogError)
  })
})

describe('notes', () => {
  it('are signed to the published bytes', async () => {
    expect(await signNote(v.text, [await parseSkey(v.peterSkey)])).toBe(`${v.text}\n${v.peterSig}`)
  })

  it('open with the keys that are known; others are ignored', async () => {
    expect(await openNote(both, [peter])).toEqual({ text: v.text, signedBy: [peter] })
    expect((await openNote(both, [peter, enoch])).signedBy).toEqual([peter, enoch])
    expect((await openNote(v.exampleNote, [parseVkey(v.exampleVkey)])).text).toBe('This is an example message.\n')
    await expect(openNote(both, [])).rejects.toThrow(expect.objectContaining({ code: 'SIGNATURE' }))
  })

  it('are rejected when a known key signed wrongly, even beside a good signature', async () => {
    const wrong = `${v.enochSig.slice(0, 60)}ABCD${v.enochSig.slice(60)}`
    await expect(openNote(`${v.text}\n${v.peterSig}${wrong}`, [peter, enoch])).rejects.toThrow(TlogError)
    expect((await openNote(`${v.text}\n${v.peterSig}${wrong}`, [peter])).signedBy).toEqual([peter])
  })

  it('accept many signatures, not endlessly many', async () => {
    expect((await openNote(`${v.text}\n${v.enochSig.repeat(15)}${v.peterSig}`, [peter])).signedBy).toEqual([peter])
    expect(() => parseNote(`${v.text}\n${v.peterSig.repeat(101)}`)).toThrow(TlogError)
  })

  it.each([
    ['no signature', v.text],
    ['empty signature block', `${v.text}\n`],
    ['no last newline', `${v.text}\n${v.peterSig.slice(0, -1)}`],
    ['control character', `\u0001${v.text}\n${v.peterSig}`],
    ['space in the name', `${v.text}\n${v.peterSig.replace('PeterNeumann', 'Bad Name')}`],
    ['line after the signatures', `${v.text}\n${v.peterSig}Unexpected line.\n`],
    ['text without newline', `abc\n${v.peterSig}`],
  ])('are malformed with %s', async (_, note) => {
    await expect(openNote(note, [peter])).rejects.toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })

  it('are malformed when not UTF-8', async () => {
    const note = Buffer.concat([Buffer.of(0xff), Buffer.from(`${v.text}\n${v.peterSig}`)])
    await expect(openNote(note, [peter])).rejects.toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })

  it('do not survive a change of any character of their text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(v.text.length - 1), fc.integer({ min: 32, max: 126 }), async (at, code) => {
        fc.pre(v.text.charCodeAt(at) !== code)
        const changed = v.text.slice(0, at) + String.fromCharCode(code) + v.text.slice(at + 1)
        await expect(openNote(`${changed}\n${v.peterSig}`, [peter])).rejects.toThrow(TlogError)
      }),
    )
  })

  it('never throw anything but a TlogError on arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' })), async (note) => {
        await expect(openNote(note, [peter])).rejects.toThrow(TlogError)
      }),
    )
  })
})

describe('checkpoints', () => {
  const root = Buffer.alloc(32, 7)
  it('are read back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger().map(Math.abs), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, hash) => {
        const text = formatCheckpoint({ origin: 'example.com/log', size, root: hash })
        expect(parseCheckpoint(text)).toMatchObject({ origin: 'example.com/log', size })
        expect(Buffer.from(parseCheckpoint(text).root)).toEqual(Buffer.from(hash))
      }),
    )
  })

  it.each([
    'o\n01\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    'o\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    'o\n9007199254740992\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    'o\n1\nBwcH\n',
    'o\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=\n',
    '\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    'o\n1\n',
    'o\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=',
    'o\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n',
  ])('are malformed: %j', (text) => expect(() => parseCheckpoint(text)).toThrow(TlogError))

  it('are not taken from a key of another log', async () => {
    const note = await signNote(formatCheckpoint({ origin: 'other', size: 1, root }), [await parseSkey(v.peterSkey)])
    await expect(openCheckpoint(note, peter)).rejects.toThrow(expect.objectContaining({ code: 'SIGNATURE' }))
  })
})
