import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { EvidenceRequest } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useNow, When } from '../../components/when.tsx'
import { roleName } from '../people/role-names.ts'
import { AskDialog } from './ask-dialog.tsx'
import { requestsQuery } from './queries.ts'
import { requestState } from './words.ts'

/** What auditors asked to be shown. */
export function RequestsTab() {
  const { sort } = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const { data, error } = useQuery(requestsQuery)
  const { may } = usePermissions()('audit.request')
  const [asking, setAsking] = useState(false)
  const now = useNow()
  const ask = (
    <Button look="primary" onClick={() => setAsking(true)}>
      Ask for evidence
    </Button>
  )
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Requests for evidence"
        rows={data}
        columns={columnsAt(now)}
        rowKey={({ id }) => id}
        href={({ id }) => `/audit/requests/${id}`}
        sort={sort}
        onSort={(next) => navigate({ search: { sort: next } })}
        filters={may && data !== undefined && data.length > 0 ? ask : undefined}
        empty={
          <EmptyState title="Nobody has asked for evidence" {...(may ? { action: ask } : {})}>
            An auditor asks a role for something by a date. Whoever holds the role answers with words, entries of the
            ledger, controls as they stand, or documents by their digest; the auditor accepts the answer or sends it
            back.
          </EmptyState>
        }
      />
      {asking && <AskDialog onClose={() => setAsking(false)} />}
    </>
  )
}

function columnsAt(now: number): readonly Column<EvidenceRequest>[] {
  return [
    { id: 'title', header: 'What', value: (r) => r.title, cell: (r) => r.title },
    {
      id: 'control',
      header: 'Control',
      wide: true,
      value: (r) => r.control,
      cell: (r) => r.control ?? <span className="text-quiet">none</span>,
    },
    { id: 'owner', header: 'Asked of', wide: true, value: (r) => r.owner, cell: (r) => roleName(r.owner) },
    {
      id: 'state',
      header: 'State',
      value: (r) => requestState(r, now)[1],
      cell: (r) => <StateMark state={requestState(r, now)[0]}>{requestState(r, now)[1]}</StateMark>,
    },
    { id: 'due', header: 'Due', numeric: true, value: (r) => r.dueAt, cell: (r) => <When at={r.dueAt} /> },
  ]
}
