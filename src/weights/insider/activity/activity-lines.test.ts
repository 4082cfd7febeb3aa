import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Activity, SOURCES } from './activity.ts'
import { readActivityLine, writeActivityLine } from './activity-lines.ts'
import { Fault } from './fault.ts'
import { linesOf } from './lines.ts'

const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !text.includes('\0'))
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })
const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const field = fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null))
const activities: fc.Arbitrary<Activity> = fc.record({
  id: name,
  timeMs: fc.nat({ max: 253_402_300_799_999 }),
  source: fc.constantFrom(...SOURCES),
  kind: fc.stringMatching(/^[a-z]{1,9}(\.[A-Za-z_]{1,9}){1,2}$/),
  ...{ person: maybe(name), host: maybe(name), grant: maybe(name), version: maybe(name) },
  ...{ file: maybe(whole), start: maybe(whole), bytes: whole },
  outcome: fc.constantFrom('success', 'failure'),
  place: maybe(
    fc.record({
      ip: maybe(fc.ipV4()),
      latitude: maybe(fc.double({ min: -90, max: 90, noNaN: true })),
      longitude: maybe(fc.double({ min: -180, max: 180, noNaN: true })),
    }),
  ),
  subject: maybe(fc.record({ type: name, id: name })),
  data: fc.dictionary(
    name.filter((text) => text !== '__proto__'),
    field,
    { maxKeys: 8 },
  ),
})

const good = '{"id":"evt_1","timeMs":5,"source":"ledger","kind":"weights.read"}'
const saysOf = (text: string) => {
  const read = readActivityLine(text)
  return read instanceof Fault ? read.says : 'taken'
}
const withIn = (more: string) => `${good.slice(0, -1)},${more}}`

describe('an activity as a line', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(activities, (activity) => {
        const line = writeActivityLine(activity)
        expect(line).not.toContain('\n')
        // -0 has no form of its own in JSON.
        expect(readActivityLine(line)).toEqual(JSON.parse(JSON.stringify(activity)))
      }),
    )
  })

  it('leaves out what is empty, and reads that as empty', () => {
    const read = readActivityLine(good)
    expect(read).toMatchObject({ bytes: 0, outcome: 'success', person: null, place: null, subject: null, data: {} })
    expect(read instanceof Fault ? '' : writeActivityLine(read)).toBe(good)
  })

  it.each([
    ['', 'no JSON'],
    ['[]', 'no JSON object'],
    ['null', 'no JSON object'],
    ['{"id":"x"}', 'timeMs'],
    [withIn('"surprise":1'), 'a name that no activity has'],
    [withIn('"bytes":-1'), 'bytes'],
    [withIn('"bytes":1e999'), 'bytes'],
    [withIn('"bytes":0.5'), 'bytes'],
    [withIn('"outcome":"maybe"'), 'outcome'],
    [withIn('"data":{"a":{}}'), 'data'],
    [withIn('"data":{"a":1e999}'), 'data'],
    [withIn('"data":{"__proto__":1}'), 'data'],
    [withIn(`"data":{"a":"${'x'.repeat(2_001)}"}`), 'data'],
    [withIn(`"person":"${'x'.repeat(201)}"`), 'person'],
    [withIn('"person":"a\\u0000b"'), 'a NUL'],
    [withIn('"data":{"a":"\\ud800"}'), 'a NUL or a lone surrogate'],
    [withIn('"place":{"latitude":91}'), 'place'],
    [withIn('"place":{"street":"x"}'), 'place'],
    [withIn('"subject":{"type":"a"}'), 'subject'],
    [good.replace('weights.read', 'Weights Read'), 'kind'],
    [good.replace('"ledger"', '"gossip"'), 'source'],
    [good.replace(':5', ':"5"'), 'timeMs'],
    [`${'['.repeat(70_000)}`, 'longer'],
    ['['.repeat(60_000), 'no JSON'],
  ])('says what is wrong with %.60s', (line, says) => {
    expect(saysOf(line)).toContain(says)
  })

  it('never throws, and quotes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = readActivityLine(text)
        if (read instanceof Fault && text.length > 12) expect(read.says).not.toContain(text)
      }),
    )
  })
})

describe('lines of a stream', () => {
  const linesIn = async (chunks: readonly Uint8Array[]) => {
    const all: (string | Fault)[] = []
    for await (const lines of linesOf(
      (async function* () {
        yield* chunks
      })(),
    ))
      all.push(...lines)
    return all
  }

  it('are the same however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' '))),
        fc.array(fc.nat({ max: 9 })),
        async (texts, cuts) => {
          let rest = Buffer.from(texts.join('\r\n'))
          const chunks = cuts.map((cut) => {
            const chunk = rest.subarray(0, cut)
            rest = rest.subarray(cut)
            return chunk
          })
          expect(await linesIn([...chunks, rest])).toEqual(texts.filter((text) => text !== ''))
        },
      ),
    )
  })

  it('go on after one that is too long, or not UTF-8', async () => {
    const long = Buffer.alloc(200_000, 'x')
    const read = await linesIn([Buffer.from('a\n'), long, long, Buffer.from('\nb\n\xff\n', 'latin1'), Buffer.from('c')])
    expect(read.map((line) => (line instanceof Fault ? line.says : line))).toEqual([
      'a',
      'longer than 65536 bytes',
      'b',
      'no valid UTF-8',
      'c',
    ])
  })
})
