import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileType } from './file-type.ts'
import { plainName } from './files.ts'

/** Of any code units, lone surrogates too. */
const anyText = fc.uint16Array({ maxLength: 300 }).map((codes) => String.fromCharCode(...codes))
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const PNG = hex('89504e470d0a1a0a 0000000d49484452 00000001000000010802000000 907753de 0000000049454e44ae426082')
const JPEG = hex('ffd8ffe000104a46494600010100000100010000ffd9')
const WEBP = Buffer.concat([Buffer.from('RIFF'), hex('0c000000'), Buffer.from('WEBPVP8L'), hex('00000000')])
const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')
const ZIP = hex('504b0304140000000000')
const refusal = (bytes: Buffer | string) => {
  const found = fileType(Buffer.from(bytes))
  return 'refusal' in found ? found.refusal : null
}

describe('what a file is', () => {
  it.each([
    ['png', PNG],
    ['jpeg', JPEG],
    ['webp', WEBP],
    ['pdf', PDF],
    ['text', Buffer.from('# What I saw\n\n| a | b |\n')],
    ['text', Buffer.from('{"messages":[{"role":"user","content":"<b>hi</b>"}]}')],
    ['text', Buffer.from('time,user\r\n1,Zoë\r\n')],
    ['text', Buffer.from('\ufeffwith a mark')],
    ['age', Buffer.from('age-encryption.org/v1\n-> X25519 x\n')],
  ])('shows in its bytes: %s', (type, bytes) => {
    expect(fileType(bytes)).toEqual({ type })
  })

  it.each([
    ['an archive', ZIP, 'unpack it'],
    ['an empty archive', hex('504b0506'), 'unpack it'],
    ['gzip', hex('1f8b0800'), 'unpack it'],
    ['7z', hex('377abcaf271c'), 'unpack it'],
    ['rar', Buffer.from('Rar!\x1a\x07'), 'unpack it'],
    ['an old office file', hex('d0cf11e0a1b11ae1'), 'PDF'],
    ['a Windows program', Buffer.from('MZ\x90\x00'), 'in words'],
    ['an ELF program', Buffer.from('\x7fELF\x02'), 'in words'],
    ['a picture that moves', Buffer.from('GIF89a'), 'PNG'],
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a page', '<!DOCTYPE html><script>alert(1)</script>', 'HTML'],
    ['a page after blanks', ' \n\t<HTML><body>', 'HTML'],
    ['a page after a mark', '\ufeff<html>', 'HTML'],
    ['a page after a comment', '<!-- x --><script>', 'HTML'],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'SVG'],
    ['XML', '<?xml version="1.0"?><svg/>', 'XML'],
    ['Latin-1', hex('c4e96e'), 'not taken'],
    ['UTF-16', hex('fffe68006900'), 'not taken'],
    ['a tar', Buffer.concat([Buffer.from('a.txt'), Buffer.alloc(600)]), 'control characters'],
    ['text that moves a terminal', 'log \x1b[2J', 'control characters'],
    ['text with an end in it', 'a\0b', 'control characters'],
  ])('is refused with what to do: %s', (_, bytes, advice) => {
    expect(refusal(Buffer.from(bytes))).toContain(advice)
  })

  it.each([
    ['png', PNG],
    ['jpeg', JPEG],
    ['webp', WEBP],
  ])('is refused when another file hides behind a %s', (_, bytes) => {
    for (const behind of [ZIP, Buffer.from('<script>alert(1)</script>'), Buffer.of(0)])
      expect(refusal(Buffer.concat([bytes, behind]))).toContain('appended')
    expect(refusal(bytes.subarray(0, -1))).not.toBeNull()
  })

  it('is never more than one of the list, whatever the bytes', () => {
    const starts = fc.constantFrom(
      PNG.subarray(0, 8),
      JPEG.subarray(0, 3),
      WEBP.subarray(0, 12),
      Buffer.from('%PDF-'),
      Buffer.alloc(0),
    )
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const found = fileType(Buffer.concat([start, rest]))
        if ('refusal' in found) expect(found.refusal).toMatch(/[.]$/)
        else expect(['png', 'jpeg', 'webp', 'pdf', 'text', 'age']).toContain(found.type)
      }),
    )
  })

  it('does not take long to tell, of chunks that lead nowhere', () => {
    const chunks = Buffer.concat([PNG.subarray(0, 8), Buffer.alloc(4_800_000, hex('000000006141414100000000'))])
    const startedMs = performance.now()
    expect(refusal(chunks)).toContain('appended')
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })
})

describe('the name of a file', () => {
  it('is its last part, without what misleads', () => {
    expect(plainName('../../etc/passwd')).toBe('passwd')
    expect(plainName('C:\\Users\\me\\a.txt')).toBe('a.txt')
    expect(plainName('photo\u202egnp.exe\r\nSet-Cookie: x')).toBe('photognp.exeSet-Cookie: x')
    expect(plainName('/')).toBe('file')
    expect(plainName('\u200b\u0000')).toBe('file')
  })

  it('never breaks a header or grows', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const plain = plainName(name)
        expect(plain).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}/\\]+$/u)
        expect([...plain].length).toBeLessThanOrEqual(120)
      }),
    )
  })
})
