import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { InsiderCase } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useNow } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { CaseMark, CaseTime, LevelMark, SyntheticMark } from './marks.tsx'
import { casesQuery, settingsQuery, useCauseNames } from './queries.ts'
import { type CaseState, LEVELS, nats, STEP_MARKS, STEP_NAMES } from './words.ts'

const CAUSES = 2

/** What is looked into, gravest first; those that concern who looks are not among them. */
export function CasesTab() {
  const { state, sort } = useSearch({ from: '/shell/insider' })
  const navigate = useNavigate({ from: '/insider' })
  const wanted = state === undefined || state === 'any' ? undefined : state
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(casesQuery(wanted))
  const nameOf = useCauseNames()
  const all = data?.pages.flatMap(({ items }) => items)
  const rows = all?.filter((one) => state !== undefined || one.state !== 'closed').toSorted(byGravity)
  return (
    <div className="flex flex-col gap-3">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Cases"
        rows={rows ?? (error === null ? undefined : [])}
        columns={columnsOf(nameOf)}
        rowKey={({ id }) => id}
        href={({ id }) => `/insider/cases/${id}`}
        sort={sort}
        onSort={(next) => navigate({ search: (before) => ({ ...before, sort: next }) })}
        onMore={hasNextPage ? () => fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
        filters={
          <>
            <Filter<CaseState | 'any' | 'open'>
              label="State"
              value={state ?? 'open'}
              onChange={(next) =>
                navigate({ search: (before) => ({ ...before, state: next === 'open' ? undefined : next }) })
              }
              choices={[
                { value: 'open', label: 'not closed' },
                { value: 'waiting', label: 'waiting' },
                { value: 'queued', label: 'beyond the budget' },
                { value: 'opened', label: 'opened' },
                { value: 'closed', label: 'closed' },
                { value: 'any', label: 'any' },
              ]}
            />
            <Budget cases={all} />
          </>
        }
        empty={
          <EmptyState title={state === undefined ? 'No case is open' : 'No case is like that'}>
            An alert about somebody begins a case, under a pseudonym; more alerts about them join it. Two people who
            agree that they must learn whom it is about. Cases that concern you are never in this list.
          </EmptyState>
        }
      />
    </div>
  )
}

function byGravity(a: InsiderCase, b: InsiderCase): number {
  return LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.risk - a.risk
}

/** How much of what people can look at today is used. */
function Budget({ cases }: { readonly cases: readonly InsiderCase[] | undefined }) {
  const { data: settings } = useQuery(settingsQuery)
  const today = new Date(useNow()).toISOString().slice(0, 10)
  if (settings === undefined || cases === undefined) return null
  const isOfBudget = ({ level }: InsiderCase) => level !== 'certain' && level !== 'critical'
  const used = cases.filter((one) => one.presentedAt?.startsWith(today) === true && isOfBudget(one)).length
  const queued = cases.filter(({ state }) => state === 'queued').length
  return (
    <span className="text-quiet">
      {used} of today’s {settings.casesPerDay} put before people
      {queued > 0 && ` · ${count(queued, 'case')} beyond`} · certain and critical ones never wait
    </span>
  )
}

function columnsOf(nameOf: (cause: string) => string): readonly Column<InsiderCase>[] {
  return [
    {
      id: 'pseudonym',
      header: 'About',
      value: ({ pseudonym }) => pseudonym,
      cell: ({ pseudonym, drill }) => (
        <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-0.5 whitespace-nowrap">
          {pseudonym} {drill && <SyntheticMark />}
        </span>
      ),
    },
    {
      id: 'level',
      header: 'Level',
      value: ({ level }) => LEVELS.length - LEVELS.indexOf(level),
      cell: ({ level }) => <LevelMark level={level} />,
    },
    {
      id: 'risk',
      header: 'Risk',
      numeric: true,
      wide: true,
      value: ({ risk }) => risk,
      cell: ({ risk }) => <span className="whitespace-nowrap">{nats(risk)}</span>,
    },
    {
      id: 'causes',
      header: 'Why',
      wide: true,
      value: ({ causes }) => causes.map(nameOf).join('; '),
      cell: ({ causes }) => (
        <span className="flex flex-col">
          {causes.slice(0, CAUSES).map((cause) => (
            <span key={cause}>{nameOf(cause)}</span>
          ))}
          {causes.length > CAUSES && <span className="text-quiet">and {causes.length - CAUSES} more</span>}
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      value: ({ state }) => state,
      cell: (one) => (
        <span className="flex flex-col">
          <CaseMark of={one} />
          {one.assignee !== null && (
            <span className="text-quiet">
              with <PersonName id={one.assignee} />
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'containment',
      header: 'Contained',
      wide: true,
      cell: ({ containment }) =>
        containment.length === 0 ? (
          <span className="text-quiet">nothing was done</span>
        ) : (
          <span className="flex flex-col">
            {containment.map(({ number, step, state }) => (
              <span key={number}>
                {STEP_NAMES[step]}: <span className="text-quiet">{STEP_MARKS[state][1]}</span>
              </span>
            ))}
          </span>
        ),
    },
    {
      id: 'startedAt',
      header: 'Since',
      numeric: true,
      wide: true,
      value: ({ startedAt }) => startedAt,
      cell: ({ startedAt, openedAt }) => <CaseTime at={startedAt} whole={openedAt !== null} />,
    },
  ]
}
