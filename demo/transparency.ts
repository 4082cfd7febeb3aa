import { quarterOf, spanOf } from '../src/base/quarter.ts'
import { instant, type Scene, type Stage } from './stage.ts'

const DAY_MS = 86_400_000

/** The public record of each quarter that ended since Example Labs began, published two days after its end. */
export function transparencyScenes({ app, cast }: Stage, days: number): Scene[] {
  const scenes: Scene[] = []
  let { untilMs } = spanOf(quarterOf(instant(days, 0)))
  while (untilMs + 2 * DAY_MS < Date.now()) {
    const play = () => app.disclosure.transparency.publish(cast.actor('bo')).then(() => {})
    scenes.push({ atMs: untilMs + 2 * DAY_MS, play })
    ;({ untilMs } = spanOf(quarterOf(untilMs)))
  }
  return scenes
}
