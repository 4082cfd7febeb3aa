import { ChartFrame } from './frame.tsx'

interface HeatMapProps {
  readonly summary: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** By row, then column; between 0 and 1; null = not measured. */
  readonly values: readonly (readonly (number | null)[])[]
}

/** Shares by two names: every cell says its number, the shade only helps to find it. */
export function HeatMap({ summary, rows, columns, values }: HeatMapProps) {
  const sheet = { headers: ['', ...columns], rows: rows.map((row, i) => [row, ...(values[i] ?? [])]) }
  return (
    <ChartFrame summary={summary} sheet={sheet}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <section className="overflow-x-auto" tabIndex={0} aria-label={summary}>
        <table className="border-separate border-spacing-px">
          <thead>
            <tr>
              <td />
              {columns.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className="px-1 pb-1 text-left align-bottom text-xs font-medium text-quiet"
                >
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={row}>
                <th scope="row" className="pr-3 text-left font-normal whitespace-nowrap">
                  {row}
                </th>
                {columns.map((column, j) => (
                  <HeatCell key={column} value={values[i]?.[j] ?? null} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </ChartFrame>
  )
}

function HeatCell({ value }: { readonly value: number | null }) {
  if (value === null) return <td className="min-w-12 bg-sunken text-center text-quiet">–</td>
  return (
    <td className="relative min-w-12 px-2 py-1 text-center">
      <span aria-hidden="true" className="absolute inset-0 bg-accent" style={{ opacity: 0.04 + 0.28 * value }} />
      <span className="relative">{Math.round(value * 100)}%</span>
    </td>
  )
}
