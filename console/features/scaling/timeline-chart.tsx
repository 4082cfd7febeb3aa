import { useId } from 'react'
import type { EvaluationTimeline } from '../../app/api/schema.ts'
import { ChartFrame } from '../../components/chart/frame.tsx'
import { useWidth } from '../../components/chart/time-chart.tsx'
import { cn } from '../../components/class-names.ts'
import { count } from '../../components/count.ts'
import type { Sheet } from '../../components/export.ts'
import { type State, StateShape } from '../../components/state-mark.tsx'
import { day, useNow } from '../../components/when.tsx'
import { type Extent, extentOf, factorTicks, heightOf, monthTicks } from './timeline-scale.ts'
import { assessmentMark, flop, times } from './words.ts'

const HEIGHT = 340
const LEFT = 44
const RIGHT = 14
const TOP = 20
const BOTTOM = 22
const TICK_WIDTH = 90
/** More names would lie upon each other. */
const MOST_NAMES = 10

type Point = EvaluationTimeline['points'][number]

/** Compute of a line's checkpoints over time, against where an evaluation is due and where training pauses. */
export function TimelineChart({ timeline }: { readonly timeline: EvaluationTimeline }) {
  const title = useId()
  const now = useNow()
  const [frame, width] = useWidth()
  const extent = extentOf(timeline, now)
  const place: Place = {
    width,
    x: (ms) => LEFT + ((ms - extent.fromMs) / (extent.toMs - extent.fromMs)) * (width - LEFT - RIGHT),
    y: (factor) => TOP + (1 - heightOf(factor, extent)) * (HEIGHT - TOP - BOTTOM),
  }
  const summary = summaryOf(timeline)
  return (
    <ChartFrame summary={summary} sheet={sheetOf(timeline)}>
      <Legend hasPlan={timeline.planned.length > 0} />
      <svg
        ref={frame}
        role="img"
        aria-labelledby={title}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        className="w-full overflow-visible"
      >
        <title id={title}>{summary}</title>
        <Axes place={place} extent={extent} />
        <Limits place={place} timeline={timeline} now={now} />
        <Paths place={place} points={timeline.points} />
        <Plans place={place} timeline={timeline} />
        <Marks place={place} timeline={timeline} />
      </svg>
    </ChartFrame>
  )
}

interface Place {
  readonly width: number
  x(ms: number): number
  y(factor: number | null): number
}

const LETTERS = 'text-[10px] stroke-paper [stroke-width:3] [paint-order:stroke] [stroke-linejoin:round]'
const SMALL = 'fill-quiet text-[10px]'

function Axes({ place: { width, x, y }, extent }: { readonly place: Place; readonly extent: Extent }) {
  return (
    <>
      {factorTicks(extent).map((factor) => (
        <g key={factor}>
          <line x1={LEFT} x2={width - RIGHT} y1={y(factor)} y2={y(factor)} className="stroke-line" />
          <text x={LEFT - 6} y={y(factor) + 3} textAnchor="end" className={SMALL}>
            {times(factor)}
          </text>
        </g>
      ))}
      {monthTicks(extent, Math.max(2, Math.floor(width / TICK_WIDTH))).map(({ atMs, label }) => (
        <g key={label}>
          <line x1={x(atMs)} x2={x(atMs)} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM + 4} className="stroke-edge" />
          <text x={x(atMs)} y={HEIGHT - 6} textAnchor="middle" className={SMALL}>
            {label}
          </text>
        </g>
      ))}
    </>
  )
}

