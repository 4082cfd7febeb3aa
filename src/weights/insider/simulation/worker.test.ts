import { describe, expect, it } from 'vitest'
import type { Activity } from '../index.ts'
import { Organisation } from './organisation.ts'
import { LEASE_BYTES, Worker } from './worker.ts'
import type { Person } from './world/world.ts'

const HOUR_MS = 3_600_000

function world() {
  const organisation = new Organisation({ seed: 5, people: 40, days: 10 })
  const heard: Activity[] = []
  const desk = {
    ...{ emitter: organisation.emitter, grants: organisation.grants, draw: organisation.drawOf('test') },
    heard: (activity: Activity) => heard.push(activity),
  }
  const { people } = organisation.built.world
  const one = (role: string) => people.find(({ roles }) => roles.includes(role)) as Person
  const at = (person: Person, ms: number) =>
    new Worker(desk, person, organisation.dayMs + ms, person.hosts[0] as Person['hosts'][0])
  const [version] = organisation.versions()
  if (version === undefined) throw new Error('a version is owed')
  return { organisation, heard, at, version, opener: one('security_engineer'), approver: one('weights_approver') }
}

const kindsOf = (heard: readonly Activity[]) => heard.map(({ kind }) => kind)

describe('somebody at a machine', () => {
  it('asks, is given, and reads within budget and window only', () => {
    const { heard, at, version, opener, approver } = world()
    const asking = at(opener, 9 * HOUR_MS)
    const approval = asking.requestGrant({ version, budgetBytes: 3 * LEASE_BYTES + 5, hours: 2 })
    expect(at(opener, 9 * HOUR_MS).approve(approval)).toBeNull() // nobody agrees to what they ask for themselves
    const grant = at(approver, 10 * HOUR_MS).approve(approval)
    if (grant === null) throw new Error('a grant is owed')
    expect(kindsOf(heard)).toEqual([
      'approvals.requested',
      'approvals.given',
      'approvals.approved',
      'weights.grant_given',
    ])
    expect(heard.at(-1)).toMatchObject({
      person: opener.id,
      grant: grant.id,
      data: { approvers: approver.id, use: 'program' },
    })
    const [file] = version.files
    if (file === undefined) throw new Error('a file is owed')
    expect(at(opener, 9.5 * HOUR_MS).read(grant, { file })).toBe(0) // not yet
    expect(at(opener, 11 * HOUR_MS).read(grant, { file })).toBe(3 * LEASE_BYTES)
    expect(grant.spentBytes).toBe(3 * LEASE_BYTES)
    expect(at(opener, 13 * HOUR_MS).read(grant, { file, bytes: 1 })).toBe(0) // no longer
    const reads = heard.filter(({ kind }) => kind === 'weights.read')
    expect(reads.map(({ start, bytes }) => [start, bytes])).toEqual([
      [0, LEASE_BYTES],
      [LEASE_BYTES, LEASE_BYTES],
      [2 * LEASE_BYTES, LEASE_BYTES],
    ])
    expect(
      kindsOf(heard).filter((kind) => kind === 'weights.session_started' || kind === 'weights.opened'),
    ).toHaveLength(2)
  })

  it('touches a decoy by opening it, once per session', () => {
    const { heard, at, opener, approver, organisation } = world()
    const version = organisation.versions(true).find(({ isCanary }) => isCanary)
    const bait = version?.files.find(({ isCanary }) => isCanary)
    if (version === undefined || bait === undefined) throw new Error('a decoy is owed')
    const approval = at(opener, HOUR_MS).requestGrant({ version, files: version.files })
    const grant = at(approver, 2 * HOUR_MS).approve(approval)
    if (grant === null) throw new Error('a grant is owed')
    const reader = at(opener, 3 * HOUR_MS)
    reader.read(grant, { file: bait, bytes: 10 })
    reader.read(grant, { file: bait, start: 10, bytes: 10 })
    expect(kindsOf(heard).filter((kind) => kind === 'weights.canary_touched')).toHaveLength(1)
  })

  it('lives forward: nothing happens on a day that is over', () => {
    const { organisation, at, opener } = world()
    organisation.emitter.nextDay()
    expect(() => at(opener, HOUR_MS).does('content.read')).toThrow('a day that is over')
  })
})
