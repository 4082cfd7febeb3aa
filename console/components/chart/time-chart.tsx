import { useEffect, useId, useState } from 'react'
import { cn } from '../class-names.ts'
import { exactly } from '../when.tsx'
import { ChartFrame } from './frame.tsx'
import { short, ticks } from './scale.ts'

export interface Series {
  readonly name: string
  /** By time; as long as `times`. */
  readonly values: readonly number[]
  /** A dash and a weight beside the colour tell series apart without it. */
  readonly look: 'ink' | 'accent' | 'fails' | 'watch'
}

interface TimeChartProps {
  readonly summary: string
  /** ISO, ascending: where each bucket begins. */
  readonly times: readonly string[]
  readonly series: readonly Series[]
  readonly height?: number
}

const FIRST_WIDTH = 720
const LEFT = 36
const BOTTOM = 18
const TOP = 8
const STROKES: Record<Series['look'], string> = {
  ink: 'stroke-quiet',
  accent: 'stroke-accent [stroke-width:2]',
  fails: 'stroke-fails [stroke-width:2]',
  watch: 'stroke-watch [stroke-dasharray:5_3]',
}
const FILLS: Record<Series['look'], string> = {
  ink: 'fill-quiet',
  accent: 'fill-accent',
  fails: 'fill-fails',
  watch: 'fill-watch',
}

/** Counts over time, a line for each series. */
export function TimeChart({ summary, times, series, height = 176 }: TimeChartProps) {
  const title = useId()
  const [frame, width] = useWidth()
  const marks = ticks(Math.max(0, ...series.flatMap(({ values }) => values)))
  const top = marks.at(-1) ?? 1
  const x = (i: number) => LEFT + (i / Math.max(1, times.length - 1)) * (width - LEFT - 8)
  const y = (value: number) => TOP + (1 - value / top) * (height - TOP - BOTTOM)
  const path = (values: readonly number[]) =>
    values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`).join('')
  const labelled = [0, Math.floor((times.length - 1) / 2), times.length - 1].filter(
    (i, n, all) => i >= 0 && all.indexOf(i) === n,
  )
  const sheet = {
    headers: ['Time', ...series.map(({ name }) => name)],
    rows: times.map((time, i) => [exactly(time).slice(0, 16), ...series.map(({ values }) => values[i] ?? 0)]),
  }
  return (
    <ChartFrame summary={summary} sheet={sheet}>
      <Legend series={series} />
      <svg
        ref={frame}
        role="img"
        aria-labelledby={title}
        viewBox={`0 0 ${width} ${height}`}
        height={height}
        className="w-full overflow-visible"
      >
        <title id={title}>{summary}</title>
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={LEFT} x2={width - 8} y1={y(mark)} y2={y(mark)} className="stroke-line" />
            <text x={LEFT - 6} y={y(mark) + 3} textAnchor="end" className="fill-quiet text-[10px]">
              {short(mark)}
            </text>
          </g>
        ))}
        {labelled.map((i) => (
          <text
            key={i}
            x={x(i)}
            y={height - 4}
            textAnchor={i === 0 ? 'start' : i === times.length - 1 ? 'end' : 'middle'}
            className="fill-quiet text-[10px]"
          >
            {exactly(times[i] ?? '').slice(5, 16)}
          </text>
        ))}
        {series.map(({ name, values, look }) =>
          values.length === 1 ? (
            <circle key={name} cx={x(0)} cy={y(values[0] ?? 0)} r="3" className={FILLS[look]} />
          ) : (
            <path
              key={name}
              d={path(values)}
              fill="none"
              strokeWidth="1.5"
              strokeLinejoin="round"
              className={STROKES[look]}
            />
          ),
        )}
      </svg>
    </ChartFrame>
  )
}

/** As many units as there are pixels, so that letters keep their size on a phone. */
export function useWidth(): readonly [(svg: SVGSVGElement | null) => void, number] {
  const [svg, setSvg] = useState<SVGSVGElement | null>(null)
  const [width, setWidth] = useState(FIRST_WIDTH)
  useEffect(() => {
    if (svg === null) return
    const observer = new ResizeObserver(([entry]) => {
      const wide = Math.round(entry?.contentRect.width ?? 0)
      if (wide > 0) setWidth(wide)
    })
    observer.observe(svg)
    return () => observer.disconnect()
  }, [svg])
  return [setSvg, width]
}

function Legend({ series }: Pick<TimeChartProps, 'series'>) {
  return (
    <div className="flex flex-wrap gap-x-4 text-xs text-quiet">
      {series.map(({ name, look }) => (
        <span key={name} className="inline-flex items-center gap-1.5">
          <svg aria-hidden="true" width="16" height="6">
            <line x1="0" x2="16" y1="3" y2="3" strokeWidth="1.5" className={cn(STROKES[look])} />
          </svg>
          {name}
        </span>
      ))}
    </div>
  )
}
