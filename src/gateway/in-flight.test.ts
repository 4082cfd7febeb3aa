import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Call } from './call.ts'
import { InFlight } from './in-flight.ts'

it('holds those that entered and have not left, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat())), (steps) => {
      const inFlight = new InFlight()
      const inside: { call: Call; leave: () => void }[] = []
      for (const [enters, pick] of steps) {
        if (enters || inside.length === 0) {
          const call = { path: `/${pick}` } as Call
          inside.push({ call, leave: inFlight.enter(call) })
        } else {
          const [gone] = inside.splice(pick % inside.length, 1)
          gone?.leave()
        }
        expect(new Set(inFlight)).toEqual(new Set(inside.map(({ call }) => call)))
        expect([...inFlight]).toHaveLength(inside.length)
        expect(inFlight.size).toBe(inside.length)
      }
    }),
  )
})
