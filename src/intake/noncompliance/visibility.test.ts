import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OUTSIDE, RECIPIENTS, type Recipient } from './schema.ts'
import { mayAct, maySee, recipientsOf } from './visibility.ts'

const roles = fc.uniqueArray(fc.constantFrom<Recipient>(...RECIPIENTS))
const person = fc.constantFrom('per_a', 'per_b', 'per_c')
const concern = fc.record({
  recipients: roles,
  about: fc.record({ roles, people: fc.uniqueArray(person) }),
})

describe('who sees a concern', () => {
  it('is never whom it is about, whatever else they hold', () => {
    fc.assert(
      fc.property(concern, roles, person, (of, held, personId) => {
        const viewer = { personId, roles: new Set<string>([...held, 'administrator', 'analyst']) }
        const isAbout = of.about.people.includes(personId) || of.about.roles.some((role) => held.includes(role))
        if (isAbout) expect([maySee(of, viewer), mayAct(of, viewer)]).toEqual([false, false])
      }),
    )
  })

  it('is nobody but its recipients', () => {
    fc.assert(
      fc.property(concern, roles, person, (of, held, personId) => {
        const sees = maySee(of, { personId, roles: new Set(held) })
        if (sees) expect(held.some((role) => of.recipients.includes(role))).toBe(true)
        if (mayAct(of, { personId, roles: new Set(held) })) expect(sees).toBe(true)
      }),
    )
  })

  it('acts only when it is more than an auditor', () => {
    const of = { recipients: [...RECIPIENTS], about: { roles: [], people: [] } }
    expect(maySee(of, { personId: 'per_x', roles: new Set(['auditor']) })).toBe(true)
    expect(mayAct(of, { personId: 'per_x', roles: new Set(['auditor']) })).toBe(false)
  })
})

describe('recipients', () => {
  it('always hold somebody from outside the line and somebody who can act, and never whom it is about', () => {
    let taken = 0
    fc.assert(
      fc.property(roles, roles, (chosen, about) => {
        const left = recipientsOf(chosen, about)
        if (left === null) return
        taken++
        expect(left.some((role) => OUTSIDE.some((one) => one === role))).toBe(true)
        expect(left.some((role) => role !== 'auditor')).toBe(true)
        expect(left.filter((role) => about.includes(role) || !chosen.includes(role))).toEqual([])
      }),
    )
    expect(taken).toBeGreaterThan(10)
  })

  it.each<[string, Recipient[], Recipient[]]>([
    ['the officer alone', ['rso'], []],
    ['the officer and the chief executive', ['rso', 'ceo', 'ciso'], []],
    ['an auditor alone', ['auditor'], []],
    ['the board about the board', ['board', 'rso'], ['board']],
    ['nobody', [], []],
  ])('are not enough as %s', (_, chosen, about) => {
    expect(recipientsOf(chosen, about)).toBeNull()
  })
})
