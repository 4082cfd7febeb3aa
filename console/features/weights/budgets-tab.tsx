import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { NewWeightsBudget, WeightsBudgetView, WeightsOverlay } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { usePeople } from '../people/queries.ts'
import { AskApproval } from './ask-approval.tsx'
import { budgetsQuery, overlayQuery, useWeightsChanged, versionsQuery } from './queries.ts'
import { ShareBar } from './share-bar.tsx'
import { bytes, bytesOf, daysState, daysWords } from './words.ts'

type Kind = WeightsBudgetView['kind']
const RAISE_ACTION = 'weights.raise_budget'
const OVERLAY_ACTION = 'weights.overlay'
const KINDS: Record<Kind, string> = { person: 'Person', host: 'Host', model: 'Model', organisation: 'Organisation' }
const EVERYBODY = '*'

/** How many bytes may leave in what time, and how long the largest model would take at that. */
export function BudgetsTab() {
  const { data, error } = useQuery(budgetsQuery)
  const may = usePermissions()
  const [setting, setSetting] = useState<'lower' | 'raise' | null>(null)
  return (
    <div className="flex flex-col gap-6">
      <Stretch />
      <Section
        title="Budgets"
        note="a bucket each: it fills up again over a day"
        actions={
          <div className="flex gap-2">
            {may('weights.budget').may && <Button onClick={() => setSetting('lower')}>Set or lower</Button>}
            {may('weights.budget').may && <Button onClick={() => setSetting('raise')}>Ask to raise</Button>}
          </div>
        }
      >
        {error !== null && <ProblemNote problem={error} />}
        <Table
          label="Budgets"
          rows={data ?? (error === null ? undefined : [])}
          columns={COLUMNS}
          rowKey={({ kind, id }) => `${kind}/${id}`}
          empty={
            <EmptyState title="No budget is set">
              Each grant has a budget of its own. A budget for a person, a host, a model or all of the organisation
              bounds what leaves in a day whatever is granted, and shows how long a model would take to leave.
            </EmptyState>
          }
        />
      </Section>
      {setting !== null && <BudgetDialog raising={setting === 'raise'} onClose={() => setSetting(null)} />}
    </div>
  )
}

const COLUMNS: readonly Column<WeightsBudgetView>[] = [
  {
    id: 'of',
    header: 'Of',
    value: ({ kind, id }) => `${kind} ${id}`,
    cell: ({ kind, id, source }) => (
      <>
        <Whose kind={kind} id={id} />
        {source === 'overlay' && <span className="block text-xs text-quiet">as asl3-stretch asks</span>}
      </>
    ),
  },
  {
    id: 'left',
    header: 'May leave now',
    value: ({ leftBytes }) => leftBytes,
    cell: ({ leftBytes, capacityBytes }) => <ShareBar part={leftBytes} whole={capacityBytes} />,
  },
  {
    id: 'perDay',
    header: 'A day',
    numeric: true,
    wide: true,
    value: ({ bytesPerDay }) => bytesPerDay,
    cell: ({ bytesPerDay }) => bytes(bytesPerDay),
  },
  {
    id: 'days',
    header: 'Whole model gone in',
    numeric: true,
    value: ({ daysToExfiltrate }) => daysToExfiltrate,
    cell: ({ daysToExfiltrate, sizeBytes }) =>
      sizeBytes === null ? (
        <span className="text-quiet">nothing is kept yet</span>
      ) : (
        <StateMark state={daysState(daysToExfiltrate)}>{daysWords(daysToExfiltrate)}</StateMark>
      ),
  },
  {
    id: 'setAt',
    header: 'Set',
    numeric: true,
    wide: true,
    value: ({ setAt }) => setAt,
    cell: ({ setAt }) => (setAt === null ? <span className="text-quiet">by default</span> : <When at={setAt} />),
  },
]

function Whose({ kind, id }: Pick<WeightsBudgetView, 'kind' | 'id'>) {
  if (kind === 'organisation') return <>The whole organisation</>
  if (id === EVERYBODY)
    return (
      <>
        Each {kind} without one of {kind === 'person' ? 'their' : 'its'} own
      </>
    )
  return (
    <>
      {KINDS[kind]} {kind === 'person' ? <PersonName id={id} /> : id}
    </>
  )
}

