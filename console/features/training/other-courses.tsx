import { useQuery } from '@tanstack/react-query'
import type { CourseStanding } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Section } from '../../components/page.tsx'
import { roleName } from '../people/role-names.ts'
import { coursesQuery } from './queries.ts'

/** What roles of others ask for; anybody may read it. */
export function OtherCourses({ own }: { readonly own: readonly CourseStanding[] }) {
  const { data } = useQuery(coursesQuery)
  const asked = new Set(own.map(({ course }) => course))
  const others = data?.filter(({ id }) => !asked.has(id)) ?? []
  if (others.length === 0) return null
  return (
    <Section title="Other courses" note="to read, or to take before a role is given">
      <ul className="divide-y divide-line border-y border-line">
        {others.map(({ id, title, for: audience }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-4 py-2">
            <AppLink href={`/training/${id}`} className={INLINE_LINK}>
              {title}
            </AppLink>
            <span className="text-quiet">
              {audience === 'everybody' ? 'everybody' : audience.map(roleName).join(', ')}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
