import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ControlBoard, ControlRow } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { EmptyState, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useNow, When } from '../../components/when.tsx'
import { FamilyBoard } from './family-board.tsx'
import { boardQuery, changesQuery } from './queries.ts'
import { type ControlsSearch, MODES } from './routes.tsx'
import { FAMILIES, type Family, MODES as MODE_WORDS, ownerName, STATE_MARKS, STATES, worstFirst } from './words.ts'

const WEEK_MS = 7 * 86_400_000
const SHOWN_CHANGES = 8

/** Every commitment at a glance: how each stands, what changed, and what to do first. */
export function BoardPage() {
  const search = useSearch({ from: '/shell/controls' })
  const { data, error } = useQuery(boardQuery)
  return (
    <Page
      title="Controls"
      summary={data === undefined ? 'whether the commitments hold' : <Summary board={data} />}
      actions={
        <>
          <AppLink href="/controls/reports" className={buttonLook()}>
            Reports
          </AppLink>
          <AppLink href="/controls/calendar" className={buttonLook()}>
            Calendar
          </AppLink>
        </>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      {data?.problem != null && (
        <p className="rounded-md border border-watch bg-watch-soft p-3">
          <StateMark state="watch">What is shown may not be how it is</StateMark>: {data.problem}
        </p>
      )}
      {data === undefined ? (
        error === null && <Skeleton className="h-64" />
      ) : (
        <>
          {search.family === undefined && search.state === undefined && search.mode === undefined && (
            <Families board={data} all={search.all === true} />
          )}
          <Drift board={data} />
          <Rows board={data} search={search} />
        </>
      )}
    </Page>
  )
}

function Summary({ board: { counts, profile, overlays, lookedAt } }: { readonly board: ControlBoard }) {
  return (
    <>
      {counts.holds} of {counts.total} commitments of {[profile, ...overlays].join(' + ')} hold
      {counts.excepted > 0 && ` · ${counts.excepted} under an exception`}
      {lookedAt !== null && (
        <>
          {' '}
          · looked at <When at={lookedAt} />
        </>
      )}
    </>
  )
}

function Families({ board, all }: { readonly board: ControlBoard; readonly all: boolean }) {
  const shown = board.families.map((family) => ({
    family,
    rows: board.controls.filter((row) => row.family === family.family && (all || row.inProfile)),
  }))
  return (
    <div className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
      {shown
        .filter(({ rows }) => rows.length > 0)
        .map(({ family, rows }) => (
          <FamilyBoard key={family.family} family={family} rows={rows} />
        ))}
    </div>
  )
}

/** What came to stand otherwise in the last week, newest first; what was looked at for the first time is no change. */
function Drift({ board }: { readonly board: ControlBoard }) {
  const { data = [] } = useQuery(changesQuery)
  const now = useNow()
  const recent = data.filter(({ at, from }) => from !== null && now - Date.parse(at) < WEEK_MS)
  if (recent.length === 0) return null
  const titles = new Map(board.controls.map(({ id, title }) => [id, title]))
  return (
    <Section title="Changed in the last 7 days" note={`${recent.length}`}>
      <ul className="divide-y divide-line border-y border-line">
        {recent.slice(0, SHOWN_CHANGES).map(({ id, control, from, to, at, says }) => (
          <li key={id} className="relative flex flex-wrap items-baseline gap-x-4 gap-y-0.5 py-1.5 hover:bg-sunken">
            <AppLink href={`/controls/${control}`} className="w-16 font-medium after:absolute after:inset-0">
              {control}
            </AppLink>
            <span className="w-40">
              <span className="text-quiet">{from} → </span>
              <StateMark state={STATE_MARKS[to][0]}>{STATE_MARKS[to][1]}</StateMark>
            </span>
            <span className="min-w-0 grow basis-64 text-quiet">{to === 'holds' ? titles.get(control) : says}</span>
            <When at={at} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Rows({ board, search }: { readonly board: ControlBoard; readonly search: ControlsSearch }) {
  const navigate = useNavigate({ from: '/controls' })
  const { family, state, mode, all, sort } = search
  const change = (next: Partial<ControlsSearch>) => navigate({ search: { ...search, ...next } })
  const rows = worstFirst(board.controls).filter(
    (row) =>
      (all === true || row.inProfile) &&
      (family === undefined || row.family === family) &&
      (state === undefined || row.state === state) &&
      (mode === undefined || row.mode === mode),
  )
  return (
    <Table
      label="Controls"
      rows={rows}
      columns={COLUMNS}
      rowKey={({ id }) => id}
      href={({ id }) => `/controls/${id}`}
      sort={sort}
      onSort={(next) => change({ sort: next })}
      filters={
        <>
          <Filter<Family | 'any'>
            label="Family"
            value={family ?? 'any'}
            onChange={(next) => change({ family: next === 'any' ? undefined : next })}
            choices={[
              { value: 'any', label: 'any' },
              ...(Object.keys(FAMILIES) as Family[]).map((one) => ({ value: one, label: FAMILIES[one] })),
            ]}
          />
          <Filter<ControlRow['state'] | 'any'>
            label="State"
            value={state ?? 'any'}
            onChange={(next) => change({ state: next === 'any' ? undefined : next })}
            choices={[
              { value: 'any', label: 'any' },
              ...STATES.map((one) => ({ value: one, label: STATE_MARKS[one][1] })),
            ]}
          />
          <Filter<ControlRow['mode'] | 'any'>
            label="Mode"
            value={mode ?? 'any'}
            onChange={(next) => change({ mode: next === 'any' ? undefined : next })}
            choices={[
              { value: 'any', label: 'any' },
              ...MODES.map((one) => ({ value: one, label: one, note: MODE_WORDS[one] })),
            ]}
          />
          <Filter<'profile' | 'all'>
            label="Of"
            value={all === true ? 'all' : 'profile'}
            onChange={(next) => change({ all: next === 'all' ? true : undefined })}
            choices={[
              { value: 'profile', label: board.profile },
              { value: 'all', label: 'the whole catalogue' },
            ]}
          />
        </>
      }
      empty={
        <EmptyState
          title="No control is like that"
          action={
            <Button onClick={() => change({ family: undefined, state: undefined, mode: undefined, all: undefined })}>
              Show all
            </Button>
          }
        >
          {state === undefined
            ? 'The profile in force asks for none of these.'
            : `None of these ${state === 'holds' ? 'holds' : `is ${state}`}.`}
        </EmptyState>
      }
    />
  )
}

const COLUMNS: readonly Column<ControlRow>[] = [
  { id: 'id', header: 'Control', value: (r) => r.id, cell: (r) => <span className="whitespace-nowrap">{r.id}</span> },
  {
    id: 'state',
    header: 'State',
    value: (r) => STATES.indexOf(r.state),
    cell: (r) => (
      <>
        <StateMark state={STATE_MARKS[r.state][0]} className="whitespace-nowrap">
          {STATE_MARKS[r.state][1]}
        </StateMark>
        {r.exception !== null && (
          <span className="block text-xs text-quiet md:whitespace-nowrap">
            exception ends <When at={r.exception.until} />
          </span>
        )}
      </>
    ),
  },
  {
    id: 'title',
    header: 'What must hold',
    value: (r) => r.title,
    cell: (r) => (
      <>
        {r.title}
        {r.state !== 'holds' && <span className="block text-quiet">{r.says}</span>}
      </>
    ),
  },
  {
    id: 'mode',
    header: 'Mode',
    wide: true,
    value: (r) => r.mode,
    cell: (r) => <span className="whitespace-nowrap">{r.mode}</span>,
  },
  { id: 'owner', header: 'Answers for it', wide: true, value: (r) => r.owner, cell: (r) => ownerName(r.owner) },
  {
    id: 'since',
    header: 'Since',
    numeric: true,
    wide: true,
    value: (r) => r.since,
    cell: (r) =>
      r.since === null ? <span className="whitespace-nowrap text-quiet">not on record</span> : <When at={r.since} />,
  },
]
