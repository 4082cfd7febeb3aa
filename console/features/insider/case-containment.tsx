import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { InsiderCase, InsiderContainment } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { usePending } from '../approvals/pending.ts'
import { PersonName } from '../people/person-name.tsx'
import { AskApproval } from '../weights/ask-approval.tsx'
import { CaseTime } from './marks.tsx'
import { settingsQuery, useInsiderChanged } from './queries.ts'
import { STEP_EFFECTS, STEP_MARKS, STEP_NAMES } from './words.ts'

const UNLOCK_ACTION = 'weights.unlock'

/** What was done about the person, without anybody having learnt who it is, and how each is undone. */
export function CaseContainment({ of: one }: { readonly of: InsiderCase }) {
  return (
    <Section title="Containment">
      {one.containment.length === 0 ? (
        <p className="text-quiet">
          {one.drill
            ? 'Nothing is ever done in a drill.'
            : 'Nothing was done: what the policy wants for this level is under Settings.'}
        </p>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {one.containment.map((step) => (
            <Step key={step.number} of={one} step={step} />
          ))}
        </ul>
      )}
    </Section>
  )
}

interface StepProps {
  readonly of: InsiderCase
  readonly step: InsiderContainment
}

function Step({ of: one, step }: StepProps) {
  const { state, step: name, by, wantedAt, doneAt, attempts, problem, grants } = step
  const [mark, words] = STEP_MARKS[state]
  return (
    <li className="flex flex-col gap-1 py-2">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{STEP_NAMES[name]}</span>
        <StateMark state={problem !== null && state === 'pending' ? 'fails' : mark}>
          {problem !== null && state === 'pending'
            ? `failed ${count(attempts, 'time')} (${problem}), tried again`
            : words}
        </StateMark>
      </p>
      <p className="text-quiet">
        {by === 'policy' ? 'by policy' : <PersonName id={by} />},{' '}
        <CaseTime at={doneAt ?? wantedAt} whole={one.openedAt !== null} />
        {grants !== null &&
          state === 'done' &&
          ` · ${grants === 0 ? 'there were no grants' : `${count(grants, 'grant')} ended`}`}
      </p>
      <Undoing of={one} step={step} />
    </li>
  )
}

/** What takes it back, and how many people that takes. */
function Undoing({ of: one, step }: StepProps) {
  const { state, step: name, lock } = step
  if (state === 'held') return <DoHeld of={one} step={step} />
  if (state !== 'done') return null
  if (name === 'lock' && lock !== null) return <LiftLock pseudonym={one.pseudonym} lock={lock} />
  return (
    <p className="text-xs text-quiet">
      {name === 'step_up'
        ? 'They can sign in again at once, by their key.'
        : 'Who needs access asks anew, and others agree anew.'}
    </p>
  )
}

function LiftLock({ pseudonym, lock }: { readonly pseudonym: string; readonly lock: string }) {
  const { may } = usePermissions()('weights.unlock')
  const [asking, setAsking] = useState(false)
  const [pending] = usePending(UNLOCK_ACTION, 'lock', lock)
  if (pending !== undefined)
    return (
      <AppLink href={`/approvals/${pending.id}`} className={INLINE_LINK}>
        Lifting it waits for a second person
      </AppLink>
    )
  return (
    <div className="flex flex-wrap items-center gap-3">
      {may && (
        <Button small onClick={() => setAsking(true)}>
          Ask to lift it
        </Button>
      )}
      <span className="text-xs text-quiet">It takes two people, neither of them the one it is on.</span>
      {asking && (
        <AskApproval
          title={`Lift the lock on ${pseudonym}`}
          description="A second person must agree. Neither of you learns by it whom it is on."
          action={UNLOCK_ACTION}
          payload={{ lock, model: null, person: pseudonym }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}

/** Beyond so many people in an hour the policy only raises alarms; a person may still want it done. */
function DoHeld({ of: one, step: { step } }: StepProps) {
  const { may } = usePermissions()('insider.contain')
  const { data: settings } = useQuery(settingsQuery)
  const [asking, setAsking] = useState(false)
  const changed = useInsiderChanged()
  const isDone = one.containment.some((other) => other.step === step && other.state !== 'held')
  if (one.state === 'closed' || isDone) return null
  return (
    <div className="flex flex-wrap items-center gap-3">
      {may && (
        <Button small look="danger" onClick={() => setAsking(true)}>
          Do it
        </Button>
      )}
      <span className="text-xs text-quiet">
        {settings === undefined
          ? 'Too many people were contained within an hour.'
          : `${count(settings.mostContained, 'person', 'people')} had been contained within an hour: beyond that it is left to you.`}
      </span>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`${STEP_NAMES[step]}?`}
        effects={[STEP_EFFECTS[step]]}
        confirm="Do it"
        onConfirm={async () => {
          const params = { id: one.id }
          await withFreshKey(() =>
            call('POST /api/v1/insider/cases/{id}/containment', { params, body: { steps: [step] } }),
          )
          await changed('It is done at once')
        }}
      />
    </div>
  )
}
