import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { EnforcementSubject } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { LimitsDialog, TierDialog } from './new-account-dialogs.tsx'
import { keyQuery, organisationQuery, projectQuery, subjectQuery } from './queries.ts'
import { RestrictDialog } from './restrict-dialog.tsx'
import { useChanged } from './use-changed.ts'

/** What one may do about a subject here; each says its effect before it is done. */
export function SubjectActions({ subject }: { readonly subject: EnforcementSubject }) {
  const permission = usePermissions()
  const [asking, setAsking] = useState<'restrict' | 'revoke' | 'limits' | 'tier' | null>(null)
  const changed = useChanged()
  const isKey = subject.type === 'key'
  const { data: key } = useQuery({ ...keyQuery(subject.id), enabled: isKey })
  const { data: project } = useQuery({ ...projectQuery(subject.id), enabled: subject.type === 'project' })
  const isOrganisation = subject.type === 'organisation'
  const { data: organisation } = useQuery({ ...organisationQuery(subject.id), enabled: isOrganisation })
  const { data: view } = useQuery({ ...subjectQuery(subject), enabled: isKey })
  const mayManage = permission('accounts.manage').may
  const dialog = { open: true, onOpenChange: () => setAsking(null) }
  return (
    <>
      {mayManage && project !== undefined && <Button onClick={() => setAsking('limits')}>Limits</Button>}
      {mayManage && organisation !== undefined && <Button onClick={() => setAsking('tier')}>Tier</Button>}
      {mayManage && key?.status === 'active' && <Button onClick={() => setAsking('revoke')}>Revoke key</Button>}
      {permission('accounts.restrict').may && (
        <Button look="danger" onClick={() => setAsking('restrict')}>
          Restrict
        </Button>
      )}
      {asking === 'restrict' && <RestrictDialog {...dialog} subject={subject} />}
      {asking === 'limits' && project !== undefined && <LimitsDialog {...dialog} project={project} />}
      {asking === 'tier' && organisation !== undefined && <TierDialog {...dialog} organisation={organisation} />}
      {asking === 'revoke' && key !== undefined && (
        <ConfirmDialog
          {...dialog}
          title={`Revoke ${key.name}?`}
          effects={[
            `${count(view?.requestsPerDay ?? 0, 'request')} a day came with it, as this server has seen; the next one is refused.`,
            'It never works again; the customer needs a new key.',
          ]}
          confirm="Revoke it"
          onConfirm={async () => {
            await withFreshKey(() => call('DELETE /api/v1/keys/{id}', { params: { id: key.id } }))
            await changed('The key was revoked')
          }}
        />
      )}
    </>
  )
}
