import { z } from 'zod'
import { Table } from '../behaviour/table.ts'
import type { Json, Signal } from '../signals/signal.ts'
import { episodeId } from './alert.ts'

const DAY_MS = 86_400_000
const QUIET_MS = 4 * DAY_MS
/** An episode is over when risk has fallen to this share of its height. */
const OVER_SHARE = 0.3
const MOST_EVIDENCE = 50
const MOST_NAMES = 20

const Episode = z.object({
  id: z.string(),
  peak: z.number(),
  lastMs: z.number(),
  isTold: z.boolean(),
  isCertainTold: z.boolean(),
  activities: z.array(z.string()),
  grants: z.array(z.string()),
  hosts: z.array(z.string()),
})
/** A time in which one person's risk is up: what is told of it is told once. */
export type Episode = z.infer<typeof Episode>

/** Each person's episode, the running or the last one. */
export class Episodes {
  readonly #episodes = new Table(Episode, 100_000)

  /**
   * The episode that signals belong to: a new one where the last is over.
   *
   * @param risk before the signals
   */
  at(first: Signal, risk: number): Episode {
    const { person, timeMs, activity } = first
    const known = this.#episodes.get(person)
    if (known !== undefined && risk >= OVER_SHARE * known.peak && timeMs - known.lastMs < QUIET_MS) return known
    const id = episodeId(person, timeMs, activity)
    const none = { peak: 0, lastMs: timeMs, isTold: false, isCertainTold: false, activities: [], grants: [], hosts: [] }
    return this.#episodes.set(person, { id, ...none })
  }

  snapshot(): Json {
    return this.#episodes.snapshot()
  }

  /** @throws {AppError} VERIFICATION_FAILED */
  restore(snapshot: Json): void {
    this.#episodes.restore(snapshot)
  }
}

/** Keeps the evidence: the last activities, the first grants and hosts. */
export function note(episode: Episode, { activity, timeMs, grant, host }: Signal): void {
  episode.lastMs = timeMs
  if (episode.activities.at(-1) !== activity) episode.activities.push(activity)
  if (episode.activities.length > MOST_EVIDENCE) episode.activities.shift()
  for (const [list, name] of [
    [episode.grants, grant],
    [episode.hosts, host],
  ] as const)
    if (name !== null && list.length < MOST_NAMES && !list.includes(name)) list.push(name)
}
