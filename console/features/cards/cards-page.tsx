import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { CardRow } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { cardsQuery } from './queries.ts'
import { place, STANDINGS } from './words.ts'

/** Every model line with its card, and whether that still says what is so. */
export function CardsPage() {
  const { sort } = useSearch({ from: '/shell/cards' })
  const navigate = useNavigate({ from: '/cards' })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(cardsQuery)
  const rows = data?.pages.flatMap(({ items }) => items)
  return (
    <Page title="Cards" summary={rows === undefined ? 'what models are for, can do, and rest on' : summaryOf(rows)}>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Model cards"
        rows={rows ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ model }) => model}
        href={({ model }) => `/cards/${encodeURIComponent(model)}`}
        sort={sort}
        onSort={(next) => navigate({ search: { sort: next } })}
        empty={
          <EmptyState
            title="No model line is registered"
            action={
              <CopyText
                label="command"
                text="safelevel checkpoint record --model orca-2 --checkpoint c1 --flops 2.5e24"
              />
            }
          >
            A card belongs to a model line. It is compiled from what is on record, and people write the rest.
          </EmptyState>
        }
      />
      {hasNextPage && (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          More
        </Button>
      )}
    </Page>
  )
}

function summaryOf(rows: readonly CardRow[]): string {
  const of = (state: CardRow['standing']['state']) => rows.filter(({ standing }) => standing.state === state).length
  const stale = of('stale')
  return `${count(rows.length, 'model line')} · ${of('fresh')} with a card that holds · ${stale === 0 ? 'none out of date' : `${stale} out of date`}`
}

const COLUMNS: readonly Column<CardRow>[] = [
  { id: 'model', header: 'Model line', value: (r) => r.model, cell: (r) => r.model },
  {
    id: 'state',
    header: 'Card',
    value: (r) => r.standing.state,
    cell: (r) => {
      const [state, words] = STANDINGS[r.standing.state]
      const [first] = r.standing.reasons
      return (
        <>
          <StateMark state={state}>{words}</StateMark>
          {first !== undefined && (
            <span className="block text-quiet">
              {place(first.path)}
              {r.standing.reasons.length > 1 && ` and ${r.standing.reasons.length - 1} more`}
              {first.since !== null && (
                <>
                  , since <When at={first.since} />
                </>
              )}
            </span>
          )}
        </>
      )
    },
  },
  {
    id: 'version',
    header: 'Version',
    numeric: true,
    value: (r) => r.current?.number ?? null,
    cell: (r) => (r.current === null ? <span className="text-quiet">none</span> : r.current.number),
  },
  {
    id: 'checkpoint',
    header: 'Of',
    wide: true,
    value: (r) => r.current?.checkpoint ?? null,
    cell: (r) => r.current?.checkpoint ?? <span className="text-quiet">none</span>,
  },
  {
    id: 'draft',
    header: 'Draft',
    wide: true,
    value: (r) => r.draft?.savedAt ?? null,
    cell: (r) => <Draft row={r} />,
  },
]

function Draft({ row: { draft, current } }: { readonly row: CardRow }) {
  if (draft === null || draft.digest === current?.digest) return <span className="text-quiet">none</span>
  return (
    <>
      {draft.proposed === null ? (
        <>
          saved <When at={draft.savedAt} />
        </>
      ) : (
        <StateMark state="watch">filed for publication</StateMark>
      )}
    </>
  )
}
