import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Assessment } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { usePending } from '../approvals/pending.ts'
import { Seats } from '../approvals/seats.tsx'
import { useAsk } from '../approvals/use-ask.ts'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { casesQuery, deploymentsQuery, useModelsChanged } from '../scaling/queries.ts'
import { ASSESSMENT_STATES, VERDICTS } from '../scaling/words.ts'
import { BoundsChart } from './bounds-chart.tsx'
import { assessmentQuery, reportQuery, verdictQuery } from './queries.ts'
import { Receipts } from './receipts.tsx'
import { ReportLinks } from './report-links.tsx'

const DECIDE = 'evaluations.decide'

/** Where CEO and Responsible Scaling Officer decide on the report, and the board gets it. */
export function DecisionPage() {
  const { id } = useParams({ from: '/shell/scaling/assessments/$id/decision' })
  const {
    data: { assessment },
  } = useSuspenseQuery(assessmentQuery(id))
  const { data: report, error } = useQuery(reportQuery(id))
  const { data: verdict } = useQuery(verdictQuery(id))
  return (
    <Page
      title={`Decision on ${assessment.checkpoint}`}
      summary={ASSESSMENT_STATES[assessment.state][1]}
      actions={
        <>
          <AppLink href={`/scaling/assessments/${id}`} className={buttonLook()}>
            The evidence
          </AppLink>
          <ReportLinks id={id} />
        </>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      <Section title="What the report recommends">
        {report === undefined ? (
          <Skeleton className="h-16" />
        ) : (
          <div className="flex flex-col gap-1 rounded-md border border-line bg-sunken p-3">
            <StateMark state={VERDICTS[report.verdict][0]} className="text-base">
              {report.verdict}
            </StateMark>
            <p className="max-w-prose">{report.recommendation}</p>
            {report.missing.length > 0 && (
              <AppLink href={`/scaling/assessments/${id}`} inline className="self-start">
                {count(report.missing.length, 'thing')} that would move it
              </AppLink>
            )}
            {assessment.reportDigest !== null && (
              <p className="text-xs text-quiet">
                SHA-256 of the report that is decided on: <Code className="select-all">{assessment.reportDigest}</Code>
              </p>
            )}
          </div>
        )}
        {verdict !== undefined && verdict.snapshots.length > 0 && <BoundsChart snapshots={verdict.snapshots} />}
      </Section>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Section title="What it takes">
          <Steps assessment={assessment} />
        </Section>
        <Blocked assessment={assessment} />
      </div>
      <History id={id} />
    </Page>
  )
}

/** From the conclusion to the clearing, each with who did it or who can. */
function Steps({ assessment }: { readonly assessment: Assessment }) {
  const { state, verdict, concludedAt, concludedBy, decision, receipts, clearedAt, id } = assessment
  const isConcluded = concludedAt !== null
  const decidable = state === 'concluded' && verdict === 'BELOW'
  const hopeless = isConcluded && verdict !== 'BELOW'
  const boardHas = receipts.some(({ body }) => body === 'board')
  const trustHas = receipts.some(({ body }) => body === 'ltbt')
  return (
    <ol className="divide-y divide-line border-y border-line">
      <Step
        title="Concluded"
        state={!isConcluded ? 'watch' : hopeless ? 'fails' : 'holds'}
        words={!isConcluded ? 'not yet' : `as ${verdict}`}
      >
        {isConcluded ? (
          <>
            {concludedBy !== null && <PersonName id={concludedBy} link />} · <When at={concludedAt} />
          </>
        ) : (
          <AppLink href={`/scaling/assessments/${id}`} inline>
            See what it would come to
          </AppLink>
        )}
      </Step>
      <Step
        title="CEO and Responsible Scaling Officer decide"
        state={decision !== null ? 'holds' : hopeless ? 'fails' : decidable ? 'watch' : 'unknown'}
        words={decision !== null ? 'decided' : hopeless ? 'nothing to decide' : decidable ? 'waits for both' : 'later'}
      >
        {decision !== null ? (
          <>
            {decision.people.map((person, i) => (
              <span key={person}>
                {i > 0 && ' and '}
                <PersonName id={person} link />
              </span>
            ))}{' '}
            · <When at={decision.decidedAt} /> ·{' '}
            <AppLink href={`/approvals/${decision.approval}`} className={INLINE_LINK}>
              the signed request
            </AppLink>
          </>
        ) : hopeless ? (
          <span>
            What is not shown to be below counts as met: no decision lets it go on. Open a new assessment, or see what
            follows under{' '}
            <AppLink href={`/incidents/cases/training/${encodeURIComponent(assessment.model)}`} inline>
              training of {assessment.model}
            </AppLink>
            .
          </span>
        ) : (
          decidable && <Decide assessment={assessment} />
        )}
      </Step>
      <Step
        title="The board receives it"
        state={boardHas ? 'holds' : decision !== null ? 'watch' : 'unknown'}
        words={boardHas ? 'received' : decision !== null ? 'waits for the receipt' : 'later'}
      >
        <Receipts assessment={assessment} body="board" />
      </Step>
      <Step
        title="The trust, or its equivalent, receives it"
        state={trustHas ? 'holds' : 'unknown'}
        words={trustHas ? 'received' : 'no receipt yet'}
      >
        <Receipts assessment={assessment} body="ltbt" />
      </Step>
      <Step
        title="Cleared"
        state={clearedAt !== null ? 'holds' : hopeless ? 'fails' : 'unknown'}
        words={
          clearedAt !== null ? 'what is counted from now on' : hopeless ? 'will not be' : 'with the board’s receipt'
        }
      >
        {clearedAt !== null && <When at={clearedAt} />}
      </Step>
    </ol>
  )
}

function Step({
  title,
  state,
  words,
  children,
}: {
  readonly title: string
  readonly state: State
  readonly words: string
  readonly children: ReactNode
}) {
  return (
    <li className="flex flex-col gap-1 py-2.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{title}</span>
        <StateMark state={state}>{words}</StateMark>
      </div>
      {children !== null && children !== false && <div className="text-quiet">{children}</div>}
    </li>
  )
}

/** The one proposes, the other agrees: by the engine of approvals, with a signature each. */
function Decide({ assessment }: { readonly assessment: Assessment }) {
  const { roles } = useMe()
  const [asking, setAsking] = useState(false)
  const pending = usePending(DECIDE, 'assessment', assessment.id)
  const own = (['rso', 'ceo'] as const).filter((role) => roles.includes(role))
  if (pending.length > 0)
    return (
      <div className="flex flex-col gap-2 text-ink">
        {pending.map((approval) => (
          <div key={approval.id} className="flex flex-col gap-2">
            <p>
              <PersonName id={approval.requester} link /> proposed it <When at={approval.requestedAt} />.{' '}
              <AppLink href={`/approvals/${approval.id}`} className={INLINE_LINK}>
                Read and sign
              </AppLink>
            </p>
            <Seats approval={approval} />
          </div>
        ))}
      </div>
    )
  return (
    <>
      <p>One of them proposes it, the other agrees; each signs with their key.</p>
      {own.length > 0 && (
        <Button look="primary" className="mt-2" onClick={() => setAsking(true)}>
          Propose that it is cleared
        </Button>
      )}
      {asking && <ProposeDialog assessment={assessment} own={own} onClose={() => setAsking(false)} />}
    </>
  )
}

function ProposeDialog({
  assessment,
  own,
  onClose,
}: {
  readonly assessment: Assessment
  readonly own: readonly ('rso' | 'ceo')[]
  onClose(): void
}) {
  const [proposer, setProposer] = useState(own[0] ?? 'rso')
  const [reason, setReason] = useState('')
  const propose = useAsk({
    send: async () => {
      const payload = { assessment: assessment.id, reportDigest: assessment.reportDigest, proposer }
      const body = { action: DECIDE, payload, reason: reason.trim() }
      return (await call('POST /api/v1/approvals', { body })).id
    },
    changed: useModelsChanged(),
    onClose,
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Propose that it is cleared?"
      description={`The ${proposer === 'rso' ? 'CEO' : 'Responsible Scaling Officer'} is asked to agree on this very report.`}
      submit="Propose it"
      busy={propose.isPending}
      ready={reason.trim() !== ''}
      problem={propose.error}
      onSubmit={() => propose.mutate()}
    >
      {own.length > 1 && (
        <SelectField<'rso' | 'ceo'>
          label="You decide as"
          value={proposer}
          onChange={setProposer}
          choices={[
            { value: 'rso', label: 'Responsible Scaling Officer' },
            { value: 'ceo', label: 'CEO' },
          ]}
        />
      )}
      <TextArea
        label="Reason"
        value={reason}
        onChange={setReason}
        maxLength={2000}
        hint="Part of what both of you sign."
      />
    </FormDialog>
  )
}

/** What does not go on before this is cleared. */
function Blocked({ assessment: { model, clearedAt, verdict } }: { readonly assessment: Assessment }) {
  const { data: cases } = useQuery(casesQuery)
  const { data: deployments = [] } = useQuery(deploymentsQuery)
  if (clearedAt !== null) return null
  const training = cases?.find(({ id }) => id === `training/${model}`)
  const own = deployments.filter((one) => one.model === model && one.withdrawnAt === null)
  const stops = training?.effect === 'stop' || training?.effect === 'lock'
  return (
    <Section title="Blocked until then">
      <Facts
        rows={[
          [
            'Training',
            <>
              <StateMark state={stops ? 'fails' : 'watch'}>{training?.title ?? 'Training'}</StateMark>
              <span className="block text-quiet">
                {stops
                  ? 'no segment starts'
                  : 'segments go on within the buffer only, and growth is still counted from the last cleared assessment'}
              </span>
            </>,
          ],
          [
            'Deployments',
            own.length === 0 ? (
              <span className="text-quiet">none is declared</span>
            ) : (
              <ul key="d">
                {own.map(({ id }) => {
                  const of = cases?.find((one) => one.id === `deployment/${id}`)
                  return (
                    <li key={id}>
                      <AppLink href={`/releases/${encodeURIComponent(id)}`} className={INLINE_LINK}>
                        {id}
                      </AppLink>{' '}
                      <span className="text-quiet">
                        {of?.title ?? 'not begun'}: none opens, and none that was halted reopens
                      </span>
                    </li>
                  )
                })}
              </ul>
            ),
          ],
          [
            'Counting',
            verdict === 'BELOW' || verdict === null
              ? 'from what was cleared before, not from this checkpoint'
              : 'nothing is counted from this checkpoint',
          ],
        ]}
      />
    </Section>
  )
}
