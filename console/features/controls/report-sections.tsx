import { type ReactNode, useState } from 'react'
import type { CompiledReportSection, WrittenReportSection } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { Section } from '../../components/page.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'

/** Longer tables begin with these. */
const SHOWN_ROWS = 12
const SHORT_CHARS = 14

/** A part that the product wrote from what it knows. */
export function CompiledPart({
  section: { id, title, paragraphs, tables },
  actions,
}: {
  readonly section: CompiledReportSection
  readonly actions?: ReactNode
}) {
  return (
    <div id={id} className="scroll-mt-4">
      <Section title={title} note="compiled" actions={actions}>
        {paragraphs.map((paragraph) => (
          <p key={paragraph} className="max-w-prose">
            {paragraph}
          </p>
        ))}
        {tables.map((table) => (
          <CompiledTable key={table.caption} table={table} />
        ))}
      </Section>
    </div>
  )
}

/** As wide as it must be: it scrolls by itself where there is no room. */
function CompiledTable({
  table: { caption, head, rows },
}: {
  readonly table: CompiledReportSection['tables'][number]
}) {
  const [all, setAll] = useState(false)
  if (rows.length === 0) return <p className="text-quiet">{caption}: none.</p>
  const shown = all ? rows : rows.slice(0, SHOWN_ROWS)
  return (
    <div className="flex flex-col items-start gap-2">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <section className="w-full overflow-x-auto" tabIndex={0} aria-label={caption}>
        <table className="w-full min-w-md border-collapse">
          <caption className="pb-1 text-left font-medium">{caption}</caption>
          <thead>
            <tr className="border-y border-line bg-sunken text-left">
              {head.map((cell) => (
                <th
                  key={cell}
                  scope="col"
                  className={cn('px-2 py-1 align-baseline text-xs font-medium text-quiet', breaks(cell))}
                >
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((cells, i) => (
              <tr key={i} className="border-b border-line">
                {cells.map((cell, column) => (
                  <td key={head[column]} className={cn('max-w-80 px-2 py-1.5 align-baseline', breaks(cell))}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown.length < rows.length && (
        <Button small onClick={() => setAll(true)}>
          Show all {rows.length} rows
        </Button>
      )}
    </div>
  )
}

/** What is short stays whole: identifiers, days, states. A digest breaks wherever it must. */
function breaks(cell: string): string {
  return cell.length <= SHORT_CHARS ? 'whitespace-nowrap' : 'min-w-40 wrap-anywhere'
}

/** A part in which people speak; what they said is text and nothing else. */
export function WrittenPart({
  section: { id, title },
  note = 'words of people; no software checked them',
  actions,
  children,
}: {
  readonly section: Pick<WrittenReportSection, 'id' | 'title'>
  readonly note?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <div id={id} className="scroll-mt-4">
      <Section title={title} note={note} actions={actions}>
        {children}
      </Section>
    </div>
  )
}

/** What somebody said, and who. */
export function Said({ section: { text, by, at } }: { readonly section: WrittenReportSection }) {
  if (text === null) return <p className="text-quiet">Nothing is said here.</p>
  return (
    <>
      <div dir="auto" className="max-w-prose border-l-2 border-edge pl-3 whitespace-pre-wrap wrap-anywhere">
        {text}
      </div>
      {by !== null && at !== null && (
        <p className="text-xs text-quiet">
          <PersonName id={by} link /> · <When at={at} />
        </p>
      )}
    </>
  )
}
