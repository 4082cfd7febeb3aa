import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { WeightsCopy } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog, FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { day, useNow, When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { usePeople } from '../people/queries.ts'
import { AskApproval } from './ask-approval.tsx'
import { copiesQuery, custodyQuery, useWeightsChanged } from './queries.ts'

const COPY_ACTION = 'weights.extend_copy'
const SOON_DAYS = 14
const DAY_MS = 86_400_000

/** Where weights lie outside of the vault: by place, each with its owner and its end. */
export function CopiesTab() {
  const { data, error } = useQuery(copiesQuery)
  const may = usePermissions()
  const [adding, setAdding] = useState<'copy' | 'custody' | null>(null)
  const places = [...new Set(data?.map(({ place }) => place))].sort()
  return (
    <div className="flex flex-col gap-6">
      <Section
        title="Copies"
        note="the next to end first"
        actions={may('weights.copy').may && <Button onClick={() => setAdding('copy')}>Put a copy on record</Button>}
      >
        {error !== null && <ProblemNote problem={error} />}
        {data?.length === 0 ? (
          <EmptyState title="No copy is on record">
            Whatever leaves the vault as files is a copy with an owner, a place and a day by which it is gone. Exports
            register themselves; what lay elsewhere before is put on record here. <code>safelevel vault scan</code>{' '}
            finds what nobody put on record.
          </EmptyState>
        ) : (
          <div className="flex flex-col gap-4">
            {places.map((place) => (
              <section key={place} className="flex flex-col gap-1">
                <h3 className="font-medium break-all">{place}</h3>
                <CopyList copies={(data ?? []).filter((copy) => copy.place === place)} />
              </section>
            ))}
          </div>
        )}
      </Section>
      <Custody onAdd={may('weights.custody').may ? () => setAdding('custody') : undefined} />
      {adding === 'copy' && <RegisterDialog onClose={() => setAdding(null)} />}
      {adding === 'custody' && <CustodyDialog onClose={() => setAdding(null)} />}
    </div>
  )
}

/** Copies, the next to end first; what should be gone is red. */
export function CopyList({ copies }: { readonly copies: readonly WeightsCopy[] }) {
  const ordered = copies.toSorted((a, b) =>
    a.state === b.state ? a.expiresAt.localeCompare(b.expiresAt) : a.state === 'stands' ? -1 : 1,
  )
  return (
    <ul className="divide-y divide-line border-y border-line">
      {ordered.map((copy) => (
        <Copy key={copy.id} copy={copy} />
      ))}
    </ul>
  )
}

function Copy({ copy }: { readonly copy: WeightsCopy }) {
  const now = useNow()
  const { may } = usePermissions()('weights.copy')
  const [asking, setAsking] = useState<'destroyed' | 'extend' | null>(null)
  const changed = useWeightsChanged()
  const [state, words] = stateOf(copy, now)
  return (
    <li className="flex flex-col gap-1 py-2">
      <span className="flex flex-wrap items-baseline gap-x-4">
        <span className="font-medium">{copy.version}</span>
        <StateMark state={state}>{words}</StateMark>
        <span className="grow">
          <PersonName id={copy.owner} link />
        </span>
        {copy.state === 'stands' && may && (
          <span className="flex gap-2">
            <Button small onClick={() => setAsking('extend')}>
              Ask for longer
            </Button>
            <Button small onClick={() => setAsking('destroyed')}>
              It is gone
            </Button>
          </span>
        )}
      </span>
      {copy.destroyedHow !== null && <span className="text-quiet">“{copy.destroyedHow}”</span>}
      {asking === 'extend' && <ExtendDialog copy={copy} onClose={() => setAsking(null)} />}
      <ConfirmDialog
        open={asking === 'destroyed'}
        onOpenChange={() => setAsking(null)}
        title="Is this copy gone?"
        effects={['Your word goes on the ledger; nobody looks for it there any more.']}
        confirm="It is gone"
        reasonLabel="How it was destroyed, and seen to be"
        onConfirm={async (how) => {
          const params = { id: copy.id }
          await withFreshKey(() => call('POST /api/v1/weights/copies/{id}/destruction', { params, body: { how } }))
          await changed('On record')
        }}
      />
    </li>
  )
}

function stateOf(copy: WeightsCopy, now: number): readonly [State, string] {
  if (copy.state === 'destroyed') return ['unknown', `gone since ${day(copy.destroyedAt ?? copy.expiresAt)}`]
  const days = (Date.parse(copy.expiresAt) - now) / DAY_MS
  if (days <= 0) return ['fails', `should be gone since ${day(copy.expiresAt)}`]
  return [days < SOON_DAYS ? 'watch' : 'holds', `until ${day(copy.expiresAt)}`]
}

function ExtendDialog({ copy, onClose }: { readonly copy: WeightsCopy; onClose(): void }) {
  const [days, setDays] = useState('30')
  return (
    <AskApproval
      title="Let this copy stand for longer"
      description="A second person must agree; never its owner. Counted from then on."
      action={COPY_ACTION}
      payload={Number(days) >= 1 ? { copy: copy.id, days: Number(days), place: copy.place } : null}
      onClose={onClose}
    >
      <TextField label="Days" type="number" min={1} max={365} value={days} onChange={setDays} />
    </AskApproval>
  )
}

function RegisterDialog({ onClose }: { onClose(): void }) {
  const [version, setVersion] = useState('')
  const [place, setPlace] = useState('')
  const [owner, setOwner] = useState('')
  const [days, setDays] = useState('30')
  const people = usePeople()
  const changed = useWeightsChanged()
  const register = useMutation({
    mutationFn: () => {
      const body = { version: version.trim(), place: place.trim(), owner, days: Number(days) }
      return withFreshKey(() => call('POST /api/v1/weights/copies', { body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('On record')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Put a copy on record"
      description="One that lies somewhere already. Who is to make a new one asks for access with the use “makes a copy”."
      submit="Put it on record"
      busy={register.isPending}
      ready={/^[^/\s]+\/[^/\s]+$/.test(version.trim()) && place.trim() !== '' && owner !== '' && Number(days) >= 1}
      problem={register.error}
      onSubmit={() => register.mutate()}
    >
      <TextField label="Version" value={version} onChange={setVersion} placeholder="model/version" />
      <TextField label="Where it lies" value={place} onChange={setPlace} maxLength={300} />
      <SelectField
        label="Who answers for it"
        value={owner}
        onChange={setOwner}
        choices={[
          { value: '', label: 'choose', disabled: true },
          ...[...people.values()].map((one) => ({ value: one.id, label: one.displayName })),
        ]}
      />
      <TextField label="Days until it is gone" type="number" min={1} max={365} value={days} onChange={setDays} />
    </FormDialog>
  )
}

/** Models whose weights somebody else keeps, on the CISO's word. */
function Custody({ onAdd }: { readonly onAdd: (() => void) | undefined }) {
  const { data = [] } = useQuery(custodyQuery)
  const now = useNow()
  if (data.length === 0 && onAdd === undefined) return null
  return (
    <Section title="Kept elsewhere" actions={onAdd !== undefined && <Button onClick={onAdd}>State it</Button>}>
      {data.length === 0 ? (
        <p className="text-quiet">
          A model whose weights another keeps can be released on the CISO’s word that they are kept well; it holds for
          90 days.
        </p>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {data.map(({ model, place, statement, statedBy, statedAt, expiresAt, endedAt }) => {
            const holds = endedAt === null && Date.parse(expiresAt) > now
            return (
              <li key={model} className="flex flex-col gap-1 py-2">
                <span className="flex flex-wrap items-baseline gap-x-4">
                  <span className="font-medium">{model}</span>
                  <StateMark state={holds ? 'holds' : 'unknown'}>
                    {endedAt !== null ? 'taken back' : `until ${day(expiresAt)}`}
                  </StateMark>
                  <span className="grow">{place}</span>
                  <span className="text-quiet">
                    <PersonName id={statedBy} />, <When at={statedAt} />
                  </span>
                </span>
                <span className="text-quiet">{statement}</span>
              </li>
            )
          })}
        </ul>
      )}
    </Section>
  )
}

function CustodyDialog({ onClose }: { onClose(): void }) {
  const [model, setModel] = useState('')
  const [place, setPlace] = useState('')
  const [statement, setStatement] = useState('')
  const changed = useWeightsChanged()
  const state = useMutation({
    mutationFn: () => {
      const body = { model: model.trim(), place: place.trim(), statement: statement.trim() }
      return withFreshKey(() => call('POST /api/v1/weights/custody', { body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('Stated', 'It holds for 90 days.')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="State that weights are kept elsewhere"
      description="Your word, for 90 days: the release gate counts it in place of the vault."
      submit="State it"
      busy={state.isPending}
      ready={[model, place, statement].every((text) => text.trim() !== '')}
      problem={state.error}
      onSubmit={() => state.mutate()}
    >
      <TextField label="Model" value={model} onChange={setModel} maxLength={80} />
      <TextField label="Who keeps them, and where" value={place} onChange={setPlace} maxLength={300} />
      <TextArea
        label="How they are kept there, and how that was looked at"
        value={statement}
        onChange={setStatement}
        maxLength={4000}
      />
    </FormDialog>
  )
}
