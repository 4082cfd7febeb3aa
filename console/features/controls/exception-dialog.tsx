import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { useAsk } from '../approvals/use-ask.ts'
import { useControlsChanged } from './queries.ts'

export const EXCEPTION_ACTION = 'controls.except'
const DEFAULT_DAYS = '30'
const MOST_DAYS = 180

/** Asks a second person to accept, for a time, that a control does not hold. */
export function ExceptionDialog({ control, onClose }: { readonly control: string; onClose(): void }) {
  const [days, setDays] = useState(DEFAULT_DAYS)
  const [reason, setReason] = useState('')
  const [mitigation, setMitigation] = useState('')
  const ask = useAsk({
    send: async () => {
      const body = { control, days: Number(days), reason: reason.trim(), mitigation: mitigation.trim() }
      return (await call('POST /api/v1/control-exceptions', { body })).approval
    },
    changed: useControlsChanged(),
    onClose,
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Ask for an exception from ${control}`}
      description="It changes nothing about how the control stands: it goes on showing as it is, with the exception beside it until that runs out. A second person must agree."
      submit="Ask for it"
      busy={ask.isPending}
      ready={Number(days) >= 1 && Number(days) <= MOST_DAYS && reason.trim() !== '' && mitigation.trim() !== ''}
      problem={ask.error}
      onSubmit={() => ask.mutate()}
    >
      <TextField label="Days" type="number" min={1} max={MOST_DAYS} value={days} onChange={setDays} />
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
      <TextArea
        label="Meanwhile"
        value={mitigation}
        onChange={setMitigation}
        maxLength={2000}
        hint="What is done until it holds, and who looks."
      />
    </FormDialog>
  )
}
