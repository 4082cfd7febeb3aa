import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { AppealDetail, AppealOutcome } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { PersonName } from '../people/person-name.tsx'
import { roleName } from '../people/role-names.ts'
import { useAppealChanged } from './use-appeal-changed.ts'
import { OUTCOMES } from './words.ts'

/** What I can do about an open appeal, or why I can't. */
export function Hearing({ appeal }: { readonly appeal: AppealDetail }) {
  const { person } = useMe()
  const { may, roles } = usePermissions()('appeals.decide')
  if (appeal.state !== 'open') return null
  if (!may) return <Note>It is heard by: {roles.map(roleName).join(', ')}.</Note>
  if (appeal.objection !== null)
    return (
      <Note>
        <StateMark state="unknown">You may not hear this</StateMark> because {appeal.objection}. Somebody who had no
        part in it does.
        {appeal.hearer === person.id && <GiveBack id={appeal.id} />}
      </Note>
    )
  if (appeal.hearer === null) return <Take appeal={appeal} />
  if (appeal.hearer !== person.id)
    return (
      <Note>
        <PersonName id={appeal.hearer} /> hears this appeal.
      </Note>
    )
  return <Decide appeal={appeal} />
}

function Note({ children }: { readonly children: ReactNode }) {
  return <div className="rounded-md border border-line bg-sunken p-3">{children}</div>
}

function Take({ appeal: { id } }: { readonly appeal: AppealDetail }) {
  const changed = useAppealChanged(id)
  const take = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/appeals/{id}/take', { params: { id } })),
    onSuccess: () => changed('It is yours to hear'),
  })
  return (
    <div className="flex flex-col gap-3 rounded-md border border-accent bg-accent-soft p-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>Nobody hears this yet. Taking it, you answer it with reasons, or give it back.</p>
        <Button look="primary" busy={take.isPending} onClick={() => take.mutate()}>
          Hear it
        </Button>
      </div>
      {take.error !== null && <ProblemNote problem={take.error} />}
    </div>
  )
}

/** Leaves it to somebody else. */
function GiveBack({ id }: { readonly id: string }) {
  const changed = useAppealChanged(id)
  const giveBack = useMutation({
    mutationFn: () => call('POST /api/v1/appeals/{id}/give-back', { params: { id } }),
    onSuccess: () => changed('Given back'),
  })
  return (
    <>
      {giveBack.error !== null && <ProblemNote problem={giveBack.error} />}
      <Button busy={giveBack.isPending} onClick={() => giveBack.mutate()}>
        Give it back
      </Button>
    </>
  )
}

function Decide({ appeal: { id } }: { readonly appeal: AppealDetail }) {
  const [outcome, setOutcome] = useState<AppealOutcome>('upheld')
  const [answer, setAnswer] = useState('')
  const changed = useAppealChanged(id)
  const decide = useMutation({
    mutationFn: () =>
      withFreshKey(() =>
        call('POST /api/v1/appeals/{id}/decide', { params: { id }, body: { outcome, answer: answer.trim() } }),
      ),
    onSuccess: () => changed('Decided', OUTCOMES[outcome][2]),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    decide.mutate()
  }
  const choices = (Object.keys(OUTCOMES) as AppealOutcome[]).map((value) => ({
    value,
    label: OUTCOMES[value][0],
    note: OUTCOMES[value][1],
  }))
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 rounded-md border border-accent p-3">
      <SelectField<AppealOutcome>
        label="Outcome"
        value={outcome}
        onChange={setOutcome}
        choices={choices}
        hint={`${OUTCOMES[outcome][2]} A decision is final.`}
      />
      <TextArea
        label="Answer"
        value={answer}
        onChange={setAnswer}
        rows={6}
        maxLength={5000}
        required
        hint="The reasons, for whoever appealed: they read exactly this."
      />
      {decide.error !== null && <ProblemNote problem={decide.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <GiveBack id={id} />
        <Button type="submit" look="primary" busy={decide.isPending} disabled={answer.trim() === ''}>
          {`${OUTCOMES[outcome][0]}${outcome === 'partly' ? ' overturn' : ''}`}
        </Button>
      </div>
    </form>
  )
}
