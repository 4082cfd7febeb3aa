import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runs } from '../../../test/support/runs.ts'
import { type Member, StaffWorld } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { AppError } from '../../base/errors.ts'
import type { DbHandle } from '../../db/index.ts'
import { newAssignment } from '../assignments.ts'
import type { Approved, Role } from '../index.ts'
import { ASSIGNMENT } from '../records.ts'
import * as store from '../store.ts'

const DAY_MS = 86_400_000
const PEOPLE = 7
/** Who holds what; two people hold two roles each, two more are one subject at the identity provider. */
const ROLES: readonly (readonly Role[])[] = [
  ['rso'],
  ['ceo'],
  ['ciso', 'rso'],
  ['ceo', 'board'],
  ['analyst'],
  ['rso'],
  [],
]
const SUBJECTS = [null, null, null, null, null, 'twin', 'twin']
/** Holds a role only in the stead of person 1. */
const DEPUTY = 6

interface Tracked {
  readonly id: string
  readonly kind: 'halt' | 'resume' | 'decide'
  readonly requester: number
  readonly expiresAtMs: number
  /** Who agreed successfully, while it was open. */
  readonly agreed: Set<number>
  closed: boolean
}

/** What must be true, kept beside the real thing. */
interface Model {
  readonly requests: Tracked[]
  readonly left: Set<number>
  /** Carried out in a step before this one. */
  readonly seen: Set<string>
}

interface Real {
  readonly world: StaffWorld
  readonly members: readonly Member[]
  readonly executed: { id: string; approved: Approved; what: string }[]
}

type Command = fc.AsyncCommand<Model, Real>

const subjectOf = (person: number) => SUBJECTS[person] ?? `person ${person}`
/** Counted from the newest. */
const pick = <T>(items: readonly T[], n: number): T | undefined => items.at(-1 - (n % Math.max(1, items.length)))

async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    // A refusal is a clear answer; anything else is a defect.
    expect(error).toBeInstanceOf(AppError)
    expect(error instanceof AppError ? error.status : 500).toBeLessThan(500)
    return null
  }
}

/** After every step: what was carried out was decided by the people whom its rule wants, each thing once. */
function check(model: Model, { executed, members }: Real): void {
  expect(new Set(executed.map(({ id }) => id)).size).toBe(executed.length)
  for (const { id, approved, what } of executed) {
    const request = model.requests.find((r) => r.id === id)
    if (request === undefined) throw new Error('carried out what nobody asked for')
    const people = approved.approvers.map((personId) => members.findIndex((m) => m.id === personId))
    expect(approved.requester).toBe(members[request.requester]?.id)
    if (what === 'halt') {
      expect(people).toEqual([])
      continue
    }
    for (const person of people) expect(request.agreed).toContain(person)
    const subjects = new Set(people.map(subjectOf))
    expect(subjects).not.toContain(subjectOf(request.requester))
    expect(people).toHaveLength(what === 'decide' ? 2 : 1)
    expect(subjects.size).toBe(people.length)
    // Who had left when it was decided did not count.
    if (!model.seen.has(id)) for (const person of people) expect(model.left).not.toContain(person)
    model.seen.add(id)
    expect(Date.parse(approved.approvedAt)).toBeLessThan(request.expiresAtMs)
  }
}

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real)
    check(model, real)
  },
  toString: () => name,
})

const request = (kind: Tracked['kind'], person: number, minutes: number): Command =>
  command(`${person} asks to ${kind} for ${minutes} min`, async (model, { world, members }) => {
    const made = await attempt(() =>
      world.staff.approvals.request({
        action: kind,
        payload: { n: minutes },
        reason: 'r',
        requester: members[person]?.id ?? '',
        expiresInMs: minutes * 60_000,
      }),
    )
    if (made === null) return
    expect(model.left).not.toContain(person)
    const expiresAtMs = Date.parse(made.expiresAt)
    model.requests.push({
      id: made.id,
      kind,
      requester: person,
      expiresAtMs,
      agreed: new Set(),
      closed: made.state !== 'pending',
    })
    expect(made.state).toBe(kind === 'halt' ? 'executed' : 'pending')
  })

const approve = (person: number, n: number): Command =>
  command(`${person} agrees to request ${n}`, async (model, { world, members }) => {
    const request = pick(model.requests, n)
    const member = members[person]
    if (request === undefined || member === undefined) return
    const wasOpen = !request.closed && world.clock.now() < request.expiresAtMs
    request.agreed.add(person)
    const given = await attempt(() => world.approve(request.id, member))
    if (given === null) {
      if (!(await voted(world, request.id, member))) request.agreed.delete(person)
      return
    }
    expect(wasOpen).toBe(true)
    expect(model.left).not.toContain(person)
    expect(subjectOf(person)).not.toBe(subjectOf(request.requester))
    request.closed = given.state !== 'pending'
  })

const approveAs = (signer: number, person: number, n: number): Command =>
  command(`${signer} signs request ${n} in the name of ${person}`, async (model, { world, members }) => {
    const request = pick(model.requests, n)
    const key = members[signer]?.key
    if (request === undefined || key === undefined || signer === person) return
    const given = await attempt(() => world.approve(request.id, { id: members[person]?.id ?? '', key }))
    expect(given).toBeNull()
  })

