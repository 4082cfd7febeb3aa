import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Deployment, ReleaseView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote, sentence } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { usePending } from '../approvals/pending.ts'
import { useAsk } from '../approvals/use-ask.ts'
import { WaitingRequests } from '../approvals/waiting-requests.tsx'
import { CaseActions, capital } from '../incidents/case-actions.tsx'
import { caseQuery, machineQuery } from '../incidents/queries.ts'
import { casePath } from '../incidents/words.ts'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { deploymentsQuery, useModelsChanged } from '../scaling/queries.ts'
import { Partners } from './partners.tsx'
import { releaseQuery } from './queries.ts'
import { FINDINGS, findingsInOrder, releaseMark } from './words.ts'

const EXCEPTION_ACTION = 'models.grandfather'
const DEFAULT_DAYS = '30'

/** One deployment: every precondition with its evidence, and what leads from here to open. */
export function ReleasePage() {
  const { deployment } = useParams({ from: '/shell/releases/$deployment' })
  const { data: view } = useSuspenseQuery(releaseQuery(deployment))
  const { data: deployments } = useQuery(deploymentsQuery)
  const declared = deployments?.find(({ id }) => id === deployment)
  const [state, words] = releaseMark(view)
  const met = view.findings.filter((finding) => finding.state === 'met').length
  return (
    <Page
      title={`Release of ${deployment}`}
      summary={
        <>
          <StateMark state={state}>{words}</StateMark> · {met} of {count(view.findings.length, 'precondition')} hold ·
          checked <When at={view.checkedAt} />
        </>
      }
      actions={
        <>
          <AppLink href={casePath(`deployment/${deployment}`)} className={buttonLook()}>
            Where it stands
          </AppLink>
          <Exception view={view} />
        </>
      }
    >
      <Flags view={view} />
      <Section title="Preconditions" note="what is missing first">
        <ul className="divide-y divide-line border-y border-line">
          {findingsInOrder(view.findings).map(({ id, title, source, state: found, says }) => {
            const [mark, word] = FINDINGS[found]
            return (
              <li key={id} className="grid gap-x-6 gap-y-1 py-2.5 sm:grid-cols-[8rem_minmax(0,1fr)_12rem]">
                <StateMark state={mark}>{word}</StateMark>
                <div>
                  <span className="font-medium">{capital(title)}</span>
                  <span className="block text-quiet">{says}</span>
                </div>
                <span className="text-xs text-quiet sm:text-right">{source}</span>
              </li>
            )
          })}
        </ul>
      </Section>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Section title="What leads on from here">
          <LeadsOn view={view} />
        </Section>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="About this deployment">
            <About view={view} declared={declared} />
          </Section>
          {declared !== undefined && <Partners deployment={declared} />}
        </div>
      </div>
      <History id={`deployment/${deployment}`} />
    </Page>
  )
}

/** What is red, and why, before anything else. */
function Flags({ view }: { readonly view: ReleaseView }) {
  const pending = usePending(EXCEPTION_ACTION, 'deployment', view.deployment)
  const [state] = releaseMark(view)
  return (
    <>
      {state === 'fails' && (
        <div className="rounded-md border border-fails bg-fails-soft p-3">
          <StateMark state="fails">
            {view.state === 'grandfathered'
              ? 'Served under an exception'
              : view.state === 'lapsed'
                ? 'Lapsed'
                : 'Served without passing the gate'}
          </StateMark>{' '}
          {view.expiresAt !== null ? (
            <>
              It ends {exactly(view.expiresAt)} (<When at={view.expiresAt} />
              ), and with it new customers.
            </>
          ) : view.state === 'lapsed' ? (
            'A precondition no longer holds: those who use it go on being served, nobody new is.'
          ) : (
            sentence(view.red ?? 'it no longer passes, and closes to new customers within a minute')
          )}
        </div>
      )}
      <WaitingRequests approvals={pending} words={() => 'for an exception'} />
    </>
  )
}

