import { AppError } from '../../../base/errors.ts'
import { maySee, recipientsOf } from '../../../intake/index.ts'
import type { Role } from '../../../staff/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { count, entryOf, fails, holds, listed, record, seen, unknown } from '../findings.ts'
import { TRAINING } from '../rsp/cases.ts'
import type { World } from '../world.ts'

type PeopleWorld = Pick<World, 'holders' | 'registry' | 'entries' | 'noncompliance' | 'staff'>

const PEOPLE = 'console: /people'
/** Outside of the line of the Responsible Scaling Officer. */
const OUTSIDE = ['board', 'auditor'] as const
const BESIDES = ['ceo', 'ciso', 'board', 'auditor'] as const
const HALTERS = [
  'ceo',
  'ciso',
  'board',
  'security_engineer',
  'analyst',
  'administrator',
] as const satisfies readonly Role[]
/** Opens nothing: the form of a receipt, and nobody’s. */
const NO_CODE = '0000-0000-0000-0000-0000-0000'

/** Who must be there, and the ways by which staff say what worries them (GOV-04, 10, 11, 15). */
export function peopleProbes(world: PeopleWorld): Probe[] {
  return [
    { control: 'GOV-04', look: () => officer(world) },
    { control: 'GOV-10', look: () => anonymous(world) },
    { control: 'GOV-11', look: () => bypass(world) },
    { control: 'GOV-15', look: () => otherWays(world) },
  ]
}

async function officer({ holders, registry, staff, entries }: PeopleWorld): Promise<Finding> {
  const held = await holders(['rso'])
  if (held > 0) {
    const assigned = (await staff.assignments.list()).filter(({ role }) => role === 'rso')
    const granted = await Promise.all(assigned.map(({ id }) => entries.last('staff.role_granted', id)))
    const evidence = assigned.map(({ id }) => record('assignment', id))
    return holds(`${count(held, 'person holds', 'people hold')} the role`, [...evidence, ...granted.flatMap(entryOf)])
  }
  const { items } = await registry.lines.list({ limit: 1 })
  if (items.length === 0) return unknown('nobody is Responsible Scaling Officer, and no gate depends on it yet', PEOPLE)
  return fails('nobody is Responsible Scaling Officer while gates depend on it', PEOPLE)
}

/** Somebody is there to receive what is filed without a name, and the room that takes it answers. Whether anything was filed is not looked at. */
async function anonymous(world: PeopleWorld): Promise<Finding> {
  const answers = await answersNothing(world)
  if (!answers) return fails('the channel does not answer', 'console: /speak-up')
  const offices = await world.noncompliance.offices()
  const outside = OUTSIDE.filter((role) => (offices.get(role) ?? 0) > 0)
  if (offices.values().every((held) => held === 0))
    return unknown('nobody holds a role that could receive a concern yet', PEOPLE)
  if (outside.length === 0) return fails(`a concern would be turned away: nobody is ${OUTSIDE.join(' or ')}`, PEOPLE)
  return holds('a concern is taken without a name and followed by a code alone', [
    seen('a code that opens nothing, tried now, was answered as such'),
    seen(`received by ${listed(outside)}`),
  ])
}

/** Asks the rules of the channel, dry, for a concern about the Responsible Scaling Officer. */
async function bypass({ noncompliance }: PeopleWorld): Promise<Finding> {
  const offices = await noncompliance.offices()
  const recipients = recipientsOf(['rso', 'ceo', 'board', 'auditor'], ['rso'])
  const concern = { recipients: recipients ?? [], about: { roles: ['rso' as const], people: [] } }
  const officerSees = maySee(concern, { personId: 'rehearsed', roles: new Set(['rso', 'ceo', 'board']) })
  if (recipients === null || recipients.includes('rso') || officerSees)
    return fails('a concern about the RSO, tried dry, would reach the RSO', 'console: /noncompliance')
  const held = BESIDES.filter((role) => (offices.get(role) ?? 0) > 0)
  if (held.length === 0 && (offices.get('rso') ?? 0) === 0)
    return unknown('nobody holds a role that could receive a concern yet', PEOPLE)
  const outside = held.filter((role) => OUTSIDE.some((one) => one === role))
  if (!outside.includes('board')) return fails('a concern about the RSO has no member of the board to go to', PEOPLE)
  if (held.length < 2) return fails('reporters can’t choose: only one office besides the RSO is held', PEOPLE)
  return holds(`a concern about the RSO goes to ${listed(recipients.filter((role) => (offices.get(role) ?? 0) > 0))}`, [
    seen('the rule of the channel, asked dry for a concern about the RSO: the RSO sees nothing of it'),
  ])
}

/** Besides the channel for noncompliance: whoever halts needs nobody’s leave, and that is not the RSO alone. */
async function otherWays({ holders, noncompliance }: PeopleWorld): Promise<Finding> {
  const stuck = HALTERS.filter((role) => {
    const taker = { id: 'rehearsed', roles: new Set([role]) }
    return !TRAINING.take({ state: 'training', shown: new Set() }, 'pause', [taker]).taken
  })
  if (stuck.length > 0)
    return fails(`${listed(stuck)} may not stop training alone`, 'safelevel response diagram training')
  const able = await holders(HALTERS)
  const offices = await noncompliance.offices()
  const receiving = BESIDES.filter((role) => (offices.get(role) ?? 0) > 0)
  if (able === 0 && receiving.length === 0 && (offices.get('rso') ?? 0) === 0)
    return unknown('nobody holds a role yet who could raise or receive a worry', PEOPLE)
  if (able === 0 || receiving.length === 0)
    return fails('there is nobody besides the RSO to whom a worry could be brought', PEOPLE)
  return holds(
    `worries go to ${listed(receiving)} at /speak-up; ${count(able, 'person', 'people')} besides the RSO may stop training alone`,
    [seen('a pause by each of these roles alone, tried dry, is taken')],
  )
}

async function answersNothing({ noncompliance }: PeopleWorld): Promise<boolean> {
  try {
    await noncompliance.follow(NO_CODE)
    return false
  } catch (error) {
    return error instanceof AppError && error.code === 'NOT_FOUND'
  }
}
