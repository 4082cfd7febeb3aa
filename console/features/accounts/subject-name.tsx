import { useQuery } from '@tanstack/react-query'
import type { EnforcementSubject } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { cn } from '../../components/class-names.ts'
import { keyQuery, organisationQuery, projectQuery } from './queries.ts'
import { subjectPath } from './words.ts'

/** What a customer, project or key calls itself; an end user has no name here, only a keyed digest. */
export function useSubjectName({ type, id }: EnforcementSubject): string | undefined {
  const { may } = usePermissions()('accounts.read')
  const organisation = useQuery({ ...organisationQuery(id), enabled: may && type === 'organisation' })
  const project = useQuery({ ...projectQuery(id), enabled: may && type === 'project' })
  const key = useQuery({ ...keyQuery(id), enabled: may && type === 'key' })
  return organisation.data?.name ?? project.data?.name ?? key.data?.name
}

/** Somebody by name, or by a short form of the identifier, which the title has whole. */
export function SubjectName({ subject }: { readonly subject: EnforcementSubject }) {
  const name = useSubjectName(subject)
  return <span title={subject.id}>{name ?? shortId(subject.id)}</span>
}

export function SubjectLink({
  subject,
  className,
}: {
  readonly subject: EnforcementSubject
  readonly className?: string
}) {
  return (
    <AppLink href={subjectPath(subject)} className={cn(INLINE_LINK, className)}>
      <SubjectName subject={subject} />
    </AppLink>
  )
}

/** `eu_5f0c1a…9b2e`: enough to tell apart by eye. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 9)}…${id.slice(-4)}`
}
