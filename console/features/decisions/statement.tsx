import { useQuery } from '@tanstack/react-query'
import type { DecisionView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { INLINE_LINK } from '../../components/app-link.tsx'
import { Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { day } from '../../components/when.tsx'
import { statementQuery } from './queries.ts'

/** What whom it concerns is told about it; nothing where nothing was withheld. */
export function Statement({ decision: { id, outcome } }: { readonly decision: DecisionView }) {
  const { may } = usePermissions()('statements.read')
  const withheld = outcome === 'refuse' || outcome === 'cut'
  const { data, error } = useQuery({ ...statementQuery(id), enabled: may && withheld })
  if (!may || !withheld || data === null) return null
  return (
    <Section title="Statement of reasons" note="as the customer reads it">
      {error !== null ? (
        <ProblemNote problem={error} />
      ) : data === undefined ? (
        <Skeleton className="w-64" />
      ) : (
        <>
          <p>{data.facts}</p>
          <p className="text-quiet">
            Can be contested until {day(data.contestUntil)}.{' '}
            <a className={INLINE_LINK} href={publicPage(data.contestUrl, id)} target="_blank" rel="noreferrer">
              Its public page
            </a>
          </p>
        </>
      )}
    </Section>
  )
}

function publicPage(contestUrl: string, id: string): string {
  return new URL(`/decisions/${encodeURIComponent(id)}`, contestUrl).href
}
