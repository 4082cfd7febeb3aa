import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { AuditSampleRow } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { OrderDialog } from './order-dialog.tsx'
import { samplesQuery } from './queries.ts'
import { SAMPLE_STATES } from './words.ts'

/** Samples of the ledger. */
export function SamplesTab() {
  const { sort } = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const { data, error } = useQuery(samplesQuery)
  const { may } = usePermissions()('audit.sample')
  const [ordering, setOrdering] = useState(false)
  const order = (
    <Button look="primary" onClick={() => setOrdering(true)}>
      Order a sample
    </Button>
  )
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Samples"
        rows={data}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/audit/samples/${id}`}
        sort={sort}
        onSort={(next) => navigate({ search: { tab: 'samples', sort: next } })}
        filters={may && data !== undefined && data.length > 0 ? order : undefined}
        empty={
          <EmptyState title="No sample was ordered yet" {...(may ? { action: order } : {})}>
            An auditor orders a sample of the ledger’s entries. What it is drawn from is fixed first; which entries are
            drawn then follows from the ledger itself and from a secret of the auditor, so nobody can choose them.
          </EmptyState>
        }
      />
      {ordering && <OrderDialog onClose={() => setOrdering(false)} />}
    </>
  )
}

const COLUMNS: readonly Column<AuditSampleRow>[] = [
  { id: 'title', header: 'What is tested', value: (s) => s.title, cell: (s) => s.title },
  {
    id: 'state',
    header: 'State',
    value: (s) => s.state,
    cell: (s) => <StateMark state={SAMPLE_STATES[s.state][0]}>{SAMPLE_STATES[s.state][1]}</StateMark>,
  },
  {
    id: 'size',
    header: 'Entries',
    numeric: true,
    value: (s) => s.size,
    cell: (s) => `${s.size.toLocaleString('en')} of ${s.frame.entries.toLocaleString('en')}`,
  },
  { id: 'at', header: 'Ordered', numeric: true, wide: true, value: (s) => s.at, cell: (s) => <When at={s.at} /> },
]
