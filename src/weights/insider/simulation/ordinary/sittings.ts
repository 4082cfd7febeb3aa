import type { Use } from '../campaign.ts'
import type { Draw } from '../draw.ts'
import type { LiveGrant } from '../grant-book.ts'
import type { Organisation, Presence } from '../organisation.ts'
import type { Host, ModelFile, ModelVersion, Person } from '../world/world.ts'
import { askForGrant } from './approving.ts'

const HOUR_MS = 3_600_000
const DAY_HOURS = 24
const GIGABYTE = 1e9
const MOST_READS = 2_000
const MOST_READ_BYTES = 500e6
const LEAST_BUDGET_BYTES = 2 * GIGABYTE
const FAVOURITES = 40
const MINUTE_MS = 60_000

type Sort = 'look' | 'train' | 'evaluate' | 'whole'
interface Sitting {
  readonly sort: Sort
  readonly version: ModelVersion
  readonly use: Use
  readonly host: Host
  /** Of all bytes of the version; for `look` what its reads come to. */
  readonly share: number
  readonly reads: number
}

/** Whoever works with weights: most look at a few tensors again and again, some train, evaluate, or need a whole model. */
export function workWithWeights(organisation: Organisation): void {
  const draw = organisation.drawOf('sittings')
  for (const { person, presence } of organisation.atWork(({ habits }) => habits.sittingsPerDay > 0)) {
    const busy = isLaunching(person, organisation) ? 1.8 : 1
    const leaving = person.leaving !== null && organisation.day >= person.leaving.saidDay ? 0.7 : 1
    const count = draw.poisson(person.habits.sittingsPerDay * busy * leaving)
    for (let sitting = 0; sitting < count; sitting++) {
      const atMs = draw.real(presence.startMs + HOUR_MS / 4, presence.endMs)
      sit(person, presence, atMs, organisation, draw)
    }
  }
}

function isLaunching(person: Person, organisation: Organisation): boolean {
  const { day } = organisation
  return organisation.built.launches.some(
    ({ version, firstDay, lastDay }) =>
      day >= firstDay && day <= lastDay && organisation.modelsOf(person).includes(version.model),
  )
}

function sit(person: Person, presence: Presence, atMs: number, organisation: Organisation, draw: Draw): void {
  const plan = planSitting(person, organisation, draw)
  if (plan === null) return
  const grant = grantFor(person, plan, atMs, organisation, draw)
  if (grant === null) return
  const beginMs = Math.max(atMs, grant.givenMs + draw.real(1, 20) * MINUTE_MS)
  if (beginMs > presence.endMs + HOUR_MS) return // approved too late: another day, under the same grant
  readAs(person, plan, grant, beginMs, organisation, draw)
}

function planSitting(person: Person, organisation: Organisation, draw: Draw): Sitting | null {
  const { parameters } = organisation
  const version = versionFor(person, organisation, draw)
  if (version === null) return null
  const { wholeShare, readsPerSitting, bytesPerRead } = person.habits
  const sort = draw.weighted<Sort>([
    ['whole', wholeShare],
    ['train', person.job === 'researcher' ? parameters.value('weights.training') : 0.01],
    ['evaluate', parameters.value('weights.evaluation')],
    ['look', 1],
  ])
  const hosts = organisation.hostsOf(person)
  const cluster = hosts.find(({ kind }) => kind === 'cluster')
  const usual = (sort === 'train' || sort === 'evaluate' ? cluster : undefined) ?? hosts[hosts.length > 1 ? 1 : 0]
  const host = draw.chance(parameters.value('weights.otherHost')) ? draw.pick(hosts) : usual
  if (host === undefined) return null
  const reads = Math.min(MOST_READS, Math.ceil(draw.logNormal(readsPerSitting, 0.6)))
  const share = { look: (reads * bytesPerRead) / version.sizeBytes, whole: 1, train: 0, evaluate: 0 }[sort]
  const drawn = Math.min(1, draw.logNormal(sort === 'train' ? 0.15 : 0.08, 0.9))
  const use: Use = sort === 'look' || sort === 'whole' ? 'program' : 'run'
  return { sort, version, use, host, reads, share: sort === 'look' || sort === 'whole' ? share : drawn }
}

