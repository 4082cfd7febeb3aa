import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { InsiderCase, InsiderStep } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { useChoices } from '../../components/use-choices.ts'
import { usePending } from '../approvals/pending.ts'
import { AskApproval } from '../weights/ask-approval.tsx'
import { useInsiderChanged } from './queries.ts'
import { OUTCOMES, type Outcome, STEP_EFFECTS, STEP_NAMES, STEPS } from './words.ts'

const OPEN_ACTION = 'insider.open'
/** Who may ask for it; a second person, of those who lead, agrees. */
const OPENERS: readonly string[] = ['security_engineer', 'ciso']

/** What can be done now: learn whom it is about, do something about them, or end it. */
export function CaseActions({ of: one }: { readonly of: InsiderCase }) {
  const may = usePermissions()
  const { roles } = useMe()
  const [asking, setAsking] = useState<'open' | 'contain' | 'close' | null>(null)
  const [pending] = usePending(OPEN_ACTION, 'case', one.id)
  const close = () => setAsking(null)
  if (one.state === 'closed') return null
  return (
    <>
      {may('insider.contain').may && <Take of={one} />}
      {one.openedAt === null && pending !== undefined && (
        <AppLink href={`/approvals/${pending.id}`} className={`self-center ${INLINE_LINK}`}>
          Opening it waits for a second person
        </AppLink>
      )}
      {one.openedAt === null && pending === undefined && roles.some((role) => OPENERS.includes(role)) && (
        <Button onClick={() => setAsking('open')}>Ask to open it</Button>
      )}
      {!one.drill && may('insider.contain').may && (
        <Button look="danger" onClick={() => setAsking('contain')}>
          Contain
        </Button>
      )}
      {may('insider.decide').may && (
        <Button look="primary" onClick={() => setAsking('close')}>
          Close
        </Button>
      )}
      {asking === 'open' && (
        <AskApproval
          title={`Learn who ${one.pseudonym} is`}
          description="The CISO or the Responsible Scaling Officer must agree. Then all who work on cases see the name, exact times, hosts and proofs; that stands on the ledger."
          action={OPEN_ACTION}
          payload={{ case: one.id }}
          onClose={close}
        />
      )}
      {asking === 'contain' && <ContainDialog of={one} onClose={close} />}
      {asking === 'close' && <CloseDialog of={one} onClose={close} />}
    </>
  )
}

/** Who works on it, so that two don't do the same. */
function Take({ of: one }: { readonly of: InsiderCase }) {
  const { person } = useMe()
  const changed = useInsiderChanged()
  const isMine = one.assignee === person.id
  const take = useMutation({
    mutationFn: () => {
      const params = { id: one.id }
      return withFreshKey(() => call('POST /api/v1/insider/cases/{id}/assignment', { params, body: { take: !isMine } }))
    },
    onSuccess: () => changed(isMine ? 'You let go of it' : 'You work on it now'),
  })
  return (
    <>
      {take.error !== null && <ProblemNote problem={take.error} />}
      <Button busy={take.isPending} onClick={() => take.mutate()}>
        {isMine ? 'Let go of it' : one.assignee === null ? 'Take it' : 'Take it over'}
      </Button>
    </>
  )
}

interface CaseDialogProps {
  readonly of: InsiderCase
  onClose(): void
}

/** By hand, one person, at once. */
function ContainDialog({ of: one, onClose }: CaseDialogProps) {
  const under = new Set(
    one.containment.filter(({ state }) => state === 'pending' || state === 'done').map(({ step }) => step),
  )
  const [chosen, toggle] = useChoices<InsiderStep>()
  const changed = useInsiderChanged()
  const contain = useMutation({
    mutationFn: () => {
      const body = { steps: STEPS.filter((step) => chosen.has(step)) }
      const params = { id: one.id }
      return withFreshKey(() => call('POST /api/v1/insider/cases/{id}/containment', { params, body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('It is done at once', 'You need not know who it is for that.')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Contain ${one.pseudonym}`}
      description="At once, and without anybody learning who it is. All of it is recorded and can be undone."
      submit="Do it now"
      busy={contain.isPending}
      ready={chosen.size > 0}
      problem={contain.error}
      onSubmit={() => contain.mutate()}
    >
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">What is done</legend>
        {STEPS.map((step) => (
          <label key={step} className="grid grid-cols-[1rem_minmax(0,1fr)] items-baseline gap-x-2">
            <input
              type="checkbox"
              checked={under.has(step) || chosen.has(step)}
              disabled={under.has(step)}
              onChange={() => toggle(step)}
              className="translate-y-0.5 accent-accent"
            />
            <span>
              <span className="font-medium">{STEP_NAMES[step]}</span>
              {under.has(step) && <span className="text-quiet"> · done already</span>}
              <span className="block text-quiet">{STEP_EFFECTS[step]}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </FormDialog>
  )
}

const MEANINGS: Record<Outcome, string> = {
  confirmed: 'They did it. What was done about them stays; two people must have opened the case.',
  benign: 'Nothing was behind it. Whom it was about is forgotten soon; locks are lifted by two, as ever.',
  inconclusive: 'It could not be told. What had not been done yet is not done.',
}

function CloseDialog({ of: one, onClose }: CaseDialogProps) {
  const [outcome, setOutcome] = useState<Outcome>('benign')
  const changed = useInsiderChanged()
  const locks = one.containment.filter(({ step, state }) => step === 'lock' && state === 'done').length
  const close = useMutation({
    mutationFn: () => {
      const params = { id: one.id }
      return withFreshKey(() => call('POST /api/v1/insider/cases/{id}/closing', { params, body: { outcome } }))
    },
    onSuccess: async () => {
      onClose()
      await changed('Closed')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Close the case about ${one.pseudonym}`}
      submit="Close it"
      busy={close.isPending}
      ready={outcome !== 'confirmed' || one.openedAt !== null}
      problem={close.error}
      onSubmit={() => close.mutate()}
    >
      <SelectField<Outcome>
        label="What came of it"
        value={outcome}
        onChange={setOutcome}
        choices={[
          { value: 'benign', label: OUTCOMES.benign },
          { value: 'inconclusive', label: OUTCOMES.inconclusive },
          {
            value: 'confirmed',
            label: OUTCOMES.confirmed,
            ...(one.openedAt === null ? { note: 'have it opened by two people first', disabled: true } : {}),
          },
        ]}
        hint={MEANINGS[outcome]}
      />
      {outcome !== 'confirmed' && locks > 0 && (
        <p className="text-quiet">The lock on them stands until two people lift it: ask for that under Containment.</p>
      )}
    </FormDialog>
  )
}
