import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { RunbookStep, RunbookView } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { runbookQuery, useRunsChanged } from './queries.ts'
import { StepFacts } from './step-facts.tsx'
import { rolesOf } from './words.ts'

/** One runbook: when to start it, and what follows. */
export function RunbookPage() {
  const { id } = useParams({ from: '/shell/runbooks/$id' })
  const { about } = useSearch({ from: '/shell/runbooks/$id' })
  const { data: runbook } = useSuspenseQuery(runbookQuery(id))
  const { roles } = useMe()
  const { may } = usePermissions()('runbooks.work')
  const [starting, setStarting] = useState(about !== undefined)
  const { title, when, lead, readers = null, sources = [], steps, own, digest } = runbook
  const sees = readers === null || readers.some((role) => roles.includes(role))
  return (
    <Page
      title={title}
      summary={`${count(steps.length, 'step')} · ${own ? 'of your own' : 'came with Safelevel'}`}
      actions={
        may && sees ? (
          <Button look="primary" onClick={() => setStarting(true)}>
            Start
          </Button>
        ) : undefined
      }
    >
      <p className="max-w-prose">{when}</p>
      <Section title="Steps" note="times count from the start; what hangs on an answer says so">
        <ol className="divide-y divide-line border-y border-line">
          {steps.map((step, i) => (
            <PlannedStep key={step.id} step={step} number={i + 1} steps={steps} />
          ))}
        </ol>
      </Section>
      <Facts
        rows={[
          ['Leads', rolesOf(lead)],
          ['Runs are seen by', readers === null ? 'whoever reads runbooks' : `${rolesOf(readers)}, and nobody else`],
          ...(sources.length === 0 ? [] : [['After', sources.join(' · ')] as const]),
          ['SHA-256', <Code key="d">{digest}</Code>],
        ]}
      />
      {starting && may && sees && (
        <StartDialog runbook={runbook} given={about ?? ''} onClose={() => setStarting(false)} />
      )}
    </Page>
  )
}

interface PlannedProps {
  readonly step: RunbookStep
  readonly number: number
  readonly steps: readonly RunbookStep[]
}

function PlannedStep({ step, number, steps }: PlannedProps) {
  return (
    <li className="grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-2 py-2.5">
      <span className="text-right text-quiet tabular-nums">{number}</span>
      <div className="flex min-w-0 flex-col gap-1">
        <span className="font-medium">{step.title}</span>
        <StepFacts step={step} steps={steps} />
        {step.kind === 'decide' && (
          <ul className="list-disc pl-5 text-quiet">
            {step.answers.map(({ id, says }) => (
              <li key={id}>{says}</li>
            ))}
          </ul>
        )}
      </div>
    </li>
  )
}

function StartDialog({
  runbook,
  given,
  onClose,
}: {
  readonly runbook: RunbookView
  readonly given: string
  onClose(): void
}) {
  const [about, setAbout] = useState(given)
  const [drill, setDrill] = useState(false)
  const changed = useRunsChanged()
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: () => {
      const said = about.trim()
      const body = { runbook: runbook.id, drill, about: said === '' ? null : said }
      return call('POST /api/v1/runbook-runs', { body })
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed(drill ? 'The exercise has begun' : 'The run has begun', 'Its times count from now.')
      await navigate({ to: '/runbooks/runs/$id', params: { id } })
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Start a run"
      description={runbook.title}
      submit={drill ? 'Start the exercise' : 'Start'}
      busy={start.isPending}
      ready
      problem={start.error}
      onSubmit={() => start.mutate()}
    >
      <TextField
        label="What it is about"
        value={about}
        onChange={setAbout}
        maxLength={500}
        hint={`Name ${runbook.about} by its identifier: no names of people, and no content.`}
      />
      <label className="flex items-baseline gap-2">
        <input
          type="checkbox"
          checked={drill}
          onChange={() => setDrill(!drill)}
          className="translate-y-0.5 accent-accent"
        />
        <span>
          An exercise
          <span className="block text-xs text-quiet">Marked as one everywhere, and never counted as an incident.</span>
        </span>
      </label>
    </FormDialog>
  )
}
