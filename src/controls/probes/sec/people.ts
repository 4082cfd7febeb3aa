import { allItems, eachItem } from '../../../base/page.ts'
import {
  type Assignment,
  type AssignmentState,
  assignmentState,
  type CourseState,
  type Person,
  ROLES,
  type Role,
  SENSITIVE_ROLES,
  SEPARATED_ROLES,
  type TrainingRow,
} from '../../../staff/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { attested, count, day, entryOf, fails, holds, listed, record, seen, stale, unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type PeopleWorld = Pick<World, 'staff' | 'entries' | 'access' | 'attestations' | 'config' | 'clock'>

const PEOPLE = 'console: /people'
const TRAINING = 'safelevel training status'
/** What nobody does on a click alone: asked for with the key, or agreed to with it. */
const SENSITIVE_ACTIONS = [
  'weights.grant',
  'weights.unlock',
  'weights.overlay',
  'weights.device',
  'policy.publish',
  'staff.grant_role',
  'staff.reset_passkeys',
] as const

/** Somebody on the staff, with the roles that have not ended. */
export interface Held {
  readonly person: Person
  readonly roles: readonly { readonly assignment: Assignment; readonly state: AssignmentState }[]
}

export function peopleProbes(world: PeopleWorld): Probe[] {
  return [
    { control: 'SEC-10', look: () => securityKeys(world) },
    { control: 'SEC-12', look: () => trained(world) },
    { control: 'SEC-14', look: () => tiedToJobs(world) },
    { control: 'SEC-21', look: () => managed(world) },
    { control: 'SEC-25', look: () => lostDevices(world) },
  ]
}

export async function everybody({ staff, clock }: Pick<PeopleWorld, 'staff' | 'clock'>): Promise<Held[]> {
  const assignments = Map.groupBy(await staff.assignments.list(), ({ personId }) => personId)
  const found: Held[] = []
  for await (const person of eachItem((page) => staff.people.list(page))) {
    const of = assignments.get(person.id) ?? []
    const state = (one: Assignment) => assignmentState(one, person, clock.now())
    found.push({ person, roles: of.map((assignment) => ({ assignment, state: state(assignment) })) })
  }
  return found
}

function nobody(): Finding {
  return unknown('nobody on the staff holds a role yet', 'safelevel serve: its set-up link, then console: /people')
}

function activeRoles({ roles }: Held): Role[] {
  return roles.flatMap(({ assignment, state }) => (state === 'active' ? [assignment.role] : []))
}

/** Who holds what two people must give has a key, and what is grave asks for it. */
async function securityKeys(world: PeopleWorld): Promise<Finding> {
  const { staff, config } = world
  if (config().staff?.developmentLogin === true)
    return fails('people sign in without proof: staff.developmentLogin is on', 'staff.developmentLogin: false')
  const without = SENSITIVE_ACTIONS.filter(
    (action) => !staff.approvals.actions().includes(action) || !staff.approvals.needsFreshKey(action),
  )
  if (without.length > 0) return fails(`no fresh touch of a key is asked for: ${listed(without)}`, 'safelevel doctor')
  const holders = (await everybody(world)).filter((one) => activeRoles(one).some((role) => SENSITIVE_ROLES.has(role)))
  if (holders.length === 0) return nobody()
  const keyless: string[] = []
  for (const { person } of holders) if ((await staff.passkeys.list(person.id)).length === 0) keyless.push(person.id)
  if (keyless.length > 0) {
    const says = `${keyless.length} of ${count(holders.length, 'person', 'people')} with sensitive roles have no security key`
    return fails(
      says,
      PEOPLE,
      keyless.map((id) => record('person', id)),
    )
  }
  const asked = seen(`${SENSITIVE_ACTIONS.length} grave acts each want a fresh touch`)
  const entry = entryOf(await world.entries.last(['staff.reauthenticated', 'staff.signed_in']))
  return holds(`all ${holders.length} with sensitive roles have security keys, and grave acts ask for them`, [
    asked,
    ...entry,
  ])
}

/**
 * What the courses ask of each role that somebody holds. Roles sleep while training is due, so nobody works untrained; who has not completed theirs yet, within
 * the time given, is told of all the same.
 */
async function trained(world: PeopleWorld): Promise<Finding> {
  const holders = (await everybody(world)).filter(({ person, roles }) => person.active && roles.length > 0)
  if (holders.length === 0) return nobody()
  const asleep = holders.filter(({ roles }) => roles.some(({ state }) => state === 'training_due'))
  const last = entryOf(await world.entries.last(['staff.course_completed', 'staff.training_recorded']))
  if (asleep.length > 0) {
    const held = asleep.flatMap(({ roles }) =>
      roles.flatMap((one) => (one.state === 'training_due' ? [one.assignment.role] : [])),
    )
    const says = `training is overdue for ${asleep.length} of ${holders.length} (${tally(held)}): their roles sleep until it is completed`
    return fails(says, TRAINING, [...ids(asleep), ...last])
  }
  const rows = (await world.staff.courses.table()).filter(({ person }) =>
    holders.some((one) => one.person.id === person),
  )
  const overdue = owing(rows, ['overdue'])
  if (overdue.people.length > 0)
    return fails(`courses that a role asks for were never taken: ${overdue.says}`, TRAINING, [
      ...overdue.people,
      ...last,
    ])
  const old = owing(rows, ['expired', 'outdated'])
  if (old.people.length > 0)
    return stale(`courses are to be taken again: ${old.says}`, TRAINING, [...old.people, ...last])
  const missing = owing(rows, ['missing'])
  if (missing.people.length > 0) {
    const dates = missing.courses.map(({ dueAt }) => dueAt).sort()
    const says = `training is not complete yet for ${missing.people.length} of ${holders.length}, due from ${day(dates[0] ?? '')}: ${missing.says}`
    return unknown(says, TRAINING, [...missing.people, ...last])
  }
  return holds(`all ${holders.length} who hold a role have completed the courses that it asks for`, last)
}

