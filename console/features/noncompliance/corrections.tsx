import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ConcernView, ConcernWithWords } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { PersonName } from '../people/person-name.tsx'

interface Props {
  readonly concern: ConcernView
  /** null until somebody has read them. */
  readonly words: ConcernWithWords | null
  onChanged(): Promise<void>
}

/** What is corrected, by whom, until when. */
export function Corrections({ concern, words, onChanged }: Props) {
  const [adding, setAdding] = useState(false)
  const today = new Date().toISOString().slice(0, 10)
  return (
    <Section
      title="Corrective action"
      actions={concern.mayAct && concern.state !== 'closed' && <Button onClick={() => setAdding(true)}>Set one</Button>}
    >
      {concern.actions.length === 0 && <p className="text-quiet">None is set.</p>}
      <ul className="divide-y divide-line border-y border-line empty:hidden">
        {concern.actions.map(({ number, owner, dueOn, doneAt }) => (
          <li key={number} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 py-2">
            <span className="min-w-0 grow">
              {words?.actions.find((one) => one.number === number)?.words ??
                `Action ${number}, sealed until you read it`}
              <span className="block text-quiet">
                <PersonName id={owner} /> until {dueOn}
              </span>
            </span>
            {doneAt !== null ? (
              <StateMark state="holds">done</StateMark>
            ) : (
              <>
                <StateMark state={dueOn < today ? 'fails' : 'watch'}>{dueOn < today ? 'late' : 'open'}</StateMark>
                {concern.mayAct && <Done id={concern.id} number={number} onChanged={onChanged} />}
              </>
            )}
          </li>
        ))}
      </ul>
      {adding && <NewAction id={concern.id} onClose={() => setAdding(false)} onChanged={onChanged} />}
    </Section>
  )
}

function Done({ id, number, onChanged }: { readonly id: string; readonly number: number; onChanged(): Promise<void> }) {
  const done = useMutation({
    mutationFn: () => call('POST /api/v1/noncompliance/{id}/actions/{number}/done', { params: { id, number } }),
    onSuccess: onChanged,
  })
  return (
    <>
      <Button busy={done.isPending} onClick={() => done.mutate()}>
        It is done
      </Button>
      {done.error !== null && <ProblemNote problem={done.error} />}
    </>
  )
}

function NewAction({ id, onClose, onChanged }: { readonly id: string; onClose(): void; onChanged(): Promise<void> }) {
  const { person } = useMe()
  const [words, setWords] = useState('')
  const [owner, setOwner] = useState(person.id)
  const [dueOn, setDueOn] = useState('')
  const set = useMutation({
    mutationFn: () =>
      call('POST /api/v1/noncompliance/{id}/actions', {
        params: { id },
        body: { words: words.trim(), owner: owner.trim(), dueOn },
      }),
    onSuccess: async () => {
      onClose()
      await onChanged()
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Set a corrective action"
      description="The report can’t be closed before it is done."
      submit="Set it"
      busy={set.isPending}
      ready={words.trim() !== '' && owner.trim() !== '' && dueOn !== ''}
      problem={set.error}
      onSubmit={() => set.mutate()}
    >
      <TextArea label="What is corrected" value={words} onChange={setWords} maxLength={2_000} />
      <TextField
        label="Who sees to it"
        value={owner}
        onChange={setOwner}
        maxLength={100}
        hint="The identifier of a person who may see this report; yours stands here."
      />
      <TextField label="Until" type="date" value={dueOn} onChange={setDueOn} />
    </FormDialog>
  )
}