function versionFor(person: Person, organisation: Organisation, draw: Draw): ModelVersion | null {
  const models = organisation.modelsOf(person)
  if (models.length === 0) return null
  const all = organisation.versions()
  if (draw.chance(organisation.parameters.value('weights.otherModel'))) return draw.pick(all)
  const model = draw.weighted(models.map((name, index) => [name, 1 / (1 + index * 2)] as const))
  const versions = all.filter((one) => one.model === model)
  return versions.length > 1 && draw.chance(0.2) ? draw.pick(versions) : (versions.at(-1) ?? null)
}

/** One that stands and has enough left, or a new one. */
function grantFor(
  person: Person,
  plan: Sitting,
  atMs: number,
  organisation: Organisation,
  draw: Draw,
): LiveGrant | null {
  const { parameters, grants } = organisation
  const needed = plan.share * plan.version.sizeBytes * (plan.sort === 'look' ? 2.5 : 1.05)
  const standing = grants.of(person, atMs).find(({ version, use, budgetBytes, spentBytes, givenMs, host }) => {
    const isSame = version === plan.version && use === plan.use && host.id === plan.host.id
    return isSame && givenMs <= atMs && budgetBytes - spentBytes >= needed
  })
  if (standing !== undefined) return standing
  const isWhole = plan.share >= 1 || draw.chance(parameters.value('weights.wholeBudget'))
  const slack = draw.real(1.05, parameters.value('weights.budgetSlack') + 0.1)
  const budgetBytes = isWhole ? plan.version.sizeBytes * 1.1 : Math.max(LEAST_BUDGET_BYTES, needed * slack)
  const hours = draw.logNormal(parameters.value('weights.grantDays'), 0.6) * DAY_HOURS
  const asked = { version: plan.version, use: plan.use, budgetBytes, hours }
  return askForGrant(person, { asked, atMs, host: plan.host }, organisation, draw)
}

function readAs(
  person: Person,
  plan: Sitting,
  grant: LiveGrant,
  atMs: number,
  organisation: Organisation,
  draw: Draw,
): void {
  const worker = organisation.worker(person, atMs, draw, plan.host)
  const rounds = draw.chance(organisation.parameters.value('weights.flaky')) ? draw.int(2, 6) : 1
  worker.startSession(grant)
  for (let round = 0; round < rounds; round++) {
    if (plan.sort === 'look') look(person, plan, grant, worker, organisation, draw)
    else {
      const order = plan.sort === 'train' || (plan.sort === 'evaluate' && draw.chance(0.3)) ? 'shuffled' : 'serial'
      const pace = order === 'shuffled' ? draw.logNormal(6e7, 0.6) : draw.logNormal(3e8, 0.5)
      // A connection that breaks off begins anew, from the start.
      const share = round + 1 < rounds ? plan.share * draw.unit() : plan.share
      worker.readMany(grant, { order, share, bytesPerSecond: pace })
    }
  }
}

/** A few tensors, mostly the same ones as ever. */
function look(
  person: Person,
  { version, reads }: Sitting,
  grant: LiveGrant,
  worker: ReturnType<Organisation['worker']>,
  organisation: Organisation,
  draw: Draw,
): void {
  const own = organisation.lasting(`tensors ${person.id} ${version.id}`)
  const shards = version.files.filter(({ isCanary, sizeBytes }) => !isCanary && sizeBytes > GIGABYTE / 2)
  if (shards.length === 0) return
  const spot = (source: Draw) => spotIn(source.pick(shards), person.habits.bytesPerRead, source)
  const favourites = Array.from({ length: FAVOURITES }, () => spot(own))
  for (let read = 0; read < reads; read++) {
    const range = draw.chance(0.8) ? draw.pick(favourites) : spot(draw)
    if (worker.read(grant, range) === 0) return
    worker.wait(draw.exponential(20_000))
  }
}

function spotIn(file: ModelFile, bytesPerRead: number, draw: Draw): { file: ModelFile; start: number; bytes: number } {
  const bytes = Math.ceil(Math.min(MOST_READ_BYTES, file.sizeBytes, draw.logNormal(bytesPerRead, 0.7)))
  return { file, start: Math.floor(draw.unit() * (file.sizeBytes - bytes)), bytes }
}
