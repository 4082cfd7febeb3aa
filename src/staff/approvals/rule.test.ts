import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../roles.ts'
import {
  type ApprovalGroup,
  type Identity,
  maySupport,
  type QuorumRule,
  type Supporter,
  samePerson,
  seat,
} from './rule.ts'

const quorum = (groups: ApprovalGroup[], excluded: string[] = []): QuorumRule => ({
  kind: 'quorum',
  requesters: ['rso'],
  groups,
  excluded,
})
const group = (roles: Role[], count = 1): ApprovalGroup => ({ name: roles.join('/'), roles, count })
const person = (personId: string, roles: Role[], more: Partial<Supporter> = {}): Supporter => ({
  personId,
  subject: null,
  roles: new Set(roles),
  deputises: [],
  ...more,
})
const asker: Identity = { personId: 'asker', subject: null }
const isMet = (rule: QuorumRule, people: Supporter[], requester = asker) =>
  seat(rule, requester, people).missing.length === 0

describe('a quorum', () => {
  it('takes every group, each by a person of its own', () => {
    const rule = quorum([group(['ceo']), group(['rso'])])
    expect(isMet(rule, [person('a', ['ceo', 'rso'])])).toBe(false)
    expect(isMet(rule, [person('a', ['ceo', 'rso']), person('b', ['rso'])])).toBe(true)
    expect(isMet(rule, [person('b', ['ceo', 'rso']), person('a', ['ceo'])])).toBe(true)
    expect(isMet(rule, [person('a', ['ceo']), person('b', ['ceo'])])).toBe(false)
    expect(seat(rule, asker, [person('a', ['ceo'])]).missing).toEqual([{ group: 'rso', roles: ['rso'], count: 1 }])
  })

  it('never counts who asked, under any name', () => {
    const rule = quorum([group(['rso'])])
    expect(isMet(rule, [person('asker', ['rso'])])).toBe(false)
    const asked = { personId: 'asker', subject: 's1' }
    expect(isMet(rule, [person('other', ['rso'], { subject: 's1' })], asked)).toBe(false)
  })

  it('counts two accounts of one subject once', () => {
    const rule = quorum([group(['rso'], 2)])
    const twice = [person('a', ['rso'], { subject: 's' }), person('b', ['rso'], { subject: 's' })]
    expect(isMet(rule, twice)).toBe(false)
    expect(isMet(rule, [...twice, person('c', ['rso'])])).toBe(true)
  })

  it('never counts whom it is about', () => {
    expect(isMet(quorum([group(['rso'])], ['a']), [person('a', ['rso'])])).toBe(false)
  })

  it('counts a deputy in place of the principal, not beside, and not for who asked', () => {
    const rule = quorum([group(['ciso'], 2)])
    const deputy = person('d', [], { deputises: [{ role: 'ciso', principal: 'p' }] })
    expect(isMet(rule, [deputy, person('x', ['ciso'])])).toBe(true)
    expect(isMet(rule, [deputy, person('p', ['ciso'])])).toBe(false)
    const ofAsker = person('d', [], { deputises: [{ role: 'ciso', principal: 'asker' }] })
    expect(isMet(quorum([group(['ciso'])]), [ofAsker])).toBe(false)
    expect(maySupport(quorum([group(['ciso'])]), asker, ofAsker)).toBe(false)
  })

  it('is met exactly when some seating of different people exists', () => {
    const few = ROLES.slice(0, 3)
    const roles = fc.subarray([...few], { minLength: 1 })
    const groups = fc.array(fc.record({ roles, count: fc.integer({ min: 1, max: 2 }) }), { minLength: 1, maxLength: 3 })
    const people = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 4 }),
        roles: fc.subarray([...few]),
      }),
      { maxLength: 5 },
    )
    // A person is known by one subject at most; two of the five may be one and the same.
    const subjects = fc.array(fc.constantFrom(null, 's', 't'), { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(
        groups,
        people,
        subjects,
        fc.integer({ min: 0, max: 4 }),
        (given, supporters, subjects, requester) => {
          const rule = quorum(given.map((g, i) => ({ ...g, name: `${i}` })))
          const voters = supporters.map((p) => person(`p${p.id}`, p.roles, { subject: subjects[p.id] ?? null }))
          const asking = { personId: `p${requester}`, subject: subjects[requester] ?? null }
          expect(isMet(rule, voters, asking)).toBe(seatable(rule, voters, asking))
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** By trying every seating. */
function seatable(rule: QuorumRule, voters: readonly Supporter[], requester: Identity): boolean {
  const people: Supporter[] = []
  for (const voter of voters) {
    const again = people.some(
      (p) => p.personId === voter.personId || (p.subject !== null && p.subject === voter.subject),
    )
    if (!again) people.push(voter)
  }
  const seats = rule.groups.flatMap((g) => Array.from({ length: g.count }, () => g.roles))
  const tryFrom = (i: number, taken: ReadonlySet<string>): boolean => {
    const roles = seats[i]
    if (roles === undefined) return true
    return people.some(
      (p) =>
        !samePerson(p, requester) &&
        !taken.has(p.personId) &&
        roles.some((role) => p.roles.has(role)) &&
        tryFrom(i + 1, new Set([...taken, p.personId])),
    )
  }
  return tryFrom(0, new Set())
}
