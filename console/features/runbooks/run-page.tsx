import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { RunbookRunView } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { DrillMark } from '../incidents/drill-band.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { runQuery, useRunsChanged } from './queries.ts'
import { Step } from './run-step.tsx'
import { rolesOf } from './words.ts'

/** A run: each step as it stands, who did what, and what is left. */
export function RunPage() {
  const { id } = useParams({ from: '/shell/runbooks/runs/$id' })
  const { data: run } = useSuspenseQuery(runQuery(id))
  const { roles } = useMe()
  const { may } = usePermissions()('runbooks.work')
  const [closing, setClosing] = useState(false)
  const leads = may && run.lead.some((role) => roles.includes(role))
  return (
    <Page
      title={`${run.drill ? 'Exercise: ' : ''}${run.title}`}
      summary={<Standing run={run} />}
      actions={
        leads && run.closed === null ? (
          <Button look={run.open === 0 ? 'primary' : 'secondary'} onClick={() => setClosing(true)}>
            Close
          </Button>
        ) : undefined
      }
    >
      {run.drill && (
        <div className="rounded-md border-2 border-dashed border-watch bg-watch-soft px-3 py-2">
          <DrillMark /> An exercise: it is recorded like any run, and counts as no incident. Commands and pages do what
          they say: take those that are to be rehearsed with stand-ins.
        </div>
      )}
      {run.closed !== null && <Ended closed={run.closed} />}
      <Section title="Steps" note={run.closed === null && run.next !== null ? nextOf(run) : undefined}>
        <ol className="divide-y divide-line border-y border-line">
          {run.steps.map((of, i) => (
            <Step key={of.step.id} run={run} of={of} number={i + 1} />
          ))}
        </ol>
      </Section>
      <Facts
        rows={[
          ['About', run.about === null ? 'not said' : <span className="break-all">{run.about}</span>],
          ['Started', exactly(run.startedAt)],
          ['By', <PersonName key="p" id={run.startedBy} link />],
          ['Leads', rolesOf(run.lead)],
          ['Seen by', run.readers === null ? 'whoever reads runbooks' : `${rolesOf(run.readers)}, and nobody else`],
          [
            'Runbook',
            <AppLink key="r" href={`/runbooks/${run.runbook}`} inline>
              {run.runbook}
            </AppLink>,
          ],
        ]}
      />
      <History id={run.id} />
      {closing && <CloseDialog run={run} onClose={() => setClosing(false)} />}
    </Page>
  )
}

function Standing({ run: { closed, open, late, startedAt } }: { readonly run: RunbookRunView }) {
  if (closed !== null)
    return (
      <>
        {closed.outcome} <When at={closed.at} /> · began <When at={startedAt} />
      </>
    )
  return (
    <>
      <StateMark state={late > 0 ? 'fails' : 'watch'}>
        {open === 0 ? 'every step is settled' : `${count(open, 'step')} open`}
        {late > 0 && `, ${late} late`}
      </StateMark>{' '}
      · began <When at={startedAt} />
    </>
  )
}

function nextOf({ steps, next }: RunbookRunView): string | undefined {
  const title = steps.find(({ step }) => step.id === next)?.step.title
  return title === undefined ? undefined : `next: ${title}`
}

function Ended({ closed }: { readonly closed: NonNullable<RunbookRunView['closed']> }) {
  const { outcome, summary, despite, by, at } = closed
  return (
    <div className="flex flex-col gap-1 rounded-md border border-line bg-sunken p-3">
      <StateMark state={outcome === 'finished' && despite == null ? 'holds' : 'watch'}>
        {outcome === 'finished' ? 'Finished' : 'Stopped before its end'}
      </StateMark>
      <p className="max-w-prose whitespace-pre-wrap">{summary}</p>
      {despite != null && (
        <p className="max-w-prose">
          <StateMark state="fails">A required check did not hold</StateMark>: “{despite}”
        </p>
      )}
      <p className="text-xs text-quiet">
        <PersonName id={by} /> · <When at={at} />
      </p>
    </div>
  )
}

type Outcome = NonNullable<RunbookRunView['closed']>['outcome']

/** Every check is looked at once more; one that is required and does not hold wants words. */
function CloseDialog({ run, onClose }: { readonly run: RunbookRunView; onClose(): void }) {
  const people = run.steps.filter(({ open, step }) => open && step.kind !== 'check').length
  const [outcome, setOutcome] = useState<Outcome>(people === 0 ? 'finished' : 'stopped')
  const [summary, setSummary] = useState('')
  const [despite, setDespite] = useState('')
  const changed = useRunsChanged()
  const failing = run.steps
    .filter(({ open, step }) => open && step.kind === 'check' && step.required !== false)
    .map(({ step }) => step.title)
  const close = useMutation({
    mutationFn: () => {
      const why = despite.trim()
      const body = { outcome, summary: summary.trim(), despite: why === '' ? null : why }
      return call('POST /api/v1/runbook-runs/{id}/closing', { params: { id: run.id }, body })
    },
    onSuccess: async () => {
      onClose()
      await changed(run.drill ? 'The exercise is over' : 'The run is closed')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Close the run"
      description="Every check is looked at once more. What comes after is another run."
      submit="Close"
      busy={close.isPending}
      ready={summary.trim() !== ''}
      problem={close.error}
      onSubmit={() => close.mutate()}
    >
      <SelectField<Outcome>
        label="How it ends"
        value={outcome}
        onChange={setOutcome}
        choices={[
          {
            ...{ value: 'finished', label: 'finished', disabled: people > 0 },
            note: people > 0 ? `${count(people, 'step')} still open` : undefined,
          },
          { value: 'stopped', label: 'stopped before its end, such as after a false alarm' },
        ]}
      />
      <TextArea label="Summary" value={summary} onChange={setSummary} maxLength={4_000} rows={4} />
      <TextArea
        label="Why it is closed although a required check does not hold"
        value={despite}
        onChange={setDespite}
        maxLength={2_000}
        hint={
          failing.length === 0
            ? 'Only where one does not.'
            : `Does not hold, or was not looked at: ${failing.join('; ')}`
        }
      />
    </FormDialog>
  )
}
