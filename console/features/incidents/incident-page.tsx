import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { IncidentView, ResponseCaseView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog, FormDialog } from '../../components/dialog.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, useNow, When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { rolesInForce, usePeople } from '../people/queries.ts'
import { casesQuery, useModelsChanged } from '../scaling/queries.ts'
import { Clocks } from './clocks.tsx'
import { DrillBand } from './drill-band.tsx'
import { incidentQuery } from './queries.ts'
import { SafeguardList } from './safeguards.tsx'
import { casePath, effectMark, runs } from './words.ts'

/** One incident: what is running out, who does what, what is halted and what can't be from here. */
export function IncidentPage() {
  const { id } = useParams({ from: '/shell/incidents/$id' })
  const { data: incident } = useSuspenseQuery(incidentQuery(id))
  const { data: cases = [] } = useQuery(casesQuery)
  const of = (name: string) => cases.find((one) => one.id === name)
  const restricted = incident.tasks.map((task) => of(task.case)).filter((one) => one?.safeguards != null)
  const open = incident.orders.filter(({ acknowledged }) => acknowledged === null).length
  return (
    <Page
      title={`${incident.drill ? 'Drill: ' : ''}${incident.model} halted`}
      summary={
        <>
          {incident.closedAt !== null ? (
            <StateMark state="holds">closed</StateMark>
          ) : (
            <StateMark state={incident.drill ? 'unknown' : 'fails'}>
              {incident.emergencyAt !== null ? 'safety emergency' : 'no new customers'}
            </StateMark>
          )}{' '}
          · aware since <When at={incident.awareAt} /> · “{incident.reason}”
        </>
      }
    >
      {incident.drill && <DrillBand />}
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="Assess each deployment" note={count(incident.tasks.length, 'task')}>
            <Tasks incident={incident} of={of} />
          </Section>
          <Section title="Halted elsewhere" note={open === 0 ? undefined : `${open} not acknowledged`}>
            <Orders incident={incident} />
          </Section>
          {restricted.length > 0 && (
            <Section title="Additional safeguards" note="for these deployments and no other">
              {restricted.map(
                (one) =>
                  one !== undefined && (
                    <div key={one.id} className="flex flex-col gap-2 rounded-md border border-line p-3">
                      <AppLink href={casePath(one.id)} className="font-medium">
                        {one.deployment}
                      </AppLink>
                      <SafeguardList of={one} />
                    </div>
                  ),
              )}
            </Section>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="Clocks of the law" note="which apply is for people to say">
            <Clocks incident={incident} />
          </Section>
          <Section title="Not from here">
            <ul className="flex flex-col gap-1.5">
              {incident.beyond.map((words) => (
                <li key={words} className="flex gap-2 before:text-quiet before:content-['→']">
                  <span>{words}</span>
                </li>
              ))}
            </ul>
          </Section>
          <Section title="About this incident">
            <About incident={incident} />
          </Section>
        </div>
      </div>
      <History id={id} />
    </Page>
  )
}

type Task = IncidentView['tasks'][number]

function Tasks({ incident, of }: { readonly incident: IncidentView; of(name: string): ResponseCaseView | undefined }) {
  const { may } = usePermissions()('deployment.halt')
  const now = useNow()
  const [asking, setAsking] = useState<Task | null>(null)
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {incident.tasks.map((task) => {
          const found = of(task.case)
          const mark = found === undefined ? null : effectMark(found)
          const late = runs(incident) && Date.parse(task.dueAt) <= now
          return (
            <li key={task.case} className="flex flex-wrap items-start gap-x-6 gap-y-2 py-2.5">
              <div className="min-w-48 flex-1">
                <AppLink href={casePath(task.case)} inline className="font-medium">
                  {task.deployment}
                </AppLink>
                <span className="block">
                  {found?.title ?? task.case}
                  {mark !== null && <span className="text-quiet">: {mark[1]}</span>}
                </span>
                <span className="block text-quiet">{count(task.customers, 'organisation')} went on being served</span>
              </div>
              <div className="min-w-36">
                {task.assessedAt !== null ? (
                  <>
                    <StateMark state="holds">
                      assessed <When at={task.assessedAt} />
                    </StateMark>
                    <span className="block text-xs text-quiet">due {exactly(task.dueAt)}</span>
                  </>
                ) : runs(incident) ? (
                  <StateMark state={late ? 'fails' : 'watch'}>
                    {late ? 'late: was due ' : 'assess '}
                    <When at={task.dueAt} />
                  </StateMark>
                ) : (
                  <>
                    <StateMark state="unknown">{incident.drill ? 'only rehearsed' : 'closed unassessed'}</StateMark>
                    <span className="block text-xs text-quiet">due {exactly(task.dueAt)}</span>
                  </>
                )}
                <span className="block">
                  {task.owner === null ? (
                    <StateMark state={runs(incident) ? 'fails' : 'unknown'}>nobody’s task</StateMark>
                  ) : (
                    <PersonName id={task.owner} link />
                  )}
                </span>
              </div>
              {may && task.assessedAt === null && incident.closedAt === null && (
                <Button small onClick={() => setAsking(task)}>
                  {task.owner === null ? 'Give it an owner' : 'Give it to another'}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {asking !== null && <AssignDialog incident={incident} task={asking} onClose={() => setAsking(null)} />}
    </>
  )
}

function AssignDialog({
  incident,
  task,
  onClose,
}: {
  readonly incident: IncidentView
  readonly task: Task
  onClose(): void
}) {
  const { person } = useMe()
  const people = [...usePeople().values()].filter((one) => one.active && rolesInForce(one).length > 0)
  const [owner, setOwner] = useState(task.owner ?? person.id)
  const changed = useModelsChanged()
  const choices = people.some(({ id }) => id === owner) ? people : [person, ...people]
  const assign = useMutation({
    mutationFn: () => {
      const body = { case: task.case, owner }
      return withFreshKey(() =>
        call('POST /api/v1/response/incidents/{id}/assignments', { params: { id: incident.id }, body }),
      )
    },
    onSuccess: async () => {
      onClose()
      await changed('The task has an owner')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Who assesses ${task.deployment}?`}
      description={`By ${exactly(task.dueAt)}. Whether there is a safety emergency is what they have to find out.`}
      submit="Give it to them"
      busy={assign.isPending}
      ready
      onSubmit={() => assign.mutate()}
      problem={assign.error}
    >
      <SelectField
        label="Owner"
        value={owner}
        onChange={setOwner}
        choices={choices.map(({ id, displayName }) => ({
          value: id,
          label: id === person.id ? `${displayName} (you)` : displayName,
        }))}
      />
    </FormDialog>
  )
}

type Order = IncidentView['orders'][number]

function Orders({ incident }: { readonly incident: IncidentView }) {
  const { may } = usePermissions()('deployment.halt')
  const [asking, setAsking] = useState<Order | null>(null)
  const changed = useModelsChanged()
  if (incident.orders.length === 0)
    return <p className="text-quiet">Every surface of it is served by this gateway, which halted it.</p>
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {incident.orders.map((order) => (
          <li
            key={`${order.deployment} ${order.surface} ${order.what}`}
            className="flex flex-wrap items-start gap-x-6 gap-y-2 py-2.5"
          >
            <div className="min-w-48 flex-1">
              <span className="font-medium">{order.surface}</span>{' '}
              <span className="text-quiet">
                {order.kind}, {order.deployment}
              </span>
              <span className="block text-quiet">
                ordered <When at={order.orderedAt} /> to{' '}
                {order.what === 'safeguards' ? 'put on the additional safeguards' : 'take no new customers'}
              </span>
            </div>
            <div className="min-w-36">
              {order.acknowledged === null ? (
                <StateMark state={runs(incident) ? 'fails' : 'unknown'}>nobody has answered</StateMark>
              ) : (
                <>
                  <StateMark state="holds">acknowledged</StateMark>
                  <span className="block text-quiet">
                    “{order.acknowledged.reference}” · <PersonName id={order.acknowledged.by} /> ·{' '}
                    <When at={order.acknowledged.at} />
                  </span>
                </>
              )}
            </div>
            {may && order.acknowledged === null && incident.closedAt === null && (
              <Button small onClick={() => setAsking(order)}>
                Record the answer
              </Button>
            )}
          </li>
        ))}
      </ul>
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={() => setAsking(null)}
        title={`${asking?.surface} says that it is done?`}
        look="primary"
        effects={[
          'It is their word: nothing here can check it.',
          'The incident can close once every order is acknowledged and every deployment is settled.',
        ]}
        confirm="Record the answer"
        reasonLabel="Where their answer is on record"
        onConfirm={async (reference) => {
          if (asking === null) return
          const body = { deployment: asking.deployment, surface: asking.surface, reference }
          await withFreshKey(() =>
            call('POST /api/v1/response/incidents/{id}/acknowledgements', { params: { id: incident.id }, body }),
          )
          await changed('The answer is on record')
        }}
      />
    </>
  )
}

function About({ incident }: { readonly incident: IncidentView }) {
  const { id, cause, openedAt, openedBy, awareAt, observedAt, emergencyAt, closedAt, reason } = incident
  return (
    <Facts
      rows={[
        [
          'Reason',
          <span key="r" className="whitespace-pre-wrap">
            {reason}
          </span>,
        ],
        [
          'Halted',
          <>
            <When at={openedAt} /> by{' '}
            {cause === 'verdict' ? 'results that met a line' : <PersonName id={openedBy} link />}
          </>,
        ],
        ['Aware since', exactly(awareAt)],
        ...(observedAt === null ? [] : [['It happened', exactly(observedAt)] as const]),
        ...(emergencyAt === null ? [] : [['Emergency', exactly(emergencyAt)] as const]),
        ...(closedAt === null ? [] : [['Closed', exactly(closedAt)] as const]),
        ['Identifier', <Code key="id">{id}</Code>],
      ]}
    />
  )
}
