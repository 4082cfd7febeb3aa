import type { EnforcementConfig } from '../../base/enforcement-config.ts'
import type { Strike, Subject } from './schema.ts'

/** A strike with its times as numbers, milliseconds since the epoch. */
export interface CountedStrike {
  readonly strike: Strike
  readonly atMs: number
  readonly expiresMs: number
}

export type PointSettings = Pick<EnforcementConfig, 'settleSeconds' | 'shares' | 'childCap'>

export function counted(strike: Strike): CountedStrike {
  return { strike, atMs: Date.parse(strike.at), expiresMs: Date.parse(strike.expiresAt) }
}

/** In order of time; of one instant, in order of their ids. */
export function byTime(a: CountedStrike, b: CountedStrike): number {
  return a.atMs - b.atMs || (a.strike.id < b.strike.id ? -1 : 1)
}

/** Keeps `strikes` in order; what comes last mostly goes last. */
export function insertByTime(strikes: CountedStrike[], strike: CountedStrike): void {
  const last = strikes.at(-1)
  strikes.push(strike)
  if (last !== undefined && byTime(last, strike) > 0) strikes.sort(byTime)
}

/**
 * What a strike counts at a time: whole during the first half of its life, then in a straight line down to nothing at its expiry.
 * Nothing before it was given.
 */
export function weightAt({ strike, atMs, expiresMs }: CountedStrike, nowMs: number): number {
  if (nowMs < atMs || nowMs >= expiresMs) return 0
  const left = (expiresMs - nowMs) / (expiresMs - atMs)
  return left >= 0.5 ? strike.weight : strike.weight * 2 * left
}

/**
 * Points of a subject at a time. An end user has the points of their strikes. A key has those of strikes that name no end user, and of
 * each end user a share, of at most `childCap`: one abuser moves a key by `childCap × shares.key` and no further, many do. Projects and
 * organisations count their keys and projects in the same way.
 *
 * @param strikes of this subject and below it, none of them undone, in order of time.
 */
export function pointsOf(
  { type }: Subject,
  strikes: readonly CountedStrike[],
  nowMs: number,
  settings: PointSettings,
): number {
  switch (type) {
    case 'end_user':
      return ownPoints(strikes, nowMs, settings)
    case 'key':
      return keyPoints(strikes, nowMs, settings)
    case 'project':
      return projectPoints(strikes, nowMs, settings)
    case 'organisation':
      return shared(strikes, (s) => s.strike.projectId, projectPoints, settings.shares.organisation, nowMs, settings)
  }
}

type Points = (strikes: readonly CountedStrike[], nowMs: number, settings: PointSettings) => number

function keyPoints(strikes: readonly CountedStrike[], nowMs: number, settings: PointSettings): number {
  const unnamed = strikes.filter((s) => s.strike.endUserId === null)
  const named = strikes.filter((s) => s.strike.endUserId !== null)
  const passedUp = shared(named, (s) => s.strike.endUserId ?? '', ownPoints, settings.shares.key, nowMs, settings)
  return ownPoints(unnamed, nowMs, settings) + passedUp
}

function projectPoints(strikes: readonly CountedStrike[], nowMs: number, settings: PointSettings): number {
  return shared(strikes, (s) => s.strike.keyId, keyPoints, settings.shares.project, nowMs, settings)
}

function shared(
  strikes: readonly CountedStrike[],
  childOf: (strike: CountedStrike) => string,
  points: Points,
  share: number,
  nowMs: number,
  settings: PointSettings,
): number {
  let sum = 0
  for (const group of Map.groupBy(strikes, childOf).values()) {
    sum += Math.min(settings.childCap, points(group, nowMs, settings)) * share
  }
  return sum
}

/** Strikes under one clause that follow each other within the settling time are one: an answer that is asked for again is no new deed. */
function ownPoints(strikes: readonly CountedStrike[], nowMs: number, { settleSeconds }: PointSettings): number {
  const open = new Map<string, { startMs: number; weight: number }>()
  let sum = 0
  for (const counted of strikes) {
    const weight = weightAt(counted, nowMs)
    if (weight === 0) continue
    const { strike, atMs } = counted
    const name = strike.clause ?? strike.label ?? strike.source
    const group = open.get(name)
    if (group !== undefined && atMs - group.startMs < settleSeconds * 1_000) {
      sum += Math.max(0, weight - group.weight)
      group.weight = Math.max(group.weight, weight)
    } else {
      open.set(name, { startMs: atMs, weight })
      sum += weight
    }
  }
  return sum
}
