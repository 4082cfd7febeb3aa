import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf, isEvent } from './event-fault.ts'
import { LedgerEvent } from './schema.ts'

const GOOD: LedgerEvent = {
  id: 'dec_1',
  time: '2026-11-21T20:16:17.633Z',
  kind: 'gateway.decision',
  actor: { type: 'key', id: 'key_1' },
  subject: { type: 'request', id: 'dec_1' },
  digests: { request: 'ab' },
  policy: { version: '1', digest: 'cd' },
  data: {},
}

/** Values that a field may hold by mistake, good ones among them. */
const values = fc.oneof(
  fc.constantFrom(
    '',
    'gateway.decision',
    'Gateway',
    'gateway',
    'staff',
    'key',
    '2026-02-30T00:00:00Z',
    '2026-02-28T00:00:00Z',
    'now',
  ),
  fc.string(),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }).map((date) => date.toISOString()),
  fc.integer(),
  fc.constant(null),
  fc.constant({ type: 'key', id: 'x'.repeat(201) }),
  fc.record({ type: fc.constantFrom('key', 'nobody'), id: fc.oneof(fc.string(), fc.integer()) }),
  fc.record({ version: fc.string(), digest: fc.oneof(fc.string(), fc.integer()) }),
  fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
)

describe('faultOf', () => {
  it('finds no fault with a good event, with and without a policy', () => {
    const { policy: _, ...without } = GOOD
    expect([faultOf(GOOD), faultOf(without)]).toEqual([null, null])
  })

  it('refuses what the schema refuses, and nothing else', () => {
    const field = fc.constantFrom('id', 'time', 'kind', 'actor', 'subject', 'digests', 'policy')
    fc.assert(
      fc.property(field, values, (name, value) => {
        const event = { ...GOOD, [name]: value } as LedgerEvent
        expect(faultOf(event) === null).toBe(LedgerEvent.safeParse(event).success)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('isEvent', () => {
  it('takes for an event what the schema takes for one', () => {
    const field = fc.constantFrom('id', 'time', 'kind', 'actor', 'subject', 'digests', 'policy', 'data')
    const json = fc.oneof(values, fc.jsonValue())
    fc.assert(
      fc.property(field, json, (name, value) => {
        const event: unknown = { ...GOOD, [name]: value }
        expect(isEvent(event)).toBe(LedgerEvent.safeParse(event).success)
      }),
      { numRuns: 2_000 },
    )
    expect([null, [], 'x', {}].map(isEvent)).toEqual([false, false, false, false])
  })
})
