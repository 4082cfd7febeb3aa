import { allItems } from '../../../base/page.ts'
import type { Finding, Probe } from '../../probe.ts'
import { attested, count, daysBetween, entryOf, fails, holds, listed, record, seen } from '../findings.ts'
import type { World } from '../world.ts'

export type ReportingWorld = Pick<World, 'reporting' | 'intake' | 'attestations' | 'entries' | 'clock'>

const DAY_MS = 86_400_000
const FLAGS_DAYS = 90
/** From when a bypass is confirmed until its finder is told whether there is a bounty. */
const BOUNTY_DAYS = 30
const NEXT = 'console: /reports'

export function reportingProbes(world: ReportingWorld): Probe[] {
  return [
    { control: 'DEP-11', look: () => insideProducts(world) },
    { control: 'DEP-12', look: () => waysAnswer(world) },
    { control: 'DEP-13', look: () => bounty(world, 'DEP-13') },
  ]
}

/** Every way to report, tried through our own front door. */
export async function waysAnswer({
  reporting,
  entries,
}: Pick<ReportingWorld, 'reporting' | 'entries'>): Promise<Finding> {
  const { met, says } = await reporting.finding()
  const evidence = [seen(says), ...entryOf(await entries.last('intake.report_received'))]
  return met ? holds(`${says}, and somebody reads what comes`, evidence) : fails(says, NEXT, evidence)
}

/** The path for products answers; that a product shows it to people is seen when somebody uses it, or is said by who answers for it. */
async function insideProducts(world: ReportingWorld): Promise<Finding> {
  const ways = await waysAnswer(world)
  if (ways.state !== 'holds') return ways
  const now = world.clock.now()
  const counts = await world.intake.counts(
    new Date(now - FLAGS_DAYS * DAY_MS).toISOString(),
    new Date(now).toISOString(),
  )
  const { flag: flags } = counts.byChannel
  if (flags > 0)
    return holds(`people flagged ${count(flags, 'answer')} from within products in ${FLAGS_DAYS} days`, ways.evidence)
  const missing = `the path for products answers, and none has sent a flag in ${FLAGS_DAYS} days: nobody has said that one shows it`
  return attested(world, 'DEP-11', missing, ways.evidence)
}

/**
 * What is decided about finders of bypasses shows a programme at work; that one is open to the public is for who answers for it to say.
 *
 * @param control that asks for it
 */
export async function bounty(world: ReportingWorld, control: string): Promise<Finding> {
  const { triage } = world.intake
  const items = await allItems((page) => triage.queue({ ...page, kind: 'safeguard_bypass' }))
  const confirmed = items.flatMap(({ id, confirmedAt }) => (confirmedAt === null ? [] : [{ id, confirmedAt }]))
  const known = await Promise.all(
    confirmed.map(async (one) => ({ ...one, of: (await triage.detail(one.id)).triage.disclosure.bounty })),
  )
  const now = world.clock.now()
  const open = known.filter(({ of }) => of.state === 'none')
  const late = open.filter(({ confirmedAt }) => daysBetween(Date.parse(confirmedAt), now) > BOUNTY_DAYS)
  if (late.length > 0) {
    const says = `${count(late.length, 'confirmed bypass', 'confirmed bypasses')} without a word on a bounty for ${BOUNTY_DAYS} days: ${listed(late.map(({ id }) => id))}`
    const evidence = late.map(({ id }) => record('report', id))
    return fails(says, NEXT, evidence)
  }
  const decided = known.filter(({ of }) => of.state !== 'none')
  const evidence = [
    ...decided.map(({ id }) => record('report', id)),
    ...entryOf(await world.entries.last('intake.disclosure_bounty')),
  ]
  if (decided.length > 0)
    return holds(
      `a bounty was decided on for ${count(decided.length, 'confirmed bypass', 'confirmed bypasses')}`,
      evidence,
    )
  return attested(
    world,
    control,
    'no bounty was ever decided on here, and nobody has said that one is offered',
    evidence,
  )
}
