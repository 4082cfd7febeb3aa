import type { Field } from '../../index.ts'
import type { Draw } from '../draw.ts'
import type { Organisation } from '../organisation.ts'
import type { Host, Person } from '../world/world.ts'
import { isApprover } from './approving.ts'

const MONTH_DAYS = 30
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** What others know of people, so that who watches can know it too: roles, teams, devices, who comes, moves and goes. */
export function staff(organisation: Organisation): void {
  const draw = organisation.drawOf('staffing')
  const { world } = organisation.built
  if (organisation.day === 0) {
    for (const person of world.people)
      if (person.firstDay === 0) welcome(person, organisation.dayMs, organisation, draw)
  }
  for (const person of world.people) {
    if (person.firstDay === organisation.day && person.firstDay > 0) join(person, organisation, draw)
    if (person.leaving?.saidDay === organisation.day) announce(person, organisation, draw)
    if (person.leaving?.lastDay === organisation.day) leave(person, organisation, draw)
  }
  move(organisation, draw)
  changeDevices(organisation, draw)
}

/** What stands on record of somebody on their first day. */
function welcome(person: Person, atMs: number, organisation: Organisation, draw: Draw): void {
  const data = { job: person.job, team: person.team }
  tell(organisation, 'hr.joined', person, atMs, data, 'ocsf')
  for (const role of person.roles) grantRole(organisation, person, role, atMs + 1, draw)
  if (!person.roles.includes('security_engineer')) return
  for (const host of person.hosts) letIn(organisation, person, host, atMs + 2, draw)
}

function join(person: Person, organisation: Organisation, draw: Draw): void {
  const { startMs } = organisation.calendar.shift(person, organisation.day)
  const atMs = Math.max(organisation.dayMs, startMs)
  welcome(person, atMs, organisation, draw)
  const worker = organisation.worker(person, atMs + HOUR_MS, draw)
  if (person.roles.length > 0) worker.does('staff.passkey_added', { subject: { type: 'passkey', id: draw.code(8) } })
}

function announce(person: Person, organisation: Organisation, draw: Draw): void {
  const { leaving } = person
  if (leaving === null) return
  const lastDayMs = organisation.built.world.startMs + leaving.lastDay * DAY_MS
  const atMs = organisation.calendar.shift(person, organisation.day).startMs + draw.real(1, 7) * HOUR_MS
  tell(organisation, 'hr.leaving', person, Math.max(organisation.dayMs, atMs), { lastDayMs }, 'ocsf')
}

function leave(person: Person, organisation: Organisation, draw: Draw): void {
  const { endMs } = organisation.calendar.shift(person, organisation.day)
  const atMs = Math.max(organisation.dayMs, endMs) + draw.real(10, 120) * MINUTE_MS
  const by = organisation.employed().find(({ roles }) => roles.includes('administrator'))
  if (by === undefined) return
  for (const grant of organisation.grants.of(person, atMs)) organisation.worker(person, atMs, draw).endGrant(grant)
  const worker = organisation.worker(by, atMs, draw)
  for (const role of person.roles)
    worker.does('staff.role_ended', {
      ...{ subject: { type: 'assignment', id: `asg_${person.id}_${role}` } },
      data: { person: person.id, role, reason: 'left' },
    })
  worker.does('staff.person_deactivated', { subject: { type: 'person', id: person.id } })
}

/** Some go to another team, and work with other models from then on. */
function move(organisation: Organisation, draw: Draw): void {
  const perDay = organisation.parameters.value('people.movePerMonth') / MONTH_DAYS
  const models = [...new Set(organisation.versions().map(({ model }) => model))]
  for (const { person, presence } of organisation.atWork()) {
    if (!draw.chance(perDay)) continue
    const { teams } = organisation.built.world
    const team = draw.pick(teams.filter(({ job }) => job === person.job)).id
    tell(organisation, 'hr.moved', person, presence.startMs, { job: person.job, team }, 'ocsf')
    if (person.models.length > 0) organisation.moveTo(person, draw.some(models, draw.int(1, 3)))
  }
}

/** New machines, now and then; those that hold keys to weights are let in by two people. */
function changeDevices(organisation: Organisation, draw: Draw): void {
  const perDay = organisation.parameters.value('weights.newHostPerMonth') / MONTH_DAYS
  for (const { person, presence } of organisation.atWork(({ habits }) => habits.sittingsPerDay > 0)) {
    if (!draw.chance(perDay)) continue
    const kind = draw.chance(0.7) ? 'workstation' : 'laptop'
    const host: Host = { id: `dev_${draw.code(12)}`, kind, place: presence.place }
    organisation.addHost(person, host)
    letIn(organisation, person, host, presence.startMs + HOUR_MS, draw)
  }
}

function letIn(organisation: Organisation, person: Person, host: Host, atMs: number, draw: Draw): void {
  const approvers = organisation.built.world.people.filter((one) => isApprover(one) && one !== person)
  organisation.worker(person, atMs, draw).registerDevice(host, draw.pick(approvers))
}

/** As an administrator and a second one give it. */
export function grantRole(organisation: Organisation, person: Person, role: string, atMs: number, draw: Draw): void {
  const { people } = organisation.built.world
  const administrators = people.filter((one) => one.roles.includes('administrator') && one !== person)
  const by = administrators.length > 0 ? draw.pick(administrators) : person
  const subject = { type: 'assignment', id: `asg_${person.id}_${role}` }
  organisation.worker(by, atMs, draw).does('staff.role_granted', { subject, data: { person: person.id, role } })
}

function tell(
  organisation: Organisation,
  kind: string,
  person: Person,
  timeMs: number,
  data: Record<string, Field>,
  source: 'ocsf',
): void {
  organisation.emitter.emit({ kind, person: person.id, timeMs, data, source })
}
