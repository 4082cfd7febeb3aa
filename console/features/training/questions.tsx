import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useAfterChange } from '../../app/after-change.ts'
import { call } from '../../app/api/client.ts'
import type { CourseAttempt, CourseResult } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { When } from '../../components/when.tsx'

interface QuestionsProps {
  readonly attempt: CourseAttempt
  readonly passMark: number
  onGraded(result: CourseResult): void
  onLeave(): void
}

/** The questions of one try. What is right is not in this page. */
export function Questions({ attempt, passMark, onGraded, onLeave }: QuestionsProps) {
  const [taken, setTaken] = useState<readonly (readonly number[])[]>(attempt.questions.map(() => []))
  const changed = useAfterChange([['training'], ['people']], { session: true })
  const send = useMutation({
    mutationFn: () =>
      call('POST /api/v1/staff/attempts/{id}', {
        params: { id: attempt.id },
        body: { answers: taken.map((choices) => [...choices]) },
      }),
    onSuccess: async (result) => {
      // That somebody did not pass changes nothing.
      if (result.passed) await changed('It stands on the ledger')
      onGraded(result)
    },
  })
  const open = taken.filter((choices) => choices.length === 0).length
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  const choose = (question: number, choice: number, several: boolean, on: boolean) =>
    setTaken((before) =>
      before.map((choices, i) => {
        if (i !== question) return choices
        if (!several) return [choice]
        return on ? [...choices, choice] : choices.filter((one) => one !== choice)
      }),
    )
  return (
    <form onSubmit={submit} className="flex max-w-prose flex-col gap-6">
      {attempt.questions.map(({ ask, several, choices }, question) => (
        <fieldset key={ask} className="flex flex-col gap-2">
          <legend className="mb-2 font-medium">
            {question + 1}. {ask}
            {several && <span className="font-normal text-quiet"> More than one is right.</span>}
          </legend>
          {choices.map((says, choice) => (
            <label
              key={says}
              className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line bg-surface px-3 py-2 hover:border-edge has-checked:border-accent has-checked:bg-accent-soft"
            >
              <input
                type={several ? 'checkbox' : 'radio'}
                name={`question-${question}`}
                checked={taken[question]?.includes(choice) ?? false}
                onChange={(event) => choose(question, choice, several, event.currentTarget.checked)}
                className="mt-1 shrink-0 accent-accent"
              />
              <span>{says}</span>
            </label>
          ))}
        </fieldset>
      ))}
      {send.error !== null && <ProblemNote problem={send.error} />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line pt-4">
        <Button type="submit" look="primary" busy={send.isPending} disabled={open > 0}>
          Have them graded
        </Button>
        <Button look="quiet" onClick={onLeave}>
          Read again first
        </Button>
        <span className="text-quiet">
          {open > 0 ? `${open} to answer · ` : ''}
          {passMark} % to pass · ends <When at={attempt.endsAt} /> · {attempt.left} more tries this hour
        </span>
      </div>
    </form>
  )
}
