import type { Peak } from '../../src/weights/insider/risk/index.ts'
import { Tally } from '../../src/weights/insider/risk/tally.ts'
import type { Weights } from '../../src/weights/insider/risk/weights.ts'
import type { Signal } from '../../src/weights/insider/signals/signal.ts'
import type { Gathered } from './gathered.ts'

/** All heights of risk that detection comes to with these weights: what `insider score` would be given. */
export function peaksOf({ signals, persons, causes }: Gathered, weights: Weights): Peak[] {
  const tally = new Tally(weights)
  const peaks: Peak[] = []
  for (let at = 0; at < signals.length; ) {
    const [nth, person = 0, timeMs = 0] = signals[at] ?? []
    const together: Signal[] = []
    for (let row = signals[at]; row !== undefined && row[0] === nth && row[1] === person; row = signals[++at])
      together.push({
        ...{ cause: causes[row[3] ?? 0] ?? '', activity: String(nth), timeMs, person: persons[person] ?? '' },
        ...{ host: null, grant: null, weight: (row[4] ?? 0) / 1e3, says: '', isCertain: row[5] === 1 },
      })
    const [first, ...rest] = together
    if (first === undefined) break
    const { peak, episode } = tally.weigh(first.person, timeMs, [first, ...rest])
    if (peak !== null) peaks.push(peak)
    if (!together.some(({ isCertain }) => isCertain) || episode.isCertainTold) continue
    episode.isCertainTold = true
    peaks.push({ person: first.person, timeMs, risk: Number.POSITIVE_INFINITY, episode: `${episode.id}-certain` })
  }
  return peaks
}
