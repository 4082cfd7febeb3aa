import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { MachineDiagram as Machine, ResponseCaseView } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { RunbookLink } from '../runbooks/runbook-link.tsx'
import { CaseActions, capital } from './case-actions.tsx'
import { DrillBand } from './drill-band.tsx'
import { MachineDiagram } from './machine-diagram.tsx'
import { caseQuery, machineQuery } from './queries.ts'
import { SafeguardList } from './safeguards.tsx'
import { caseTitle, effectMark, type MachineName } from './words.ts'

const MACHINES: ReadonlySet<string> = new Set<MachineName>(['training', 'deployment', 'drill'])

/** Where training of a line, or a deployment, stands on its machine, and what can be done now and by whom. */
export function CasePage() {
  const { machine, name } = useParams({ from: '/shell/incidents/cases/$machine/$name' })
  if (!MACHINES.has(machine)) return <NoSuchMachine />
  return <Case machine={machine as MachineName} name={name} />
}

function NoSuchMachine() {
  return (
    <Page title="There is nothing here">
      <EmptyState title="No such machine">There are two: training, and deployment.</EmptyState>
    </Page>
  )
}

function Case({ machine: machineName, name }: { readonly machine: MachineName; readonly name: string }) {
  const { data: of } = useSuspenseQuery(caseQuery(machineName, name))
  const { data: machine, error } = useQuery(machineQuery(of.machine))
  const [state, words] = effectMark(of)
  return (
    <Page
      title={`${of.drill ? 'Drill: ' : ''}${capital(caseTitle(of))}`}
      summary={
        <>
          {of.title} · <StateMark state={state}>{words}</StateMark>
          {of.expiresAt !== null && <> · until {exactly(of.expiresAt)}</>}
        </>
      }
    >
      {of.drill && <DrillBand />}
      {machine !== undefined && <Lock of={of} machine={machine} />}
      {error !== null && <ProblemNote problem={error} />}
      <Section title="What leads on from here">
        {machine === undefined ? <Skeleton className="h-24" /> : <CaseActions of={of} machine={machine} />}
      </Section>
      <Section title="Where it stands" note={machine === undefined ? undefined : 'drawn from the definition that runs'}>
        {machine === undefined ? <Skeleton className="h-64" /> : <MachineDiagram machine={machine} here={of.state} />}
      </Section>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          <Evidence of={of} machine={machine} />
          {of.safeguards !== null && (
            <Section title="Additional safeguards" note="for this deployment and no other">
              <SafeguardList of={of} />
            </Section>
          )}
          <Section title="About it">
            <About of={of} />
          </Section>
        </div>
        <Steps of={of} machine={machine} />
      </div>
      <History id={of.id} />
    </Page>
  )
}

/** 2c: a lock is worth what obeys it. */
function Lock({ of, machine }: { readonly of: ResponseCaseView; readonly machine: Machine }) {
  const lock = machine.steps.find(({ step }) => step === 'lock')
  const couldLock = lock?.from.includes(of.state) === true
  if (of.effect !== 'lock' && !couldLock) return null
  if (of.effect !== 'lock')
    return machine.vault !== null ? null : (
      <p className="text-quiet">
        2c would lock the weights as an event and a state. No vault is installed here that obeys it: the weights would
        have to be locked where they are, by people.
      </p>
    )
  return (
    <div className="rounded-md border border-fails bg-fails-soft p-3">
      <StateMark state="fails">2c: the weights are locked</StateMark>{' '}
      {machine.vault !== null ? (
        `In force: ${machine.vault}. What lies elsewhere is locked there, by people.`
      ) : (
        <strong className="font-semibold">
          No vault is installed here: nothing on this machine enforces the lock. Lock the weights where they are, and
          put on the case who has.
        </strong>
      )}
    </div>
  )
}

function Evidence({
  of: { shown },
  machine,
}: {
  readonly of: ResponseCaseView
  readonly machine: Machine | undefined
}) {
  return (
    <Section title="Evidence on the case" note={shown.length === 0 ? 'none that counts now' : String(shown.length)}>
      {shown.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {shown.map(({ kind, reference, digest, by, at }) => (
            <li key={kind} className="py-2">
              <StateMark state="holds">{machine?.evidence.find((one) => one.kind === kind)?.says ?? kind}</StateMark>
              <span className="block">“{reference}”</span>
              <span className="block text-xs text-quiet">
                <PersonName id={by} /> · <When at={at} />
                {digest !== null && (
                  <>
                    {' '}
                    · <Code>{digest}</Code>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function About({ of }: { readonly of: ResponseCaseView }) {
  return (
    <Facts
      rows={[
        [
          'Model line',
          <AppLink key="m" href={`/scaling/models/${encodeURIComponent(of.model)}`} inline>
            {of.model}
          </AppLink>,
        ],
        ...(of.machine === 'training'
          ? []
          : [
              [
                'Served as',
                of.gatewayModels.length === 0 ? 'nothing of this gateway' : of.gatewayModels.join(', '),
              ] as const,
              [
                'Customers',
                of.frozen === null
                  ? 'whoever comes'
                  : `${count(of.frozen.length, 'organisation')}, as they were at the halt`,
              ] as const,
            ]),
        ...(of.deployment === null || of.drill || of.deployment.startsWith('gateway:')
          ? []
          : [
              [
                'Release',
                <AppLink key="r" href={`/releases/${encodeURIComponent(of.deployment)}`} inline>
                  preconditions
                </AppLink>,
              ] as const,
            ]),
        ...(of.incident === null
          ? []
          : [
              [
                'Incident',
                <AppLink key="i" href={`/incidents/${of.incident}`} inline>
                  {of.incident}
                </AppLink>,
              ] as const,
            ]),
        ...(of.machine === 'deployment' && !of.drill
          ? [['Runbook', <RunbookLink key="b" id="capability-surprise" about={of.id} />] as const]
          : []),
        ['Since', exactly(of.changedAt)],
      ]}
    />
  )
}

function Steps({ of: { history }, machine }: { readonly of: ResponseCaseView; readonly machine: Machine | undefined }) {
  const titleOf = (state: string) => machine?.states.find((one) => one.state === state)?.title ?? state
  return (
    <Section title="Steps taken" note={history.length === 0 ? 'none yet' : undefined}>
      <ol className="divide-y divide-line border-y border-line empty:hidden">
        {history.toReversed().map(({ step, from, to, at, people, approval, reason }) => (
          <li key={`${at} ${step}`} className="py-2">
            <span className="font-medium">
              {capital(machine?.steps.find((one) => one.step === step)?.title ?? step)}
            </span>{' '}
            <span className="text-quiet">
              {titleOf(from)} → {titleOf(to)}
            </span>
            <span className="block">“{reason}”</span>
            <span className="block text-xs text-quiet">
              {people.length === 0
                ? 'by itself'
                : people.map((person, i) => (
                    <span key={person}>
                      {i > 0 && ' and '}
                      <PersonName id={person} />
                    </span>
                  ))}{' '}
              · <When at={at} />
              {approval !== null && (
                <>
                  {' '}
                  ·{' '}
                  <AppLink href={`/approvals/${approval}`} inline>
                    the signed request
                  </AppLink>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  )
}
