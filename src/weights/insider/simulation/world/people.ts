import type { Draw } from '../draw.ts'
import type { ParameterName, Parameters } from '../parameters.ts'
import { near, OFFICES, type Office, officePlace } from './places.ts'
import { type Habits, type Host, type Job, OPENING_JOBS, type Person, type Team } from './world.ts'

const MONTH_DAYS = 30
const LONGEST_NOTICE_DAYS = 60
const HOME_KM = 25
const CLUSTER_SITES = ['sfo', 'nyc', 'lon'] as const

/** How many of a job there are: a share of all, but never fewer than the work needs. */
const SHARES: readonly (readonly [Job, ParameterName, least: number])[] = [
  ['researcher', 'people.researcher', 4],
  ['inference_engineer', 'people.inferenceEngineer', 3],
  ['deployer', 'people.deployer', 3],
  ['security_engineer', 'people.securityEngineer', 3],
  ['approver', 'people.approver', 5],
  ['analyst', 'people.analyst', 4],
  ['policy_editor', 'people.policyEditor', 2],
  ['leader', 'people.leader', 3],
  ['administrator', 'people.administrator', 2],
  ['auditor', 'people.auditor', 2],
  ['contractor', 'people.contractor', 2],
  ['it', 'people.it', 3],
]
const LEADER_ROLES = ['ciso', 'rso', 'ceo', 'board'] as const
/** What people of a job do with weights, compared with the others. */
const SITTINGS: Partial<Record<Job, number>> = {
  researcher: 1,
  inference_engineer: 1.2,
  deployer: 0.8,
  security_engineer: 0.25,
  contractor: 0.5,
}
const WHOLES: Partial<Record<Job, number>> = { inference_engineer: 2, deployer: 6 }

interface Cohort {
  readonly parameters: Parameters
  readonly draw: Draw
  readonly days: number
  readonly offices: ReadonlyMap<Office, Host['place']>
  readonly models: readonly string[]
}

/** Everybody who ever works here in these days: `count` on the first day, and who joins later. */
export function buildPeople(
  { count, days, models }: { count: number; days: number; models: readonly string[] },
  parameters: Parameters,
  draw: Draw,
): { people: Person[]; teams: Team[]; clusters: Host[] } {
  const offices = new Map(OFFICES.map((office) => [office, officePlace(office, draw)]))
  const cohort: Cohort = { parameters, draw, days, offices, models }
  const clusters = CLUSTER_SITES.flatMap((site) => buildCluster(site, cohort, count))
  const jobs = jobsOf(count, parameters)
  const joining = draw.poisson((parameters.value('people.joinPerMonth') * count * days) / MONTH_DAYS)
  const all = [
    ...jobs.map((job) => ({ job, firstDay: 0 })),
    ...Array.from({ length: joining }, () => ({ job: draw.pick(jobs), firstDay: draw.int(1, Math.max(1, days - 1)) })),
  ]
  const plan = all.filter(({ job, firstDay }) => firstDay === 0 || (job !== 'leader' && job !== 'approver'))
  const numbers = draw.shuffled(plan.map((_, index) => index))
  const byJob = Map.groupBy(plan, ({ job }) => job)
  const people: Person[] = []
  const teams: Team[] = []
  for (const [job, members] of byJob) {
    const size = Math.max(2, Math.round(parameters.value('people.teamSize')))
    for (let from = 0; from < members.length; from += size) {
      const id = `${job}-${1 + from / size}`
      const focus = draw.shuffled(models).slice(0, 3)
      const team = members.slice(from, from + size).map(({ firstDay }, index) => {
        const number = numbers[people.length + index] ?? people.length + index
        return buildPerson({ job, team: id, number, firstDay, focus, rank: from + index }, cohort, clusters)
      })
      people.push(...team)
      teams.push({ id, job, people: team })
    }
  }
  return { people, teams, clusters }
}

function jobsOf(count: number, parameters: Parameters): Job[] {
  const jobs = SHARES.flatMap(([job, share, least]) =>
    Array.from({ length: Math.max(least, Math.round(parameters.value(share) * count)) }, () => job),
  )
  while (jobs.length < count) jobs.push('software_engineer')
  return jobs
}

function buildCluster(site: string, { offices }: Cohort, count: number): Host[] {
  const [place] = [...offices].filter(([office]) => office.id === site).map(([, found]) => found)
  if (place === undefined) return []
  const size = Math.max(3, Math.round(count / 60))
  return Array.from({ length: size }, (_, index) => ({ id: `dev_cluster_${site}_${index}`, kind: 'cluster', place }))
}

