import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'

/** From what has happened to the runbook for it. @param about what a run would be about; left out where a run must not say */
export function RunbookLink({ id, about }: { readonly id: string; readonly about?: string }) {
  const { may } = usePermissions()('runbooks.work')
  if (!may) return <span className="text-quiet">{id}</span>
  const query = about === undefined ? '' : `?about=${encodeURIComponent(about)}`
  return (
    <AppLink href={`/runbooks/${id}${query}`} inline>
      {id}
    </AppLink>
  )
}
