import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { EvaluationTimeline, TrainingLease } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState, Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { day, useNow, When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Command } from './command.tsx'
import { OpenDialog } from './open-dialog.tsx'
import { alarmsQuery, casesQuery, deviationsQuery, leasesQuery, timelineQuery, useModelsChanged } from './queries.ts'
import { ASSESSMENT_COLUMNS } from './scaling-page.tsx'
import { TimelineChart } from './timeline-chart.tsx'
import { flop, ruleName, times, toDo, URGENCIES, urgencyOf } from './words.ts'

/** One model line: its compute against its evaluations, where it stands, what is planned, what went wrong. */
export function ModelPage() {
  const { model } = useParams({ from: '/shell/scaling/models/$model' })
  const { data: timeline } = useSuspenseQuery(timelineQuery(model))
  const now = useNow()
  const { due } = timeline
  const [state, words] = URGENCIES[urgencyOf(due, now)]
  return (
    <Page
      title={model}
      summary={
        <>
          <StateMark state={state}>{words}</StateMark> · {count(timeline.recorded, 'checkpoint')} ·{' '}
          {timeline.assessments.length} assessed
        </>
      }
      actions={<Actions timeline={timeline} />}
    >
      {timeline.points.length === 0 ? (
        <EmptyState title="No checkpoint yet" action={<CopyText label="command" text={toDo(due).command ?? ''} />}>
          Effective compute is counted from the first checkpoint on. It appears here with each one that is recorded.
        </EmptyState>
      ) : (
        <Section title="Compute against evaluations">
          <TimelineChart timeline={timeline} />
        </Section>
      )}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="Where it stands">
          <Standing timeline={timeline} />
        </Section>
        <div className="flex min-w-0 flex-col gap-6">
          <Planned timeline={timeline} />
          <Alarms model={model} />
          <Gate model={model} />
        </div>
      </div>
      <Section title="Assessments">
        <Table
          label={`Assessments of ${model}`}
          rows={timeline.assessments.toReversed()}
          columns={ASSESSMENT_COLUMNS}
          rowKey={({ id }) => id}
          href={({ id }) => `/scaling/assessments/${id}`}
          exports={false}
          empty={
            <p className="text-quiet">
              None yet. Until one is cleared as BELOW, growth is counted from the first checkpoint.
            </p>
          }
        />
      </Section>
      <Deviations model={model} />
      <History id={model} />
    </Page>
  )
}

function Standing({ timeline: { due } }: { readonly timeline: EvaluationTimeline }) {
  const { data: cases } = useQuery(casesQuery)
  const training = cases?.find(({ id }) => id === `training/${due.model}`)
  const { reference, calendarAt, assessment, at, k, kHi, confidence, extrapolated, headroom, interval, buffer } = due
  return (
    <Facts
      rows={[
        ...(due.reasons.length === 0
          ? []
          : [
              [
                'Due because',
                <ul key="why" className="flex flex-col gap-1">
                  {due.reasons.map(({ rule, words, since }) => (
                    <li key={`${rule} ${words}`}>
                      <span className="font-medium">{ruleName(rule)}</span>: {words}
                      {since !== null && (
                        <span className="text-quiet">
                          , <When at={since} />
                        </span>
                      )}
                    </li>
                  ))}
                </ul>,
              ] as const,
            ]),
        [
          'Counted from',
          reference === null ? (
            'nothing: no checkpoint is recorded'
          ) : (
            <>
              {reference.checkpoint}, {day(reference.at)}
              {reference.basis === 'baseline' && (
                <StateMark state="watch" className="ml-2">
                  a baseline that nobody has evaluated
                </StateMark>
              )}
            </>
          ),
        ],
        [
          'Growth',
          <>
            {times(kHi)} upper bound, {times(k)} estimated{at !== null && <>, at {at}</>}
            <span className="block text-quiet">
              {confidence === 'measured' ? 'read off from the measured curve' : 'by the ratio of FLOP: low confidence'}
              {extrapolated && '; beyond what the curve was measured for, without the RSO’s word'}
            </span>
          </>,
        ],
        [
          'Headroom',
          <>
            {headroom === null ? 'none' : times(headroom)}
            <span className="text-quiet">
              {' '}
              left of {times(buffer)}; one is due at {times(interval)}
            </span>
          </>,
        ],
        [
          'By calendar',
          calendarAt === null ? (
            'not counted'
          ) : (
            <>
              {day(calendarAt)}, <When at={calendarAt} />
              <span className="text-quiet"> ({count(due.months, 'month')})</span>
            </>
          ),
        ],
        [
          'Assessment',
          assessment === null ? (
            'none is open'
          ) : (
            <AppLink href={`/scaling/assessments/${assessment}`} inline>
              under way
            </AppLink>
          ),
        ],
        [
          'Training',
          training === undefined ? (
            'runs'
          ) : (
            <AppLink href={`/incidents/cases/training/${encodeURIComponent(due.model)}`} inline>
              {training.title}
            </AppLink>
          ),
        ],
      ]}
    />
  )
}

const ANSWERS: Record<TrainingLease['answer'], readonly [State, string]> = {
  continue: ['holds', 'continue'],
  'evaluate-now': ['watch', 'evaluate now'],
  pause: ['fails', 'pause'],
}

