import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { RunbookRunStep, RunbookRunView, RunbookStepWork } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useRunsChanged } from './queries.ts'
import { StepFacts } from './step-facts.tsx'
import { rolesOf, stepMark } from './words.ts'

interface StepProps {
  readonly run: RunbookRunView
  readonly of: RunbookRunStep
  readonly number: number
}

/** One step of a run: what it asks for, how it stands, and what the person here can do about it. */
export function Step({ run, of, number }: StepProps) {
  const { step, applies, settled, open, dueAt, late } = of
  const [state, word] = stepMark(of, run.closed !== null)
  const isOver = run.closed !== null || applies === 'no' || (settled !== null && !open)
  return (
    <li id={step.id} className="grid scroll-mt-4 grid-cols-[1.5rem_minmax(0,1fr)] gap-x-2 py-3">
      <span className="text-right text-quiet tabular-nums">{number}</span>
      <div className="flex min-w-0 flex-col gap-1.5">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
          <span className={applies === 'no' ? 'text-quiet line-through' : 'font-medium'}>{step.title}</span>
          <span className="flex flex-wrap items-baseline gap-x-3">
            {dueAt !== null && open && run.closed === null && (
              <span className={late ? 'text-fails' : 'text-quiet'} title={exactly(dueAt)}>
                due <When at={dueAt} />
              </span>
            )}
            <StateMark state={state}>{word}</StateMark>
          </span>
        </div>
        {settled !== null && applies !== 'no' && <Said of={of} />}
        {!isOver && <StepFacts step={step} steps={run.steps.map((one) => one.step)} />}
        {run.closed === null && applies === 'yes' && <Work run={run} of={of} />}
      </div>
    </li>
  )
}

/** What became of it, by whom. */
function Said({ of: { step, settled } }: { readonly of: RunbookRunStep }) {
  if (settled === null) return null
  const answer = step.kind === 'decide' ? step.answers.find(({ id }) => id === settled.answer) : undefined
  return (
    <div className="border-l-2 border-line pl-3">
      {answer !== undefined && <span className="block font-medium">{answer.says}</span>}
      {settled.words !== null && <span className="block max-w-prose break-words">“{settled.words}”</span>}
      <span className="block text-xs text-quiet">
        {step.kind === 'check' ? 'looked at for ' : ''}
        <PersonName id={settled.by} /> · <When at={settled.at} />
      </span>
    </div>
  )
}

function Work({ run, of }: { readonly run: RunbookRunView; readonly of: RunbookRunStep }) {
  const { roles } = useMe()
  const { may } = usePermissions()('runbooks.work')
  const [asking, setAsking] = useState<Asking | null>(null)
  const { step, settled, open } = of
  if (!may) return null
  if (step.kind === 'check') return <Look run={run} step={step.id} again={settled !== null} />
  const mine = step.roles.some((role) => roles.includes(role))
  const leads = run.lead.some((role) => roles.includes(role))
  const isDone = settled?.state === 'done'
  if (step.kind === 'decide')
    return mine ? (
      <div className="flex flex-wrap gap-2">
        {step.answers
          .filter(({ id }) => id !== settled?.answer)
          .map(({ id, says }) => (
            <Button key={id} small={settled !== null} onClick={() => setAsking({ kind: 'answer', id, says })}>
              {settled === null ? says : `Rather: ${says}`}
            </Button>
          ))}
        {asking !== null && <WorkDialog run={run} of={of} asking={asking} onClose={() => setAsking(null)} />}
      </div>
    ) : (
      open && <ForOthers roles={rolesOf(step.roles)} />
    )
  if (isDone) return null
  if (!mine && !leads) return open && <ForOthers roles={rolesOf(step.roles)} />
  return (
    <div className="flex flex-wrap gap-2">
      {mine && (
        <Button look={open ? 'primary' : 'secondary'} small onClick={() => setAsking({ kind: 'done' })}>
          {open ? 'It is done' : 'It was done after all'}
        </Button>
      )}
      {open && (
        <Button look="quiet" small onClick={() => setAsking({ kind: 'skip' })}>
          Pass over
        </Button>
      )}
      {asking !== null && <WorkDialog run={run} of={of} asking={asking} onClose={() => setAsking(null)} />}
    </div>
  )
}

function ForOthers({ roles }: { readonly roles: string }) {
  return <span className="text-xs text-quiet">For others: {roles}.</span>
}

function Look({ run, step, again }: { readonly run: RunbookRunView; readonly step: string; readonly again: boolean }) {
  const changed = useRunsChanged()
  const look = useMutation({
    mutationFn: () => call('POST /api/v1/runbook-runs/{id}/steps/{step}/look', { params: { id: run.id, step } }),
    onSuccess: () => changed(),
  })
  return (
    <div className="flex flex-col items-start gap-2">
      <Button small busy={look.isPending} onClick={() => look.mutate()}>
        {again ? 'Look again' : 'Look'}
      </Button>
      {look.error !== null && <ProblemNote problem={look.error} />}
    </div>
  )
}

type Asking =
  | { readonly kind: 'done' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'answer'; readonly id: string; readonly says: string }

interface WorkDialogProps {
  readonly run: RunbookRunView
  readonly of: RunbookRunStep
  readonly asking: Asking
  onClose(): void
}

/** A few words go with it: a note where one likes, a reason where one owes it. */
function WorkDialog({ run, of, asking, onClose }: WorkDialogProps) {
  const [words, setWords] = useState('')
  const changed = useRunsChanged()
  const { step, settled } = of
  const needed = asking.kind === 'skip' || (asking.kind === 'answer' && settled !== null)
  const said = words.trim()
  const work = useMutation({
    mutationFn: () => {
      const params = { id: run.id, step: step.id }
      return call('POST /api/v1/runbook-runs/{id}/steps/{step}', { params, body: bodyOf(asking, said) })
    },
    onSuccess: async () => {
      onClose()
      await changed()
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={TITLES[asking.kind]}
      description={asking.kind === 'answer' ? `${step.title} ${asking.says}` : step.title}
      submit={asking.kind === 'skip' ? 'Pass over' : 'Put on record'}
      busy={work.isPending}
      ready={!needed || said !== ''}
      problem={work.error}
      onSubmit={() => work.mutate()}
    >
      <TextArea
        label={needed ? 'Why' : 'Note'}
        value={words}
        onChange={setWords}
        maxLength={2_000}
        hint="Under your name, for those who come after. No names of people, and nothing that a customer said."
      />
    </FormDialog>
  )
}

const TITLES: Record<Asking['kind'], string> = { done: 'It is done', skip: 'Pass over this step', answer: 'Answer' }

function bodyOf(asking: Asking, words: string): RunbookStepWork {
  const given = words === '' ? null : words
  if (asking.kind === 'skip') return { act: 'skip', reason: words }
  if (asking.kind === 'answer') return { act: 'answer', answer: asking.id, reason: given }
  return { act: 'done', note: given }
}
