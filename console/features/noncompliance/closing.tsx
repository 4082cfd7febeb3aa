import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ConcernView } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { PersonName } from '../people/person-name.tsx'
import { OUTCOMES, type Outcome } from './words.ts'

interface Props {
  readonly concern: ConcernView
  onChanged(): Promise<void>
}

/** Two people close it, one of them from outside the officer's line. */
export function Closing({ concern, onChanged }: Props) {
  if (concern.state === 'closed')
    return (
      <Section title="Closed">
        <p>
          By <PersonName id={concern.closedBy[0] ?? ''} /> and <PersonName id={concern.closedBy[1] ?? ''} />. Its writer
          can open it again by writing.
        </p>
      </Section>
    )
  if (!concern.mayAct) return null
  return (
    <Section title="Close it" note="takes two people, one of the board or an auditor’s office">
      {concern.state === 'closing' ? (
        <Agree concern={concern} onChanged={onChanged} />
      ) : (
        <Propose concern={concern} onChanged={onChanged} />
      )}
    </Section>
  )
}

function Agree({ concern, onChanged }: Props) {
  const { person } = useMe()
  const params = { id: concern.id }
  const agree = useMutation({
    mutationFn: () => call('POST /api/v1/noncompliance/{id}/closing/agree', { params }),
    onSuccess: onChanged,
  })
  const back = useMutation({
    mutationFn: () => call('POST /api/v1/noncompliance/{id}/closing/send-back', { params }),
    onSuccess: onChanged,
  })
  const own = concern.proposedBy === person.id
  return (
    <div className="flex flex-col items-start gap-2">
      <p>
        <PersonName id={concern.proposedBy ?? ''} /> proposes: {concern.outcome !== null && OUTCOMES[concern.outcome]}.
        Read above what its writer would be told.
      </p>
      <div className="flex flex-wrap gap-2">
        {!own && (
          <Button look="primary" busy={agree.isPending} onClick={() => agree.mutate()}>
            Agree, and close it
          </Button>
        )}
        <Button busy={back.isPending} onClick={() => back.mutate()}>
          Not yet
        </Button>
      </div>
      {own && <p className="text-quiet">Another person must agree.</p>}
      {(agree.error ?? back.error) !== null && <ProblemNote problem={agree.error ?? back.error} />}
    </div>
  )
}

function Propose({ concern, onChanged }: Props) {
  const [outcome, setOutcome] = useState<Outcome>('substantiated')
  const [conclusion, setConclusion] = useState('')
  const propose = useMutation({
    mutationFn: () =>
      call('POST /api/v1/noncompliance/{id}/closing', {
        params: { id: concern.id },
        body: { outcome, conclusion: conclusion.trim() },
      }),
    onSuccess: async () => {
      setConclusion('')
      await onChanged()
    },
  })
  const outcomes = Object.keys(OUTCOMES) as Outcome[]
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        propose.mutate()
      }}
    >
      <SelectField<Outcome>
        label="It was"
        value={outcome}
        onChange={setOutcome}
        choices={outcomes.map((value) => ({ value, label: OUTCOMES[value] }))}
      />
      <TextArea
        label="What its writer is told"
        value={conclusion}
        onChange={setConclusion}
        maxLength={5_000}
        hint="What was found and what was done about it."
      />
      {propose.error !== null && <ProblemNote problem={propose.error} />}
      <Button className="self-start" type="submit" busy={propose.isPending} disabled={conclusion.trim() === ''}>
        Propose it
      </Button>
    </form>
  )
}
