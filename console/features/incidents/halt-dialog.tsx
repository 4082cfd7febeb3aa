import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { HaltReach } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useModelsChanged } from '../scaling/queries.ts'
import { reachQuery, useModelNames } from './queries.ts'
import { plain } from './words.ts'

/** 2d in one action: which model, what it reaches in numbers, why. Nothing is chosen beforehand. */
export function HaltDialog({ onClose }: { onClose(): void }) {
  const names = useModelNames()
  const [model, setModel] = useState('')
  const [reason, setReason] = useState('')
  const [awareAt, setAwareAt] = useState('')
  const reach = useQuery({ ...reachQuery({ model }), enabled: model !== '' })
  const changed = useModelsChanged()
  const navigate = useNavigate()
  const halt = useMutation({
    mutationFn: () => {
      const since = awareAt === '' ? {} : { awareAt: new Date(awareAt).toISOString() }
      const body = { model, reason: reason.trim(), ...since }
      return withFreshKey(() => call('POST /api/v1/response/halts', { body }))
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed('New customers are refused')
      await navigate({ to: '/incidents/$id', params: { id } })
    },
  })
  const ready = reason.trim() !== '' && reach.data?.some(({ halts }) => halts) === true
  return (
    <Dialog
      open
      onOpenChange={onClose}
      wide
      title="Halt new customers (2d)"
      description="One person halts. Opening intake again takes two, and evidence."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={halt.isPending} disabled={!ready} onClick={() => halt.mutate()}>
            {model === '' ? 'Halt' : `Halt ${model}`}
          </Button>
        </>
      }
    >
      <SelectField
        label="Model"
        value={model}
        onChange={setModel}
        choices={[
          { value: '', label: names.length === 0 ? 'there is none here' : 'choose one', disabled: true },
          ...names.map(({ name, note }) => ({ value: name, label: name, note })),
        ]}
      />
      {reach.error !== null && <ProblemNote problem={reach.error} />}
      {reach.isFetching && reach.data === undefined && <Skeleton className="h-12" />}
      {reach.data !== undefined && (
        <ul aria-label="What it reaches" className="flex flex-col gap-1.5 rounded-md border border-line bg-sunken p-3">
          {reach.data.map((reached) => (
            <Reached key={reached.deployment} reached={reached} />
          ))}
        </ul>
      )}
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
      <TextField
        label="Suspected since"
        type="datetime-local"
        value={awareAt}
        onChange={setAwareAt}
        hint="The clocks of the law count from reasonable suspicion. Left empty: from now."
      />
      {halt.error !== null && <ProblemNote problem={halt.error} />}
    </Dialog>
  )
}

function Reached({ reached }: { readonly reached: HaltReach['items'][number] }) {
  const { deployment, halts, customers, elsewhere, state } = reached
  return (
    <li>
      <span className="font-medium">{deployment}</span>:{' '}
      {halts ? (
        `${count(customers, 'organisation')} that ${customers === 1 ? 'uses it goes' : 'use it go'} on being served; every other one is refused at once, on every replica within a second.`
      ) : (
        <span className="text-quiet">is {plain(state)} already</span>
      )}
      {elsewhere.length > 0 && (
        <span className="block">
          <StateMark state="watch">not from here</StateMark> {elsewhere.join(', ')}: an order to halt goes on record,
          which somebody there must acknowledge.
        </span>
      )}
    </li>
  )
}
