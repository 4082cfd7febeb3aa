import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReportDetail, Reproduction, ReproductionAttempt } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote, sentence } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { AttemptDialog } from './attempt-dialog.tsx'
import { IntervalPlot } from './interval-plot.tsx'
import { deploymentsQuery, useReportChanged } from './queries.ts'
import { type Draft, EMPTY, ScriptEditor, samplingOf, scriptOf } from './script-editor.tsx'
import { OUTCOMES } from './words.ts'

/** Whether it can be seen again: n tries, each judged. */
export function Reproductions({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const [asking, setAsking] = useState(false)
  const running = report.reproductions.some(({ state }) => state === 'queued' || state === 'running')
  return (
    <Section
      title="Seen again"
      actions={
        may && !report.erased ? (
          <Button small disabled={running} onClick={() => setAsking(true)}>
            Try it
          </Button>
        ) : undefined
      }
    >
      {report.reproductions.length === 0 && (
        <p className="text-quiet">
          Not tried yet. What the report says to do is asked of a deployment, as often as you say, with its safeguards
          or without, and each answer is judged.
        </p>
      )}
      <div className="flex flex-col gap-4">
        {report.reproductions.map((run) => (
          <Run key={run.id} run={run} may={may} />
        ))}
      </div>
      {asking && <TryDialog report={report} onClose={() => setAsking(false)} />}
    </Section>
  )
}

const RUN_STATES: Record<Reproduction['state'], string> = {
  queued: 'waits',
  running: 'runs',
  done: 'done',
  cancelled: 'stopped',
  failed: 'broke off',
}

export function Run({ run, may }: { readonly run: Reproduction; readonly may: boolean }) {
  const [open, setOpen] = useState<ReproductionAttempt | null>(null)
  const changed = useReportChanged()
  const cancel = useMutation({
    mutationFn: () => call('POST /api/v1/reproductions/{id}/cancellations', { params: { id: run.id } }),
    onSuccess: () => changed('Stopped', 'The tries that were made stay.'),
  })
  const under = run.state === 'queued' || run.state === 'running'
  return (
    <article className="flex flex-col gap-2 rounded-md border border-line p-3">
      <header className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-medium">
          {run.deployment}, {run.through === 'gateway' ? 'with its safeguards' : 'without its safeguards'}
        </h3>
        <span className="text-quiet">
          {RUN_STATES[run.state]} · <When at={run.endedAt ?? run.requestedAt} />
        </span>
      </header>
      {under && (
        <div className="flex items-center gap-3">
          <progress
            aria-label="Tries made"
            value={run.attempts.length}
            max={run.n}
            className="h-1.5 min-w-0 grow appearance-none [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
          />
          <span className="tabular-nums">
            {run.attempts.length} of {run.n}
          </span>
          {may && (
            <Button small busy={cancel.isPending} onClick={() => cancel.mutate()}>
              Stop
            </Button>
          )}
        </div>
      )}
      {cancel.error !== null && <ProblemNote problem={cancel.error} />}
      {run.problem !== null && <StateMark state="fails">{run.problem}</StateMark>}
      {run.attempts.length > 0 && <IntervalPlot run={run} />}
      <ul className="flex flex-wrap gap-1" aria-label="Tries">
        {run.attempts.map((attempt) => (
          <li key={attempt.nth}>
            <AttemptButton attempt={attempt} onOpen={() => setOpen(attempt)} />
          </li>
        ))}
      </ul>
      <p className="text-xs text-quiet">
        {run.checkpoint} · policy {run.policy.version} · {run.classifier} · at most {run.sampling.maxTokens} tokens
        {run.sampling.temperature !== null && `, temperature ${run.sampling.temperature}`} ·{' '}
        <AppLink href={`/releases/${run.deployment}`} inline>
          the deployment
        </AppLink>
      </p>
      {open !== null && <AttemptDialog run={run} attempt={open} may={may} onClose={() => setOpen(null)} />}
    </article>
  )
}

function AttemptButton({ attempt, onOpen }: { readonly attempt: ReproductionAttempt; readonly onOpen: () => void }) {
  const outcome = attempt.overruled?.outcome ?? attempt.outcome
  const [state, word] = OUTCOMES[outcome]
  return (
    <Button small look="secondary" onClick={onOpen} title={attempt.why}>
      <span className="text-quiet tabular-nums">{attempt.nth}</span>
      <StateMark state={state}>{word}</StateMark>
      {attempt.overruled !== null && <span className="text-quiet">by a person</span>}
    </Button>
  )
}

/** What is asked, of what, and how often. */
function TryDialog({ report, onClose }: { readonly report: ReportDetail; readonly onClose: () => void }) {
  const { may: seesModels } = usePermissions()('models.read')
  const { data } = useQuery({ ...deploymentsQuery, enabled: seesModels })
  const named = data?.items.filter(({ withdrawnAt }) => withdrawnAt === null) ?? []
  const guess = named.find(({ surfaces }) =>
    surfaces.some(({ gatewayModels }) => gatewayModels?.includes(report.about.model ?? '')),
  )
  const [deployment, setDeployment] = useState<string | null>(null)
  const [through, setThrough] = useState<'gateway' | 'model'>('gateway')
  const [n, setN] = useState('10')
  const [draft, setDraft] = useState<Draft>(EMPTY)
  const said = scriptOf(draft)
  const changed = useReportChanged()
  const chosen = deployment ?? guess?.id ?? named[0]?.id ?? ''
  const tries = Number(n)
  const start = useMutation({
    mutationFn: () =>
      call('POST /api/v1/reports/{id}/reproductions', {
        params: { id: report.id },
        body: {
          deployment: chosen,
          through,
          n: tries,
          script: 'script' in said ? said.script : null,
          sampling: samplingOf(draft),
        },
      }),
    onSuccess: async () => {
      await changed('It waits, and runs')
      onClose()
    },
  })
  const right = Number.isInteger(tries) && tries >= 1 && tries <= 100
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title="Try it"
      description="Each try is recorded; what was answered is sealed."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={start.isPending}
            disabled={!right || chosen === '' || 'problem' in said}
            onClick={() => start.mutate()}
          >
            {right ? `Try ${tries === 1 ? 'once' : `${tries} times`}` : 'Try'}
          </Button>
        </>
      }
    >
      {named.length === 0 ? (
        <TextField
          label="Deployment"
          value={deployment ?? ''}
          onChange={setDeployment}
          required
          hint="Its name in the registry."
        />
      ) : (
        <SelectField
          label="Deployment"
          value={chosen}
          onChange={setDeployment}
          choices={named.map(({ id, checkpoint }) => ({ value: id, label: id, note: checkpoint }))}
        />
      )}
      <SelectField<'gateway' | 'model'>
        label="How"
        value={through}
        onChange={setThrough}
        choices={[
          { value: 'gateway', label: 'with its safeguards', note: 'as customers reach it; counts against nobody' },
          { value: 'model', label: 'without its safeguards', note: 'the bare model: what the safeguards hold back' },
        ]}
      />
      <TextField
        label="Tries"
        type="number"
        min={1}
        max={100}
        value={n}
        onChange={setN}
        error={right ? null : 'A whole number from 1 to 100.'}
      />
      <ScriptEditor draft={draft} onChange={setDraft} />
      {'problem' in said && <p className="text-fails">{sentence(said.problem)}</p>}
      {start.error !== null && <ProblemNote problem={start.error} />}
    </Dialog>
  )
}
