import type { Actor, CampaignKind, Grant, Stage, Use } from '../../src/weights/insider/simulation/campaign.ts'
import {
  honestGrant,
  nextWorkday,
  opens,
  reach,
  target,
  usualHost,
  workday,
} from '../../src/weights/insider/simulation/campaigns/parts.ts'
import type { Host, ModelFile, ModelVersion, Person } from '../../src/weights/insider/simulation/world/world.ts'
import { before, carried, clean } from './composed-parts.ts'

const MEGABYTE = 1e6
const MINUTE_MS = 60_000
const DAY_HOURS = 24

/** How one composed theft is done: each figure by itself, so that what is planted is of no one pattern. */
interface Plan {
  readonly people: readonly Person[]
  readonly version: ModelVersion
  readonly hosts: ReadonlyMap<Person, Host>
  readonly when: 'work' | 'night' | 'lunch' | 'late'
  readonly use: Use
  readonly sittings: number
  readonly restDays: number
  readonly share: number
  readonly way: 'serial' | 'shuffled' | 'pieces' | 'scattered'
  readonly pieceBytes: number
  readonly growth: number
  readonly stamp: 'honest' | 'quick' | 'standing'
  /** Of what is read, how much is read again, so that it looks like work. */
  readonly again: number
  readonly pauseMs: number
}

function planOf(stage: Stage): Plan | null {
  const { draw } = stage
  const longest = 40
  const first = stage.recruit(
    opens(stage, draw.chance(0.2) ? 3 : longest),
    ({ habits }) => 0.1 + habits.sittingsPerDay ** draw.int(0, 1),
  )
  if (first === null) return null
  const version = target(stage, first, draw.chance(0.7))
  if (version === null) return null
  const people = [first]
  for (
    let more = draw.weighted([
      [0, 6],
      [1, 2],
      [2, 1],
      [3, 1],
    ] as const);
    more > 0;
    more--
  ) {
    const other = stage.recruit(
      (one) => opens(stage, longest)(one) && (draw.chance(0.3) || one.models.includes(version.model)),
    )
    if (other !== null) people.push(other)
  }
  const sittings = Math.round(draw.range({ from: 1, to: 24, isLog: true }))
  return {
    ...{ people, version, sittings },
    hosts: new Map(people.map((person) => [person, hostOf(stage, person)])),
    when: draw.weighted([
      ['work', 6],
      ['late', 2],
      ['lunch', 1],
      ['night', 1],
    ] as const),
    use: draw.weighted([
      ['program', 6],
      ['run', 3],
      ['serve', 1],
      ['export', 1],
    ] as const),
    restDays: draw.weighted([
      [0, 3],
      [1, 2],
      [3, 1],
    ] as const),
    share:
      reach(stage) *
      draw.weighted([
        [1, 3],
        [0.5, 1],
      ] as const),
    way: draw.weighted([
      ['serial', 3],
      ['shuffled', 2],
      ['pieces', 2],
      ['scattered', 1],
    ] as const),
    pieceBytes: draw.range({ from: 3, to: 200, isLog: true }) * MEGABYTE,
    growth: draw.chance(0.3) ? draw.real(1.1, 1.6) : 1,
    stamp: draw.weighted([
      ['honest', 4],
      ['quick', 1],
      ['standing', 2],
    ] as const),
    again: draw.chance(0.3) ? draw.real(0.1, 0.6) : 0,
    pauseMs: draw.range({ from: 100, to: 30_000, isLog: true }),
  }
}

function hostOf(stage: Stage, person: Person): Host {
  const { draw } = stage
  const usual = usualHost(person, stage.actor(person, stage.dayMs))
  const way = draw.weighted([
    ['usual', 6],
    ['other', 2],
    ['new', 1],
    ['server', 1],
  ] as const)
  if (way === 'usual') return usual
  if (way === 'other') return draw.pick(person.hosts.length > 0 ? person.hosts : [usual])
  const place = draw.chance(0.6) ? person.office : stage.placeNear(person.home)
  const host = stage.newHost(way === 'server' ? 'server' : 'laptop', place)
  if (draw.chance(0.7)) {
    const approver = stage.colleague((one) => one.roles.includes('weights_approver') && one !== person)
    stage.actor(person, stage.moment(person)).registerDevice(host, approver ?? undefined)
  }
  return host
}

