import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { DisclosureAct, DisclosureWords, ReportDetail } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { AdvisoryDialog, BountyDialog, CreditDialog, DateDialog, PartyDialog } from './disclosure-dialogs.tsx'
import { useReportChanged } from './queries.ts'

export function useDisclose(id: string) {
  const changed = useReportChanged()
  return useMutation({
    mutationFn: ({ act }: { act: DisclosureAct; done: string }) =>
      call('POST /api/v1/reports/{id}/disclosure', { params: { id }, body: act }),
    onSuccess: (_, { done }) => changed(done),
  })
}

type Asked = 'party' | 'date' | 'advisory' | 'credit' | 'bounty' | 'early'

/** Who is told before the public is, on which day that is told, and who is thanked. */
export function DisclosureSection({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const { person } = useMe()
  const [asked, setAsked] = useState<Asked | null>(null)
  const changed = useReportChanged()
  const act = useDisclose(report.id)
  const read = useMutation({
    mutationFn: () => call('POST /api/v1/reports/{id}/disclosure/read', { params: { id: report.id } }),
  })
  if (report.confirmedAt === null) return null
  const { disclosure } = report.triage
  const { advisory, parties } = disclosure
  const close = () => {
    setAsked(null)
    if (read.data !== undefined) read.mutate()
  }
  const button = (label: string, which: Asked) => (
    <Button small onClick={() => setAsked(which)}>
      {label}
    </Button>
  )
  return (
    <Section
      title="Disclosure"
      actions={
        <span className="flex flex-wrap gap-1">
          {read.data === undefined && (
            <Button small look="quiet" busy={read.isPending} onClick={() => read.mutate()}>
              Read names and text
            </Button>
          )}
          {may && button('Tell somebody', 'party')}
        </span>
      }
    >
      {read.error !== null && <ProblemNote problem={read.error} />}
      {act.error !== null && <ProblemNote problem={act.error} />}
      <Facts
        rows={[
          [
            'Public on',
            <Row key="on" action={may && advisory?.state !== 'published' && button('Another day', 'date')}>
              <time dateTime={report.publicOn}>{exactly(report.publicOn).slice(0, 10)}</time>
              <span className="text-quiet">
                {disclosure.publicOn === null ? ' · the default' : ' · agreed'}
                {disclosure.extensions > 0 &&
                  `, put off ${disclosure.extensions === 1 ? 'once' : `${disclosure.extensions} times`}`}
              </span>
            </Row>,
          ],
          [
            'Advisory',
            <Row
              key="advisory"
              action={may && <AdvisoryActions report={report} me={person.id} act={act} ask={setAsked} />}
            >
              <AdvisoryState report={report} />
            </Row>,
          ],
          [
            'Credit',
            <Row key="credit" action={may && button('Settle', 'credit')}>
              {CREDITS[disclosure.credit]}
            </Row>,
          ],
          [
            'Reward',
            <Row key="bounty" action={may && button('Change', 'bounty')}>
              {disclosure.bounty.state}
              {disclosure.bounty.amount !== null &&
                `, ${disclosure.bounty.amount.toLocaleString('en')} ${disclosure.bounty.currency}`}
              {report.triage.factors.universality === 'everything' && disclosure.bounty.state === 'none' && (
                <span className="text-quiet"> · a way around everything: eligible by the rule</span>
              )}
            </Row>,
          ],
        ]}
      />
      {read.data?.text != null && (
        <blockquote className="rounded-md border border-line p-3">
          <p className="font-medium">{read.data.title}</p>
          <p className="break-words whitespace-pre-wrap" dir="auto">
            {read.data.text}
          </p>
        </blockquote>
      )}
      {parties.length > 0 && <Parties report={report} words={read.data} may={may} act={act} />}
      {asked === 'party' && <PartyDialog report={report} onClose={close} />}
      {asked === 'date' && <DateDialog report={report} onClose={close} />}
      {asked === 'advisory' && <AdvisoryDialog report={report} words={read.data} onClose={close} />}
      {asked === 'credit' && <CreditDialog report={report} onClose={close} />}
      {asked === 'bounty' && <BountyDialog report={report} onClose={close} />}
      <ConfirmDialog
        open={asked === 'early'}
        onOpenChange={(open) => !open && setAsked(null)}
        title="Publish before the day"
        effects={[
          'A second person must agree; then it is public at once.',
          `${parties.filter(({ acknowledgedAt }) => acknowledgedAt === null).length} of ${parties.length} who were to know first have not answered yet.`,
        ]}
        confirm="Ask for it"
        reasonLabel="Why it can't wait"
        onConfirm={async (reason) => {
          await withFreshKey(() =>
            call('POST /api/v1/reports/{id}/early-releases', { params: { id: report.id }, body: { reason } }),
          )
          await changed('Asked for', 'It waits for a second person among the approvals.')
        }}
      />
    </Section>
  )
}

const CREDITS = {
  open: 'not settled yet',
  named: 'by the name that was agreed',
  anonymous: 'nobody is named',
} as const

function Row({ children, action }: { readonly children: React.ReactNode; readonly action: React.ReactNode }) {
  return (
    <span className="flex flex-wrap items-baseline justify-between gap-2">
      <span className="min-w-0">{children}</span>
      {action}
    </span>
  )
}

function AdvisoryState({ report }: { readonly report: ReportDetail }) {
  const { advisory } = report.triage.disclosure
  if (advisory === null) return <span className="text-quiet">not written yet</span>
  if (advisory.state === 'published' && advisory.publishedAt !== null)
    return (
      <StateMark state="holds">
        published <When at={advisory.publishedAt} />
      </StateMark>
    )
  return (
    <>
      <StateMark state="watch">{advisory.state === 'draft' ? 'a draft' : 'reviewed'}</StateMark>
      <span className="text-quiet">
        , by <PersonName id={advisory.writtenBy} />
        {advisory.reviewedBy !== null && (
          <>
            , reviewed by <PersonName id={advisory.reviewedBy} />
          </>
        )}
      </span>
    </>
  )
}

function AdvisoryActions({
  report,
  me,
  act,
  ask,
}: {
  readonly report: ReportDetail
  readonly me: string
  readonly act: ReturnType<typeof useDisclose>
  readonly ask: (which: Asked) => void
}) {
  const { advisory } = report.triage.disclosure
  if (advisory?.state === 'published') return null
  const isDue = Date.parse(report.publicOn) <= Date.now()
  return (
    <span className="flex flex-wrap gap-1">
      <Button small onClick={() => ask('advisory')}>
        {advisory === null ? 'Write it' : 'Write it anew'}
      </Button>
      {advisory?.state === 'draft' && advisory.writtenBy !== me && (
        <Button small busy={act.isPending} onClick={() => act.mutate({ act: { act: 'review' }, done: 'Reviewed' })}>
          It is right
        </Button>
      )}
      {advisory?.state === 'reviewed' && isDue && (
        <Button
          small
          look="primary"
          busy={act.isPending}
          onClick={() => act.mutate({ act: { act: 'publish' }, done: 'Published' })}
        >
          Publish
        </Button>
      )}
      {advisory?.state === 'reviewed' && !isDue && (
        <Button small onClick={() => ask('early')}>
          Publish early
        </Button>
      )}
    </span>
  )
}

function Parties({
  report,
  words,
  may,
  act,
}: {
  readonly report: ReportDetail
  readonly words: DisclosureWords | undefined
  readonly may: boolean
  readonly act: ReturnType<typeof useDisclose>
}) {
  return (
    <ul className="divide-y divide-line border-y border-line" aria-label="Who is told first">
      {report.triage.disclosure.parties.map(({ id, toldAt, embargoUntil, acknowledgedAt }, i) => {
        const named = words?.parties.find((party) => party.id === id)
        return (
          <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-1.5">
            <span>
              {named?.name ?? `Party ${i + 1}, its name is sealed`}
              {named?.contact != null && <span className="text-quiet"> · {named.contact}</span>}
              {named?.answer != null && <span className="block text-quiet">“{named.answer}”</span>}
            </span>
            <span className="flex flex-wrap items-baseline gap-2">
              {acknowledgedAt !== null ? (
                <StateMark state="holds">answered</StateMark>
              ) : toldAt !== null ? (
                <StateMark state="watch">told</StateMark>
              ) : (
                <StateMark state="unknown">not told yet</StateMark>
              )}
              {embargoUntil !== null && <span className="text-quiet">silent until {embargoUntil.slice(0, 10)}</span>}
              {may && toldAt === null && (
                <Button
                  small
                  onClick={() =>
                    act.mutate({
                      act: { act: 'told', party: id, embargoUntil: report.publicOn },
                      done: 'On record as told',
                    })
                  }
                >
                  They are told
                </Button>
              )}
              {may && toldAt !== null && acknowledgedAt === null && (
                <Button
                  small
                  onClick={() => act.mutate({ act: { act: 'acknowledged', party: id }, done: 'On record as answered' })}
                >
                  They answered
                </Button>
              )}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
