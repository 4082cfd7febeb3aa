import { offenceOf } from '../../../accounts/index.ts'
import { EXEMPT_ACTION } from '../../../accounts/redress/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { count, day, entryOf, fails, holds, listed, record, unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type MisuseWorld = Pick<
  World,
  'enforcement' | 'review' | 'redress' | 'decisions' | 'staff' | 'holders' | 'entries' | 'clock' | 'config'
>

const DAY_MS = 86_400_000
/** Strikes are given four times a second; what is not there by then did not follow. */
const FOLLOWS_MS = 10_000
const BEHIND_MS = 30_000
const STALE_MS = 5_000
/** The sources say "rare" and give no figure: this one is ours. */
const MOST_EXEMPTIONS = 10
const LOOKED_AT = 50
const STRUCK = 5
const RESTRICTERS = ['analyst', 'rso', 'ciso', 'ceo'] as const
/** Sees the counts of every desk, and nothing else. */
const COUNTER = { id: 'controls', roles: new Set(['analyst', 'rso', 'ciso', 'child_safety'] as const) }
const PEOPLE = 'console: /people'

export function misuseProbes(world: MisuseWorld): Probe[] {
  return [
    { control: 'DEP-09', look: () => canRestrict(world) },
    { control: 'DEP-10', look: () => escalates(world) },
    { control: 'DEP-18', look: () => followed(world) },
    { control: 'DEP-19', look: () => rarelyExempt(world) },
  ]
}

/** Somebody may, and what stands on record is what requests meet. */
async function canRestrict({ enforcement, holders, entries }: MisuseWorld): Promise<Finding> {
  const evidence = entryOf(await entries.last('enforcement.action_taken'))
  const people = await holders(RESTRICTERS)
  if (people === 0) {
    const says = `nobody may restrict an account at once: none of the roles ${RESTRICTERS.join(', ')} is held`
    return fails(says, PEOPLE, evidence)
  }
  const behindMs = enforcement.stalenessMs()
  if (behindMs > STALE_MS) {
    const says = `restrictions of the last ${Math.round(behindMs / 1_000)} s may not be in force: the database can’t be reached`
    return fails(says, 'safelevel doctor', evidence)
  }
  const { items } = await enforcement.readings.actions({ state: 'active', limit: LOOKED_AT })
  const without = items.filter(({ subject }) => enforcement.readings.standing(subject).step === null)
  if (without.length > 0) {
    const says = `${count(without.length, 'restriction')} on record without effect: ${listed(without.map(({ id }) => id))}`
    return fails(says, 'console: /accounts', evidence)
  }
  const most = items.length < LOOKED_AT ? String(items.length) : `at least ${LOOKED_AT}`
  return holds(`${count(people, 'person', 'people')} may restrict at once; ${most} in force, as recorded`, evidence)
}

async function escalates({ review, holders, entries }: MisuseWorld): Promise<Finding> {
  const evidence = entryOf(await entries.last('review.case_escalated'))
  const [analysts, above] = [await holders(['analyst']), await holders(['rso', 'ciso'])]
  if (analysts === 0)
    return fails('nobody works the queue of misuse: no analyst holds the role in force', PEOPLE, evidence)
  if (above === 0) return fails('there is nobody to escalate misuse to: neither RSO nor CISO is held', PEOPLE, evidence)
  const queues = await review.queues(COUNTER)
  const late = queues.filter(({ overdue }) => overdue > 0)
  if (late.length > 0) {
    const overdue = late.reduce((sum, one) => sum + one.overdue, 0)
    const says = `${count(overdue, 'case')} of misuse overdue: ${listed(late.map(({ queue }) => queue))}`
    return fails(says, 'console: /queue', [...evidence, ...entryOf(await entries.last('review.cases_overdue'))])
  }
  const open = queues.reduce((sum, one) => sum + one.open, 0)
  const who = `${count(analysts, 'analyst')}, and ${above} to escalate to`
  return holds(`${who}; ${count(open, 'case')} open, none overdue`, evidence)
}