function grantOf(stage: Stage, actor: Actor, { version, use, stamp, sittings }: Plan, bytes: number): Grant | null {
  const { draw } = stage
  const standing = stage
    .grants(actor.person)
    .find(
      (one) =>
        one.version === version &&
        one.givenMs < actor.nowMs &&
        one.expiresMs > actor.nowMs &&
        one.budgetBytes - one.spentBytes > bytes,
    )
  if (standing !== undefined && (stamp === 'standing' || sittings > 5)) return standing
  const budgetBytes = Math.max(2e9, draw.chance(0.3) ? version.sizeBytes * 1.1 : bytes * draw.real(1.1, 4))
  const asked = { version, use, budgetBytes, hours: DAY_HOURS * draw.real(0.5, 9) }
  if (stamp !== 'quick') return honestGrant(stage, actor, asked)
  const approver = stage.colleague((one) => one.roles.includes('weights_approver') && one !== actor.person)
  if (approver === null) return null
  const approval = actor.requestGrant(asked)
  const grant = stage.actor(approver, approval.requestedMs + draw.logNormal(40, 0.7) * 1_000).approve(approval)
  if (grant !== null) actor.at(grant.givenMs + draw.real(1, 30) * MINUTE_MS)
  return grant
}

/** @returns bytes that left */
function sit(stage: Stage, plan: Plan, actor: Actor, grant: Grant, from: number, bytes: number): number {
  const { draw } = stage
  const { version, way, pieceBytes, again, pauseMs } = plan
  const share = bytes / version.sizeBytes
  if (way === 'shuffled')
    return actor.readMany(grant, { order: 'shuffled', share, bytesPerSecond: draw.logNormal(8e7, 0.5) })
  if (way === 'serial')
    return actor.readMany(grant, { skipBytes: from, share, chunkBytes: Math.min(64 * 2 ** 20, pieceBytes) })
  let taken = 0
  for (let reads = 0; taken < bytes && reads < 3_000; reads++) {
    const at = way === 'pieces' ? from + taken : draw.unit() * version.sizeBytes
    const skip = draw.chance(again) ? draw.unit() * Math.max(1, from + taken) : at
    const place = placeOf(version, skip)
    if (place === null) break
    const read = actor.read(grant, { ...place, bytes: Math.ceil(pieceBytes) })
    if (read === 0) break
    taken += read
    actor.wait(draw.exponential(pauseMs))
  }
  return taken
}

/** Where so many bytes of a version, without its decoys, are behind one. */
function placeOf(version: ModelVersion, skip: number): { file: ModelFile; start: number } | null {
  let left = skip
  for (const file of version.files) {
    if (file.isCanary) continue
    if (left < file.sizeBytes) return { file, start: Math.floor(left) }
    left -= file.sizeBytes
  }
  return null
}

/** Whoever takes a model in no way that anybody has a name for. */
export const COMPOSED: CampaignKind = {
  id: 'composed',
  family: 'bulk',
  says: 'A theft that is put together by chance: who, when, where, under which grants, in which order and how fast.',
  longestDays: 45,
  *play(stage) {
    const plan = planOf(stage)
    if (plan === null) return
    const [first] = plan.people
    if (first === undefined) return
    yield* workday(stage, first)
    yield* before(stage, first)
    const weights = Array.from({ length: plan.sittings }, (_, nth) => plan.growth ** nth)
    const all = weights.reduce((sum, one) => sum + one, 0)
    const aim = plan.version.sizeBytes * plan.share
    let taken = 0
    for (const weight of weights) {
      for (const person of plan.people) {
        if (!stage.isAtWork(person) && plan.when !== 'night') continue
        const actor = stage
          .actor(person, stage.moment(person, plan.when))
          .on(plan.hosts.get(person) ?? stage.actor(person, stage.dayMs).host)
        if (stage.draw.chance(0.3)) actor.signIn()
        const bytes = (aim * weight) / all / plan.people.length
        const grant = grantOf(stage, actor, plan, bytes)
        if (grant === null) continue
        taken += sit(stage, plan, actor.on(plan.hosts.get(person) ?? grant.host), grant, taken, bytes)
        if (stage.draw.chance(0.15)) carried(stage, actor, bytes)
      }
      yield* nextWorkday(stage, first)
      for (let rest = 0; rest < plan.restDays; rest++) yield
    }
    clean(stage, stage.actor(first, stage.moment(first)), taken)
  },
}
