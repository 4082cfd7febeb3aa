import { useQuery } from '@tanstack/react-query'
import type { PolicyStatus } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { TextField } from '../../components/field.tsx'
import { Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { When } from '../../components/when.tsx'
import { BesideClauses } from './beside-clauses.tsx'
import { ClauseTree } from './clause-tree.tsx'
import { versionQuery } from './queries.ts'
import { VersionFacts } from './version-facts.tsx'

interface InForceProps {
  readonly status: PolicyStatus | undefined
  readonly find: string
  onFind(find: string): void
}

/** What decides now, clause by clause, with the scores from which it acts. */
export function InForce({ status, find, onFind }: InForceProps) {
  const digest = status?.inForce.digest
  const { data, error } = useQuery({ ...versionQuery(digest ?? ''), enabled: digest !== undefined })
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined || status === undefined) return <Skeleton className="h-64" />
  const { policy } = data
  const clauses = policy.sections.reduce((sum, section) => sum + section.clauses.length, 0)
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <p className="text-quiet">
          {status.rule.charAt(0).toUpperCase() + status.rule.slice(1)}.
          {status.shadow !== null && (
            <>
              {' '}
              <AppLink href={`/policy/drafts/${status.shadow.draftId}?tab=shadow`} className={INLINE_LINK}>
                A draft
              </AppLink>{' '}
              decides beside it without effect since <When at={status.shadow.since} />.
            </>
          )}
        </p>
        <VersionFacts version={data} />
      </div>
      <Section
        title="Clauses"
        note={`${count(clauses, 'clause')} in ${count(policy.sections.length, 'section')}; scores as the classifier in use gives them`}
        actions={<TextField label="Find" type="search" value={find} onChange={onFind} className="w-48" />}
      >
        <ClauseTree policy={policy} find={find} />
      </Section>
      <BesideClauses policy={policy} />
    </div>
  )
}
