import { useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { NoncomplianceDigest } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { digestQuery } from './queries.ts'
import { OUTCOMES, TOPICS } from './words.ts'

/** A quarter of reports in numbers, as a board reads it: of what its reader may see. */
export function DigestPage() {
  const { quarter } = useSearch({ from: '/shell/noncompliance/digest' })
  const navigate = useNavigate({ from: '/noncompliance/digest' })
  const { data: digest } = useSuspenseQuery(digestQuery(quarter))
  const go = (by: number) => navigate({ search: { quarter: moved(digest.quarter, by) } })
  return (
    <Page
      title={`Noncompliance, ${digest.quarter.toUpperCase().replace('-', ' ')}`}
      summary={digest.complete ? 'the quarter is over' : 'the quarter is not over yet'}
      actions={
        <>
          <Button onClick={() => void go(-1)}>Earlier</Button>
          {digest.complete && <Button onClick={() => void go(1)}>Later</Button>}
          <AppLink href={`/api/v1/noncompliance/digest?quarter=${digest.quarter}&format=markdown`} inline>
            As text, for a packet
          </AppLink>
        </>
      }
    >
      <p className="text-quiet">
        Counts what you may see. A report about one of the officers is in the numbers of those who may read it, and in
        nobody else’s.
      </p>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Numbers digest={digest} />
        <div className="flex min-w-0 flex-col gap-6">
          <Counts title="Received, by topic" counts={digest.received.byTopic} words={TOPICS} />
          <Counts title="Closed, by outcome" counts={digest.closed.byOutcome} words={OUTCOMES} />
        </div>
      </div>
    </Page>
  )
}

function Numbers({
  digest: { received, closed, open, actions, firstAnswer },
}: {
  readonly digest: NoncomplianceDigest
}) {
  return (
    <Section title="The quarter">
      <Facts
        rows={[
          ['Received', `${received.total}, ${received.anonymous} of them anonymous`],
          ['About an officer', received.aboutOfficers],
          ['Time to the first answer', days(firstAnswer.medianDays)],
          ['Closed', `${closed.total}, ${days(closed.medianDays)}`],
          ['Open at the end', open.total],
          ['Older than 90 days', open.olderThan90Days],
          ['A material risk', open.material],
          ['Without an answer', open.unanswered],
          [
            'Corrective action',
            `${actions.set} set, ${actions.done} done, ${actions.open} open, ${actions.overdue} late`,
          ],
        ]}
      />
    </Section>
  )
}

function Counts({
  title,
  counts,
  words,
}: {
  readonly title: string
  readonly counts: Readonly<Record<string, number | undefined>>
  readonly words: Readonly<Record<string, string>>
}) {
  return (
    <Section title={title}>
      <Facts rows={Object.entries(counts).map(([name, count]) => [words[name] ?? name, count ?? 0])} />
    </Section>
  )
}

function days(value: number | null): string {
  return value === null ? 'no time to tell yet' : `${value.toFixed(1)} days in the median`
}

function moved(quarter: string, by: number): string {
  const [year, number] = [Number(quarter.slice(0, 4)), Number(quarter.slice(6)) - 1]
  const index = year * 4 + number + by
  return `${Math.floor(index / 4)}-q${(index % 4) + 1}`
}
