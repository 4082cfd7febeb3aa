import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { ControlReportSummary } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { EmptyState, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { quarterName } from '../transparency/numbers.tsx'
import { calendarQuery, reportsQuery } from './queries.ts'
import { CompileDialog } from './report-compile-dialog.tsx'
import { KINDS, nextOf, REPORT_STATES, type ReportKind } from './report-words.ts'

/** Reports on how the commitments are kept: what each quarter owes, who signed, and whom they wait for. */
export function ReportsPage() {
  const search = useSearch({ from: '/shell/controls/reports' })
  const navigate = useNavigate({ from: '/controls/reports' })
  const { data, error } = useQuery(reportsQuery)
  const { may } = usePermissions()('controls.report')
  const [compiling, setCompiling] = useState(false)
  const { kind, sort } = search
  return (
    <Page
      title="Reports on commitments"
      summary={data === undefined ? 'how the commitments are kept, for who must know' : inShort(data)}
      actions={
        <>
          <AppLink href="/controls" className={buttonLook()}>
            Controls
          </AppLink>
          {may && (
            <Button look="primary" onClick={() => setCompiling(true)}>
              Compile
            </Button>
          )}
        </>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Owed />
      <Table
        label="Reports"
        rows={data?.filter((report) => kind === undefined || report.kind === kind)}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/controls/reports/${id}`}
        sort={sort}
        onSort={(next) => navigate({ search: { kind, sort: next } })}
        filters={
          <Filter<ReportKind | 'any'>
            label="Kind"
            value={kind ?? 'any'}
            onChange={(next) => navigate({ search: { kind: next === 'any' ? undefined : next, sort } })}
            choices={[
              { value: 'any', label: 'any' },
              ...(Object.keys(KINDS) as ReportKind[]).map((one) => ({ value: one, label: KINDS[one][0] })),
            ]}
          />
        }
        empty={
          <EmptyState
            title={kind === undefined ? 'No report is compiled yet' : 'No report of this kind is compiled yet'}
          >
            A report is compiled from what stands on record. People then write where software can’t speak, one of them
            signs, and who must read it opens it.
            {!may && ' The Responsible Scaling Officer, the CEO and the CISO compile them.'}
          </EmptyState>
        }
      />
      {compiling && <CompileDialog onClose={() => setCompiling(false)} />}
    </Page>
  )
}

function inShort(reports: readonly ControlReportSummary[]): string {
  const count = (state: ControlReportSummary['state']) => reports.filter((one) => one.state === state).length
  return `${count('draft')} in draft · ${count('signed')} signed and not received by everybody · ${count('delivered')} delivered`
}

/** What each quarter owes and is not delivered. */
function Owed() {
  const { data } = useQuery(calendarQuery)
  const owed = data?.entries.filter(({ kind }) => kind === 'control_report') ?? []
  if (owed.length === 0) return null
  return (
    <Section title="Owed" note="not delivered yet">
      <ul className="divide-y divide-line border-y border-line">
        {owed.map(({ id, title, dueAt, state }) => (
          <li key={id} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 py-1.5">
            <span className="min-w-0 grow">{title}</span>
            {state === 'overdue' ? (
              <StateMark state="fails">
                due <When at={dueAt} />
              </StateMark>
            ) : (
              <span className="text-quiet">
                due <When at={dueAt} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

const COLUMNS: readonly Column<ControlReportSummary>[] = [
  { id: 'title', header: 'Report', value: (r) => r.title, cell: (r) => r.title },
  {
    id: 'quarter',
    header: 'Quarter',
    value: (r) => r.quarter,
    cell: (r) => <span className="whitespace-nowrap">{quarterName(r.quarter)}</span>,
  },
  { id: 'edition', header: 'Edition', numeric: true, wide: true, value: (r) => r.edition, cell: (r) => r.edition },
  {
    id: 'state',
    header: 'State',
    value: (r) => r.state,
    cell: (r) => {
      const [state, word] = REPORT_STATES[r.state]
      return (
        <>
          <StateMark state={state}>{word}</StateMark>
          {nextOf(r) !== null && <span className="block text-quiet md:hidden">{nextOf(r)}</span>}
        </>
      )
    },
  },
  {
    id: 'waits',
    header: 'Waits',
    wide: true,
    value: nextOf,
    cell: (r) => <span className="text-quiet">{nextOf(r) ?? 'for nobody'}</span>,
  },
  {
    id: 'compiled',
    header: 'Compiled',
    numeric: true,
    wide: true,
    value: (r) => r.compiledAt,
    cell: (r) => <When at={r.compiledAt} />,
  },
]
