import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Assessment } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useModelsChanged } from '../scaling/queries.ts'

/** What says that a governing body has the decision, and the way to record it. */
export function Receipts({ assessment, body }: { readonly assessment: Assessment; readonly body: 'board' | 'ltbt' }) {
  const { may } = usePermissions()('evaluations.order')
  const [asking, setAsking] = useState(false)
  const receipts = assessment.receipts.filter((receipt) => receipt.body === body)
  return (
    <>
      {receipts.map(({ reference, at, by }) => (
        <p key={`${at} ${reference}`}>
          “{reference}” · <PersonName id={by} /> · <When at={at} />
        </p>
      ))}
      {receipts.length === 0 && assessment.decision !== null && may && (
        <Button className="mt-1" onClick={() => setAsking(true)}>
          Record the receipt
        </Button>
      )}
      {asking && <ReceiptDialog assessment={assessment} body={body} onClose={() => setAsking(false)} />}
    </>
  )
}

function ReceiptDialog({
  assessment,
  body,
  onClose,
}: {
  readonly assessment: Assessment
  readonly body: 'board' | 'ltbt'
  onClose(): void
}) {
  const [reference, setReference] = useState('')
  const changed = useModelsChanged()
  const deliver = useMutation({
    mutationFn: () =>
      withFreshKey(() =>
        call('POST /api/v1/evaluations/assessments/{id}/receipts', {
          params: { id: assessment.id },
          body: { body, reference: reference.trim() },
        }),
      ),
    onSuccess: async ({ state }) => {
      onClose()
      await changed('The receipt is on record', state === 'cleared' ? 'The assessment is cleared.' : undefined)
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={body === 'board' ? 'The board has it' : 'The trust has it'}
      description={
        body === 'board'
          ? 'With this the assessment is cleared: growth is counted from its checkpoint from now on.'
          : 'Report and decision were delivered.'
      }
      submit="Record it"
      busy={deliver.isPending}
      ready={reference.trim() !== ''}
      problem={deliver.error}
      onSubmit={() => deliver.mutate()}
    >
      <TextField
        label="Where the receipt is on record"
        value={reference}
        onChange={setReference}
        maxLength={500}
        placeholder="Minutes of 2026-11-21, item 4"
        autoFocus
      />
    </FormDialog>
  )
}
