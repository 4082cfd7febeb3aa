import { useQuery } from '@tanstack/react-query'
import type { EnforcementSubject, RecordedDecision } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { recentDecisionsQuery } from './queries.ts'

const OUTCOMES: Record<RecordedDecision['outcome'], readonly [State, string]> = {
  allow: ['holds', 'allowed'],
  refuse: ['fails', 'refused'],
  revise: ['watch', 'revised'],
  cut: ['fails', 'cut'],
  reject: ['unknown', 'rejected'],
  error: ['unknown', 'failed'],
  cancel: ['unknown', 'broken off'],
}

const COLUMNS: readonly Column<RecordedDecision>[] = [
  { id: 'at', header: 'When', value: (d) => d.at, cell: (d) => <When at={d.at} /> },
  {
    id: 'outcome',
    header: 'Outcome',
    value: (d) => d.outcome,
    cell: (d) => (
      <StateMark state={OUTCOMES[d.outcome][0]}>
        {OUTCOMES[d.outcome][1]}
        {!d.enforced && <span className="font-normal"> (observed only)</span>}
      </StateMark>
    ),
  },
  {
    id: 'label',
    header: 'About',
    value: (d) => d.label,
    cell: (d) => (d.label === null ? <span className="text-quiet">–</span> : d.label.replaceAll('_', ' ')),
  },
  { id: 'clause', header: 'Clause', wide: true, value: (d) => d.clause, cell: (d) => d.clause },
  { id: 'model', header: 'Model', wide: true, value: (d) => d.model, cell: (d) => d.model },
]

/** The newest requests, for those who may see decisions. */
export function RecentDecisions({ subject }: { readonly subject: EnforcementSubject }) {
  const { may } = usePermissions()('decisions.read')
  const { data, error } = useQuery({ ...recentDecisionsQuery(subject), enabled: may })
  if (!may) return null
  return (
    <Section title="Recent decisions">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Recent decisions"
        exports={false}
        rows={data ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/decisions/${id}`}
        empty={<EmptyState title="No requests yet">What is asked from now on appears here.</EmptyState>}
      />
    </Section>
  )
}
