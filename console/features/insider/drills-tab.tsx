import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { InsiderDrill } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { SyntheticMark } from './marks.tsx'
import { drillsQuery, useInsiderChanged } from './queries.ts'
import { took } from './words.ts'

/** Whether the watch really sees, tried on somebody who does not exist. */
export function DrillsTab() {
  const { may } = usePermissions()('insider.drill')
  const { data, error } = useQuery(drillsQuery)
  const [asking, setAsking] = useState(false)
  const changed = useInsiderChanged()
  return (
    <Section
      title="Drills"
      note="from planting to the alert, through all that real ones go through"
      actions={
        may && (
          <Button look="primary" onClick={() => setAsking(true)}>
            Start a drill
          </Button>
        )
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Drills"
        rows={data ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title="Nothing was tried yet">
            A drill plants a marked, synthetic campaign under a person who does not exist, and tells how long it took
            until there was an alert.
          </EmptyState>
        }
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Start a drill?"
        look="primary"
        effects={[
          '21 synthetic activities are planted under a person who does not exist: a bulk copy that ends at a decoy.',
          'An alert and a case appear, marked as a drill. Nothing is done to anybody, and no grant or byte is touched.',
          'More than 30 seconds until the alert counts as failed. All of it is recorded.',
        ]}
        confirm="Start it"
        onConfirm={async () => {
          await withFreshKey(() => call('POST /api/v1/insider/drills'))
          await changed('The drill has started', 'It should be seen within two seconds.')
        }}
      />
    </Section>
  )
}

function Outcome({ drill: { ok, alertMs } }: { readonly drill: InsiderDrill }) {
  if (ok === null) return <StateMark state="watch">waits for the alert</StateMark>
  if (ok) return <StateMark state="holds">seen</StateMark>
  return <StateMark state="fails">{alertMs === null ? 'not seen' : 'seen too late'}</StateMark>
}

const COLUMNS: readonly Column<InsiderDrill>[] = [
  {
    id: 'startedAt',
    header: 'Started',
    value: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => (
      <span className="inline-flex flex-wrap items-center gap-x-2">
        <When at={startedAt} /> <SyntheticMark />
      </span>
    ),
  },
  { id: 'ok', header: 'Outcome', value: ({ ok }) => ok, cell: (drill) => <Outcome drill={drill} /> },
  {
    id: 'alertMs',
    header: 'Time to the alert',
    numeric: true,
    value: ({ alertMs }) => alertMs,
    cell: ({ alertMs }) => (alertMs === null ? <span className="text-quiet">none yet</span> : took(alertMs)),
  },
  {
    id: 'activities',
    header: 'Activities',
    numeric: true,
    wide: true,
    value: ({ activities }) => activities,
    cell: ({ activities }) => activities,
  },
  {
    id: 'startedBy',
    header: 'By',
    wide: true,
    value: ({ startedBy }) => startedBy,
    cell: ({ startedBy }) => (startedBy.startsWith('per_') ? <PersonName id={startedBy} /> : startedBy),
  },
]
