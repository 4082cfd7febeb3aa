import { allItems } from '../../../base/page.ts'
import {
  DEPLOYMENT_MACHINE,
  type DrillReport,
  effectOf,
  type IncidentView,
  Machine,
  type ResponseCase,
  standIns,
  type Taker,
  TRAINING_MACHINE,
} from '../../../models/response/index.ts'
import type { Finding } from '../../probe.ts'
import { day, daysBetween, entryOf, fails, holds, record, seen, stale, unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type ResponseWorld = Pick<World, 'clock' | 'response' | 'entries' | 'holders' | 'registry' | 'attestations'>

export const TRAINING = new Machine(TRAINING_MACHINE)
export const DEPLOYMENT = new Machine(DEPLOYMENT_MACHINE)
const MACHINES = { training: TRAINING, deployment: DEPLOYMENT }
/** What was rehearsed longer ago shows nothing of today. */
const REHEARSED_DAYS = 183
/** The ledger has a step a moment before the store has it. */
const ON_ITS_WAY_MS = 2_000
/** Entries are read before probes look: for so long a step may be in the store alone. */
const UNREAD_MS = 30_000
const DRILL = 'safelevel response drill --model MODEL'

/** Every case that is no rehearsal. */
export async function realCases({ response }: Pick<ResponseWorld, 'response'>): Promise<ResponseCase[]> {
  return (await response.cases.list()).filter(({ drill, id }) => !drill && !id.startsWith('drill/'))
}

/** Incidents that are under way, rehearsals apart. */
export async function openIncidents({ response }: Pick<ResponseWorld, 'response'>): Promise<IncidentView[]> {
  const items = await allItems((page) => response.incidents.list({ ...page, state: 'open' }))
  return items.filter(({ drill }) => !drill)
}

/**
 * Whether a case stands where the last step on the ledger led: whoever moves it in the store alone is found out.
 *
 * @returns null while it does
 */
export async function moved(
  { clock, entries }: Pick<ResponseWorld, 'clock' | 'entries'>,
  of: ResponseCase,
): Promise<Finding | null> {
  // Halted by the name under which it is served, and taken over by the deployment that was declared later.
  if (of.machine === 'deployment' && of.gatewayModels.length === 0 && of.id.startsWith('deployment/gateway:'))
    return null
  const kinds =
    of.machine === 'training' ? ['response.training_step'] : ['response.deployment_step', 'response.deployment_begun']
  const entry = await entries.last(kinds, of.id)
  const event = entry === null ? null : await entries.event(entry.entry)
  const { initial, alsoStarts = [] } = MACHINES[of.machine].definition
  const led = event?.data.to ?? event?.data.state
  const fits = entry === null ? [initial, ...alsoStarts].includes(of.state) : led === undefined || led === of.state
  if (fits || (entry !== null && clock.now() - Date.parse(entry.at) < ON_ITS_WAY_MS)) return null
  const age = clock.now() - Date.parse(of.changedAt)
  if (age >= 0 && age < UNREAD_MS && (entry === null || of.changedAt > entry.at)) return null
  const from = entry === null ? 'no step' : `the last step led to ${String(led)}`
  return fails(`${of.id} is ${of.state} in the store; on the ledger ${from}`, `safelevel response show ${of.id}`, [
    record('response_case', of.id),
    ...entryOf(entry),
  ])
}

/** The newest rehearsal of a procedure: that it went as it should, and not too long ago. */
export async function rehearsed(
  { clock, response, entries }: ResponseWorld,
  procedure: 'pause' | '2c' | '2d',
): Promise<Finding> {
  const drills = await response.drills.list()
  const found = newestOf(drills, procedure)
  if (found === null) return unknown(`${procedure} has neither happened nor been rehearsed`, DRILL)
  const { report, rehearsal } = found
  const evidence = [
    record('drill_report', report.id),
    ...entryOf(await entries.last('response.drill_filed', report.id)),
  ]
  const broken = rehearsal.steps.find(({ ok }) => !ok)
  const when = `the rehearsal of ${procedure} on ${day(report.filedAt)}`
  if (broken !== undefined) return fails(`${when} failed: ${broken.title} (${broken.says})`, DRILL, evidence)
  const days = daysBetween(Date.parse(report.filedAt), clock.now())
  if (days > REHEARSED_DAYS)
    return stale(`${when} is ${days} days old: rehearse it every ${REHEARSED_DAYS}`, DRILL, evidence)
  return holds(`${when} went as it should, ${rehearsal.steps.length} steps`, evidence)
}

function newestOf(drills: readonly DrillReport[], procedure: string) {
  for (const report of drills) {
    const rehearsal = report.rehearsals.find((one) => one.procedure === procedure)
    if (rehearsal !== undefined) return { report, rehearsal }
  }
  return null
}

/**
 * Asks the machine that runs, dry, whether a step is refused to one person, and to any without one of the pieces of evidence that it needs, and
 * given with all of them.
 *
 * @returns null where it guards the step
 */
export function unguarded(machine: Machine, name: string): string | null {
  const transition = machine.transition(name)
  if (transition === null) return `there is no step ${name}`
  const [state = ''] = transition.from
  const { authority, needs } = transition
  const all = needs.flat()
  const people: readonly Taker[] =
    authority.by === 'two'
      ? standIns(authority.requesters, authority.seats)
      : authority.by === 'one'
        ? standIns(authority.roles, [])
        : []
  const takers = authority.by === 'system' ? ('system' as const) : people
  const taken = (shown: readonly string[], by: typeof takers) =>
    machine.take({ state, shown: new Set(shown) }, name, by).taken
  if (!taken(all, takers)) return `${name} can't be taken even with all that it needs`
  const loose = needs.find((kinds) =>
    taken(
      all.filter((kind) => !kinds.includes(kind)),
      takers,
    ),
  )
  if (loose !== undefined) return `${name} is let through without ${loose.join(' or ')}`
  if (authority.by === 'two' && taken(all, people.slice(0, 1))) return `${name} is let through for one person alone`
  return null
}

/** Several steps asked so. @returns a finding that fails, or what was seen */
export function guarded(machine: Machine, names: readonly string[]): Finding {
  const loose = names.flatMap((name) => unguarded(machine, name) ?? [])
  const [first] = loose
  if (first !== undefined) return fails(first, `safelevel response diagram ${machine.definition.name}`)
  const shown = names.map((name) => {
    const needs = machine.transition(name)?.needs.map((kinds) => kinds.join(' or ')) ?? []
    return seen(`${name}, asked dry, is refused without ${needs.length === 0 ? 'the right people' : needs.join(', ')}`)
  })
  return holds(`${names.join(', ')}: refused without what they need`, shown)
}

/** Steps of this name that were taken, each by two people at least, and on the ledger. */
export function takenSteps(cases: readonly ResponseCase[], names: readonly string[]) {
  return cases.flatMap((of) =>
    of.history
      .filter(({ step }) => names.includes(step))
      .map((taken) => ({ of, taken, people: new Set(taken.people) })),
  )
}

export { effectOf }