/** Who owes courses in such a state: as evidence by identifier, in words by role alone. */
function owing(rows: readonly TrainingRow[], states: readonly CourseState[]) {
  const owed = rows.flatMap(({ person, courses }) =>
    courses.flatMap((one) => (states.includes(one.state) ? [{ ...one, person }] : [])),
  )
  const byCourse = [...Map.groupBy(owed, ({ course }) => course)]
  return {
    courses: owed,
    people: [...new Set(owed.map(({ person }) => person))].map((id) => record('person', id)),
    says: listed(
      byCourse.map(([course, of]) => `${course} by ${of.length} (${tally(of.flatMap(({ roles }) => roles))})`),
    ),
  }
}

/** `2 analyst, 1 ciso`. */
function tally(roles: readonly Role[]): string {
  return listed([...Map.groupBy(roles, (role) => role)].map(([role, of]) => `${of.length} ${role}`).sort())
}

/** Nobody holds what is to be kept apart, and nobody's grant outlives their job. */
async function tiedToJobs(world: PeopleWorld): Promise<Finding> {
  const all = await everybody(world)
  const holders = all.filter((one) => activeRoles(one).length > 0)
  if (holders.length === 0) return nobody()
  const torn = holders.flatMap((one) => {
    const held = new Set(activeRoles(one))
    const pair = SEPARATED_ROLES.find(([a, b]) => held.has(a) && held.has(b))
    return pair === undefined ? [] : [{ id: one.person.id, pair }]
  })
  if (torn.length > 0) {
    const pairs = torn.map(({ pair }) => pair.join(' and '))
    const says = `${count(torn.length, 'person', 'people')} hold together what must be apart: ${listed([...new Set(pairs)])}`
    return fails(
      says,
      PEOPLE,
      torn.map(({ id }) => record('person', id)),
    )
  }
  const openers = new Set(
    holders.flatMap((one) => (activeRoles(one).includes('security_engineer') ? [one.person.id] : [])),
  )
  const grants = await allItems((page) => world.access.grants.list({ ...page, state: 'active' }))
  const astray = grants.filter(({ kind, personId }) => kind !== 'standing' && !openers.has(personId))
  if (astray.length > 0) {
    const says = `${count(astray.length, 'grant')} of weights held by people whose job does not need it`
    return fails(
      says,
      'safelevel vault grants',
      astray.map(({ id }) => record('grant', id)),
    )
  }
  const held = new Set(holders.flatMap(activeRoles))
  const says = `${count(holders.length, 'person', 'people')} hold ${held.size} of ${ROLES.length} roles, none of them two that must be apart`
  return holds(
    says,
    entryOf(await world.entries.last(['staff.role_granted', 'staff.role_ended', 'staff.role_reviewed'])),
  )
}

/** Roles are given by two, looked at again, and asleep when nobody did; setting up is over. */
async function managed(world: PeopleWorld): Promise<Finding> {
  const { entries, access, clock } = world
  const all = await everybody(world)
  const holders = all.filter(({ roles }) => roles.length > 0)
  if (holders.length === 0) return nobody()
  const [started, ended] = [await entries.last('staff.bootstrap_started'), await entries.last('staff.bootstrap_ended')]
  if (started !== null && (ended === null || ended.entry < started.entry))
    return fails('setting up is not over: an administrator still gives sensitive roles alone', PEOPLE, entryOf(started))
  const gone = all.filter(({ person, roles }) => !person.active && roles.length > 0)
  if (gone.length > 0)
    return fails(`${count(gone.length, 'person', 'people')} who left still hold roles`, PEOPLE, ids(gone))
  const unreviewed = all.filter(({ roles }) => roles.some(({ state }) => state === 'review_due'))
  if (unreviewed.length > 0) {
    const says = `roles of ${count(unreviewed.length, 'person', 'people')} sleep: nobody looked in time whether their job still needs them`
    return fails(says, PEOPLE, ids(unreviewed))
  }
  const campaigns = await access.campaigns.list()
  const late = campaigns.find(({ state, dueAt }) => state === 'open' && Date.parse(dueAt) <= clock.now())
  if (late !== undefined)
    return fails(`the recertification of access to weights was due on ${day(late.dueAt)}`, 'safelevel vault campaign', [
      record('campaign', late.id),
    ])
  const last = await entries.last(['staff.role_granted', 'staff.role_ended', 'staff.role_reviewed'])
  const says = `${count(holders.length, 'person', 'people')} hold roles, each reviewed in time; setting up is over`
  return holds(says, entryOf(last))
}

/** No device of somebody who left is let in; that the way of a lost one is known and was tried, people say. */
async function lostDevices(world: PeopleWorld): Promise<Finding> {
  const left = new Set((await everybody(world)).flatMap(({ person }) => (person.active ? [] : [person.id])))
  const devices = await world.access.devices.list({ state: 'approved' })
  const stray = devices.filter(({ personId }) => left.has(personId))
  if (stray.length > 0) {
    const says = `${count(stray.length, 'device')} of people who left still let in`
    return fails(
      says,
      `safelevel vault revoke ${stray[0]?.id ?? 'DEVICE'} --reason WORDS`,
      stray.map(({ id }) => record('device', id)),
    )
  }
  const evidence = entryOf(await world.entries.last('weights.device_ended'))
  return attested(
    world,
    'SEC-25',
    'nobody has said that the way of a lost or stolen device is known and was tried',
    evidence,
  )
}

function ids(of: readonly Held[]) {
  return of.map(({ person }) => record('person', person.id))
}
