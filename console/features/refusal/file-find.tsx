import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { FiledFind, RefusalRowNote } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { useRefusalChanged } from './queries.ts'

interface FileProps {
  readonly run: string
  readonly row: RefusalRowNote
}

/** A find becomes a report: from there on it is judged, tried again, and kept from coming back. */
export function FileFind({ run, row }: FileProps) {
  const { may } = usePermissions()('reports.triage')
  const changed = useRefusalChanged()
  const [asking, setAsking] = useState(false)
  const [deployment, setDeployment] = useState('')
  const [filed, setFiled] = useState<FiledFind | null>(null)
  const file = useMutation({
    mutationFn: () =>
      call('POST /api/v1/refusal/red-team-runs/{id}/reports', {
        params: { id: run },
        body: { positions: [row.position], deployment: deployment.trim() === '' ? null : deployment.trim() },
      }),
    onSuccess: async ({ items }) => {
      setFiled(items[0] ?? null)
      setAsking(false)
      await changed()
    },
  })
  if (!may) return null
  if (filed !== null)
    return (
      <p>
        {filed.already ? 'It was a report already: ' : 'It is a report now: '}
        <AppLink inline href={`/reports/${filed.report}`}>
          {filed.report}
        </AppLink>
        {filed.problem !== null && <span className="text-watch"> · not tried again: {filed.problem}</span>}
      </p>
    )
  return (
    <>
      <Button className="self-start" onClick={() => setAsking(true)}>
        Make a report of it…
      </Button>
      <FormDialog
        open={asking}
        onOpenChange={setAsking}
        title="Make a report of it"
        description="It goes the way of every report: somebody takes it, confirms it, and makes a regression case of it, which every deployment has to pass."
        submit="Make the report"
        busy={file.isPending}
        ready
        onSubmit={() => file.mutate()}
        problem={file.error}
      >
        <TextField
          label="Try it again at once against the deployment"
          value={deployment}
          onChange={setDeployment}
          hint={`Ten times, ${row.outcome === 'bare' ? 'without safeguards' : 'through the gateway'}. Empty: not now.`}
        />
      </FormDialog>
    </>
  )
}