/** The newest refusals that are held against somebody each have their strike. */
async function followed({ decisions, enforcement, entries, clock }: MisuseWorld): Promise<Finding> {
  const { failing, ms } = decisions.lag()
  if (failing || ms > BEHIND_MS) {
    const says = `what was detected waits for its consequences: the view over decisions is ${Math.round(ms / 1_000)} s behind`
    return fails(says, 'safelevel doctor')
  }
  const last = await entries.last('enforcement.strike_recorded')
  const now = clock.now()
  const found = await Promise.all(
    (['refuse', 'cut'] as const).map((outcome) =>
      decisions.list({ outcome, enforced: true, since: new Date(now - DAY_MS).toISOString(), limit: LOOKED_AT }),
    ),
  )
  const settled = found
    .flatMap(({ items }) => items)
    .filter(({ canary, testString, at }) => !canary && !testString && Date.parse(at) < now - FOLLOWS_MS)
    .sort((a, b) => b.position - a.position)
  const offences = []
  for (const { position } of settled) {
    const event = await entries.event(position)
    const offence = event === null ? null : offenceOf(event)
    if (offence !== null) offences.push({ ...offence, position })
    if (offences.length === STRUCK) break
  }
  for (const { decisionId, severity, at, position } of offences) {
    const { items } = await enforcement.readings.strikes({ decisionId, limit: 1 })
    if (items.length > 0) continue
    const says = `${decisionId} was refused as ${severity}, and no strike followed within ${FOLLOWS_MS / 1_000} s`
    const refusal = { kind: 'entry' as const, entry: position, event: 'gateway.decision', at }
    return fails(says, 'console: /decisions', [refusal])
  }
  const evidence = entryOf(last)
  if (offences.length > 0)
    return holds(`the last ${count(offences.length, 'refusal')} of misuse each had a strike`, evidence)
  if (last !== null) return holds(`the last strike was on ${day(last.at)}; nothing since calls for one`, evidence)
  return unknown('nothing has been detected yet that calls for an action', 'console: /decisions')
}

/** Whoever is exempt was let by two people, on the ledger, for a time; and they are few. */
async function rarelyExempt({ redress, staff, entries, config, clock }: MisuseWorld): Promise<Finding> {
  const { approvals } = staff
  if (!approvals.actions().includes(EXEMPT_ACTION) || !approvals.needsFreshKey(EXEMPT_ACTION))
    return fails('an exemption would not take two people and their keys', 'safelevel doctor')
  const { items } = await redress.exemptions.list({ state: 'active', limit: LOOKED_AT })
  const { exemptionMaxDays } = config().redress
  const faults: string[] = []
  for (const { id, requestedBy, approvedBy, grantedAt, expiresAt } of items) {
    const days = (Date.parse(expiresAt) - Date.parse(grantedAt)) / DAY_MS
    if (new Set([requestedBy, ...approvedBy]).size < 2) faults.push(`${id} was granted by one person`)
    else if ((await entries.last('redress.exemption_granted', id)) === null) faults.push(`${id} is not on the ledger`)
    else if (Date.parse(expiresAt) <= clock.now() || days > exemptionMaxDays + 1)
      faults.push(`${id} has no end in time`)
  }
  const evidence = [
    ...items.map(({ id }) => record('exemption', id)),
    ...entryOf(await entries.last('redress.exemption_granted')),
  ]
  const next = 'console: /exemptions'
  if (faults.length > 0) return fails(listed(faults, '; '), next, evidence)
  if (items.length > MOST_EXEMPTIONS) {
    const says = `${items.length === LOOKED_AT ? 'at least ' : ''}${items.length} exemptions are in force, more than ${MOST_EXEMPTIONS}: they are to be rare`
    return fails(says, next, evidence)
  }
  if (items.length === 0) return holds('no exemption is in force, and one takes two people and their keys', evidence)
  const ends = items.map(({ expiresAt }) => expiresAt).sort()
  const says = `${count(items.length, 'exemption')} in force, each by two people, all ended by ${day(ends.at(-1) ?? '')}`
  return holds(says, evidence)
}
