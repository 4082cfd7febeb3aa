import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonUnescaper, unescapeJson } from './json-escapes.ts'
import { isLabel, isMachineId, isOpaque, isPadding, readMedia } from './known.ts'

const CIPHERTEXT = Buffer.from(Array.from({ length: 96 }, (_, i) => (i * 151 + 43) % 256)).toString('base64')

describe('isMachineId', () => {
  it.each([
    'call_8f2a91',
    'chatcmpl-9a8b7c',
    'toolu_01A09q90qw90lq917835lq9',
    'msg_bdrk_01AbC',
    '0b5c4a1e-8f2d-4c3a-9b1e-aabbccddeeff',
    'user-42',
  ])('takes %s', (id) => expect(isMachineId(id)).toBe(true))
  it.each([
    'how-to-do-it',
    'sesame',
    'call_sesame',
    'call_',
    '',
    'two words 1',
    'a'.repeat(13) + 1,
    `call_${'1'.repeat(96)}`,
    'jane@example.com',
    'émigré1',
  ])('reads %j as text', (id) => expect(isMachineId(id)).toBe(false))
})

describe('labels, padding and opaque strings', () => {
  it('takes names of models, not sentences or long words', () => {
    expect(isLabel('meta-llama/Llama-3.1-8B-Instruct')).toBe(true)
    expect(isLabel('a name with spaces')).toBe(false)
    expect(isLabel('WORDSTHATRUNTOGETHERLIKETHIS')).toBe(false)
    expect(isPadding('aB3xY9')).toBe(true)
    expect(isPadding('two words')).toBe(false)
    expect(isPadding('a'.repeat(65))).toBe(false)
  })

  it('takes ciphertext, not text in base64, not letters that run on', () => {
    expect(isOpaque(CIPHERTEXT)).toBe(true)
    expect(isOpaque(Buffer.from('plain words that only look encrypted, and long enough').toString('base64'))).toBe(
      false,
    )
    expect(isOpaque('wordswithoutspacesthatgoonandonandonforever')).toBe(false)
    expect(isOpaque('words with spaces that go on and on and on for ever')).toBe(false)
    expect(isOpaque('abc')).toBe(false)
  })
})

describe('readMedia', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  it.each([
    ['ciphertext', CIPHERTEXT, true, null],
    ['an image', `data:image/png;base64,${CIPHERTEXT}`, true, null],
    ['text under its own name', `data:text/plain;base64,${base64('hello there')}`, false, 'hello there'],
    ['JSON', `data:application/json;base64,${base64('{"a":"hello"}')}`, false, '{"a":"hello"}'],
    [
      'text in another encoding',
      `data:text/plain;charset=utf-16le;base64,${Buffer.from('hello', 'utf16le').toString('base64')}`,
      false,
      'hello',
    ],
    ['percent-encoded text', 'data:,hello%20there', false, 'hello there'],
    [
      'text under the name of an image',
      `data:image/png;base64,${base64('hello there, this is a long text and no image, is it not?')}`,
      true,
      'hello there, this is a long text and no image, is it not?',
    ],
    [
      'text without a name',
      base64('hello there, this is a long text and no image, is it not?'),
      true,
      'hello there, this is a long text and no image, is it not?',
    ],
    ['words in place of data', 'hello there', true, 'hello there'],
    ['words in the type', `data:image/png;hello there;base64,${CIPHERTEXT}`, true, 'image/png;hello there;base64'],
    ['a URL', 'https://example.com/hello', true, 'https://example.com/hello'],
    ['a PDF', base64(`%PDF-1.7\n${'words and words '.repeat(8)}`), true, null],
  ])('reads %s', (_, value, media, text) => {
    expect(readMedia(value)).toEqual({ media, text })
  })

  it('reads megabytes without running out of stack', () => {
    const bytes = Buffer.alloc(6_000_000, CIPHERTEXT, 'base64')
    const long = bytes.toString('base64')
    expect(readMedia(`data:image/png;base64,${long}`)).toEqual({ media: true, text: null })
    expect(readMedia(long.replaceAll(/.{76}/g, '$&\r\n'))).toEqual({ media: true, text: null })
    expect(readMedia(`${long}!`).text).toBe(`${long}!`)
    expect(readMedia('a'.repeat(8_000_000)).media).toBe(true)
  })
})

describe('JsonUnescaper', () => {
  it('gives the letters that the tool will read, however the JSON is split', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(9)), fc.boolean(), (text, cuts, ascii) => {
        fc.pre(text.isWellFormed())
        const plain = JSON.stringify(text).slice(1, -1)
        const json = ascii
          ? plain.replaceAll(/[^\\"/\u0020-\u007e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : plain
        const unescaper = new JsonUnescaper()
        let out = ''
        let from = 0
        for (const cut of cuts) {
          out += unescaper.push(json.slice(from, from + cut))
          from += cut
        }
        expect(out + unescaper.push(json.slice(from)) + unescaper.end()).toBe(text)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['\\u0062omb', 'bomb'],
    ['C:\\q', 'C:\\q'],
    ['a\\', 'a\\'],
    ['a\\u00', 'a\\u00'],
    ['\\\\u0062', '\\u0062'],
    ['\\uzzzz', '\\uzzzz'],
  ])('reads %j as %j', (json, text) => expect(unescapeJson(json)).toBe(text))
})
