import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { defaultStringifySearch, useLocation, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { RefusalRowFacets, RefusalRowNote } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { day } from '../../components/when.tsx'
import { OutcomeMark } from './marks.tsx'
import { facetsQuery, rowQuery, rowsQuery } from './queries.ts'
import { RowWords } from './reveal.tsx'
import type { RowsSearch } from './routes.tsx'
import { categoryName, flagName, kindName, outcomeOf, plain } from './words.ts'

const FACETS = ['part', 'kind', 'category', 'outcome', 'flag'] as const

interface RowsProps {
  readonly result: {
    readonly id: string
    readonly rows: number
    readonly eraseAt: string | null
    readonly erased: { readonly at: string } | null
  }
  readonly search: RowsSearch
  /** `Records`, `Answers`, `Finds`. */
  readonly title: string
  /** What a part is: `Suite`, `Attack`, `Source`. */
  readonly part: string
  /** Beside the title. */
  readonly actions?: ReactNode
  /** Under an open row. */
  readonly below?: (row: RefusalRowNote) => ReactNode
}

/** The rows of a result: found by what they are, read one by one, on the record. Filters and the open row are part of the link. */
export function RowsBrowser(props: RowsProps) {
  const { result, search, title, part, actions, below } = props
  const { id, erased, eraseAt, rows: count } = result
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const [reason, setReason] = useState<string | null>(null)
  const facets = useQuery({ ...facetsQuery(id), enabled: erased === null })
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...rowsQuery(id, search),
    enabled: erased === null && count > 0,
  })
  const go = (change: Partial<RowsSearch>) =>
    void navigate({ to: '.', search: (now: RowsSearch) => ({ ...now, ...change }), replace: true })
  const rows = data?.pages.flatMap(({ items }) => items)
  const listed = rows?.find(({ position }) => position === search.row)
  const beyond = useQuery({
    ...rowQuery(id, search.row ?? 0),
    enabled: search.row !== undefined && rows !== undefined && listed === undefined && erased === null,
  })
  const open = search.row === undefined ? undefined : (listed ?? beyond.data ?? undefined)
  if (erased !== null)
    return (
      <Section title={title}>
        <p className="text-quiet">The words were erased on {day(erased.at)}. What was measured stays.</p>
      </Section>
    )
  if (count === 0)
    return (
      <Section title={title}>
        <p className="text-quiet">There are none.</p>
      </Section>
    )
  return (
    <Section
      title={title}
      note={
        <>
          {(data?.pages[0]?.total ?? count).toLocaleString('en')}
          {eraseAt !== null && `, kept sealed until ${day(eraseAt)}`}
        </>
      }
      actions={actions}
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label={title}
        rows={rows ?? (error === null ? undefined : [])}
        columns={columnsOf(part)}
        rowKey={({ position }) => String(position)}
        href={({ position }) => `${pathname}${defaultStringifySearch({ ...search, row: position })}`}
        filters={<Facets facets={facets.data} search={search} part={part} onChange={go} />}
        onMore={hasNextPage ? () => void fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        empty={
          <EmptyState
            title="None like this"
            action={
              <Button onClick={() => go(Object.fromEntries(FACETS.map((facet) => [facet, undefined])))}>
                Without filters
              </Button>
            }
          >
            No row fits all that is asked for.
          </EmptyState>
        }
      />
      {open !== undefined && (
        <Opened key={open.position}>
          <RowWords id={id} position={open.position} name={open.name} reason={reason} onReason={setReason} />
          {below?.(open)}
        </Opened>
      )}
    </Section>
  )
}

/** A row that was opened is what one wants to look at: the page goes there. */
function Opened({ children }: { readonly children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Its value, in some browsers a promise, is no clean-up.
    box.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <div ref={box} className="flex scroll-my-4 flex-col gap-3">
      {children}
    </div>
  )
}

function columnsOf(part: string): readonly Column<RefusalRowNote>[] {
  return [
    { id: 'name', header: 'Name', value: (r) => r.name, cell: (r) => <bdi>{r.name}</bdi> },
    {
      id: 'outcome',
      header: 'Outcome',
      value: (r) => r.outcome,
      cell: (r) => r.outcome !== null && <OutcomeMark outcome={r.outcome} kind={r.kind} />,
    },
    { id: 'kind', header: 'Kind', wide: true, value: (r) => r.kind, cell: (r) => r.kind !== null && kindName(r.kind) },
    {
      id: 'category',
      header: 'Category',
      wide: true,
      value: (r) => r.category,
      cell: (r) => r.category !== null && categoryName(r.category),
    },
    {
      id: 'part',
      header: part,
      wide: true,
      value: (r) => r.part,
      cell: (r) => <bdi className="text-quiet">{r.part}</bdi>,
    },
    {
      id: 'flags',
      header: 'Flags',
      value: (r) => r.flags.join(' '),
      cell: (r) => <span className="text-quiet">{r.flags.map(flagName).join(', ')}</span>,
    },
  ]
}

interface FacetsProps {
  readonly facets: RefusalRowFacets | undefined
  readonly search: RowsSearch
  readonly part: string
  onChange(change: Partial<RowsSearch>): void
}

/** One choice for each thing that rows differ in, with how many there are of each. */
function Facets({ facets, search, part, onChange }: FacetsProps) {
  const offered = [
    ['outcome', 'Outcome', facets?.outcome, (value: string) => outcomeOf(value, search.kind ?? null)[1]],
    ['kind', 'Kind', facets?.kind, kindName],
    ['category', 'Category', facets?.category, categoryName],
    ['part', part, facets?.part, plain],
    ['flag', 'Flag', facets?.flags, flagName],
  ] as const
  return offered.map(([facet, label, values = [], nameOf]) =>
    values.length === 0 || (values.length === 1 && facet !== 'flag' && search[facet] === undefined) ? null : (
      <Filter<string>
        key={facet}
        label={label}
        value={search[facet] ?? ''}
        onChange={(value) => onChange({ [facet]: value === '' ? undefined : value, row: undefined })}
        choices={[
          { value: '', label: 'any' },
          ...values.map(({ value, count }) => ({ value, label: nameOf(value), note: count.toLocaleString('en') })),
        ]}
      />
    ),
  )
}
