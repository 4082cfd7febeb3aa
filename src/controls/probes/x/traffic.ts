import { allItems, eachItem } from '../../../base/page.ts'
import type { Finding, Probe } from '../../probe.ts'
import { LINT_POLICY } from '../commands.ts'
import { attested, count, entryOf, fails, holds, listed, record, unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type TrafficWorld = Pick<
  World,
  'accounts' | 'sharedLimits' | 'policies' | 'intake' | 'attestations' | 'entries' | 'config' | 'clock'
>

/** More in a minute than one customer of a model can use: as good as no limit. */
const NO_LIMIT = { requests: 1_000_000, tokens: 1_000_000_000 }
const KEPT_DAYS = 30
const MOST_HOURS = 72

export function trafficProbes(world: TrafficWorld): Probe[] {
  return [
    { control: 'X-07', look: () => limited(world) },
    { control: 'X-09', look: async () => retained(world) },
    { control: 'X-12', look: () => tiers(world) },
    { control: 'X-13', look: () => answered(world) },
  ]
}

/** Whatever a project has of its own, nothing is served without a limit. */
async function limited({ accounts, config, sharedLimits }: TrafficWorld): Promise<Finding> {
  const next = 'rateLimits in safelevel.yaml, or console: /accounts'
  const common = config().rateLimits
  const open: string[] = []
  const isOpen = (requests: number | null, tokens: number | null) =>
    (requests ?? common.requestsPerMinute) >= NO_LIMIT.requests || (tokens ?? common.tokensPerMinute) >= NO_LIMIT.tokens
  let projects = 0
  for await (const { id, requestsPerMinute, tokensPerMinute } of eachItem((page) => accounts.projects(page))) {
    projects++
    if (isOpen(requestsPerMinute, tokensPerMinute)) open.push(id)
  }
  if (open.length > 0) {
    const says = `keys of ${open.length} of ${count(projects, 'project')} may ask without a limit that means anything`
    return fails(
      says,
      next,
      open.map((id) => record('project', id)),
    )
  }
  if (sharedLimits !== null && sharedLimits.state().state !== 'together')
    return fails('replicas count limits apart, since Valkey can’t be reached', 'safelevel doctor')
  if (projects === 0) return unknown('no project exists whose keys a limit could hold for', 'safelevel key create')
  return holds(
    `keys of ${count(projects, 'project')} are limited, by default to ${common.requestsPerMinute} requests a minute`,
  )
}

/** What was said is kept as long as the sources ask, of everybody: a setting, and weak evidence alone. */
function retained({ config, attestations }: TrafficWorld): Promise<Finding> {
  const { keep, retentionDays } = config().content
  const days = Math.min(retentionDays.flagged, retentionDays.other)
  if (keep !== 'all' || days < KEPT_DAYS) {
    const kept =
      keep === 'all' ? `all for ${days} days` : keep === 'none' ? 'nothing' : 'only what was refused or flagged'
    const next = 'content.keep: all and content.retentionDays in safelevel.yaml'
    return Promise.resolve(fails(`of what is said ${kept} is kept, not all of it for ${KEPT_DAYS} days`, next))
  }
  const missing = `all is set to be kept for ${days} days; nobody has said that internal use goes through here too`
  return attested({ attestations }, 'X-09', missing)
}

/** The policy tells customers apart, and those who are let more were given their tier by somebody. */
async function tiers({ policies, accounts }: TrafficWorld): Promise<Finding> {
  const named = new Set(
    policies
      .current()
      .view()
      .overlays.flatMap(({ tiers: of = [] }) => of),
  )
  const tiered = (await allItems((page) => accounts.organisations(page))).filter(({ tier }) => tier !== null)
  const strange = tiered.filter(({ tier }) => tier !== null && !named.has(tier))
  if (named.size === 0) return unknown('the policy knows no tiers: everybody is served alike', LINT_POLICY)
  if (strange.length > 0) {
    const says = `${count(strange.length, 'organisation')} in tiers of which the policy says nothing`
    return fails(
      says,
      'console: /accounts',
      strange.map(({ id }) => record('organisation', id)),
    )
  }
  return holds(
    `the policy tells ${count(named.size, 'tier')} apart (${listed([...named])}); ${count(tiered.length, 'organisation')} in one`,
  )
}

/** What came through was closed again in time; one that waits for too long counts, whatever the others took. */
async function answered({ intake, entries }: TrafficWorld): Promise<Finding> {
  const items = await allItems((page) => intake.triage.queue({ ...page, kind: 'safeguard_bypass' }))
  if (items.length === 0)
    return unknown('no bypass was ever reported: nothing shows how fast one is closed', 'console: /reports')
  const late = items.filter(({ state, clock }) => state !== 'closed' && clock?.state === 'overdue')
  const evidence = [
    ...late.map(({ id }) => record('report', id)),
    ...entryOf(await entries.last('intake.report_overdue')),
  ]
  if (late.length > 0)
    return fails(`${count(late.length, 'reported bypass', 'reported bypasses')} overdue`, 'console: /reports', evidence)
  const hours = items.flatMap(({ confirmedAt, mitigatedAt }) =>
    confirmedAt === null || mitigatedAt === null
      ? []
      : [(Date.parse(mitigatedAt) - Date.parse(confirmedAt)) / 3_600_000],
  )
  if (hours.length === 0) return unknown('no bypass has been confirmed and closed yet', 'console: /reports', evidence)
  const longest = Math.max(...hours)
  const says = `${count(hours.length, 'bypass', 'bypasses')} closed, the slowest in ${longest.toFixed(1)} hours`
  return longest > MOST_HOURS ? fails(`${says}: more than ${MOST_HOURS}`, 'console: /reports') : holds(says)
}
