import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Assessment, VouchedInput } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { useModelsChanged } from '../scaling/queries.ts'
import { ELICITATION } from './words.ts'

type Step = 'done' | 'not-applicable' | 'not-done'
type Elicitation = NonNullable<VouchedInput['elicitation']>
type Name = keyof Elicitation

const NAMES = Object.keys(ELICITATION) as Name[]
const NOT_DONE: Elicitation = {
  chainOfThought: 'not-done',
  bestOfN: 'not-done',
  tools: 'not-done',
  scaffold: 'not-done',
  fineTuned: 'not-done',
  helpfulOnly: 'not-done',
}

/** What somebody answers for by name about the results of one suite. */
export function VouchDialog({
  assessment,
  suite,
  onClose,
}: {
  readonly assessment: Assessment
  readonly suite: string
  onClose(): void
}) {
  const before = assessment.vouched[suite]
  const [steps, setSteps] = useState<Elicitation>(before?.elicitation ?? NOT_DONE)
  const [read, setRead] = useState(text(before?.transcripts?.read))
  const [spurious, setSpurious] = useState(text(before?.transcripts?.spurious ?? 0))
  const [checked, setChecked] = useState(before?.contamination?.checked === true)
  const [unreplaced, setUnreplaced] = useState(text(before?.contamination?.unreplaced ?? 0))
  const [positives, setPositives] = useState(text(before?.grader?.positives))
  const [recognised, setRecognised] = useState(text(before?.grader?.recognised))
  const [perTry, setPerTry] = useState(text(before?.spend?.perTry))
  const [earlyStop, setEarlyStop] = useState(before?.spend?.earlyStop ?? '')
  const changed = useModelsChanged()
  const vouch = useMutation({
    mutationFn: () => {
      const body: VouchedInput = {
        elicitation: steps,
        ...(read === '' ? {} : { transcripts: { read: Number(read), spurious: Number(spurious) } }),
        ...(checked ? { contamination: { checked, unreplaced: Number(unreplaced) } } : {}),
        ...(positives === '' ? {} : { grader: { positives: Number(positives), recognised: Number(recognised) } }),
        ...(perTry === ''
          ? {}
          : { spend: { perTry: Number(perTry), earlyStop: earlyStop.trim() === '' ? null : earlyStop.trim() } }),
      }
      const params = { id: assessment.id, suite }
      return withFreshKey(() => call('PUT /api/v1/evaluations/assessments/{id}/vouched/{suite}', { params, body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('You answer for it now')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      wide
      title={`Answer for the results of ${suite}`}
      description="By your name, on the ledger. What is left empty stays as it was; none of it makes a verdict better than the tries do."
      submit="Answer for it"
      busy={vouch.isPending}
      ready
      problem={vouch.error}
      onSubmit={() => vouch.mutate()}
    >
      <fieldset className="grid gap-4 sm:grid-cols-2">
        <legend className="mb-2 text-sm font-semibold">Elicitation</legend>
        {NAMES.map((name) => (
          <SelectField<Step>
            key={name}
            label={ELICITATION[name]}
            value={steps[name]}
            onChange={(step) => setSteps({ ...steps, [name]: step })}
            choices={[
              { value: 'done', label: 'done' },
              { value: 'not-applicable', label: 'cannot raise the result' },
              { value: 'not-done', label: 'not done' },
            ]}
          />
        ))}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <Count label="Failed transcripts that a person read" value={read} onChange={setRead} />
        <Count label="of which failed for reasons not the model’s" value={spurious} onChange={setSpurious} />
        <Count label="Right answers that the grader was tried on" value={positives} onChange={setPositives} />
        <Count label="of which it recognised" value={recognised} onChange={setRecognised} />
        <Count label="Dollars spent per try" value={perTry} onChange={setPerTry} />
        <TextField
          label="Why less than the budget was enough"
          value={earlyStop}
          onChange={setEarlyStop}
          maxLength={2000}
        />
      </div>
      <label className="flex items-baseline gap-2">
        <input
          type="checkbox"
          checked={checked}
          onChange={(event) => setChecked(event.currentTarget.checked)}
          className="translate-y-0.5 accent-accent"
        />
        Somebody checked whether tasks were memorised
      </label>
      {checked && <Count label="Memorised tasks not yet replaced" value={unreplaced} onChange={setUnreplaced} />}
    </FormDialog>
  )
}

function Count(props: { readonly label: string; readonly value: string; onChange(value: string): void }) {
  return <TextField {...props} type="number" min={0} />
}

function text(n: number | undefined): string {
  return n === undefined ? '' : String(n)
}
