import type { Sheet } from '../export.ts'
import { ChartFrame } from './frame.tsx'

export interface DirectionRow {
  readonly label: string
  /** Drawn to the left. */
  readonly less: number
  /** Drawn to the right. */
  readonly more: number
}

interface DirectionChartProps {
  readonly summary: string
  /** What the left and the right mean. */
  readonly less: string
  readonly more: string
  /** In the order in which they are shown. */
  readonly rows: readonly DirectionRow[]
  /** Behind the chart; it may say more than the chart. */
  readonly sheet: Sheet
}

/** Counts in two directions by name: to the left of the line what there would be less of, to the right what there would be more of. */
export function DirectionChart({ summary, less, more, rows, sheet }: DirectionChartProps) {
  const most = Math.max(1, ...rows.flatMap((row) => [row.less, row.more]))
  return (
    <ChartFrame summary={summary} sheet={sheet}>
      <table className="w-full table-fixed">
        <caption className="sr-only">{summary}</caption>
        <thead>
          <tr className="text-xs text-quiet">
            <th scope="col" className="w-2/5 text-left font-medium sm:w-44">
              <span className="sr-only">Name</span>
            </th>
            <th scope="col" className="border-r border-edge pr-2 text-right font-medium">
              {less}
            </th>
            <th scope="col" className="pl-2 text-left font-medium">
              {more}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row" className="truncate py-0.5 pr-3 text-left font-normal" title={row.label}>
                {row.label}
              </th>
              <td className="border-r border-edge py-0.5">
                <Half value={row.less} most={most} className="flex-row-reverse" fill="fill-accent" />
              </td>
              <td className="py-0.5">
                <Half value={row.more} most={most} className="" fill="fill-fails" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ChartFrame>
  )
}

interface HalfProps {
  readonly value: number
  readonly most: number
  readonly className: string
  readonly fill: string
}

/** The bar, and its number beyond its end. */
function Half({ value, most, className, fill }: HalfProps) {
  const share = (value / most) * 100
  return (
    <span className={`flex items-center gap-1.5 ${className}`}>
      <svg aria-hidden="true" className="h-2 shrink-0" style={{ width: `calc((100% - 2.5rem) * ${share / 100})` }}>
        <rect width="100%" height="8" className={fill} />
      </svg>
      <span className={value === 0 ? 'text-quiet' : undefined}>{value === 0 ? '' : value.toLocaleString('en')}</span>
    </span>
  )
}
