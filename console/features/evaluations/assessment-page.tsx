import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Assessment, AssessmentVerdict } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { Code, CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState, Facts, Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { day, exactly, When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { suitesQuery, useModelsChanged } from '../scaling/queries.ts'
import { ASSESSMENT_STATES, ruleName, VERDICTS } from '../scaling/words.ts'
import { BoundsChart } from './bounds-chart.tsx'
import { Chain } from './chain.tsx'
import { assessmentQuery, threatsQuery, verdictQuery } from './queries.ts'
import { ReportLinks } from './report-links.tsx'
import { Runs } from './runs.tsx'
import { ShowingDialog, Showings } from './showings.tsx'
import { VouchDialog } from './vouch-dialog.tsx'
import { Vouched } from './vouched.tsx'
import { WhatWouldMove } from './what-would-move.tsx'
import type { ShowingName } from './words.ts'

type Asking = { readonly vouch: string } | { readonly showing: ShowingName } | null

/** One assessment: why these suites, what was found, what it comes to, and what would move it. */
export function AssessmentPage() {
  const { id } = useParams({ from: '/shell/scaling/assessments/$id' })
  const { data } = useSuspenseQuery(assessmentQuery(id))
  const { data: found } = useSuspenseQuery(verdictQuery(id))
  const { may } = usePermissions()('evaluations.import')
  const [asking, setAsking] = useState<Asking>(null)
  const { assessment, results } = data
  const isOpen = assessment.state === 'open'
  // What was concluded stands; until then it is what it would come to now.
  const verdict = assessment.verdict ?? found.verdict
  const [state, word, means] = VERDICTS[verdict]
  return (
    <Page
      title={`Assessment of ${assessment.checkpoint}`}
      summary={
        <>
          {ASSESSMENT_STATES[assessment.state][1]} · {isOpen ? 'target' : 'target was'} {day(assessment.targetAt)}
          {assessment.late && ' · late'}
        </>
      }
      actions={
        <>
          <ReportLinks id={id} />
          <AppLink
            href={`/scaling/assessments/${id}/decision`}
            className={buttonLook(isOpen ? 'secondary' : 'primary')}
          >
            Decision room
          </AppLink>
        </>
      }
    >
      {assessment.lineMet !== null && <LineMet assessment={assessment} />}
      <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-sunken p-3">
        <p>
          <StateMark state={state} className="text-base">
            {word}
          </StateMark>{' '}
          <span className="text-quiet">
            {assessment.verdict === null ? 'as things stand now' : 'as concluded'}: {means}
          </span>
        </p>
        {isOpen && may && <Close assessment={assessment} verdict={found} />}
      </div>
      <Section title="What would move it" note="to BELOW">
        <WhatWouldMove
          missing={isOpen ? found.missing : assessment.missing}
          model={assessment.model}
          may={may}
          isOpen={isOpen}
          onVouch={(suite) => setAsking({ vouch: suite })}
          onShowing={(showing) => setAsking({ showing })}
        />
      </Section>
      <Section title="Verdicts" note="by suite and snapshot, computed from single tries">
        {found.snapshots.length === 0 ? (
          <NoResults assessment={assessment} />
        ) : (
          <BoundsChart snapshots={found.snapshots} />
        )}
      </Section>
      <Chains assessment={assessment} />
      <Section title="Runs imported" note={results.length === 0 ? 'none' : String(results.length)}>
        <Runs assessment={assessment} results={results} />
      </Section>
      <Section title="The four showings">
        <Showings assessment={assessment} may={isOpen && may} onMake={(showing) => setAsking({ showing })} />
      </Section>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Vouched assessment={assessment} may={isOpen && may} onVouch={(suite) => setAsking({ vouch: suite })} />
        <Section title="About this assessment">
          <About assessment={assessment} />
        </Section>
      </div>
      <History id={id} />
      {asking !== null && 'vouch' in asking && (
        <VouchDialog assessment={assessment} suite={asking.vouch} onClose={() => setAsking(null)} />
      )}
      {asking !== null && 'showing' in asking && (
        <ShowingDialog assessment={assessment} name={asking.showing} onClose={() => setAsking(null)} />
      )}
    </Page>
  )
}

/** It counts from then on, whatever is concluded: the first thing to be read. */
function LineMet({ assessment: { lineMet, model } }: { readonly assessment: Assessment }) {
  if (lineMet === null) return null
  return (
    <div className="rounded-md border border-fails bg-fails-soft p-3">
      <StateMark state="fails">A line was met</StateMark>{' '}
      <span>
        by results of {lineMet.suite}, <When at={lineMet.at} />. It counts from then on, whatever is concluded: training
        of {model} has stopped, and deployments of it take no new customers.{' '}
        <AppLink href="/incidents" inline>
          Incidents
        </AppLink>
      </span>
    </div>
  )
}

function NoResults({ assessment: { model, suites } }: { readonly assessment: Assessment }) {
  return (
    <EmptyState
      title="No results yet"
      action={
        <CopyText
          label="command"
          text={`safelevel eval import FILE --model ${model} --suite ${suites[0] ?? 'SUITE'} --snapshot helpful-only`}
        />
      }
    >
      Inspect logs, records of Every Eval Ever and lines of JSON are read; every number is counted from single tries.
    </EmptyState>
  )
}

function Chains({ assessment }: { readonly assessment: Assessment }) {
  const { data: threats = [] } = useQuery(threatsQuery)
  const { data: suites } = useQuery(suitesQuery)
  return (
    <Section title="Why these evaluations" note="threat model, capability, evaluation, threshold">
      {assessment.suites.map((name) => (
        <Chain
          key={name}
          name={name}
          suite={suites?.find(({ suite }) => suite === name)}
          threats={threats.filter((threat) => threat.suites.includes(name))}
        />
      ))}
    </Section>
  )
}

function About({ assessment }: { readonly assessment: Assessment }) {
  const { id, model, checkpoint, openedAt, openedBy, targetAt, reasons, late, concludedAt, concludedBy } = assessment
  return (
    <Facts
      rows={[
        [
          'Model line',
          <AppLink key="m" href={`/scaling/models/${encodeURIComponent(model)}`} inline>
            {model}
          </AppLink>,
        ],
        ['Checkpoint', checkpoint],
        [
          'Opened',
          <>
            <PersonName id={openedBy} link /> · <When at={openedAt} />
          </>,
        ],
        ['Was due by', reasons.length === 0 ? 'nothing: it was opened early' : reasons.map(ruleName).join(', ')],
        [
          'Target',
          <>
            {exactly(targetAt)}
            {late && (
              <StateMark state="watch" className="ml-2">
                late, which is on record as a deviation
              </StateMark>
            )}
          </>,
        ],
        ...(concludedAt === null
          ? []
          : [
              [
                'Concluded',
                <>
                  {concludedBy !== null && <PersonName id={concludedBy} link />} · <When at={concludedAt} />
                </>,
              ] as const,
            ]),
        ['Identifier', <Code key="id">{id}</Code>],
      ]}
    />
  )
}

function Close({ assessment, verdict }: { readonly assessment: Assessment; readonly verdict: AssessmentVerdict }) {
  const [asking, setAsking] = useState<'conclude' | 'withdraw' | null>(null)
  const changed = useModelsChanged()
  const params = { id: assessment.id }
  const [, word, means] = VERDICTS[verdict.verdict]
  const isBelow = verdict.verdict === 'BELOW'
  return (
    <div className="flex flex-wrap gap-2">
      {assessment.lineMet === null && <Button onClick={() => setAsking('withdraw')}>Withdraw</Button>}
      <Button look={isBelow ? 'primary' : 'danger'} onClick={() => setAsking('conclude')}>
        Conclude
      </Button>
      <ConfirmDialog
        open={asking === 'conclude'}
        onOpenChange={() => setAsking(null)}
        title={`Conclude as ${word}?`}
        look={isBelow ? 'primary' : 'danger'}
        effects={[
          `It comes to ${word} for good: ${means}.`,
          isBelow
            ? 'CEO and Responsible Scaling Officer decide on the report as it then stands; nothing is cleared before the board has it.'
            : `Training of ${assessment.model} stops, and it takes two people to let it go on.`,
          ...(verdict.missing.length === 0
            ? []
            : [
                `${count(verdict.missing.length, 'thing that would move it is', 'things that would move it are')} left open.`,
              ]),
        ]}
        confirm={`Conclude as ${word}`}
        onConfirm={async () => {
          await withFreshKey(() => call('POST /api/v1/evaluations/assessments/{id}/conclusion', { params }))
          await changed(`Concluded as ${word}`)
        }}
      />
      <ConfirmDialog
        open={asking === 'withdraw'}
        onOpenChange={() => setAsking(null)}
        title="Withdraw this assessment?"
        effects={['It ends without a verdict, and nothing is counted from it.', 'What was due stays due.']}
        confirm="Withdraw"
        onConfirm={async () => {
          await withFreshKey(() => call('POST /api/v1/evaluations/assessments/{id}/withdrawal', { params }))
          await changed('The assessment is withdrawn')
        }}
      />
    </div>
  )
}
