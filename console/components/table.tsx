import { type ReactNode, type RefObject, useEffect, useMemo, useRef } from 'react'
import { AppLink } from './app-link.tsx'
import { Button } from './button.tsx'
import { cn } from './class-names.ts'
import { type Cell, download, toCsv, toJson } from './export.ts'
import { Icon } from './icons.tsx'
import { Menu } from './menu.tsx'
import { Skeleton } from './page.tsx'

export interface Column<Row> {
  readonly id: string
  readonly header: string
  /** For sorting and export; left out, the column does neither. */
  value?(row: Row): Cell
  cell(row: Row): ReactNode
  readonly numeric?: boolean
  /** Left out on a phone. */
  readonly wide?: boolean
}

interface TableProps<Row> {
  /** What the rows are; read out, and the name of an exported file. */
  readonly label: string
  /** Undefined while they come. */
  readonly rows: readonly Row[] | undefined
  readonly columns: readonly Column<Row>[]
  rowKey(row: Row): string
  /** Where a row leads: Enter and a click open it. */
  href?(row: Row): string
  /** `column`, or `-column` for the largest first; a part of the link. */
  readonly sort?: string | undefined
  onSort?(sort: string | undefined): void
  readonly empty: ReactNode
  /** Filters, above the table. */
  readonly filters?: ReactNode
  /** There are more on the server. */
  onMore?: (() => void) | undefined
  readonly loadingMore?: boolean
  /** Whether what is shown can be taken along as a file; false for a handful of rows. */
  readonly exports?: boolean
}

/** A list to work through: j and k walk it, Enter opens, headings sort, and what is shown can be taken along. */
export function Table<Row>(props: TableProps<Row>) {
  const {
    label,
    rows,
    columns,
    rowKey,
    href,
    sort,
    onSort,
    empty,
    filters,
    onMore,
    loadingMore = false,
    exports = true,
  } = props
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort])
  const body = useRef<HTMLTableSectionElement>(null)
  useRowKeys(body, href !== undefined)
  const take = (format: 'csv' | 'json') => {
    const given = columns.filter((column) => column.value !== undefined)
    const sheet = {
      headers: given.map(({ header }) => header),
      rows: (sorted ?? []).map((row) => given.map((column) => column.value?.(row) ?? null)),
    }
    const name = `${label.toLowerCase().replaceAll(/\W+/g, '-')}.${format}`
    if (format === 'csv') download(name, 'text/csv', toCsv(sheet))
    else download(name, 'application/json', toJson(sheet))
  }
  const none = sorted !== undefined && sorted.length === 0
  return (
    <div className="flex flex-col gap-2">
      {(filters !== undefined || (exports && !none)) && (
        <div className="flex flex-wrap items-center gap-2">
          {filters}
          <span className="grow" />
          {exports && !none && (
            <Menu
              small
              label={`Export ${label}`}
              trigger={
                <>
                  <Icon name="download" size={12} /> Export
                </>
              }
              items={[
                { label: 'CSV', onSelect: () => take('csv') },
                { label: 'JSON', onSelect: () => take('json') },
              ]}
            />
          )}
        </div>
      )}
      {none ? (
        empty
      ) : (
        <table className="w-full border-collapse" aria-busy={sorted === undefined}>
          <caption className="sr-only">{label}</caption>
          <thead>
            <tr className="border-y border-line bg-sunken text-left">
              {columns.map((column) => (
                <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {sorted === undefined ? (
              <Waiting columns={columns} />
            ) : (
              sorted.map((row) => (
                <tr
                  key={rowKey(row)}
                  className={cn(
                    'relative border-b border-line',
                    href !== undefined && 'hover:bg-sunken has-[a[data-row]:focus-visible]:bg-accent-soft',
                  )}
                >
                  {columns.map((column, i) => (
                    <td key={column.id} className={cellLook(column)}>
                      {i === 0 && href !== undefined ? (
                        <AppLink data-row href={href(row)} className="font-medium after:absolute after:inset-0">
                          {column.cell(row)}
                        </AppLink>
                      ) : (
                        column.cell(row)
                      )}
                    </td>
                  ))}
                </tr>
              ))
            )}
          </tbody>
        </table>
      )}
      {onMore !== undefined && (
        <Button className="self-start" onClick={onMore} busy={loadingMore}>
          Show more
        </Button>
      )}
    </div>
  )
}

function Heading<Row>({
  column,
  sort,
  onSort,
}: {
  readonly column: Column<Row>
  readonly sort: string | undefined
  readonly onSort: TableProps<Row>['onSort']
}) {
  const down = sort === `-${column.id}`
  const up = sort === column.id
  const look = cn(cellLook(column), 'py-1 text-xs font-medium whitespace-nowrap text-quiet')
  if (column.value === undefined || onSort === undefined)
    return (
      <th scope="col" className={look}>
        {column.header}
      </th>
    )
  return (
    <th scope="col" className={look} aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <button
        type="button"
        className={cn('inline-flex items-center gap-1 hover:text-ink', (up || down) && 'text-ink')}
        onClick={() => onSort(up ? `-${column.id}` : down ? undefined : column.id)}
      >
        {column.header}
        {(up || down) && <Icon name={up ? 'sortUp' : 'sortDown'} size={12} />}
      </button>
    </th>
  )
}

function Waiting<Row>({ columns }: { readonly columns: readonly Column<Row>[] }) {
  return ['w-40', 'w-28', 'w-36', 'w-32', 'w-24'].map((width) => (
    <tr key={width} className="border-b border-line">
      {columns.map((column, i) => (
        <td key={column.id} className={cellLook(column)}>
          <Skeleton className={cn('max-w-full', i === 0 ? width : 'w-20')} />
        </td>
      ))}
    </tr>
  ))
}

function cellLook<Row>({ numeric = false, wide = false }: Column<Row>): string {
  return cn('px-2 py-1.5 align-baseline first:pl-3 last:pr-3', numeric && 'text-right', wide && 'hidden md:table-cell')
}

function sortRows<Row>(
  rows: readonly Row[] | undefined,
  columns: readonly Column<Row>[],
  sort: string | undefined,
): readonly Row[] | undefined {
  const down = sort?.startsWith('-') === true
  const value = columns.find(({ id }) => id === (down ? sort?.slice(1) : sort))?.value
  if (rows === undefined || value === undefined) return rows
  const sign = down ? -1 : 1
  return rows.toSorted((a, b) => sign * compare(value(a), value(b)))
}

function compare(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a).localeCompare(String(b), undefined, { numeric: true, sensitivity: 'base' })
}

/** j and k put the focus on the next and the previous row's link, from anywhere on the page but where one types. */
function useRowKeys(body: RefObject<HTMLTableSectionElement | null>, linked: boolean): void {
  useEffect(() => {
    if (!linked) return
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || (event.key !== 'j' && event.key !== 'k')) return
      const at = document.activeElement
      if (at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at?.closest('[role=dialog]')) return
      const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>('a[data-row]') ?? [])]
      const here = at instanceof HTMLAnchorElement ? links.indexOf(at) : -1
      const next = here < 0 ? (event.key === 'j' ? 0 : links.length - 1) : here + (event.key === 'j' ? 1 : -1)
      links[next]?.focus()
      links[next]?.scrollIntoView({ block: 'nearest' })
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [body, linked])
}
