import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ResponseCaseView, Safeguards } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { useChoices } from '../../components/use-choices.ts'
import { useModelsChanged } from '../scaling/queries.ts'
import { caseTitle, type MachineName, plain } from './words.ts'

type Switch = 'strict' | 'toolsOff' | 'whole' | 'judge'
type Closed = NonNullable<NonNullable<Safeguards>['closed']>

const SWITCHES: readonly (readonly [name: Switch, label: string, note: string])[] = [
  ['strict', 'Stricter', 'what the policy would only flag is refused'],
  ['toolsOff', 'Tools off', 'requests that bring tools are refused'],
  ['whole', 'Answers held whole', 'nothing is released before all of it is judged'],
  ['judge', 'The judge reads everything', 'where one is configured'],
]

type Downgrade = NonNullable<NonNullable<Safeguards>['downgrade']>
type Domain = 'open' | 'closed' | 'downgraded'

const GRAVE = ['chemical', 'biological', 'radiological_nuclear', 'cyber_operations', 'autonomous_replication'] as const
type Grave = (typeof GRAVE)[number]
const FROM = 0.2

/** Declares a safety emergency: which safeguards hold for this deployment from the next request on. */
export function EmergencyDialog({ of, onClose }: { readonly of: ResponseCaseView; onClose(): void }) {
  const [on, toggle] = useChoices<Switch>(['strict', 'toolsOff', 'whole'])
  const [domains, setDomains] = useState<Partial<Record<Grave, Domain>>>({})
  const [standIn, setStandIn] = useState('')
  const [replaceWith, setReplaceWith] = useState('')
  const [reason, setReason] = useState('')
  const changed = useModelsChanged()
  const cut = of.id.indexOf('/')
  const params = { machine: of.id.slice(0, cut) as MachineName, name: of.id.slice(cut + 1) }
  const declare = useMutation({
    mutationFn: () => {
      const closed: Closed = {}
      const downgrade: Downgrade = {}
      for (const label of GRAVE) {
        if (domains[label] === 'closed') closed[label] = FROM
        if (domains[label] === 'downgraded') downgrade[label] = { from: FROM, to: standIn.trim() }
      }
      const safeguards = {
        ...{ strict: on.has('strict'), toolsOff: on.has('toolsOff'), whole: on.has('whole') },
        ...{ judge: on.has('judge'), closed, downgrade },
        replaceWith: replaceWith.trim() === '' ? null : replaceWith.trim(),
      }
      const body = { reason: reason.trim(), safeguards }
      return withFreshKey(() => call('POST /api/v1/response/cases/{machine}/{name}/emergency', { params, body }))
    },
    onSuccess: async ({ title }) => {
      onClose()
      await changed(title, 'The safeguards hold from the next request on.')
    },
  })
  const downgrades = Object.values(domains).includes('downgraded')
  const ready = reason.trim() !== '' && (!downgrades || standIn.trim() !== '')
  return (
    <Dialog
      open
      onOpenChange={onClose}
      wide
      title={`A safety emergency: ${caseTitle(of)}`}
      description="The minimum additional safeguards hold for this deployment and no other. One person declares it; ending it takes two, a post-mortem and an amended policy."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={declare.isPending} disabled={!ready} onClick={() => declare.mutate()}>
            Declare the emergency
          </Button>
        </>
      }
    >
      <Effects of={of} />
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-xs font-medium text-quiet">Safeguards</legend>
        {SWITCHES.map(([name, label, note]) => (
          <Choice key={name} label={label} note={note} checked={on.has(name)} onChange={() => toggle(name)} />
        ))}
      </fieldset>
      <fieldset className="grid gap-3 sm:grid-cols-2">
        <legend className="mb-2 text-xs font-medium text-quiet">
          Single domains, from a score of {FROM} on, whatever the policy says
        </legend>
        {GRAVE.map((label) => (
          <SelectField<Domain>
            key={label}
            label={plain(label)}
            value={domains[label] ?? 'open'}
            onChange={(domain) => setDomains({ ...domains, [label]: domain })}
            choices={[
              { value: 'open', label: 'as the policy says' },
              { value: 'closed', label: 'closed: refused' },
              { value: 'downgraded', label: 'another model answers' },
            ]}
          />
        ))}
      </fieldset>
      {downgrades && (
        <TextField
          label="Model that answers those"
          value={standIn}
          onChange={setStandIn}
          maxLength={200}
          hint="One that this gateway serves."
        />
      )}
      <TextField
        label="Another model that answers in its place"
        value={replaceWith}
        onChange={setReplaceWith}
        maxLength={200}
        hint="Left empty: the same model goes on answering, under the safeguards."
      />
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
      {declare.error !== null && <ProblemNote problem={declare.error} />}
    </Dialog>
  )
}

function Effects({ of }: { readonly of: ResponseCaseView }) {
  const who =
    of.frozen === null
      ? 'Those who use it now go on'
      : `${count(of.frozen.length, 'organisation goes', 'organisations go')} on`
  const effects = [
    `${who} being served, under the safeguards, and are told so.`,
    'Nobody new is served.',
    ...(of.gatewayModels.length === 0
      ? ['The gateway serves nothing of it: nobody here can say that the safeguards hold.']
      : []),
    ...(of.drill ? ['This is a drill: nobody is touched.'] : []),
  ]
  return (
    <ul className="flex flex-col gap-1.5">
      {effects.map((effect) => (
        <li key={effect} className="flex gap-2 before:text-quiet before:content-['→']">
          <span>{effect}</span>
        </li>
      ))}
    </ul>
  )
}

function Choice(props: {
  readonly label: string
  readonly note?: string
  readonly checked: boolean
  onChange(): void
}) {
  return (
    <label className="flex items-baseline gap-2">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={props.onChange}
        className="translate-y-0.5 accent-accent"
      />
      <span>
        {props.label}
        {props.note !== undefined && <span className="text-quiet">: {props.note}</span>}
      </span>
    </label>
  )
}
