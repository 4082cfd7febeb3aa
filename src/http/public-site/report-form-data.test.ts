import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../base/errors.ts'
import { boundaryOf, type FormData as Form, type FormLimits, FormReader } from './report-form-data.ts'

const LIMITS: FormLimits = {
  totalBytes: 40_000,
  fieldBytes: { kind: 40, story: 2_000 },
  fileField: 'file',
  files: 3,
  fileBytes: 10_000,
}
const BOUNDARY = '----x'
const part = (head: string, body: string | Buffer = '') =>
  Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), Buffer.from(body), Buffer.from('\r\n')])
const field = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value)
const file = (name: string, body: string | Buffer) =>
  part(`Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/svg+xml`, body)
const END = Buffer.from(`--${BOUNDARY}--\r\n`)

function read(pieces: readonly Uint8Array[], boundary = BOUNDARY): Form {
  const reader = new FormReader(boundary, LIMITS)
  for (const piece of pieces) reader.push(piece)
  return reader.end()
}
const refusal = (...pieces: Uint8Array[]) => {
  try {
    read(pieces)
    return null
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

describe('a form as browsers send it', () => {
  it('is read', () => {
    const { fields, files } = read([
      field('kind', 'security'),
      field('story', 'a\r\nb'),
      file('a.png', 'x'),
      file('', ''),
      END,
    ])
    expect([...fields]).toEqual([
      ['kind', 'security'],
      ['story', 'a\r\nb'],
    ])
    expect(files).toEqual([{ name: 'a.png', bytes: Buffer.from('x') }])
  })

  it('is what Node’s own encoder makes of the same, in whatever pieces it comes', async () => {
    const names = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((name) => !/[\r\n"\0]/.test(name) && name.isWellFormed())
    const given = fc.record({
      story: fc
        .string({ unit: 'grapheme', maxLength: 300 })
        .filter((text) => text.isWellFormed() && !/[\r\n]/.test(text)),
      files: fc.array(fc.tuple(names, fc.uint8Array({ minLength: 1, maxLength: 300 })), { maxLength: 3 }),
      cuts: fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
    })
    await fc.assert(
      fc.asyncProperty(given, async ({ story, files, cuts }) => {
        const form = new FormData()
        form.append('story', story)
        for (const [name, bytes] of files) form.append('file', new File([bytes], name))
        const request = new Request('http://localhost', { method: 'POST', body: form })
        const body = Buffer.from(await request.arrayBuffer())
        const pieces: Buffer[] = []
        let at = 0
        for (const cut of [...cuts, body.length]) {
          pieces.push(body.subarray(at, at + cut))
          at += cut
        }
        const parsed = read(pieces, boundaryOf(request.headers.get('content-type') ?? ''))
        expect(parsed.fields.get('story')).toBe(story)
        expect(parsed.files.map(({ bytes }) => [...bytes])).toEqual(files.map(([, bytes]) => [...bytes]))
        expect(parsed.files.map(({ name }) => name)).toEqual(files.map(([name]) => name))
      }),
      // A name may hold what Unicode, and a regular expression's dot, take for the end of a line.
      { numRuns: 50, examples: [[{ story: '', files: [['\u2028\u2029.txt', Uint8Array.of(0)]], cuts: [] }]] },
    )
  })

  it('is the same cut anywhere', () => {
    const body = Buffer.concat([
      field('story', `nearly\r\n--${BOUNDARY.slice(0, -1)}\r\n-`),
      file('a.txt', '\r\n--'),
      END,
    ])
    const whole = read([body])
    for (let at = 0; at <= body.length; at++) expect(read([body.subarray(0, at), body.subarray(at)])).toEqual(whole)
  })

  it.each([
    ['nothing', []],
    ['another start', [Buffer.from(`preamble\r\n`), field('kind', 'x'), END]],
    ['no end', [field('kind', 'x')]],
    ['half a part', [field('kind', 'x').subarray(0, -10)]],
    ['more after the end', [field('kind', 'x'), END, field('story', 'x')]],
    ['a boundary that goes on', [field('kind', 'x'), Buffer.from(`--${BOUNDARY}xx`)]],
    ['a field twice', [field('kind', 'x'), field('kind', 'y'), END]],
    ['a field of no form of ours', [field('admin', 'yes'), END]],
    ['a field named as what objects have', [field('__proto__', 'yes'), field('constructor', 'x'), END]],
    ['a file in a text’s place', [part('Content-Disposition: form-data; name="story"; filename="x.txt"', 'x'), END]],
    ['four files', [...Array.from({ length: 4 }, () => file('a.txt', 'x')), END]],
    [
      'a form within the form',
      [
        part(
          `Content-Disposition: form-data; name="file"; filename="x"\r\nContent-Type: multipart/mixed; boundary=y`,
          'x',
        ),
        END,
      ],
    ],
    [
      'a transfer encoding',
      [part('Content-Disposition: form-data; name="kind"\r\nContent-Transfer-Encoding: base64', 'eA=='), END],
    ],
    [
      'two dispositions',
      [part('Content-Disposition: form-data; name="kind"\r\nContent-Disposition: form-data; name="story"', 'x'), END],
    ],
    ['no disposition', [part('Content-Type: text/plain', 'x'), END]],
    ['a folded header', [part('Content-Disposition: form-data;\r\n name="kind"', 'x'), END]],
    ['a bare line feed in a header', [part('Content-Disposition: form-data; name="file"; filename="a\nb"', 'x'), END]],
    ['a return in a header', [part('Content-Disposition: form-data; name="file"; filename="a\rb"', 'x'), END]],
    ['a head without an end', [Buffer.from(`--${BOUNDARY}\r\nX-${'a'.repeat(5_000)}`)]],
    [
      'a head too long',
      [part(`Content-Disposition: form-data; name="file"; filename="${'a'.repeat(1_100)}"`, 'x'), END],
    ],
    ['another charset', [part('Content-Disposition: form-data; name="story"', Buffer.from([0xc4, 0xe9])), END]],
    [
      'line ends of another system',
      [Buffer.from(`--${BOUNDARY}\nContent-Disposition: form-data; name="kind"\n\nx\n--${BOUNDARY}--\n`)],
    ],
  ])('is refused with %s', (_, pieces) => {
    expect(refusal(...pieces)).toBe('REQUEST_INVALID')
  })

  it('is refused once it is too large, before the rest has come', () => {
    const endless = (start: Buffer) => {
      const reader = new FormReader(BOUNDARY, LIMITS)
      let taken = 0
      try {
        for (reader.push(start); taken < 1_000_000; taken += 1_000) reader.push(Buffer.alloc(1_000, 'a'))
      } catch (error) {
        return [error instanceof AppError && error.code, taken]
      }
      return ['taken', taken]
    }
    expect(endless(file('a.txt', '').subarray(0, -2))).toEqual(['REQUEST_TOO_LARGE', 10_000])
    expect(endless(field('story', '').subarray(0, -2))).toEqual(['REQUEST_TOO_LARGE', 2_000])
    expect(
      refusal(
        ...Array.from({ length: 3 }, () => file('a.txt', 'a'.repeat(9_999))),
        field('story', 'a'.repeat(2_000)),
        END,
      ),
    ).toBeNull()
  })

  it('is refused at the first part too many, of ten thousand', () => {
    const reader = new FormReader(BOUNDARY, { ...LIMITS, totalBytes: 10_000_000 })
    let taken = 0
    expect(() => {
      for (; taken < 10_000; taken++) reader.push(file(`${taken}.txt`, 'x'))
    }).toThrow('At most 3 files')
    expect(taken).toBe(3)
  })

  it.each([
    'text/plain',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="a b"',
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
    'multipart/form-data; boundary=a; boundary=b',
    'multipart/mixed; boundary=a',
    'multipart/form-data; boundary=a\r\nx: y',
  ])('is none of type %j', (type) => {
    expect(() => boundaryOf(type)).toThrow(AppError)
  })
})
