import { z } from 'zod'
import { Role } from '../roles.ts'

/** Somebody of these roles must agree, `count` different people. */
export const ApprovalGroup = z
  .object({
    name: z.string().min(1).max(100),
    roles: z.array(Role).min(1),
    count: z.int().min(1).max(10),
  })
  .meta({ id: 'ApprovalGroup' })
export type ApprovalGroup = z.infer<typeof ApprovalGroup>

/**
 * Who decides on an action. `single`: one person, at once; for halting and restricting. `quorum`: somebody asks, and every group agrees,
 * each person counting for one seat; who asks never agrees, so that at least two different people take part.
 */
export const ApprovalRule = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('single'), requesters: z.array(Role).min(1) }),
    z.object({
      kind: z.literal('quorum'),
      requesters: z.array(Role).min(1),
      groups: z.array(ApprovalGroup).min(1).max(10),
      excluded: z
        .array(z.string())
        .default([])
        .meta({ description: 'people who may not agree because it is about them' }),
    }),
  ])
  .meta({ id: 'ApprovalRule' })
export type ApprovalRule = z.output<typeof ApprovalRule>
export type QuorumRule = Extract<ApprovalRule, { kind: 'quorum' }>

/**
 * Somebody of `requesters` asks and another person of `seconds` agrees; the most common rule.
 *
 * @param seconds the same roles when left out
 * @param excluded people whom it is about
 */
export function twoPeople(
  requesters: readonly Role[],
  seconds: readonly Role[] = requesters,
  excluded: readonly string[] = [],
): QuorumRule {
  return {
    kind: 'quorum',
    requesters: [...requesters],
    groups: [{ name: 'second person', roles: [...seconds], count: 1 }],
    excluded: [...excluded],
  }
}

/** Somebody who is known by these, however many keys they have. */
export interface Identity {
  readonly personId: string
  /** At the identity provider; null for who isn't known there. */
  readonly subject: string | null
}

/** Somebody who agreed, with what they hold now. */
export interface Supporter extends Identity {
  readonly roles: ReadonlySet<Role>
  /** Roles that they hold in another person's stead. */
  readonly deputises: readonly { readonly role: Role; readonly principal: string }[]
}

export interface MissingSeats {
  readonly group: string
  readonly roles: readonly Role[]
  readonly count: number
}

/**
 * Seats people on a quorum.
 *
 * Each different person fills one seat at most, seats are filled as well as they can be (maximum matching), and these never fill one: who
 * asked, whom the rule excludes, a deputy of who asked, a deputy beside their principal.
 *
 * @returns who sits, and which seats are empty
 */
export function seat(
  rule: QuorumRule,
  requester: Identity,
  supporters: readonly Supporter[],
): { seated: string[]; missing: MissingSeats[] } {
  const people = distinct(supporters).filter(
    (person) => !samePerson(person, requester) && !rule.excluded.includes(person.personId),
  )
  const seats = rule.groups.flatMap((group) => Array.from({ length: group.count }, () => group))
  const holderOf = new Map<number, Supporter>()
  for (const person of people) fill(person, { seats, holderOf, requester, people }, new Set())
  const missing = rule.groups.flatMap((group) => {
    const empty = seats.filter((seat, i) => seat === group && !holderOf.has(i)).length
    return empty === 0 ? [] : [{ group: group.name, roles: group.roles, count: empty }]
  })
  return { seated: [...holderOf.values()].map(({ personId }) => personId), missing }
}

/** Whether this person could fill any seat at all: who can't, is not let sign. */
export function maySupport(rule: QuorumRule, requester: Identity, person: Supporter): boolean {
  if (samePerson(person, requester) || rule.excluded.includes(person.personId)) return false
  return rule.groups.some((group) => fits(person, group, requester, [person]))
}

export function samePerson(a: Identity, b: Identity): boolean {
  return a.personId === b.personId || (a.subject !== null && a.subject === b.subject)
}

interface Table {
  readonly seats: readonly ApprovalGroup[]
  readonly holderOf: Map<number, Supporter>
  readonly requester: Identity
  readonly people: readonly Supporter[]
}

/** Seats a person, moving others to seats that fit them too: an augmenting path of bipartite matching (Kuhn). */
function fill(person: Supporter, table: Table, tried: Set<number>): boolean {
  for (const [i, seat] of table.seats.entries()) {
    if (tried.has(i) || !fits(person, seat, table.requester, table.people)) continue
    tried.add(i)
    const holder = table.holderOf.get(i)
    if (holder === undefined || fill(holder, table, tried)) {
      table.holderOf.set(i, person)
      return true
    }
  }
  return false
}

function fits(person: Supporter, group: ApprovalGroup, requester: Identity, people: readonly Supporter[]): boolean {
  if (group.roles.some((role) => person.roles.has(role))) return true
  return person.deputises.some(
    ({ role, principal }) =>
      group.roles.includes(role) &&
      principal !== requester.personId &&
      !people.some(({ personId }) => personId === principal),
  )
}

/** One of each person, the first. */
function distinct(supporters: readonly Supporter[]): Supporter[] {
  return supporters.filter((person, i) => !supporters.slice(0, i).some((earlier) => samePerson(earlier, person)))
}
