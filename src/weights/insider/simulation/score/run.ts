import type { Activity, Peak } from '../../index.ts'
import type { Truth } from '../truth.ts'
import type { DetectingOf } from './detecting.ts'
import { activitiesOf, type Folder, type Reading } from './read-folder.ts'

/** One of a campaign's own activities: when, and how many bytes left the vault by it. */
export interface Step {
  readonly timeMs: number
  readonly bytes: number
}

/** A planted campaign with what it was found to have done. */
export interface Planted {
  readonly truth: Truth
  /** In the order of time. */
  readonly steps: readonly Step[]
}

export interface Run {
  readonly peaks: readonly Peak[]
  readonly planted: readonly Planted[]
  readonly activities: number
  readonly reading: Reading
}

/** Lets a detector look at a whole folder, and writes down how high each risk got when. */
export async function runDetector(
  folder: Folder,
  make: DetectingOf,
  options: { onBytes?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<Run> {
  const peaks: Peak[] = []
  const detecting = make((peak) => peaks.push(peak))
  const reading: Reading = { malformed: 0, duplicates: 0, late: 0, lines: 0 }
  const steps = folder.truths.map((): Step[] => [])
  const owners = ownersOf(folder.truths)
  let activities = 0
  for await (const batch of activitiesOf(folder, reading, options.onBytes)) {
    options.signal?.throwIfAborted()
    for (const activity of batch) {
      activities++
      for (const owner of owners.get(activity.id) ?? []) steps[owner]?.push(stepOf(activity))
      for (const { isCertain, person, timeMs, id } of detecting.observe(activity))
        if (isCertain) peaks.push({ person, timeMs, risk: Number.POSITIVE_INFINITY, episode: id })
    }
  }
  const planted = folder.truths.map((truth, index) => ({ truth, steps: lossesOf(steps[index] ?? []) }))
  return { peaks, planted, activities, reading }
}

interface Told extends Step {
  readonly isRead: boolean
}

function stepOf({ timeMs, bytes, kind }: Activity): Told {
  return { timeMs, bytes, isRead: kind === 'weights.read' }
}

/** What left the vault is what was lost: the same bytes carried on by another system are not lost twice. */
function lossesOf(steps: readonly (Step & { isRead?: boolean })[]): Step[] {
  const hasReads = steps.some(({ isRead, bytes }) => isRead === true && bytes > 0)
  return steps.map(({ timeMs, bytes, isRead }) => ({ timeMs, bytes: hasReads && isRead !== true ? 0 : bytes }))
}

/** Which campaigns an activity belongs to; nearly always one. */
function ownersOf(truths: readonly Truth[]): Map<string, readonly number[]> {
  const owners = new Map<string, readonly number[]>()
  for (const [index, { activities }] of truths.entries())
    for (const id of activities) owners.set(id, [...(owners.get(id) ?? []), index])
  return owners
}
