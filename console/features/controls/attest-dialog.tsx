import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ControlView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { useControlsChanged } from './queries.ts'

/** Who answers for a control says that it holds, or that it does not, under their own name. */
export function AttestDialog({ control, onClose }: { readonly control: ControlView; onClose(): void }) {
  const [verdict, setVerdict] = useState<'holds' | 'fails'>('holds')
  const [statement, setStatement] = useState('')
  const [reference, setReference] = useState('')
  const [days, setDays] = useState(String(control.freshDays))
  const changed = useControlsChanged()
  const send = useMutation({
    mutationFn: () =>
      withFreshKey(() =>
        call('POST /api/v1/controls/{id}/attestations', {
          params: { id: control.id },
          body: {
            holds: verdict === 'holds',
            statement: statement.trim(),
            references: reference.trim() === '' ? [] : [{ what: reference.trim() }],
            days: Number(days),
          },
        }),
      ),
    onSuccess: async () => {
      onClose()
      await changed(`${control.id} is attested`)
    },
  })
  const inRange = Number(days) >= 1 && Number(days) <= control.freshDays
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Attest ${control.id}`}
      description="Your name stands under it, and its digest on the ledger. It counts until it runs out, or until somebody says otherwise."
      submit="Attest"
      busy={send.isPending}
      ready={statement.trim() !== '' && inRange}
      problem={send.error}
      onSubmit={() => send.mutate()}
    >
      <SelectField<'holds' | 'fails'>
        label="What you say"
        value={verdict}
        onChange={setVerdict}
        choices={[
          { value: 'holds', label: 'It holds' },
          { value: 'fails', label: 'It does not hold', note: 'It shows as failing until somebody says otherwise.' },
        ]}
      />
      <TextArea
        label="Statement"
        value={statement}
        onChange={setStatement}
        maxLength={4000}
        hint="What was done or seen. Name no customer."
      />
      <TextField
        label="Reference"
        value={reference}
        onChange={setReference}
        hint="A document, a meeting, a test: where it can be found. May be empty."
      />
      <TextField
        label="Days that it counts"
        type="number"
        min={1}
        max={control.freshDays}
        value={days}
        onChange={setDays}
        hint={`At most ${control.freshDays}.`}
      />
    </FormDialog>
  )
}
