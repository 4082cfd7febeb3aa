import { allItems } from '../../../base/page.ts'
import { GRANT_ACTION } from '../../../weights/access/index.ts'
import { EVERYBODY } from '../../../weights/reading/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { PUT_WEIGHTS, SET_BUDGET } from '../commands.ts'
import { count, day, daysBetween, entryOf, fails, holds, listed, record, stale, unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type StretchWorld = Pick<World, 'access' | 'reading' | 'staff' | 'vault' | 'entries' | 'clock'>

const DAY_MS = 86_400_000
const APPROVERS = 2
/** Slower than so many days, and somebody has the time to see weights leave. */
const LEAST_DAYS = 1
const DRILLED_DAYS = 180
/** The longest window that an approval gives to a standing environment. */
const LONGEST_DAYS = 91
const OVERLAY = 'switch the overlay asl3-stretch on (console: /weights; two people)'
const GRANTS = 'safelevel vault grants'

export function accessProbes(world: StretchWorld): Probe[] {
  return [
    { control: 'X-01', look: () => severalPeople(world) },
    { control: 'X-02', look: () => egressLimits(world) },
    { control: 'X-03', look: () => managedOnly(world) },
    { control: 'X-04', look: () => timed(world) },
    { control: 'X-08', look: () => honeypots(world) },
  ]
}

function activeGrants({ access }: StretchWorld) {
  return allItems((page) => access.grants.list({ ...page, state: 'active' }))
}

/** Two groups agree to each grant from now on, and every one that opens something was agreed to by as many. */
async function severalPeople(world: StretchWorld): Promise<Finding> {
  const { on } = await world.access.overlay.get()
  const evidence = entryOf(await world.entries.last('weights.overlay_switched'))
  if (!on) return fails('one approver is enough to open weights: the overlay asl3-stretch is off', OVERLAY, evidence)
  const few = (await activeGrants(world)).filter(
    ({ kind, approvers }) => kind !== 'break_glass' && new Set(approvers).size < APPROVERS,
  )
  if (few.length > 0) {
    const says = `${count(few.length, 'grant')} of before the overlay open weights with fewer than ${APPROVERS} approvers`
    return fails(says, GRANTS, [...few.map(({ id }) => record('grant', id)), ...evidence])
  }
  return holds(
    `weights open by who asks and ${APPROVERS} approvers of different groups; nothing stands from before`,
    evidence,
  )
}

/** Every kind of reader has a budget, and none lets a model leave within a day. */
async function egressLimits({ access, reading, entries }: StretchWorld): Promise<Finding> {
  const { on } = await access.overlay.get()
  const budgets = await reading.budgets.list()
  const evidence = entryOf(await entries.last(['weights.budget_set', 'weights.overlay_switched']))
  const general = new Set(budgets.flatMap(({ kind, id }) => (id === EVERYBODY ? [kind] : [])))
  const missing = (['person', 'host', 'model', 'organisation'] as const).filter((kind) => !general.has(kind))
  if (missing.length > 0) {
    const next = on ? SET_BUDGET : OVERLAY
    return fails(`bytes of weights may leave without a limit by ${listed(missing)}`, next, evidence)
  }
  const quick = budgets.filter(({ daysToExfiltrate: days }) => days !== null && days < LEAST_DAYS)
  if (quick.length > 0) {
    const says = `a whole model could leave within a day by the budget of ${listed([...new Set(quick.map(({ kind }) => kind))])}`
    return fails(says, SET_BUDGET, evidence)
  }
  const days = budgets.flatMap(({ daysToExfiltrate }) => (daysToExfiltrate === null ? [] : [daysToExfiltrate]))
  const fastest =
    days.length === 0 ? 'no model is kept' : `the fastest way out takes ${Math.min(...days).toFixed(1)} days`
  return holds(`${count(budgets.length, 'budget')} in force; ${fastest}`, evidence)
}

/** Nobody takes a copy out: what is granted is run, served or read by a program, byte by counted byte. */
async function managedOnly(world: StretchWorld): Promise<Finding> {
  const exports = (await activeGrants(world)).filter(({ use }) => use === 'export')
  if (exports.length > 0) {
    const says = `${count(exports.length, 'grant')} let weights leave as a copy`
    return fails(
      says,
      `safelevel vault revoke ${exports[0]?.id ?? 'GRANT'} --reason WORDS`,
      exports.map(({ id }) => record('grant', id)),
    )
  }
  const copies = await world.access.copies.list({ state: 'stands' })
  if (copies.length > 0) {
    const says = `${count(copies.length, 'copy', 'copies')} of weights lie outside of what is managed here`
    return fails(
      says,
      'safelevel vault copies',
      copies.map(({ id }) => record('copy', id)),
    )
  }
  const { items } = await world.vault.versions.list({ limit: 1 })
  if (items.length === 0) return unknown('no weights are in the vault', PUT_WEIGHTS)
  return holds('no copy is out and no grant makes one: weights are run, served or read in counted ranges', [
    ...entryOf(await world.entries.last(['weights.read', 'weights.sealed'])),
  ])
}

async function timed(world: StretchWorld): Promise<Finding> {
  if (!world.staff.approvals.needsFreshKey(GRANT_ACTION))
    return fails('access is asked for without a touch of the security key', 'safelevel doctor')
  const grants = await activeGrants(world)
  const faults = grants.filter(({ startsAt, expiresAt, purpose }) => {
    const days = (Date.parse(expiresAt) - Date.parse(startsAt)) / DAY_MS
    return purpose.trim() === '' || days > LONGEST_DAYS || Date.parse(expiresAt) <= world.clock.now()
  })
  if (faults.length > 0) {
    const says = `${count(faults.length, 'grant')} without a reason, or without an end in time`
    return fails(
      says,
      GRANTS,
      faults.map(({ id }) => record('grant', id)),
    )
  }
  const { items } = await world.vault.versions.list({ limit: 1 })
  if (items.length === 0 && grants.length === 0) return unknown('no weights are in the vault', PUT_WEIGHTS)
  const evidence = entryOf(await world.entries.last(['weights.grant_given', 'weights.grant_ended']))
  const ends = grants.map(({ expiresAt }) => expiresAt).sort()
  const last = ends.at(-1)
  const says =
    last === undefined ? 'nothing is granted now' : `${count(grants.length, 'grant')}, the last ends on ${day(last)}`
  return holds(`${says}; each is asked for with a key, and says what for`, evidence)
}

/** Decoys lie where they were planted, their alarm was tried, and nobody has touched one without an answer. */
async function honeypots({ access, entries, clock }: StretchWorld): Promise<Finding> {
  const planted = await access.canaries.list()
  if (planted.length === 0) return fails('no decoy is planted among the weights', 'safelevel vault canary')
  const touched = await entries.last('weights.canary_touched')
  const evidence = [...planted.map(({ id }) => record('canary', id)), ...entryOf(touched)]
  const drilled = planted.flatMap(({ drilledAt }) => (drilledAt === null ? [] : [drilledAt]))
  if (drilled.length < planted.length) {
    const says = `the alarm of ${planted.length - drilled.length} of ${count(planted.length, 'decoy')} was never tried`
    return unknown(says, 'safelevel vault canary', evidence)
  }
  const age = Math.max(...drilled.map((at) => daysBetween(Date.parse(at), clock.now())))
  if (age > DRILLED_DAYS)
    return stale(`alarms of decoys were tried ${age} days ago`, 'safelevel vault canary', evidence)
  return holds(
    `${count(planted.length, 'decoy')} planted, the alarm of each tried within ${DRILLED_DAYS} days`,
    evidence,
  )
}
