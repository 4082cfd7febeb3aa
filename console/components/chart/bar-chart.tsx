import { ChartFrame } from './frame.tsx'

export interface Bar {
  readonly label: string
  readonly value: number
  readonly href?: string
}

interface BarChartProps {
  readonly summary: string
  readonly unit: string
  /** In the order in which they are shown. */
  readonly bars: readonly Bar[]
  readonly look?: 'accent' | 'fails'
}

/** Counts by name, one line each: the longest bar is the largest. */
export function BarChart({ summary, unit, bars, look = 'accent' }: BarChartProps) {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  return (
    <ChartFrame
      summary={summary}
      sheet={{ headers: ['Name', unit], rows: bars.map(({ label, value }) => [label, value]) }}
    >
      <ul className="flex flex-col gap-1">
        {bars.map(({ label, value }) => (
          <li key={label} className="grid grid-cols-[minmax(6rem,12rem)_minmax(0,1fr)_4rem] items-center gap-3">
            <span className="truncate" title={label}>
              {label}
            </span>
            <svg aria-hidden="true" viewBox="0 0 100 8" preserveAspectRatio="none" className="h-2 w-full">
              <rect
                width={(value / most) * 100}
                height="8"
                className={look === 'fails' ? 'fill-fails' : 'fill-accent'}
              />
            </svg>
            <span className="text-right">{value.toLocaleString('en')}</span>
          </li>
        ))}
      </ul>
    </ChartFrame>
  )
}
