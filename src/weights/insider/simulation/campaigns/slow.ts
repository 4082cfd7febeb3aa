import type { Actor, CampaignKind, Grant, Stage } from '../campaign.ts'
import type { ModelFile, ModelVersion, Person } from '../world/world.ts'
import { honestGrant, nextWorkday, nights, opens, reach, target, usualHost, workday } from './parts.ts'

const GIGABYTE = 1e9
const MEGABYTE = 1e6
const DAY_HOURS = 24

interface Piece {
  readonly file: ModelFile
  readonly start: number
  readonly bytes: number
}

/** A version cut into pieces of about so many bytes, without its decoys. */
function piecesOf(version: ModelVersion, bytes: number): Piece[] {
  const size = Math.max(1, Math.floor(bytes))
  return version.files
    .filter(({ isCanary }) => !isCanary)
    .flatMap((file) =>
      Array.from({ length: Math.ceil(file.sizeBytes / size) }, (_, index) => ({
        ...{ file, start: index * size },
        bytes: Math.min(size, file.sizeBytes - index * size),
      })),
    )
}

/** A grant like any other one of theirs: one that stands, or one as small as they usually are. */
function modestGrant(stage: Stage, actor: Actor, version: ModelVersion, bytes: number): Grant | null {
  const { person } = actor
  const standing = stage
    .grants(person)
    .find(
      (one) =>
        one.version === version &&
        one.use === 'program' &&
        one.givenMs < actor.nowMs &&
        one.budgetBytes - one.spentBytes > bytes,
    )
  if (standing !== undefined && standing.expiresMs > actor.nowMs + 3_600_000) return standing
  const budgetBytes = Math.max(2 * GIGABYTE, bytes * stage.draw.real(2, 6))
  const hours = DAY_HOURS * stage.draw.real(2, 9)
  return honestGrant(stage, actor.on(usualHost(person, actor)), { version, use: 'program', budgetBytes, hours })
}

/** Piece after piece, so many bytes a day, on most working days, until the share is reached or the days are over. */
function* drip(
  stage: Stage,
  person: Person,
  version: ModelVersion,
  pieces: readonly Piece[],
  perDay: number,
): Generator<void, void, void> {
  const aim = version.sizeBytes * reach(stage)
  const days = Math.round(stage.parameter('workdays', { from: 15, to: 45 }))
  const atWork = stage.parameter('ofDays', { from: 0.5, to: 0.95 })
  let next = 0
  let taken = 0
  let hadNone = 0
  for (let day = 0; day < days && taken < aim && next < pieces.length && hadNone < 8; day++) {
    yield* nextWorkday(stage, person)
    if (!stage.draw.chance(atWork)) continue
    const actor = stage.actor(
      person,
      stage.moment(
        person,
        stage.draw.weighted([
          ['work', 8],
          ['late', 1],
          ['lunch', 1],
        ] as const),
      ),
    )
    const today = perDay * stage.draw.logNormal(1, 0.35)
    const grant = modestGrant(stage, actor, version, today)
    if (grant === null) {
      hadNone++
      continue
    }
    actor.on(grant.host)
    for (let read = 0; read < today && next < pieces.length; ) {
      const piece = pieces[next]
      const bytes = piece === undefined ? 0 : actor.read(grant, piece)
      if (bytes === 0) break
      next++
      read += bytes
      taken += bytes
      actor.wait(stage.draw.exponential(12_000))
    }
  }
}

export const DRIP: CampaignKind = {
  id: 'drip-within-budgets',
  family: 'low_and_slow',
  says: 'Day after day a little more of a model than the work needs, within every budget and in ordinary hours, for weeks.',
  longestDays: 70,
  *play(stage) {
    const person = stage.recruit(opens(stage, 60), ({ habits }) => 0.2 + habits.sittingsPerDay)
    const version = person === null ? null : target(stage, person, true)
    if (person === null || version === null) return
    const days = stage.parameter('workdays', { from: 15, to: 45 })
    const perDay = version.sizeBytes / days
    const ownPieces = Math.min(
      64 * MEGABYTE,
      Math.max(4 * MEGABYTE, person.habits.bytesPerRead * stage.parameter('pieces', { from: 0.7, to: 2.5 })),
    )
    const inOrder = piecesOf(version, ownPieces)
    const pieces = stage.draw.chance(0.4) ? stage.draw.shuffled(inOrder) : inOrder
    yield* drip(stage, person, version, pieces, perDay)
  },
}

export const DRIP_THEN_BURST: CampaignKind = {
  id: 'drip-then-burst',
  family: 'low_and_slow',
  says: 'Weeks of small steps that make great volumes look usual, and then the rest within a few days.',
  longestDays: 55,
  *play(stage) {
    const person = stage.recruit(opens(stage, 45), ({ habits }) => 0.1 + habits.sittingsPerDay)
    const version = person === null ? null : target(stage, person, true)
    if (person === null || version === null) return
    const pieces = piecesOf(version, stage.parameter('pieceMegabytes', { from: 8, to: 60 }) * MEGABYTE)
    const steps = Math.round(stage.parameter('steps', { from: 8, to: 18 }))
    const share = reach(stage)
    let next = 0
    let today = 0.002 * version.sizeBytes
    const growth = stage.parameter('growth', { from: 1.25, to: 1.6 })
    for (let step = 0; step < steps && next < pieces.length * share; step++) {
      yield* nextWorkday(stage, person)
      const actor = stage.actor(person, stage.moment(person))
      const grant = modestGrant(stage, actor, version, today)
      if (grant === null) continue
      actor.on(grant.host)
      for (let read = 0; read < today; next++) {
        const piece = pieces[next]
        const bytes = piece === undefined ? 0 : actor.read(grant, piece)
        if (bytes === 0) break
        read += bytes
      }
      today *= growth
      if (stage.draw.chance(0.3)) yield* nights(stage.draw.int(1, 2))
    }
  },
}

export const TENSOR_SWEEP: CampaignKind = {
  id: 'tensor-sweep',
  family: 'low_and_slow',
  says: 'Tensor after tensor, each one as small as any honest look at a model, until all of them were looked at.',
  longestDays: 30,
  *play(stage) {
    const person = stage.recruit(opens(stage, 25))
    if (person === null) return
    yield* workday(stage, person)
    const version = target(stage, person)
    if (version === null) return
    const sittings = Math.round(stage.parameter('sittings', { from: 3, to: 15 }))
    const size = stage.parameter('tensorMegabytes', { from: 20, to: 64, isLog: true }) * MEGABYTE
    const all = piecesOf(version, size)
    const pieces = all.slice(0, Math.ceil(all.length * reach(stage)))
    const perSitting = Math.ceil(pieces.length / sittings)
    for (let from = 0; from < pieces.length; from += perSitting) {
      const actor = stage.actor(person, stage.moment(person))
      const grant = modestGrant(stage, actor, version, perSitting * size * 1.1)
      if (grant !== null) {
        actor.on(grant.host)
        for (const piece of pieces.slice(from, from + perSitting)) {
          if (actor.read(grant, piece) === 0) break
          actor.wait(stage.draw.exponential(1_500))
        }
      }
      yield* nextWorkday(stage, person)
    }
  },
}
