import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { usePeople } from './queries.ts'

/** Somebody by name, where one may know it; by identifier otherwise. */
export function PersonName({ id, link = false }: { readonly id: string; readonly link?: boolean }) {
  const person = usePeople().get(id)
  const name = person?.displayName ?? id
  if (!link || person === undefined) return <span>{name}</span>
  return (
    <AppLink href={`/people/${id}`} className={INLINE_LINK}>
      {name}
    </AppLink>
  )
}
