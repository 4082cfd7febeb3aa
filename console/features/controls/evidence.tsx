import type { ControlRow } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Code, CopyText } from '../../components/copy.tsx'
import { When } from '../../components/when.tsx'

/** What a state rests on: entries of the ledger by position, records by name, and what was seen. */
export function Evidence({ items }: { readonly items: ControlRow['evidence'] }) {
  if (items.length === 0) return <p className="text-quiet">Nothing.</p>
  const entry = items.find((item) => item.kind === 'entry')
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {items.map((item) => (
          <li key={JSON.stringify(item)} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
            {item.kind === 'entry' ? (
              <>
                <AppLink href={`/ledger/${item.entry}`} className={INLINE_LINK}>
                  Ledger entry {item.entry}
                </AppLink>
                <span className="grow text-quiet">{item.event}</span>
                <When at={item.at} />
              </>
            ) : item.kind === 'record' ? (
              <>
                <span className="text-quiet">{item.type.replaceAll('_', ' ')}</span>
                <Code>{item.id}</Code>
              </>
            ) : (
              <span>{item.says}</span>
            )}
          </li>
        ))}
      </ul>
      {entry !== undefined && <CopyText label="command" text={`safelevel ledger prove --entry ${entry.entry}`} />}
    </>
  )
}
