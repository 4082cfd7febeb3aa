import { z } from 'zod'
import { parsed } from '../behaviour/table.ts'
import type { Json, Signal } from '../signals/signal.ts'
import type { Peak } from './alert.ts'
import { type Episode, Episodes, note } from './episodes.ts'
import { Risk } from './risk.ts'
import type { Weights } from './weights.ts'

/** Behind it stand no peaks that anybody would want to be told of. */
const LEAST_PEAK = 1
const Snapshot = z.object({ risk: z.json(), episodes: z.json() })

/** What the signals of one moment have made of somebody. */
export interface Weighed {
  readonly risk: number
  readonly episode: Episode
  /** Null where they have been as high before in this episode. */
  readonly peak: Peak | null
}

/** From signals to risk and its episodes: what detection and training have in common. */
export class Tally {
  readonly risk: Risk
  readonly #episodes = new Episodes()

  constructor(weights?: Weights) {
    this.risk = new Risk(weights)
  }

  /** @param signals all of one person and one activity, not before the last ones */
  weigh(person: string, timeMs: number, signals: readonly [Signal, ...Signal[]]): Weighed {
    const episode = this.#episodes.at(signals[0], this.risk.of('person', person, timeMs))
    for (const signal of signals) {
      this.risk.add(signal)
      note(episode, signal)
    }
    const risk = this.risk.of('person', person, timeMs)
    if (risk <= episode.peak) return { risk, episode, peak: null }
    episode.peak = risk
    return { risk, episode, peak: risk >= LEAST_PEAK ? { person, timeMs, risk, episode: episode.id } : null }
  }

  snapshot(): Json {
    return { risk: this.risk.snapshot(), episodes: this.#episodes.snapshot() }
  }

  /** @throws {AppError} VERIFICATION_FAILED */
  restore(snapshot: Json): void {
    const { risk, episodes } = parsed(Snapshot, snapshot)
    this.risk.restore(risk)
    this.#episodes.restore(episodes)
  }
}
