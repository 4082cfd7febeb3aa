import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { MachineDiagram, ResponseCaseView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { usePending } from '../approvals/pending.ts'
import { statementOf } from '../approvals/statement.ts'
import { WaitingRequests } from '../approvals/waiting-requests.tsx'
import { roleName } from '../people/role-names.ts'
import { useModelsChanged } from '../scaling/queries.ts'
import { EmergencyDialog } from './emergency-dialog.tsx'
import { EvidenceDialog } from './evidence-dialog.tsx'
import { takersOf } from './machine-diagram.tsx'
import { effectMark, inOrder, type MachineName, mayTake, type Step } from './words.ts'

const STEP_ACTION = 'models.step'

type Asking = { readonly take: Step } | { readonly evidence: string } | 'emergency' | null

interface CaseActionsProps {
  readonly of: ResponseCaseView
  readonly machine: MachineDiagram
}

/** What leads on from here: what I may take now, what waits for evidence, what is for others. */
export function CaseActions({ of, machine }: CaseActionsProps) {
  const { roles } = useMe()
  const permission = usePermissions()
  const [asking, setAsking] = useState<Asking>(null)
  const pending = usePending(STEP_ACTION, 'case', of.id)
  if (of.leads.length === 0) return <p className="text-quiet">Nothing leads on from here.</p>
  const mayShow = permission('deployment.halt').may
  return (
    <>
      <WaitingRequests
        approvals={pending}
        words={(approval) => `for “${stepTitle(machine, statementOf(approval)?.payload)}”`}
      />
      <ul className="divide-y divide-line border-y border-line">
        {inOrder(of.leads, machine.steps).map((lead) => {
          const step = machine.steps.find((one) => one.step === lead.step)
          if (step === undefined) return null
          return (
            <Lead
              key={lead.step}
              lead={lead}
              step={step}
              machine={machine}
              mine={mayTake(step, roles)}
              mayShow={mayShow}
              onTake={() => setAsking(lead.step === 'find_emergency' ? 'emergency' : { take: step })}
              onEvidence={(kind) => setAsking({ evidence: kind })}
            />
          )
        })}
      </ul>
      {asking === 'emergency' && <EmergencyDialog of={of} onClose={() => setAsking(null)} />}
      {asking !== null && asking !== 'emergency' && 'take' in asking && (
        <TakeDialog of={of} step={asking.take} machine={machine} onClose={() => setAsking(null)} />
      )}
      {asking !== null && asking !== 'emergency' && 'evidence' in asking && (
        <EvidenceDialog of={of} kind={asking.evidence} machine={machine} onClose={() => setAsking(null)} />
      )}
    </>
  )
}

function stepTitle({ steps }: MachineDiagram, payload: unknown): string {
  const name = typeof payload === 'object' && payload !== null && 'step' in payload ? payload.step : null
  return steps.find(({ step }) => step === name)?.title ?? String(name)
}

interface LeadProps {
  readonly lead: ResponseCaseView['leads'][number]
  readonly step: Step
  readonly machine: MachineDiagram
  readonly mine: boolean
  readonly mayShow: boolean
  onTake(): void
  onEvidence(kind: string): void
}

function Lead({ lead, step, machine, mine, mayShow, onTake, onEvidence }: LeadProps) {
  const to = machine.states.find(({ state }) => state === step.to)
  const ready = lead.missing.length === 0
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 py-2.5">
      <div className="min-w-56 flex-1">
        <span className="font-medium">{capital(step.title)}</span>
        <span className="text-quiet">
          {' '}
          → {to?.title}: {to?.says}
        </span>
        <span className="block text-quiet">{capital(whoTakes(step, mine))}</span>
        {lead.missing.map((alternatives) => (
          <Missing
            key={alternatives.join(' ')}
            kinds={alternatives}
            machine={machine}
            may={mayShow}
            onEvidence={onEvidence}
          />
        ))}
      </div>
      {mine && ready && (
        <Button
          look={step.favourable || step.by === 'two' ? 'secondary' : 'danger'}
          aria-label={step.by === 'two' ? `Ask for it: ${step.title}` : capital(step.title)}
          onClick={onTake}
        >
          {step.by === 'two' ? 'Ask for it' : capital(step.title)}
        </Button>
      )}
      {!mine && ready && step.by !== 'system' && <span className="text-quiet">for others</span>}
    </li>
  )
}

/** For who may: that they may; the names of all others who could only hide it. */
function whoTakes(step: Step, mine: boolean): string {
  if (!mine) return takersOf(step)
  if (step.by === 'one') return 'you may, alone'
  return `you may ask; then ${step.seats.map((roles) => roles.map(roleName).join(' or ')).join(' and ')} agrees, who is not you`
}

function Missing({
  kinds,
  machine,
  may,
  onEvidence,
}: {
  readonly kinds: readonly string[]
  readonly machine: MachineDiagram
  readonly may: boolean
  onEvidence(kind: string): void
}) {
  return (
    <span className="mt-1 flex flex-wrap items-baseline gap-x-2 gap-y-1">
      <StateMark state="watch">needs</StateMark>
      {kinds.map((kind, i) => {
        const evidence = machine.evidence.find((one) => one.kind === kind)
        return (
          <span key={kind} className="inline-flex flex-wrap items-baseline gap-x-2">
            {i > 0 && <span className="text-quiet">or</span>}
            <span>{evidence?.says ?? kind}</span>
            {evidence?.by === 'person' && may ? (
              <Button small onClick={() => onEvidence(kind)}>
                Put it on the case
              </Button>
            ) : (
              evidence?.by === 'system' && <span className="text-quiet">(follows from what other rooms hold)</span>
            )}
          </span>
        )
      })}
    </span>
  )
}

/** One step: by one person at once, or a request that others must agree to. */
function TakeDialog({
  of,
  step,
  machine,
  onClose,
}: {
  readonly of: ResponseCaseView
  readonly step: Step
  readonly machine: MachineDiagram
  onClose(): void
}) {
  const changed = useModelsChanged()
  const navigate = useNavigate()
  const to = machine.states.find(({ state }) => state === step.to)
  const cut = of.id.indexOf('/')
  const params = { machine: of.id.slice(0, cut) as MachineName, name: of.id.slice(cut + 1) }
  const isTwo = step.by === 'two'
  const [, effect] = effectMark({ effect: to?.effect ?? '', state: step.to })
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`${capital(step.title)}?`}
      look={isTwo || step.favourable ? 'primary' : 'danger'}
      effects={[
        isTwo
          ? `${capital(takersOf(step))}. Nothing changes before that.`
          : 'It holds at once, on every replica within a second.',
        `Then: ${to?.title}: ${to?.says} (${effect}).`,
        ...(of.frozen !== null && to?.effect === 'existing'
          ? [`${count(of.frozen.length, 'organisation goes', 'organisations go')} on being served.`]
          : []),
        ...(of.drill ? ['This is a drill: nobody is touched.'] : []),
      ]}
      confirm={isTwo ? 'Ask for it' : 'Do it'}
      reasonLabel={isTwo ? 'Reason, which is part of what is signed' : 'Reason'}
      onConfirm={async (reason) => {
        const body = { step: step.step, reason }
        if (!isTwo) {
          await withFreshKey(() => call('POST /api/v1/response/cases/{machine}/{name}/steps', { params, body }))
          await changed(`${to?.title}`, `${effect}.`)
          return
        }
        const filed = await withFreshKey(() =>
          call('POST /api/v1/response/cases/{machine}/{name}/requests', { params, body }),
        )
        await changed()
        await navigate({ to: '/approvals/$id', params: { id: filed.approval } })
      }}
    />
  )
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
