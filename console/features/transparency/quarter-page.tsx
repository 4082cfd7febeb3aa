import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { TransparencyEditionView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { statusQuery } from '../../app/status.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { EmptyState, Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { CorrectDialog } from './correct-dialog.tsx'
import { Numbers, quarterName } from './numbers.tsx'
import { differencesQuery, editionQuery, editionsQuery } from './queries.ts'

/** A quarter as it is published, what the records say otherwise by now, and how it is corrected. */
export function QuarterPage() {
  const { quarter } = useParams({ from: '/shell/public-record/$quarter' })
  const { data: all } = useSuspenseQuery(editionsQuery)
  const editions = all.filter((one) => one.quarter === quarter)
  const [newest] = editions
  if (newest === undefined) {
    return (
      <Page title={`Public record, ${quarterName(quarter)}`}>
        <EmptyState title="Nothing is published about this quarter">
          A quarter is published a day after its end.{' '}
          <AppLink href="/public-record" className={INLINE_LINK}>
            All quarters
          </AppLink>
        </EmptyState>
      </Page>
    )
  }
  return <Published newest={newest} editions={editions} />
}

function Published({
  newest,
  editions,
}: {
  readonly newest: TransparencyEditionView
  readonly editions: readonly TransparencyEditionView[]
}) {
  const { quarter, edition, publishedAt, digest } = newest
  const published = useQuery(editionQuery(quarter, edition))
  const { data: status } = useQuery(statusQuery)
  const { may } = usePermissions()('transparency.correct')
  const [asking, setAsking] = useState(false)
  const site = status?.gatewayUrl.replace(/\/v1$/, '')
  return (
    <Page
      title={`Public record, ${quarterName(quarter)}`}
      summary={
        <>
          edition {edition}, published <When at={publishedAt} />
        </>
      }
      actions={
        <>
          {site !== undefined && (
            <a href={`${site}/transparency/${quarter}`} rel="noreferrer" target="_blank" className={buttonLook()}>
              As the public sees it
            </a>
          )}
          {may && <Button onClick={() => setAsking(true)}>Publish a correction</Button>}
        </>
      }
    >
      {asking && <CorrectDialog edition={newest} onClose={() => setAsking(false)} />}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="The numbers">
          {published.error !== null && <ProblemNote problem={published.error} />}
          {published.data === undefined ? (
            published.error === null && <Skeleton className="h-64" />
          ) : (
            <Numbers report={published.data.report} />
          )}
        </Section>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="Editions" note="each stays as it was published">
            <Facts
              rows={editions.map((one) => [
                `${one.edition}`,
                <span key={one.edition} className="flex flex-col gap-0.5">
                  <When at={one.publishedAt} />
                  {one.reason !== null && <span className="whitespace-pre-line text-quiet">{one.reason}</span>}
                  {one.approval !== null && (
                    <AppLink href={`/approvals/${one.approval}`} className={INLINE_LINK}>
                      who agreed
                    </AppLink>
                  )}
                </span>,
              ])}
            />
            <p className="text-quiet">
              SHA-256 of the newest, as it stands on the ledger: <Code>{digest}</Code>
            </p>
          </Section>
          <Differences quarter={quarter} />
        </div>
      </div>
      <History id={quarter} />
    </Page>
  )
}

/** What a correction would change, figure by figure. */
function Differences({ quarter }: { readonly quarter: string }) {
  const { data, error } = useQuery(differencesQuery(quarter))
  return (
    <Section title="What the records say by now">
      {error !== null && <ProblemNote problem={error} />}
      {data === undefined ? (
        error === null && <Skeleton className="h-16" />
      ) : data.length === 0 ? (
        <StateMark state="holds">the same as what is published</StateMark>
      ) : (
        <Facts
          rows={data.map(({ figure, before, after }) => [
            figure,
            <span key={figure}>
              <span className="text-quiet">{before}</span> → {after}
            </span>,
          ])}
        />
      )}
    </Section>
  )
}