/** Where one is due, where training pauses, the day of the calendar, and today. */
function Limits({
  place: { width, x, y },
  timeline: { due },
  now,
}: {
  readonly place: Place
  readonly timeline: EvaluationTimeline
  readonly now: number
}) {
  const { reference, interval, buffer, calendarAt } = due
  const from = reference === null ? LEFT : x(Date.parse(reference.at))
  const calendar = calendarAt === null ? null : x(Date.parse(calendarAt))
  return (
    <>
      <line x1={x(now)} x2={x(now)} y1={TOP} y2={HEIGHT - BOTTOM} className="stroke-edge" />
      <text x={x(now)} y={TOP - 6} textAnchor="middle" className={SMALL}>
        today
      </text>
      {calendar !== null && calendarAt !== null && (
        <g className="text-watch">
          <line
            x1={calendar}
            x2={calendar}
            y1={TOP}
            y2={HEIGHT - BOTTOM}
            className="stroke-watch [stroke-dasharray:2_3]"
            strokeWidth="1.5"
          />
          <text x={calendar - 5} y={HEIGHT - BOTTOM - 8} textAnchor="end" className={cn('fill-watch', LETTERS)}>
            due {day(calendarAt)}
          </text>
        </g>
      )}
      {reference !== null && (
        <>
          <line x1={from} x2={width - RIGHT} y1={y(1)} y2={y(1)} className="stroke-edge" />
          <line
            x1={from}
            x2={width - RIGHT}
            y1={y(interval)}
            y2={y(interval)}
            className="stroke-watch [stroke-dasharray:6_4]"
            strokeWidth="1.5"
          />
          <line x1={from} x2={width - RIGHT} y1={y(buffer)} y2={y(buffer)} className="stroke-fails" strokeWidth="2" />
          <text x={from + 6} y={y(interval) - 5} className={cn('fill-watch', LETTERS)}>
            {times(interval)} evaluate
          </text>
          <text x={from + 6} y={y(buffer) - 5} className={cn('fill-fails', LETTERS)}>
            {times(buffer)} pause
          </text>
        </>
      )}
    </>
  )
}

/** Upper bounds in the order in which they were reached, a line for each run, from what was there when it began. */
function Paths({ place: { x, y }, points }: { readonly place: Place; readonly points: readonly Point[] }) {
  const runs = Map.groupBy(points, ({ run }) => run ?? '')
  const withStart = [...runs].map(([run, those]) => {
    const before = points.findLast(({ takenAt }) => takenAt < (those[0]?.takenAt ?? ''))
    return [run, before === undefined ? those : [before, ...those]] as const
  })
  return withStart.map(([run, those]) => (
    <path
      key={run}
      d={those.map(({ takenAt, kHi }, i) => `${i === 0 ? 'M' : 'L'}${x(Date.parse(takenAt))} ${y(kHi)}`).join('')}
      fill="none"
      strokeWidth="1.5"
      strokeLinejoin="round"
      className="stroke-quiet"
    />
  ))
}

/** From where a run is to where its plan ends; nobody has said when, so it ends at the edge. */
function Plans({ place: { width, x, y }, timeline }: { readonly place: Place; readonly timeline: EvaluationTimeline }) {
  const end = width - RIGHT - 6
  return timeline.planned.map(({ run, kHi }) => {
    const from = timeline.points.findLast((point) => point.run === run) ?? timeline.points.at(-1)
    const at = y(kHi)
    return (
      <g key={run}>
        {from !== undefined && (
          <path
            d={`M${x(Date.parse(from.takenAt))} ${y(from.kHi)}L${end} ${at}`}
            fill="none"
            strokeWidth="1.5"
            className="stroke-accent [stroke-dasharray:4_4]"
          />
        )}
        <path d={`M${end} ${at - 5}l5 5l-5 5l-5 -5z`} className="fill-surface stroke-accent" strokeWidth="1.5" />
        <text x={end - 9} y={at - 6} textAnchor="end" className={cn('fill-accent', LETTERS)}>
          {run}: {times(kHi)}
        </text>
      </g>
    )
  })
}

