import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { TransparencyEditionView } from '../../app/api/schema.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { useAsk } from '../approvals/use-ask.ts'
import { quarterName } from './numbers.tsx'

/** Asks that a report is compiled anew: nobody types a figure, and a second person agrees. */
export function CorrectDialog({
  edition: { quarter, edition, digest },
  onClose,
}: {
  readonly edition: TransparencyEditionView
  onClose(): void
}) {
  const [reason, setReason] = useState('')
  const ask = useAsk({
    send: async () => {
      const body = { quarter, replaces: digest, reason: reason.trim() }
      return (await call('POST /api/v1/transparency/corrections', { body })).approval
    },
    onClose,
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Correct ${quarterName(quarter)}`}
      description={`The quarter is compiled anew from the records and published as edition ${edition + 1}, with what changed and your reason. Edition ${edition} stays readable. A second person must agree.`}
      submit="Ask for it"
      busy={ask.isPending}
      ready={reason.trim() !== ''}
      problem={ask.error}
      onSubmit={() => ask.mutate()}
    >
      <TextArea label="Why, for the public" value={reason} onChange={setReason} rows={4} required />
    </FormDialog>
  )
}