function LeadsOn({ view }: { readonly view: ReleaseView }) {
  const of = useQuery(caseQuery('deployment', view.deployment))
  const { data: machine } = useQuery(machineQuery('deployment'))
  const permission = usePermissions()
  const changed = useModelsChanged()
  const prepare = useMutation({
    mutationFn: () =>
      withFreshKey(() =>
        call('POST /api/v1/releases/{deployment}/preconditions', { params: { deployment: view.deployment } }),
      ),
    onSuccess: () => changed('It is on the case that every precondition holds'),
  })
  return (
    <>
      {permission('models.register').may && (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-sunken p-3">
          <p className="text-quiet">
            {view.passes
              ? 'Everything holds. Put that on the case, so that two people can open it.'
              : 'It does not pass: nothing opens it while one precondition is missing.'}
          </p>
          <Button busy={prepare.isPending} disabled={!view.passes} onClick={() => prepare.mutate()}>
            Put it on the case
          </Button>
        </div>
      )}
      {prepare.error !== null && <ProblemNote problem={prepare.error} />}
      {of.error !== null && <ProblemNote problem={of.error} />}
      {of.data === undefined || machine === undefined ? (
        of.error === null && <Skeleton className="h-24" />
      ) : (
        <CaseActions of={of.data} machine={machine} />
      )}
    </>
  )
}

function About({ view, declared }: { readonly view: ReleaseView; readonly declared: Deployment | undefined }) {
  return (
    <Facts
      rows={[
        [
          'Model line',
          <AppLink key="m" href={`/scaling/models/${encodeURIComponent(view.model)}`} inline>
            {view.model}
          </AppLink>,
        ],
        ...(declared === undefined
          ? []
          : [
              ['Checkpoint', declared.checkpoint] as const,
              [
                'Surfaces',
                <ul key="s">
                  {declared.surfaces.map(({ kind, name, gatewayModels = [] }) => (
                    <li key={`${kind} ${name}`}>
                      {name} <span className="text-quiet">({kind})</span>
                      {gatewayModels.length === 0 ? (
                        <StateMark state="watch" className="ml-2">
                          can’t be halted from here
                        </StateMark>
                      ) : (
                        <span className="text-quiet">: {gatewayModels.join(', ')}</span>
                      )}
                    </li>
                  ))}
                </ul>,
              ] as const,
              [
                'Declared',
                <>
                  <PersonName id={declared.declaredBy} /> · <When at={declared.declaredAt} />
                </>,
              ] as const,
            ]),
      ]}
    />
  )
}

/** What is live already goes on for some days: asked for by one, agreed to by another, red until it ends. */
function Exception({ view }: { readonly view: ReleaseView }) {
  const { may } = usePermissions()('deployment.resume')
  const [asking, setAsking] = useState(false)
  if (!may || (view.state !== 'unreleased' && view.state !== 'undeployed')) return null
  return (
    <>
      <Button onClick={() => setAsking(true)}>Ask for an exception</Button>
      {asking && <ExceptionDialog deployment={view.deployment} onClose={() => setAsking(false)} />}
    </>
  )
}

function ExceptionDialog({ deployment, onClose }: { readonly deployment: string; onClose(): void }) {
  const [days, setDays] = useState(DEFAULT_DAYS)
  const [reason, setReason] = useState('')
  const [risk, setRisk] = useState('')
  const ask = useAsk({
    send: async () => {
      const body = { deployment, days: Number(days), reason: reason.trim(), risk: risk.trim() }
      return (await call('POST /api/v1/release-exceptions', { body })).approval
    },
    changed: useModelsChanged(),
    onClose,
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Ask for an exception"
      description="For what is live already: it goes on without the gate for some days, shown red, and lapses by itself. A second person must agree."
      submit="Ask for it"
      busy={ask.isPending}
      ready={Number(days) >= 1 && reason.trim() !== '' && risk.trim() !== ''}
      problem={ask.error}
      onSubmit={() => ask.mutate()}
    >
      <TextField label="Days" type="number" min={1} max={365} value={days} onChange={setDays} />
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
      <TextArea
        label="Risk"
        value={risk}
        onChange={setRisk}
        maxLength={2000}
        hint="What may go wrong meanwhile, and who looks."
      />
    </FormDialog>
  )
}
