import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { useChoices } from '../../components/use-choices.ts'
import { useModelsChanged } from '../scaling/queries.ts'
import { DrillBand } from './drill-band.tsx'
import { useModelNames } from './queries.ts'
import { PROCEDURES, type Procedure } from './words.ts'

const ALL = Object.keys(PROCEDURES) as Procedure[]

/** Rehearses what would be done, on a case that is nobody's, and goes to the report. */
export function DrillDialog({ onClose }: { onClose(): void }) {
  const names = useModelNames()
  const [chosen, setChosen] = useState('')
  const model = chosen === '' ? (names[0]?.name ?? '') : chosen
  const [procedures, toggle] = useChoices<Procedure>(ALL)
  const [reason, setReason] = useState('')
  const changed = useModelsChanged()
  const navigate = useNavigate()
  const rehearse = useMutation({
    mutationFn: () => {
      const body = { model, procedures: ALL.filter((one) => procedures.has(one)), reason: reason.trim() }
      return withFreshKey(() => call('POST /api/v1/response/drills', { body }))
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed('The drill is over, and its report is filed')
      await navigate({ to: '/incidents/drills/$id', params: { id } })
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      wide
      title="Rehearse"
      submit="Begin the drill"
      busy={rehearse.isPending}
      ready={model !== '' && procedures.size > 0 && reason.trim() !== ''}
      problem={rehearse.error}
      onSubmit={() => rehearse.mutate()}
    >
      <DrillBand />
      <SelectField
        label="Model"
        value={model}
        onChange={setChosen}
        choices={names.map(({ name, note }) => ({ value: name, label: name, note }))}
      />
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-xs font-medium text-quiet">What is rehearsed</legend>
        {ALL.map((procedure) => (
          <label key={procedure} className="flex items-baseline gap-2">
            <input
              type="checkbox"
              checked={procedures.has(procedure)}
              onChange={() => toggle(procedure)}
              className="translate-y-0.5 accent-accent"
            />
            {PROCEDURES[procedure]}
          </label>
        ))}
      </fieldset>
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
    </FormDialog>
  )
}
