import type { ControlView } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { exactly, useNow } from '../../components/when.tsx'
import { type ControlState, STATE_MARKS } from './words.ts'

const HEIGHT = 28
const WIDTH = 720
/** Height beside colour tells states apart without it. */
const LEVEL: Record<ControlState, number> = { holds: 1, stale: 0.7, unknown: 0.45, fails: 0.25 }
const FILLS: Record<ControlState, string> = {
  holds: 'fill-holds',
  stale: 'fill-watch',
  fails: 'fill-fails',
  unknown: 'fill-quiet',
}

/** How a control stood over time, from the first change that is shown until now. */
export function StateStrip({ history }: { readonly history: ControlView['history'] }) {
  const now = useNow()
  const changes = history.toReversed()
  const [first] = changes
  if (first === undefined) return null
  const begin = Date.parse(first.at)
  const x = (ms: number) => (WIDTH * (ms - begin)) / Math.max(1, now - begin)
  const spans = changes.map(({ id, to, at }, i) => {
    const end = changes[i + 1]?.at
    return { id, to, from: Date.parse(at), until: end === undefined ? now : Date.parse(end) }
  })
  const held = spans.filter(({ to }) => to === 'holds').reduce((sum, { from, until }) => sum + until - from, 0)
  const share = Math.round((100 * held) / Math.max(1, now - begin))
  const summary = `Of the time since ${exactly(first.at)}, it held for ${share} %.`
  return (
    <ChartFrame
      summary={summary}
      sheet={{
        headers: ['From', 'State', 'Words'],
        rows: changes.map(({ at, to, says }) => [exactly(at), STATE_MARKS[to][1], says]),
      }}
    >
      <svg
        role="img"
        aria-label={summary}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        height={HEIGHT}
        className="w-full border-b border-line"
      >
        {spans.map(({ id, to, from, until }) => {
          const height = LEVEL[to] * HEIGHT
          return (
            <rect
              key={id}
              x={x(from)}
              y={HEIGHT - height}
              width={Math.max(2, x(until) - x(from))}
              height={height}
              className={FILLS[to]}
            >
              <title>{`${STATE_MARKS[to][1]} from ${exactly(new Date(from).toISOString())}`}</title>
            </rect>
          )
        })}
      </svg>
    </ChartFrame>
  )
}
