import type { ReviewCase } from '../../app/api/schema.ts'
import { EmptyState } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { shortId } from '../decisions/marks.tsx'

const COLUMNS: readonly Column<ReviewCase>[] = [
  { id: 'case', header: 'Case', value: (c) => c.id, cell: (c) => <code>{shortId(c.id)}</code> },
  {
    id: 'state',
    header: 'Report',
    value: (c) => c.handoff,
    cell: (c) => (
      <StateMark state={c.handoff === 'drafted' ? 'watch' : 'fails'}>
        {c.handoff === 'drafted' ? 'form filled in, not sent' : 'not begun'}
      </StateMark>
    ),
  },
  {
    id: 'decided',
    header: 'Decided',
    numeric: true,
    value: (c) => c.decidedAt,
    cell: (c) => c.decidedAt !== null && <When at={c.decidedAt} />,
  },
]

/** What must be told to the authority and was not yet. */
export function ReportsTab({ cases }: { readonly cases: readonly ReviewCase[] }) {
  return (
    <Table
      label="Reports owed"
      rows={cases}
      columns={COLUMNS}
      rowKey={({ id }) => id}
      href={({ id }) => `/queue/cases/${id}`}
      exports={false}
      empty={
        <EmptyState title="No report is owed">
          When a suspicion of sexual abuse of children is upheld, its case stands here until a person has sent the
          report to the authority and written down its number. Nothing is sent from here.
        </EmptyState>
      }
    />
  )
}
