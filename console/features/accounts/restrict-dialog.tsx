import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ActionEffect, EnforcementStep, EnforcementSubject, NewEnforcementAction } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { When } from '../../components/when.tsx'
import { simulationQuery } from './queries.ts'
import { useChanged } from './use-changed.ts'
import { REASONS, type Reason, STEP_WORDS, STEPS } from './words.ts'

interface RestrictProps {
  readonly subject: EnforcementSubject
  /** The decision that it is about, where there is one. */
  readonly decisionId?: string
  readonly open: boolean
  onOpenChange(open: boolean): void
}

/** Restricts alone and at once; whom it reaches is worked out by the server and said before. */
export function RestrictDialog({ subject, decisionId, open, onOpenChange }: RestrictProps) {
  const form = useId()
  const [step, setStep] = useState<EnforcementStep>('suspend')
  const [reason, setReason] = useState<Reason>('policy_violation')
  const [until, setUntil] = useState('')
  const [models, setModels] = useState('')
  const [note, setNote] = useState('')
  const changed = useChanged()
  const named = models.split(/[\s,]+/).filter(Boolean)
  const body: NewEnforcementAction = {
    subject,
    step,
    reason,
    ...(until === '' ? {} : { until: new Date(`${until}T23:59:59`).toISOString() }),
    ...(step === 'restrict' && named.length > 0 ? { models: named } : {}),
    ...(note.trim() === '' ? {} : { note: note.trim() }),
    ...(decisionId === undefined ? {} : { decisionId }),
  }
  const { data: effect, error } = useQuery(simulationQuery({ subject, step, reason }))
  const act = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/enforcement/actions', { body })),
    onSuccess: async (action) => {
      onOpenChange(false)
      await changed(`Done: ${STEP_WORDS[step][1]}`, `${action.id} holds on every server within a second.`)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (effect !== undefined) act.mutate()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      wide
      title="Restrict"
      description="One person is enough. Lifting it takes two."
      actions={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button type="submit" form={form} look="danger" busy={act.isPending} disabled={effect === undefined}>
            {VERBS[step]}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField<EnforcementStep>
            label="Step"
            value={step}
            onChange={setStep}
            choices={STEPS.map((value) => ({ value, label: VERBS[value], note: STEP_WORDS[value][2] }))}
          />
          <SelectField<Reason>
            label="Reason, as the customer is told"
            value={reason}
            onChange={setReason}
            choices={(Object.keys(REASONS) as Reason[]).map((value) => ({ value, label: REASONS[value] }))}
          />
        </div>
        {step === 'restrict' && (
          <TextField
            label="Models that stay open (optional)"
            value={models}
            onChange={setModels}
            hint="Names, with commas between; left empty, the installation’s setting holds."
          />
        )}
        <TextField
          label="Until (optional)"
          type="date"
          value={until}
          onChange={setUntil}
          hint="Left empty, it holds until it is lifted."
        />
        <TextArea
          label="Note for colleagues (optional)"
          value={note}
          onChange={setNote}
          maxLength={2000}
          hint="Stays off the ledger and is never shown to the customer."
        />
        <section aria-label="What will happen" className="flex flex-col gap-1.5 rounded-md border border-line p-3">
          {error !== null ? (
            <ProblemNote problem={error} />
          ) : effect === undefined ? (
            <Skeleton className="w-64" />
          ) : (
            <Effect effect={effect} />
          )}
        </section>
        {act.error !== null && <ProblemNote problem={act.error} />}
      </form>
    </Dialog>
  )
}

const VERBS: Record<EnforcementStep, string> = {
  warn: 'Warn',
  throttle: 'Throttle',
  restrict: 'Restrict',
  suspend: 'Suspend',
  ban: 'Ban',
}

/** Whom it reaches, in numbers: `3 keys, 41 end users, 1,204 requests a day will be refused`. */
function Effect({ effect }: { readonly effect: ActionEffect }) {
  const { organisations, projects, keys, endUsers, requestsPerDay, refused, before, step, after, observedSince } =
    effect
  const fate = refused ? 'will be refused' : step === 'warn' ? 'will carry a warning' : 'will be slowed down'
  const place = [organisations > 1 && count(organisations, 'organisation'), projects > 1 && count(projects, 'project')]
  return (
    <>
      <p className="font-medium">
        {[...place.filter((text) => text !== false), count(keys, 'key'), `about ${count(endUsers, 'end user')}`].join(
          ', ',
        )}
        , {count(requestsPerDay, 'request')} a day {fate}.
      </p>
      <p className="text-quiet">
        As this server has seen since <When at={observedSince} />; what runs now is cut within a second.
      </p>
      {before !== null && (
        <p className="text-quiet">
          “{before}” holds already{after === step ? '' : `, and goes on holding as the graver of the two`}.
        </p>
      )}
    </>
  )
}
