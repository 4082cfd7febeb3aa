import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import { DEPLOYMENT_MACHINE, Machine } from './machine/index.ts'
import type { Measure, ResponseCase, Safeguards } from './schema.ts'
import { customersOf } from './store.ts'

/** An event of the ledger holds 32 KiB. */
const CUSTOMERS_AT_ONCE = 400
const KEPT_NOTICES = 50

/**
 * What the customers of a deployment must be told of a change, as events that their webhooks hear of: safeguards that now hold for them, that
 * hold no longer, or that they are served no more. A drill tells nobody.
 *
 * @returns the case with a note of it, and the events
 */
export async function withNotices(
  db: Db,
  before: ResponseCase,
  after: ResponseCase,
): Promise<{ next: ResponseCase; events: Happening[] }> {
  const measure = after.drill || after.machine !== 'deployment' ? null : measureOf(before, after)
  if (measure === null) return { next: after, events: [] }
  const organisations = after.frozen ?? before.frozen ?? (await customersOf(db, before.gatewayModels))
  const data = {
    measure,
    models: [...before.gatewayModels],
    incident: after.incident ?? before.incident,
    safeguards: measure === 'safeguards_applied' ? wordsOf(after.safeguards) : [],
  }
  const subject = { type: 'deployment', id: after.deployment ?? after.id }
  const events: Happening[] = []
  for (let start = 0; start < organisations.length; start += CUSTOMERS_AT_ONCE) {
    const some = organisations.slice(start, start + CUSTOMERS_AT_ONCE)
    events.push({ kind: 'response.customers_told', subject, data: { ...data, organisations: some } })
  }
  const note = { measure, customers: organisations.length, at: after.changedAt }
  return { next: { ...after, told: [...after.told, note].slice(-KEPT_NOTICES) }, events }
}

const machine = new Machine(DEPLOYMENT_MACHINE)

function measureOf(before: ResponseCase, after: ResponseCase): Measure | null {
  if (machine.effect(after) === 'nobody') return machine.effect(before) === 'nobody' ? null : 'withdrawn'
  if (after.safeguards === null) return before.safeguards === null ? null : 'safeguards_lifted'
  return JSON.stringify(after.safeguards) === JSON.stringify(before.safeguards) ? null : 'safeguards_applied'
}

/** For customers: what is different for them, not how near the bars are. */
function wordsOf(safeguards: Safeguards | null): string[] {
  if (safeguards === null) return []
  const { strict, toolsOff, whole, closed, replaceWith, downgrade, judge } = safeguards
  return [
    ...(strict ? ['flagged requests are refused'] : []),
    ...(toolsOff ? ['requests with tools are refused'] : []),
    ...(whole ? ['streams are held until they are judged'] : []),
    ...(judge ? ['a second judge reads requests and answers'] : []),
    ...Object.keys(closed).map((label) => `closed: ${label}`),
    ...Object.entries(downgrade).map(([label, { to } = { to: '' }]) => `${label} is answered by ${to}`),
    ...(replaceWith === null ? [] : [`answered by ${replaceWith}`]),
  ]
}
