import type { Grant, Stage } from '../campaign.ts'
import type { ModelVersion, Person } from '../world/world.ts'
import { carryOut } from './exits.ts'
import type { Parts } from './parts.ts'
import { opener } from './permits.ts'

/** Nobody begins in the second in which they may. */
const SETTLING_MS = 3 * 60_000

export interface Sitting {
  readonly grant: Grant
  readonly atMs: number
  /** Bytes wanted; about so many are read, as no two days are the same. */
  readonly bytes: number
  readonly again?: number
  readonly pauseMs?: number
  /** Begins with a sign-in of its own, where the ordinary one of the day does not cover it. */
  readonly signsIn?: boolean
}

/** Somebody sits down and takes some more, on the machine that the grant is for. @returns bytes that were new */
export function sitDown(stage: Stage, parts: Parts, sitting: Sitting): number {
  const { grant, atMs, bytes, again = 0, pauseMs = 12_000, signsIn = false } = sitting
  const actor = opener(stage, grant, Math.max(atMs, grant.givenMs + SETTLING_MS))
  if (signsIn) actor.signIn()
  actor.startSession(grant)
  const wanted = stage.draw.logNormal(bytes, 0.35)
  const taken = parts.take(actor, grant, wanted, { draw: stage.draw, again, pauseMs })
  carryOut(stage, actor, taken)
  return taken
}

/** Bytes a day that take `share` of something in `days`, kept within what would not be odd for somebody. */
export function paceOf(person: Person, wanted: number, days: number, most: number): number {
  const { sittingsPerDay, readsPerSitting, bytesPerRead } = person.habits
  const ordinary = sittingsPerDay * readsPerSitting * bytesPerRead
  return Math.min(Math.max(wanted / Math.max(1, days), ordinary / 2), ordinary * most)
}

/**
 * Size of a range as somebody usually reads it.
 *
 * @param aim what is to be read of; nobody has the patience for more than `mostReads` of them
 */
export function usualChunk(stage: Stage, { habits }: Person, aim: ModelVersion, mostReads = 5_000): number {
  const usual = Math.min(500e6, Math.max(2 ** 20, stage.draw.logNormal(habits.bytesPerRead, 0.3)))
  return Math.max(usual, aim.sizeBytes / mostReads)
}