const PLANNED_COLUMNS: readonly Column<EvaluationTimeline['planned'][number]>[] = [
  { id: 'run', header: 'Run', cell: ({ run }) => <span className="font-medium">{run}</span> },
  { id: 'flops', header: 'Planned FLOP', numeric: true, cell: ({ plannedFlops }) => flop(plannedFlops) },
  { id: 'k', header: 'Ends at', numeric: true, cell: ({ kHi }) => times(kHi) },
  {
    id: 'answer',
    header: 'All of it now?',
    cell: ({ answer, words }) => (
      <>
        <StateMark state={ANSWERS[answer][0]}>{ANSWERS[answer][1]}</StateMark>
        {words !== '' && <span className="block text-quiet">{words}</span>}
      </>
    ),
  },
]

function Planned({ timeline: { planned, due } }: { readonly timeline: EvaluationTimeline }) {
  return (
    <Section title="Planned runs">
      <Table
        label="Planned runs"
        rows={planned}
        columns={PLANNED_COLUMNS}
        rowKey={({ run }) => run}
        exports={false}
        empty={
          <p className="text-quiet">
            None declared for {due.model}. A run is declared before it begins, with <code>POST /api/v1/runs</code>; its
            planned end is then checked ahead.
          </p>
        }
      />
    </Section>
  )
}

/** Checkpoints that nobody let through: nothing is shown where there are none. */
function Alarms({ model }: { readonly model: string }) {
  const { data = [] } = useQuery(alarmsQuery(model))
  const { may } = usePermissions()('training.resume')
  const [asking, setAsking] = useState<string | null>(null)
  const changed = useModelsChanged()
  if (data.length === 0) return null
  return (
    <Section title="Checkpoints without a receipt">
      <ul className="divide-y divide-line border-y border-line">
        {data.map(({ id, problem, at, settled }) => (
          <li key={id} className="flex flex-wrap items-start gap-x-4 gap-y-1 py-2">
            <StateMark state={settled == null ? 'fails' : 'unknown'}>{id}</StateMark>
            <span className="min-w-52 flex-1">
              {problem}
              <span className="block text-xs text-quiet">
                <When at={at} />
                {settled != null && (
                  <>
                    {' '}
                    · settled by <PersonName id={settled.by} />: “{settled.reason}”
                  </>
                )}
              </span>
            </span>
            {settled == null && may && (
              <Button small onClick={() => setAsking(id)}>
                Settle it
              </Button>
            )}
          </li>
        ))}
      </ul>
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={() => setAsking(null)}
        title={`Settle the alarm about ${asking}?`}
        effects={[
          'It is on record who looked into it and what it was.',
          'The checkpoint itself stays without a receipt.',
        ]}
        confirm="Settle it"
        look="primary"
        reasonLabel="What it was"
        onConfirm={async (reason) => {
          if (asking === null) return
          const body = { checkpoint: asking, reason }
          await withFreshKey(() => call('POST /api/v1/train/alarms/settlements', { body }))
          await changed('The alarm is settled')
        }}
      />
    </Section>
  )
}

function Gate({ model }: { readonly model: string }) {
  const { data } = useQuery(leasesQuery(model))
  return (
    <Section title="What the training gate said last">
      {data === undefined ? (
        <Skeleton className="w-64" />
      ) : data.length === 0 ? (
        <p className="text-quiet">
          No trainer has asked yet: <Command>{`safelevel train gate --model ${model} --run RUN --flops FLOP`}</Command>
        </p>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {data.map(({ id, run, answer, maxFlops, reasons, issuedAt }) => (
            <li key={id} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
              <StateMark state={ANSWERS[answer][0]}>{ANSWERS[answer][1]}</StateMark>
              <span className="grow text-quiet">
                {run}
                {maxFlops !== null && `, up to ${flop(maxFlops)} FLOP`}
                {reasons.length > 0 && `: ${reasons.join('; ')}`}
              </span>
              <When at={issuedAt} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function Deviations({ model }: { readonly model: string }) {
  const { data = [] } = useQuery(deviationsQuery(model))
  if (data.length === 0) return null
  return (
    <Section title="Deviations" note="what was not done as it should have been">
      <ul className="divide-y divide-line border-y border-line">
        {data.map(({ id, kind, words, at, by }) => (
          <li key={id} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
            <StateMark state="watch">{kind.replaceAll('_', ' ')}</StateMark>
            <span className="grow">{words}</span>
            <span className="text-quiet">
              <PersonName id={by} /> · <When at={at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Actions({ timeline }: { readonly timeline: EvaluationTimeline }) {
  const permission = usePermissions()
  const [asking, setAsking] = useState<'open' | 'order' | null>(null)
  const changed = useModelsChanged()
  const { due } = timeline
  const mayOpen = permission('evaluations.import').may && due.assessment === null && timeline.points.length > 0
  return (
    <>
      <AppLink href={`/incidents/cases/training/${encodeURIComponent(due.model)}`} className={buttonLook()}>
        Pause or lock
      </AppLink>
      {permission('evaluations.order').may && <Button onClick={() => setAsking('order')}>Order an evaluation</Button>}
      {mayOpen && (
        <Button look="primary" onClick={() => setAsking('open')}>
          Open an assessment
        </Button>
      )}
      {asking === 'open' && <OpenDialog timeline={timeline} onClose={() => setAsking(null)} />}
      <ConfirmDialog
        open={asking === 'order'}
        onOpenChange={() => setAsking(null)}
        title={`Order an evaluation of ${due.model}?`}
        effects={[
          'One is due from now on, whatever compute and calendar say.',
          'The training gate lets no segment start until an assessment is open.',
        ]}
        confirm="Order it"
        look="primary"
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          const { model } = due
          await withFreshKey(() =>
            call('POST /api/v1/evaluations/orders/{model}', { params: { model }, body: { reason } }),
          )
          await changed('The evaluation is ordered')
        }}
      />
    </>
  )
}
