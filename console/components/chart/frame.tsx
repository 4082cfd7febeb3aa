import { type ReactNode, useState } from 'react'
import { Button } from '../button.tsx'
import type { Sheet } from '../export.ts'

interface ChartFrameProps {
  /** One sentence that says what there is to see: the chart for who doesn't see it. */
  readonly summary: string
  readonly sheet: Sheet
  readonly children: ReactNode
}

/** A chart and the table behind it: one press from one to the other. */
export function ChartFrame({ summary, sheet, children }: ChartFrameProps) {
  const [asTable, setAsTable] = useState(false)
  return (
    <figure className="flex flex-col gap-1">
      {asTable ? <SheetTable sheet={sheet} /> : children}
      <figcaption className="flex items-baseline justify-between gap-4 text-xs text-quiet">
        <span>{summary}</span>
        <Button small look="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Chart' : 'Table'}
        </Button>
      </figcaption>
    </figure>
  )
}

function SheetTable({ sheet }: { readonly sheet: Sheet }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section className="max-h-64 overflow-auto border-y border-line" tabIndex={0} aria-label="Table of the chart">
      <table className="w-full">
        <thead>
          <tr className="bg-sunken text-left text-xs text-quiet">
            {sheet.headers.map((header, i) => (
              <th
                key={header}
                scope="col"
                className={i === 0 ? 'px-2 py-1 font-medium' : 'px-2 py-1 text-right font-medium'}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((row) => (
            <tr key={String(row[0])} className="border-t border-line">
              {row.map((cell, i) => (
                <td key={sheet.headers[i]} className={i === 0 ? 'px-2 py-1' : 'px-2 py-1 text-right'}>
                  {typeof cell === 'number' ? cell.toLocaleString('en') : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