function BudgetDialog({ raising, onClose }: { readonly raising: boolean; onClose(): void }) {
  const [kind, setKind] = useState<Kind>('person')
  const [id, setId] = useState('')
  const [capacity, setCapacity] = useState('')
  const [perDay, setPerDay] = useState('')
  const people = usePeople()
  const changed = useWeightsChanged()
  const whose = kind === 'organisation' || id.trim() === '' ? EVERYBODY : id.trim()
  const [capacityBytes, bytesPerDay] = [bytesOf(capacity), bytesOf(perDay)]
  const budget = capacityBytes === null || bytesPerDay === null ? null : { kind, id: whose, capacityBytes, bytesPerDay }
  const set = useMutation({
    mutationFn: async () => {
      if (budget === null) throw new Error('set before it was whole')
      return await withFreshKey(() => call('PUT /api/v1/weights/budgets', { body: budget }))
    },
    onSuccess: async () => {
      onClose()
      await changed('The budget holds from the next byte on')
    },
  })
  const fields = (
    <>
      <SelectField<Kind>
        label="Of"
        value={kind}
        onChange={(next) => {
          setKind(next)
          setId('')
        }}
        choices={Object.entries(KINDS).map(([value, label]) => ({ value: value as Kind, label }))}
      />
      {kind === 'person' ? (
        <SelectField
          label="Who"
          value={id}
          onChange={setId}
          choices={[
            { value: '', label: 'each person without one of their own' },
            ...[...people.values()].map((one) => ({ value: one.id, label: one.displayName })),
          ]}
        />
      ) : (
        kind !== 'organisation' && (
          <TextField
            label={KINDS[kind]}
            value={id}
            onChange={setId}
            maxLength={100}
            hint={`Left empty: each ${kind} without one of its own.`}
          />
        )
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label="At once" value={capacity} onChange={setCapacity} placeholder="10 GB" />
        <TextField label="A day" value={perDay} onChange={setPerDay} placeholder="1 GB" />
      </div>
      {budget !== null && <Foresight budget={budget} />}
    </>
  )
  if (raising)
    return (
      <AskApproval
        title="Raise a budget"
        description="A second person must agree; nobody asks for a larger budget of their own."
        action={RAISE_ACTION}
        payload={budget}
        onClose={onClose}
      >
        {fields}
      </AskApproval>
    )
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Set or lower a budget"
      description="One person, at once. Raising one takes two."
      submit="Set it"
      busy={set.isPending}
      ready={budget !== null}
      problem={set.error}
      onSubmit={() => set.mutate()}
    >
      {fields}
    </FormDialog>
  )
}

/** How long the largest model that it guards would take, beside the figure that decides it. */
function Foresight({
  budget: { kind, id, capacityBytes, bytesPerDay: perDay },
}: {
  readonly budget: NewWeightsBudget
}) {
  const { data } = useInfiniteQuery(versionsQuery)
  const guarded = data?.pages
    .flatMap(({ items }) => items)
    .filter(({ state, model }) => state === 'sealed' && (kind !== 'model' || id === EVERYBODY || model === id))
  if (guarded === undefined || guarded.length === 0) return null
  const size = Math.max(...guarded.map(({ sizeBytes }) => sizeBytes))
  const rest = Math.max(0, size - capacityBytes)
  const days = rest === 0 ? 0 : perDay === 0 ? null : rest / perDay
  return (
    <p>
      At {bytes(perDay)} a day, {bytes(size)} would{' '}
      <StateMark state={daysState(days)}>{days === null ? 'never be gone' : `be gone in ${daysWords(days)}`}</StateMark>
    </p>
  )
}

/** The optional overlay, and how it is switched. */
function Stretch() {
  const { data: overlay } = useQuery(overlayQuery)
  const { may } = usePermissions()('weights.unlock')
  const [asking, setAsking] = useState(false)
  if (overlay === undefined) return null
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-sunken p-3">
      <p>
        <StateMark state={overlay.on ? 'holds' : 'unknown'}>
          {overlay.on ? 'asl3-stretch is on' : 'asl3-stretch is off'}
        </StateMark>{' '}
        <span className="text-quiet">
          {overlay.on
            ? 'Two groups agree to each access, and nothing leaves without a budget.'
            : 'One approver agrees to an access, and only budgets that are set bound what leaves.'}
        </span>
      </p>
      {may && <Button onClick={() => setAsking(true)}>Ask to switch it {overlay.on ? 'off' : 'on'}</Button>}
      {asking && <SwitchDialog overlay={overlay} onClose={() => setAsking(false)} />}
    </div>
  )
}

function SwitchDialog({ overlay, onClose }: { readonly overlay: WeightsOverlay; onClose(): void }) {
  return (
    <AskApproval
      title={overlay.on ? 'Switch asl3-stretch off' : 'Switch asl3-stretch on'}
      description={
        overlay.on
          ? 'A second person must agree. Grants that stand go on.'
          : 'A second person must agree. Grants that fewer people agreed to than it asks for end.'
      }
      action={OVERLAY_ACTION}
      payload={{ on: !overlay.on }}
      onClose={onClose}
    />
  )
}
