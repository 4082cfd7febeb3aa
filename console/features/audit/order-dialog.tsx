import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { NewAuditSample } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { populationsQuery, useAuditChanged } from './queries.ts'
import { commitmentTo, keepSecret, newSecret } from './secret.ts'

type Named = NonNullable<NewAuditSample['population']['name']>
const DAY_MS = 86_400_000
const DEFAULT_DAYS = 90
const OWN = 'kinds'

/** An auditor orders a sample; what it is drawn from, and how many, are fixed by it. */
export function OrderDialog({ onClose }: { onClose(): void }) {
  const { data: populations = [] } = useQuery(populationsQuery)
  const [title, setTitle] = useState('')
  const [population, setPopulation] = useState<string>('decisions')
  const [kinds, setKinds] = useState('')
  const [from, setFrom] = useState(() => new Date(Date.now() - DEFAULT_DAYS * DAY_MS).toISOString().slice(0, 10))
  const [until, setUntil] = useState('')
  const [how, setHow] = useState<'attribute' | 'fixed'>('attribute')
  const [size, setSize] = useState('25')
  const [tolerable, setTolerable] = useState('5')
  const [expected, setExpected] = useState('0')
  const [confidence, setConfidence] = useState('95')
  const [secret] = useState(newSecret)
  const changed = useAuditChanged()
  const navigate = useNavigate()
  const order = useMutation({
    mutationFn: async () =>
      call('POST /api/v1/audit/samples', {
        body: {
          title: title.trim(),
          population: {
            ...(population === OWN ? { kinds: kinds.split(/[\s,]+/).filter(Boolean) } : { name: population as Named }),
            ...{ from: `${from}T00:00:00Z`, until: until === '' ? new Date().toISOString() : `${until}T00:00:00Z` },
          },
          sizing:
            how === 'fixed'
              ? { kind: 'fixed', size: Number(size) }
              : {
                  kind: 'attribute',
                  confidence: Number(confidence) / 100,
                  tolerableRate: Number(tolerable) / 100,
                  expectedRate: Number(expected) / 100,
                },
          commitment: await commitmentTo(secret),
        },
      }),
    onSuccess: async ({ id }) => {
      keepSecret(id, secret)
      onClose()
      await navigate({ to: '/audit/samples/$id', params: { id } })
      await changed('The sample is ordered')
    },
  })
  const inNumbers = [size, tolerable, expected, confidence].every((one) => one.trim() !== '' && Number(one) >= 0)
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Order a sample"
      description="The order fixes what is drawn from, and how many. Which entries are drawn can be known only once it stands on the ledger."
      submit="Order it"
      busy={order.isPending}
      ready={title.trim() !== '' && from !== '' && (population !== OWN || kinds.trim() !== '') && inNumbers}
      problem={order.error}
      onSubmit={() => order.mutate()}
    >
      <TextField label="What is tested" value={title} onChange={setTitle} maxLength={200} autoFocus />
      <SelectField<string>
        label="Population"
        value={population}
        onChange={setPopulation}
        choices={[
          ...populations.map(({ name, title: label, kinds: of }) => ({ value: name, label, note: of.join(', ') })),
          { value: OWN, label: 'Kinds of events, named below' },
        ]}
      />
      {population === OWN && (
        <TextField label="Kinds" value={kinds} onChange={setKinds} placeholder="staff.role_granted, approvals.*" />
      )}
      <div className="grid grid-cols-2 gap-4">
        <TextField label="From" type="date" value={from} onChange={setFrom} />
        <TextField label="Before" type="date" value={until} onChange={setUntil} hint="Now, when empty." />
      </div>
      <SelectField<'attribute' | 'fixed'>
        label="Size"
        value={how}
        onChange={setHow}
        choices={[
          {
            value: 'attribute',
            label: 'As many as it takes',
            note: 'to show that deviations are rarer than tolerable',
          },
          { value: 'fixed', label: 'A number', note: 'which shows a rate, and its interval' },
        ]}
      />
      {how === 'fixed' ? (
        <TextField label="Entries" type="number" min={1} max={1000} value={size} onChange={setSize} />
      ) : (
        <div className="grid grid-cols-3 gap-4">
          <TextField label="Tolerable %" value={tolerable} onChange={setTolerable} />
          <TextField label="Expected %" value={expected} onChange={setExpected} />
          <TextField label="Confidence %" value={confidence} onChange={setConfidence} />
        </div>
      )}
      <div className="flex flex-col gap-1">
        <span className="text-xs font-medium text-quiet">Your secret</span>
        <CopyText label="secret" text={secret} />
        <p className="text-xs text-quiet">
          The order holds its digest. It stays in this tab until you draw; keep a copy if you will draw elsewhere.
        </p>
      </div>
    </FormDialog>
  )
}
