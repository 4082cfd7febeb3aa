import type { IncidentView, ResponseCase } from '../../../models/response/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { DECLARE } from '../commands.ts'
import { count, day, entryOf, fails, holds, listed, record, seen, unknown, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import {
  DEPLOYMENT,
  guarded,
  moved,
  openIncidents,
  type ResponseWorld,
  realCases,
  rehearsed,
  unguarded,
} from './cases.ts'
import { postMortemOwed } from './training.ts'

type DeploymentWorld = ResponseWorld & Pick<World, 'release' | 'models'>

const HALTERS = ['rso', 'ceo', 'ciso', 'board', 'security_engineer', 'analyst', 'administrator'] as const
const HOUR_MS = 3_600_000
const INCIDENTS = 'console: /incidents'

/** What follows for deployments: 2d, de-deployment, and who may be served at all (RSP-07 to 10, 12, 14). */
export function deploymentProbes(world: DeploymentWorld): Probe[] {
  return [
    { control: 'RSP-07', look: () => ofIncidents(world, ['reopen', 'reopen_reviewed'], halted) },
    { control: 'RSP-08', look: () => ofIncidents(world, ['find_no_emergency'], assessed) },
    { control: 'RSP-09', look: () => safeguarded(world) },
    { control: 'RSP-10', look: () => postMortems(world) },
    { control: 'RSP-12', look: () => removable(world) },
    { control: 'RSP-14', look: () => released(world) },
  ]
}

/** What is found of each incident that is under way; where none is, of the newest rehearsal. */
async function ofIncidents(
  world: DeploymentWorld,
  steps: readonly string[],
  look: (world: DeploymentWorld, incident: IncidentView) => Promise<Finding>,
): Promise<Finding> {
  const guard = guarded(DEPLOYMENT, steps)
  if (guard.state !== 'holds') return guard
  const stray = await strays(world)
  if (stray !== null) return stray
  const incidents = await openIncidents(world)
  if (incidents.length > 0) return worstOf(await Promise.all(incidents.map((one) => look(world, one))), guard)
  const practised = await rehearsed(world, '2d')
  return practised.state === 'holds'
    ? { ...practised, evidence: [...practised.evidence, ...guard.evidence] }
    : practised
}

/** What the gateway goes by: no model of a halted deployment takes new customers. */
async function halted({ response, entries }: DeploymentWorld, { id, tasks, orders }: IncidentView): Promise<Finding> {
  const board = new Map(response.intake().map(({ model, effect }) => [model, effect]))
  const evidence = [record('incident', id), ...entryOf(await entries.last('response.incident_opened', id))]
  for (const { case: caseId, deployment } of tasks) {
    const of = await response.cases.find(caseId)
    if (of === null || of.incident !== id) continue
    const open = of.gatewayModels.find((model) => (board.get(model) ?? 'everybody') === 'everybody')
    if (open !== undefined)
      return fails(
        `${id}: ${deployment} is ${of.state}, and the gateway takes new customers for ${open}`,
        INCIDENTS,
        evidence,
      )
  }
  const unanswered = unansweredOf(orders, 'halt')
  if (unanswered.length > 0) {
    const says = `${id}: nobody has answered the order to halt ${listed(unanswered)}`
    return fails(
      says,
      `safelevel response acknowledge ${id} --deployment NAME --surface NAME --reference WORDS`,
      evidence,
    )
  }
  return holds(
    `${id}: no new customers for ${count(tasks.length, 'deployment')}, by what the gateway goes by`,
    evidence,
  )
}

/** Where it is served by others who were ordered to do this and have not said that they did. */
function unansweredOf(orders: IncidentView['orders'], what: 'halt' | 'safeguards'): string[] {
  return orders.flatMap((order) =>
    order.what === what && order.acknowledged === null ? [`${order.deployment} on ${order.surface}`] : [],
  )
}

async function assessed({ clock, entries }: DeploymentWorld, { id, tasks }: IncidentView): Promise<Finding> {
  const nowMs = clock.now()
  const evidence = [record('incident', id), ...entryOf(await entries.last('response.incident_opened', id))]
  const done = tasks.filter(({ assessedAt }) => assessedAt !== null)
  const late = tasks.filter(({ assessedAt, dueAt }) =>
    assessedAt === null ? Date.parse(dueAt) < nowMs : assessedAt > dueAt,
  )
  if (late.length > 0) {
    const names = listed(late.map(({ deployment }) => deployment))
    return fails(`${id}: ${names} was not assessed for an emergency in time`, INCIDENTS, evidence)
  }
  const nobody = tasks.filter(({ owner, assessedAt }) => owner === null && assessedAt === null)
  if (nobody.length > 0) {
    const names = listed(nobody.map(({ deployment }) => deployment))
    return fails(`${id}: nobody is to assess ${names}`, INCIDENTS, evidence)
  }
  const due = tasks.map(({ dueAt }) => dueAt).toSorted()[0]
  const until = due === undefined ? '' : `, due ${day(due)}`
  return holds(`${id}: ${done.length} of ${count(tasks.length, 'deployment')} assessed${until}`, evidence)
}

/** In an emergency the safeguards are in force, and customers were told. */
async function safeguarded(world: DeploymentWorld): Promise<Finding> {
  const loose = unguarded(DEPLOYMENT, 'safeguard')
  if (loose !== null) return fails(loose, 'safelevel response diagram deployment')
  const stray = await strays(world)
  if (stray !== null) return stray
  const found = (await deployments(world)).flatMap((of) => emergencyOf(of, world.clock.now()) ?? [])
  for (const { id, orders } of await openIncidents(world)) {
    const unanswered = unansweredOf(orders, 'safeguards')
    if (unanswered.length === 0) continue
    const says = `${id}: nobody has answered the order to put on the safeguards: ${listed(unanswered)}`
    found.push(
      fails(says, `safelevel response acknowledge ${id} --deployment NAME --surface NAME --reference WORDS`, [
        record('incident', id),
      ]),
    )
  }
  return found.length > 0 ? worstOf(found, unknown('no emergency')) : rehearsed(world, '2d')
}

function emergencyOf(
  { id, state, safeguards, told, changedAt, gatewayModels }: ResponseCase,
  nowMs: number,
): Finding | null {
  const about = [record('response_case', id)]
  const next = `safelevel response emergency ${id} --reason WORDS`
  if (state === 'emergency') {
    const hours = Math.floor((nowMs - Date.parse(changedAt)) / HOUR_MS)
    const where = gatewayModels.length === 0 ? ': it is not served from here, see to it where it is' : ''
    return fails(`${id} has been an emergency for ${count(hours, 'hour')} without safeguards${where}`, next, about)
  }
  if (state !== 'restricted' && state !== 'reviewed') return null
  if (safeguards === null) return fails(`${id} is ${state}, and no safeguards are in force`, next, about)
  const note = told.findLast(({ measure }) => measure === 'safeguards_applied')
  if (note === undefined) return fails(`${id}: the customers were not told of the safeguards`, next, about)
  return holds(`${id}: safeguards in force, ${count(note.customers, 'customer')} told on ${day(note.at)}`, about)
}

async function postMortems(world: DeploymentWorld): Promise<Finding> {
  const steps = guarded(DEPLOYMENT, ['review', 'reopen_reviewed', 'renew'])
  if (steps.state !== 'holds') return steps
  const stray = await strays(world)
  if (stray !== null) return stray
  const owed = (await realCases(world)).flatMap((of) => postMortemOwed(of, world.clock.now()) ?? [])
  if (owed.length > 0) return worstOf(owed, steps)
  const practised = await rehearsed(world, '2d')
  const says = 'nothing has happened that owes a post-mortem; nothing reopens without one'
  return practised.state === 'holds' ? holds(says, [...steps.evidence, ...practised.evidence]) : practised
}

/** One person takes a deployment away, from wherever it is served; and what was removed is served to nobody. */
async function removable(world: DeploymentWorld): Promise<Finding> {
  const { response, holders } = world
  const stray = await strays(world)
  if (stray !== null) return stray
  const states = DEPLOYMENT.definition.states
  const served = Object.keys(states).filter((state) => states[state]?.effect !== 'nobody')
  const stuck = served.filter((state) => {
    const taker = { id: 'rehearsed', roles: new Set(['ceo'] as const) }
    return !DEPLOYMENT.take({ state, shown: new Set() }, 'remove', [taker]).taken
  })
  if (stuck.length > 0)
    return fails(`a deployment that is ${listed(stuck)} can't be taken away`, 'safelevel response diagram deployment')
  const able = await holders(HALTERS)
  if (able === 0) return unknown('nobody holds a role that may take a deployment away', 'console: /people')
  const gone = (await deployments(world)).filter(({ state }) => state === 'removed')
  const open = response.intake().find(({ model, effect }) => {
    return effect !== 'nobody' && gone.some(({ gatewayModels }) => gatewayModels.includes(model))
  })
  if (open !== undefined) return fails(`${open.model} was taken away, and is served`, INCIDENTS)
  return holds(
    `${count(able, 'person', 'people')} may take a deployment away, from every state in which it is served`,
    [seen(`tried dry from ${served.join(', ')}`), ...gone.map(({ id }) => record('response_case', id))],
  )
}

/** Whatever is served has passed the gate, and evaluation and training of its line say that it may. */
async function released(world: DeploymentWorld): Promise<Finding> {
  const { release, models } = world
  const stray = await strays(world)
  if (stray !== null) return stray
  const views = await release.list()
  if (views.length === 0) {
    const real = models.list().filter(({ sandbox }) => !sandbox)
    if (real.length === 0) return unknown('nothing is deployed', DECLARE)
    return fails(`${listed(real.map(({ name }) => name))} served without a deployment`, DECLARE)
  }
  const found = views.flatMap(({ deployment, effect, findings, state, red }) => {
    if (effect === 'nobody') return []
    const about = [record('deployment', deployment)]
    const next = `safelevel release check ${deployment}`
    if (effect === 'existing') return [holds(`${deployment} is ${state}: no new customers`, about)]
    const missing = findings.filter(({ id, state: met }) => (id === 'evaluation' || id === 'training') && met !== 'met')
    if (missing.length > 0)
      return [fails(`${deployment} is served, and ${missing.map(({ says }) => says).join('; ')}`, next, about)]
    if (red !== null) return [fails(`${deployment} is served: ${red}`, next, about)]
    return [holds(`${deployment} is far from thresholds: evaluated, cleared, not due`, about)]
  })
  return worstOf(found, unknown('no deployment is open', 'safelevel release ls'))
}

async function deployments(world: ResponseWorld): Promise<ResponseCase[]> {
  return (await realCases(world)).filter((of) => of.machine === 'deployment')
}

async function strays(world: ResponseWorld): Promise<Finding | null> {
  const found = (await Promise.all((await deployments(world)).map((of) => moved(world, of)))).flatMap(
    (one) => one ?? [],
  )
  const [first] = found
  return first === undefined ? null : worstOf(found, first)
}
