import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { RegressionCase } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { CaseMark } from './cases-section.tsx'
import { casesQuery, deploymentsQuery, useReportChanged } from './queries.ts'
import { EXPECTATIONS } from './words.ts'

const COLUMNS: readonly Column<RegressionCase>[] = [
  {
    id: 'holds',
    header: 'What must hold',
    value: (c) => c.expectation,
    cell: (c) => (
      <>
        {EXPECTATIONS[c.expectation][0]} <code className="font-normal text-quiet">…{c.id.slice(-6)}</code>
      </>
    ),
  },
  { id: 'where', header: 'Where', wide: true, cell: (c) => c.deployments?.join(', ') ?? 'every deployment' },
  {
    id: 'policy',
    header: 'Policy in force',
    value: (c) => c.policyCheck?.state ?? '',
    cell: (c) => <CaseMark one={c} />,
  },
  {
    id: 'tries',
    header: 'Tries',
    numeric: true,
    wide: true,
    value: (c) => c.n,
    cell: (c) => `${c.n}, ${c.allowed} allowed`,
  },
  {
    id: 'made',
    header: 'Made',
    numeric: true,
    wide: true,
    value: (c) => c.madeAt,
    cell: (c) => <When at={c.madeAt} />,
  },
]

/** Everything that must not come back. */
export function CasesTab() {
  const { data, error } = useQuery(casesQuery)
  const { may } = usePermissions()('reports.triage')
  const [asked, setAsked] = useState(false)
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Regression cases"
        rows={data?.items ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/reports/cases/${id}`}
        filters={
          may && data !== undefined && data.items.length > 0 ? (
            <Button onClick={() => setAsked(true)}>Run against a deployment</Button>
          ) : undefined
        }
        empty={
          <EmptyState title="Nothing must not come back yet">
            A report that was confirmed and seen again can be made a case. Every policy is then asked whether it would
            let it through, and every deployment, before it opens.
          </EmptyState>
        }
      />
      {asked && <RunDialog onClose={() => setAsked(false)} />}
    </>
  )
}

function RunDialog({ onClose }: { readonly onClose: () => void }) {
  const { data } = useQuery(deploymentsQuery)
  const named = data?.items.filter(({ withdrawnAt }) => withdrawnAt === null) ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const deployment = chosen ?? named[0]?.id ?? ''
  const changed = useReportChanged()
  const run = useMutation({
    mutationFn: () => call('POST /api/v1/regression-runs', { body: { deployment } }),
    onSuccess: async ({ items }) => {
      await changed(count(items.length, 'case runs', 'cases run'))
      onClose()
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Run the cases"
      description="Each that this deployment is to pass is asked through the gateway; the gate of releases goes by what comes of it."
      submit="Run them"
      busy={run.isPending}
      ready={deployment !== ''}
      onSubmit={() => run.mutate()}
      problem={run.error}
    >
      {named.length === 0 ? (
        <p className="text-quiet">No deployment is declared.</p>
      ) : (
        <SelectField
          label="Deployment"
          value={deployment}
          onChange={setChosen}
          choices={named.map(({ id, checkpoint }) => ({ value: id, label: id, note: checkpoint }))}
        />
      )}
    </FormDialog>
  )
}