interface Seat {
  readonly job: Job
  readonly team: string
  readonly number: number
  readonly firstDay: number
  readonly focus: readonly string[]
  readonly rank: number
}

function buildPerson(seat: Seat, cohort: Cohort, clusters: readonly Host[]): Person {
  const { parameters, offices } = cohort
  const draw = cohort.draw.fork(`person ${seat.number}`)
  const isAbroad = draw.chance(parameters.value('people.abroad'))
  const office = isAbroad ? draw.weighted(OFFICES.map((one) => [one, one.weight] as const)) : OFFICES[0]
  const place = offices.get(office) ?? officePlace(office, draw)
  const roles = rolesOf(seat, parameters, draw)
  const opens = roles.includes('security_engineer')
  const laptop: Host = { id: `dev_${draw.code(12)}`, kind: 'laptop', place }
  const others: Host[] = opens && draw.chance(0.6) ? [{ id: `dev_${draw.code(12)}`, kind: 'workstation', place }] : []
  const nearby = clusters.length > 0 && opens ? [draw.pick(clusters)] : []
  const isLate = draw.chance(parameters.value('people.lateShift'))
  const startMinute = Math.round(draw.normal(isLate ? 14 * 60 : 9 * 60, 45))
  const hours = parameters.value('time.shiftHours') + draw.normal(0, 0.4)
  return {
    id: `per_${String(seat.number).padStart(5, '0')}`,
    ...{ job: seat.job, team: seat.team, roles, zoneMinutes: office.zoneMinutes },
    shift: { startMinute: Math.max(240, startMinute), endMinute: Math.max(240, startMinute) + Math.round(hours * 60) },
    ...{ home: near(place, HOME_KM, draw), office: place, hosts: [laptop, ...others, ...nearby] },
    habits: habitsOf(seat.job, opens, parameters, draw),
    models: opens ? draw.shuffled(seat.focus).slice(0, draw.int(1, 3)) : [],
    firstDay: seat.firstDay,
    leaving: leavingOf(seat, cohort, draw),
  }
}

function rolesOf({ job, rank }: Seat, parameters: Parameters, draw: Draw): string[] {
  if (job === 'leader') return [LEADER_ROLES[rank % LEADER_ROLES.length] ?? 'board']
  if (job === 'approver') return ['weights_approver']
  if (job === 'analyst') return draw.chance(0.1) ? ['analyst', 'child_safety'] : ['analyst']
  if (job === 'policy_editor' || job === 'administrator' || job === 'auditor') return [job]
  if (job === 'contractor') return draw.chance(parameters.value('people.contractorOpens')) ? ['security_engineer'] : []
  return OPENING_JOBS.includes(job) ? ['security_engineer'] : []
}

function habitsOf(job: Job, opens: boolean, parameters: Parameters, draw: Draw): Habits {
  const value = (name: ParameterName) => parameters.value(name)
  const share = SITTINGS[job] ?? 0
  const sittings = draw.logNormal(value('weights.sittingsPerDay') * share, value('weights.sittingsSpread'))
  return {
    sittingsPerDay: opens ? Math.min(6, sittings) : 0,
    readsPerSitting: draw.logNormal(value('weights.readsPerSitting'), value('weights.readsSpread')),
    bytesPerRead: draw.logNormal(value('weights.readMegabytes') * 1e6, 0.7),
    wholeShare: Math.min(0.6, draw.logNormal(value('weights.whole'), 0.8) * (WHOLES[job] ?? 1)),
    lateShare: Math.min(0.8, draw.logNormal(value('time.late'), 0.9)),
    weekendShare: Math.min(0.6, draw.logNormal(value('time.weekend'), 1)),
    fumbleShare: Math.min(0.4, draw.logNormal(value('signIn.fumble'), 0.6)),
    denyShare: Math.min(0.3, draw.logNormal(value('approvals.deny'), 0.5)),
    lookMinutes: draw.logNormal(value('approvals.lookMinutes'), 0.6),
  }
}

/** Leavers say so some weeks before; who has said so when the simulation begins leaves early in it. */
function leavingOf({ job, firstDay }: Seat, { parameters, days }: Cohort, draw: Draw): Person['leaving'] {
  if (job === 'leader' || job === 'approver' || job === 'auditor') return null
  const said = Math.floor(draw.exponential(MONTH_DAYS / parameters.value('people.leavePerMonth')))
  const notice = Math.round(
    Math.min(LONGEST_NOTICE_DAYS, Math.max(3, draw.normal(parameters.value('people.noticeDays'), 6))),
  )
  const saidDay = firstDay + said
  return saidDay < days ? { saidDay, lastDay: saidDay + notice } : null
}
