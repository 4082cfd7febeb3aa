import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Activity, SOURCES } from './activity.ts'
import { readActivityLine, writeActivityLine } from './activity-lines.ts'
import { Fault } from './fault.ts'

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