function Marks({ place: { x, y }, timeline }: { readonly place: Place; readonly timeline: EvaluationTimeline }) {
  const outcomes = outcomesOf(timeline)
  const named = outcomes.size <= MOST_NAMES
  return timeline.points.map(({ id, checkpoint, takenAt, k, kHi, flops }) => {
    const outcome = outcomes.get(id)
    const [cx, cy] = [x(Date.parse(takenAt)), y(kHi)]
    return (
      <g key={id}>
        <title>{`${id}: ${times(kHi)} at most, ${flop(flops)} FLOP${outcome === undefined ? '' : `, ${outcome[1]}`}`}</title>
        {k !== null && kHi !== null && kHi > k * 1.02 && (
          <line x1={cx} x2={cx} y1={y(k)} y2={cy} className="stroke-quiet" />
        )}
        {outcome === undefined ? (
          <circle cx={cx} cy={cy} r="2.5" className="fill-quiet" />
        ) : (
          <g className={COLOURS[outcome[0]]}>
            <circle cx={cx} cy={cy} r="9" className="fill-surface stroke-current" />
            <g transform={`translate(${cx - 6} ${cy - 6})`}>
              <StateShape state={outcome[0]} />
            </g>
            {named && (
              <text x={cx} y={cy + 20} textAnchor="middle" className={cn('fill-ink', LETTERS)}>
                {checkpoint}
              </text>
            )}
          </g>
        )}
      </g>
    )
  })
}

const COLOURS: Record<State, string> = {
  holds: 'text-holds',
  watch: 'text-watch',
  fails: 'text-fails',
  unknown: 'text-quiet',
}

/** By checkpoint, what its last assessment came to. */
function outcomesOf({ assessments }: EvaluationTimeline): ReadonlyMap<string, readonly [State, string]> {
  const standing = assessments.filter(({ state }) => state !== 'withdrawn')
  return new Map(standing.map((one) => [one.checkpoint, assessmentMark(one)]))
}

const LEGEND: readonly (readonly [State, string])[] = [
  ['holds', 'cleared as BELOW'],
  ['watch', 'under way, or INCONCLUSIVE'],
  ['fails', 'MET'],
]

function Legend({ hasPlan }: { readonly hasPlan: boolean }) {
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-quiet">
      <span className="inline-flex items-center gap-1.5">
        <svg aria-hidden="true" width="8" height="8">
          <circle cx="4" cy="4" r="2.5" className="fill-quiet" />
        </svg>
        checkpoint
      </span>
      {LEGEND.map(([state, words]) => (
        <span key={state} className="inline-flex items-center gap-1.5">
          <svg aria-hidden="true" width="12" height="12" className={COLOURS[state]}>
            <StateShape state={state} />
          </svg>
          {words}
        </span>
      ))}
      {hasPlan && (
        <span className="inline-flex items-center gap-1.5">
          <svg aria-hidden="true" width="18" height="12">
            <line x1="0" x2="12" y1="6" y2="6" strokeWidth="1.5" className="stroke-accent [stroke-dasharray:4_3]" />
            <path d="M13 2l4 4l-4 4l-4 -4z" className="fill-surface stroke-accent" strokeWidth="1.5" />
          </svg>
          planned end of a run
        </span>
      )}
    </div>
  )
}

function summaryOf({ due, points, planned }: EvaluationTimeline): string {
  if (due.reference === null || points.length === 0) return 'No checkpoint is recorded.'
  const most = due.at === null ? '' : `; ${due.at} has grown most, ${times(due.kHi)} at most`
  const beyond = planned.filter(({ answer }) => answer !== 'continue').length
  const plans =
    beyond === 0 ? '' : `; ${count(beyond, 'planned run ends', 'planned runs end')} beyond what may be trained now`
  return `Growth of effective compute since ${due.reference.checkpoint}, upper bounds${most}${plans}.`
}

function sheetOf(timeline: EvaluationTimeline): Sheet {
  const outcomes = outcomesOf(timeline)
  const rows = timeline.points
    .toReversed()
    .map(({ id, takenAt, flops, k, kHi }) => [
      ...[id, day(takenAt), flop(flops), times(k), times(kHi)],
      outcomes.get(id)?.[1] ?? 'not assessed',
    ])
  const plans = timeline.planned.map(({ run, plannedFlops, kHi, answer }) => [
    ...[`planned: ${run}`, 'no date', flop(plannedFlops), '', times(kHi)],
    `the gate would say: ${answer}`,
  ])
  return { headers: ['Checkpoint', 'Taken', 'FLOP', 'Growth', 'Upper bound', 'Assessment'], rows: [...plans, ...rows] }
}
