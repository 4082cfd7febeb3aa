import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { RunbookRunSummary, RunbookView } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { DrillMark } from '../incidents/drill-band.tsx'
import { PersonName } from '../people/person-name.tsx'
import { runbooksQuery, runsQuery } from './queries.ts'

/** What people do when something happens, and what is under way. */
export function RunbooksPage() {
  const { state, sort } = useSearch({ from: '/shell/runbooks' })
  const navigate = useNavigate({ from: '/runbooks' })
  const { data: runs, error } = useQuery(runsQuery(state))
  const { data: runbooks, error: unread } = useQuery(runbooksQuery)
  return (
    <Page title="Runbooks" summary={runs === undefined ? 'what people do when something happens' : inShort(runs)}>
      {[error, unread].map((problem) => problem !== null && <ProblemNote key={problem.message} problem={problem} />)}
      <Section title="When something happens" note="open one to read it, or to start it">
        {runbooks === undefined ? <Skeleton className="h-48" /> : <Library runbooks={runbooks} />}
      </Section>
      <Section title="Runs">
        <Table
          label="Runs"
          rows={runs}
          columns={COLUMNS}
          rowKey={({ id }) => id}
          href={({ id }) => `/runbooks/runs/${id}`}
          sort={sort}
          onSort={(next) => navigate({ search: { state, sort: next } })}
          filters={
            <Filter<'any' | 'open' | 'closed'>
              label="State"
              value={state ?? 'any'}
              onChange={(next) => navigate({ search: { state: next === 'any' ? undefined : next, sort } })}
              choices={[
                { value: 'any', label: 'any' },
                { value: 'open', label: 'under way' },
                { value: 'closed', label: 'closed' },
              ]}
            />
          }
          empty={
            <EmptyState title={state === undefined ? 'Nothing was run yet' : 'No run stands so'}>
              A run keeps who did which step, when, and what the product saw. Start one as an exercise before it is
              needed: it is marked as one everywhere.
            </EmptyState>
          }
        />
      </Section>
    </Page>
  )
}

function inShort(runs: readonly RunbookRunSummary[]): string {
  const open = runs.filter(({ closed }) => closed === null)
  const late = open.filter(({ drill }) => !drill).reduce((sum, run) => sum + run.late, 0)
  const drills = open.filter(({ drill }) => drill).length
  return `${count(open.length - drills, 'run')} under way · ${count(late, 'step')} late · ${count(drills, 'exercise')}`
}

function Library({ runbooks }: { readonly runbooks: readonly RunbookView[] }) {
  return (
    <ul className="grid gap-x-6 border-t border-line md:grid-cols-2">
      {runbooks.map(({ id, title, when, steps, own }) => (
        <li key={id} className="flex flex-col gap-0.5 border-b border-line py-2.5">
          <span>
            <AppLink href={`/runbooks/${id}`} className="font-medium hover:underline">
              {title}
            </AppLink>
            <span className="ml-2 text-xs whitespace-nowrap text-quiet">
              {count(steps.length, 'step')}
              {own && ' · of your own'}
            </span>
          </span>
          <span className="line-clamp-2 text-quiet">{when}</span>
        </li>
      ))}
    </ul>
  )
}

function RunState({ run: { closed, open, late } }: { readonly run: RunbookRunSummary }) {
  if (closed !== null)
    return (
      <StateMark
        state={closed.outcome === 'finished' && closed.despite == null ? 'holds' : 'watch'}
        className="whitespace-nowrap"
      >
        {closed.outcome === 'finished' && closed.despite != null ? 'finished, a check fails' : closed.outcome}
      </StateMark>
    )
  return (
    <StateMark state={late > 0 ? 'fails' : 'watch'}>
      {late > 0 ? `${late} of ${open} open steps late` : open === 0 ? 'to be closed' : count(open, 'open step')}
    </StateMark>
  )
}

const COLUMNS: readonly Column<RunbookRunSummary>[] = [
  {
    id: 'runbook',
    header: 'Runbook',
    value: (run) => run.title,
    cell: (run) => (
      <>
        {run.drill && (
          <>
            <DrillMark />{' '}
          </>
        )}
        {run.title}
      </>
    ),
  },
  { id: 'state', header: 'State', value: (run) => run.late, cell: (run) => <RunState run={run} /> },
  {
    id: 'about',
    header: 'About',
    wide: true,
    value: (run) => run.about,
    cell: (run) => <span className="break-all text-quiet">{run.about ?? 'not said'}</span>,
  },
  {
    id: 'by',
    header: 'Started by',
    wide: true,
    value: (run) => run.startedBy,
    cell: (run) => <PersonName id={run.startedBy} />,
  },
  {
    id: 'started',
    header: 'Started',
    numeric: true,
    value: (run) => run.startedAt,
    cell: (run) => <When at={run.startedAt} />,
  },
]
