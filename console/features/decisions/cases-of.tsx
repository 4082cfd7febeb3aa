import { useQuery } from '@tanstack/react-query'
import { usePermissions } from '../../app/session.ts'
import { Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { CaseList } from '../queue/case-list.tsx'
import { casesOfQuery } from './queries.ts'

/** The cases that people judge it in. */
export function CasesOf({ id }: { readonly id: string }) {
  const { may } = usePermissions()('review.read')
  const { data, error } = useQuery({ ...casesOfQuery(id), enabled: may })
  if (!may) return null
  return (
    <Section title="Review">
      {error !== null ? (
        <ProblemNote problem={error} />
      ) : data === undefined ? (
        <Skeleton className="w-64" />
      ) : data.length === 0 ? (
        <p className="text-quiet">
          It opened no case: test strings and canaries never do, nor what is below the severity that the configuration
          names; and of what is allowed only a sample is drawn.
        </p>
      ) : (
        <CaseList cases={data} />
      )}
    </Section>
  )
}