const close = (how: 'deny' | 'withdraw', person: number, n: number): Command =>
  command(`${person} tries to ${how} request ${n}`, async (model, { world, members }) => {
    const request = pick(model.requests, n)
    if (request === undefined) return
    const done = await attempt(() => world.staff.approvals[how](request.id, members[person]?.id ?? '', 'no'))
    if (done === null) return
    expect(how === 'withdraw').toBe(person === request.requester)
    request.closed = true
  })

const leave = (person: number): Command =>
  command(`${person} leaves`, async (model, { world, members }) => {
    await world.staff.people.deactivate(members[person]?.id ?? '', { type: 'system', id: 'scim' }, 'left')
    model.left.add(person)
    for (const request of model.requests) if (request.requester === person) request.closed = true
  })

const time = (how: 'advance' | 'jump', minutes: number): Command =>
  command(`the clock goes ${how} ${minutes} min`, async (_, { world }) => {
    world.clock[how](minutes * 60_000)
    await world.staff.catchUp()
  })

const reopen = (real: { register(world: StaffWorld): void }): Command =>
  command('the process starts anew', async (_, { world }) => {
    await world.reopen()
    real.register(world)
    await world.staff.catchUp()
  })

async function voted(world: StaffWorld, id: string, { id: personId }: Member): Promise<boolean> {
  const { votes } = await world.staff.approvals.get(id)
  return votes.some((vote) => vote.personId === personId && vote.decision === 'approve')
}

describe.each(storeKinds('approval model'))('approvals by many people in any order on $kind', ({ create, kind }) => {
  let testStore: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })

  const setup = async (): Promise<{ model: Model; real: Real; register(world: StaffWorld): void }> => {
    const world = await StaffWorld.open(handle)
    const executed: Real['executed'] = []
    const schema = z.object({ n: z.number() })
    const register = ({ staff: { approvals } }: StaffWorld) => {
      const execute = (what: string) => async (_: unknown, approved: Approved) => {
        executed.push({ id: approved.id, approved, what })
      }
      approvals.registerAction('halt', {
        schema,
        rule: () => ({ kind: 'single', requesters: ['rso', 'ceo', 'ciso', 'analyst'] }),
        execute: execute('halt'),
      })
      approvals.registerAction('resume', {
        schema,
        rule: () => ({
          kind: 'quorum',
          requesters: ['rso', 'ceo', 'ciso'],
          groups: [{ name: 'second', roles: ['rso', 'ceo', 'ciso'], count: 1 }],
          excluded: [],
        }),
        execute: execute('resume'),
      })
      approvals.registerAction('decide', {
        schema,
        rule: () => ({
          kind: 'quorum',
          requesters: ['analyst', 'rso', 'ceo'],
          groups: [
            { name: 'executive', roles: ['ceo'], count: 1 },
            { name: 'officer', roles: ['rso'], count: 1 },
          ],
          excluded: [],
        }),
        execute: execute('decide'),
      })
    }
    register(world)
    const members: Member[] = []
    for (let i = 0; i < PEOPLE; i++) members.push(await world.member(ROLES[i] ?? [], { subject: SUBJECTS[i] ?? null }))
    const deputyship = { personId: members[DEPUTY]?.id ?? '', role: 'ceo', source: 'approval' } as const
    const expiresAt = new Date(world.clock.now() + 20 * DAY_MS).toISOString()
    const deputyFor = members[1]?.id ?? ''
    await store.keep(handle.db, ASSIGNMENT, newAssignment(world.staff.context, { ...deputyship, expiresAt, deputyFor }))
    return { model: { requests: [], left: new Set(), seen: new Set() }, real: { world, members, executed }, register }
  }

  it('are never decided by fewer different people than they take, nor by who asked', async () => {
    const person = fc.nat(PEOPLE - 1)
    const index = fc.nat(2)
    const minutes = fc.integer({ min: 1, max: 600 })
    let register: (world: StaffWorld) => void = () => {}
    const signAsOther = fc.tuple(person, person, index).map((a) => approveAs(...a))
    const some = fc.integer({ min: 1, max: 30 })
    const agree = fc.tuple(person, index).map((a) => approve(...a))
    const ask = fc
      .tuple(fc.constantFrom('halt' as const, 'resume' as const, 'resume' as const, 'decide' as const), person, minutes)
      .map((a) => request(...a))
    // Rare enough that others get to a decision in between.
    const rarely = fc.oneof(
      fc.tuple(fc.constantFrom('deny' as const, 'withdraw' as const), person, index).map((a) => close(...a)),
      person.map(leave),
      fc.integer({ min: -600, max: 600 }).map((by) => time('jump', by)),
      fc.constant(null).map(() => reopen({ register: (world) => register(world) })),
    )
    const commands = fc.commands(
      [ask, ask, agree, agree, agree, agree, agree, agree, signAsOther, some.map((by) => time('advance', by)), rarely],
      { maxCommands: 50, size: 'max' },
    )
    let executed = 0
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const made = await setup()
        register = made.register
        await fc.asyncModelRun(() => made, sequence)
        executed += made.real.executed.filter(({ what }) => what !== 'halt').length
      }),
      { numRuns: runs(kind === 'embedded' ? 15 : 40) },
    )
    // The property says nothing if nothing is ever decided.
    expect(executed).toBeGreaterThan(0)
  }, 120_000)
})
