import { useId } from 'react'
import type { RefusalRate } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { useWidth } from '../../components/chart/time-chart.tsx'
import { exactly } from '../../components/when.tsx'
import type { Trend, TrendPoint } from './trend.ts'
import { percent } from './words.ts'

const SERIES = [
  { key: 'attackSuccess', name: 'attack success', shift: -5, look: 'fails' },
  { key: 'overRefusal', name: 'over-refusal', shift: 5, look: 'accent' },
] as const
type Series = (typeof SERIES)[number]

const HEIGHT = 220
const LEFT = 40
const RIGHT = 16
const TOP = 10
const BOTTOM = 34
const STROKES = { fails: 'stroke-fails', accent: 'stroke-accent' } as const
const FILLS = { fails: 'fill-fails', accent: 'fill-accent' } as const

/** Attack success and over-refusal of one version after the other, each with its 95 % interval. */
export function TrendChart({ trend: { points } }: { readonly trend: Trend }) {
  const title = useId()
  const [frame, width] = useWidth()
  const top = axisTop(points)
  const step = (width - LEFT - RIGHT) / Math.max(1, points.length)
  const x = (i: number) => LEFT + step * (i + 0.5)
  const y = (share: number) => TOP + (1 - Math.min(1, share / top)) * (HEIGHT - TOP - BOTTOM)
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top)
  const summary = `Shares with their 95 % intervals, oldest version first; square: attack success, circle: over-refusal. ${points.some(({ fixture }) => fixture) ? 'Hollow: a fixture.' : ''}`
  const sheet = {
    headers: ['Version', 'Ended', 'Attack success', 'Attack from', 'Attack to', 'Over-refusal', 'Over from', 'Over to'],
    rows: points.map(({ version, at, attackSuccess, overRefusal }) => [
      ...[version, exactly(at).slice(0, 16), ...cells(attackSuccess), ...cells(overRefusal)],
    ]),
  }
  return (
    <ChartFrame summary={summary.trim()} sheet={sheet}>
      <Legend />
      <svg
        ref={frame}
        role="img"
        aria-labelledby={title}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        className="w-full overflow-visible"
      >
        <title id={title}>{summary}</title>
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={LEFT} x2={width - RIGHT} y1={y(mark)} y2={y(mark)} className="stroke-line" />
            <text x={LEFT - 6} y={y(mark) + 3} textAnchor="end" className="fill-quiet text-[10px]">
              {Math.round(mark * 100)} %
            </text>
          </g>
        ))}
        {points.map((point, i) => (
          <g key={point.id}>
            {SERIES.map((series) => (
              <Mark key={series.key} series={series} point={point} x={x(i) + series.shift} y={y} />
            ))}
            {(step > 60 || i % Math.ceil(60 / step) === 0) && (
              <text x={x(i)} y={HEIGHT - 18} textAnchor="middle" className="fill-ink text-[11px]">
                {point.version.length * 6.2 > Math.max(60, step)
                  ? `${point.version.slice(0, Math.floor(Math.max(60, step) / 6.2) - 1)}…`
                  : point.version}
              </text>
            )}
            {(step > 60 || i % Math.ceil(60 / step) === 0) && (
              <text x={x(i)} y={HEIGHT - 4} textAnchor="middle" className="fill-quiet text-[10px]">
                {exactly(point.at).slice(5, 10)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </ChartFrame>
  )
}

interface MarkProps {
  readonly series: Series
  readonly point: TrendPoint
  readonly x: number
  y(share: number): number
}

function Mark({ series: { key, look }, point, x, y }: MarkProps) {
  const found = point[key]
  if (found === null || found.interval === null) return null
  const [low, high] = found.interval
  const fill = point.fixture ? 'fill-surface' : FILLS[look]
  return (
    <g className={STROKES[look]}>
      <line
        x1={x}
        x2={x}
        y1={y(low)}
        y2={y(high)}
        strokeWidth="2"
        strokeDasharray={point.fixture ? '3 2' : undefined}
      />
      <line x1={x - 3} x2={x + 3} y1={y(low)} y2={y(low)} strokeWidth="2" />
      <line x1={x - 3} x2={x + 3} y1={y(high)} y2={y(high)} strokeWidth="2" />
      {found.rate !== null &&
        (look === 'fails' ? (
          <rect x={x - 4} y={y(found.rate) - 4} width="8" height="8" className={fill} strokeWidth="1.5" />
        ) : (
          <circle cx={x} cy={y(found.rate)} r="4" className={fill} strokeWidth="1.5" />
        ))}
    </g>
  )
}

function Legend() {
  return (
    <div className="flex flex-wrap gap-x-4 text-xs text-quiet">
      {SERIES.map(({ key, name, look }) => (
        <span key={key} className="inline-flex items-center gap-1.5">
          <svg aria-hidden="true" width="10" height="10">
            {look === 'fails' ? (
              <rect x="1" y="1" width="8" height="8" className={FILLS[look]} />
            ) : (
              <circle cx="5" cy="5" r="4" className={FILLS[look]} />
            )}
          </svg>
          {name}
        </span>
      ))}
    </div>
  )
}

/** The axis ends at the next quarter above what is drawn, so that small shares can be told apart. */
function axisTop(points: readonly TrendPoint[]): number {
  const most = Math.max(0, ...points.flatMap((one) => SERIES.map(({ key }) => one[key]?.interval?.[1] ?? 0)))
  return [0.1, 0.2, 0.4, 0.6, 0.8].find((top) => most <= top) ?? 1
}

function cells(rate: RefusalRate | null): string[] {
  if (rate === null || rate.interval === null) return ['–', '–', '–']
  return [rate.rate === null ? '–' : percent(rate.rate), percent(rate.interval[0]), percent(rate.interval[1])]
}
