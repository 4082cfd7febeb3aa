import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { IssuedLink, PersonView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx'
import { Icon } from '../../components/icons.tsx'
import { Menu } from '../../components/menu.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { useChanged } from './assignment-table.tsx'
import { LinkNote } from './invite-dialog.tsx'

type Asking = 'deactivate' | 'sessions' | 'training' | 'reset' | null

/** What one may do about a person here. */
export function PersonActions({ person }: { readonly person: PersonView }) {
  const me = useMe()
  const permission = usePermissions()
  const changed = useChanged()
  const navigate = useNavigate()
  const [asking, setAsking] = useState<Asking>(null)
  const params = { id: person.id }
  const link = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/staff/people/{id}/link', { params })),
  })
  if (!person.active) return null
  const self = person.id === me.person.id
  const active = person.assignments.filter(({ state }) => state === 'active').length
  const items = [
    ...(permission('people.record_training').may && !self && person.assignments.length > 0
      ? [{ label: 'Record training…', onSelect: () => setAsking('training') }]
      : []),
    ...(permission('sessions.revoke').may
      ? [{ label: 'End all sessions…', onSelect: () => setAsking('sessions') }]
      : []),
    ...(permission('approvals.request').may && !self && person.passkeys > 0
      ? [{ label: 'Reset security keys…', onSelect: () => setAsking('reset') }]
      : []),
    ...(permission('people.deactivate').may ? [{ label: 'Deactivate…', onSelect: () => setAsking('deactivate') }] : []),
  ]
  const dialog = { open: true, onOpenChange: () => setAsking(null) }
  return (
    <>
      {permission('people.invite').may && person.passkeys === 0 && (
        <Button busy={link.isPending} onClick={() => link.mutate()}>
          New one-time link
        </Button>
      )}
      {items.length > 0 && (
        <Menu
          look="secondary"
          label={`Actions for ${person.displayName}`}
          trigger={
            <>
              Actions <Icon name="chevronDown" size={12} />
            </>
          }
          items={items}
        />
      )}
      {(link.data !== undefined || link.error !== null) && (
        <NewLink link={link.data} problem={link.error} close={link.reset} name={person.displayName} />
      )}
      {asking === 'deactivate' && (
        <ConfirmDialog
          {...dialog}
          title={`Deactivate ${person.displayName}?`}
          effects={[
            `${count(active, 'role')} and ${count(person.passkeys, 'security key')} end at once, with every session and open request of theirs.`,
            'They can’t sign in again; coming back means being invited anew.',
          ]}
          confirm="Deactivate"
          onConfirm={async () => {
            await call('POST /api/v1/staff/people/{id}/deactivate', { params })
            await changed(`${person.displayName} was deactivated`)
          }}
        />
      )}
      {asking === 'sessions' && (
        <ConfirmDialog
          {...dialog}
          title="End all sessions?"
          effects={[`${person.displayName} is signed out everywhere at once and may sign in again.`]}
          confirm="End them"
          onConfirm={async () => {
            await call('DELETE /api/v1/staff/people/{id}/sessions', { params })
            await changed('All sessions were ended')
          }}
        />
      )}
      {asking === 'training' && (
        <ConfirmDialog
          {...dialog}
          look="primary"
          title="Record training?"
          effects={[
            `You confirm that ${person.displayName} completed the training today.`,
            `${count(person.assignments.length, 'role')} stay awake until the next one is due.`,
          ]}
          confirm="Record it"
          onConfirm={async () => {
            await call('POST /api/v1/staff/people/{id}/training', {
              params,
              body: { completedAt: new Date().toISOString() },
            })
            await changed('Training recorded')
          }}
        />
      )}
      {asking === 'reset' && (
        <ConfirmDialog
          {...dialog}
          title={`Reset ${person.displayName}’s security keys?`}
          effects={[
            'Needs the agreement of a second person.',
            `Then ${count(person.passkeys, 'key')}, ${count(person.assignments.length, 'role')} and every session of theirs end, and a new link may be made.`,
          ]}
          confirm="Ask for it"
          reasonLabel="Reason"
          onConfirm={async (reason) => {
            const body = { action: 'staff.reset_passkeys', payload: { personId: person.id }, reason }
            const approval = await withFreshKey(() => call('POST /api/v1/approvals', { body }))
            await changed('Asked for')
            await navigate({ to: '/approvals/$id', params: { id: approval.id } })
          }}
        />
      )}
    </>
  )
}

function NewLink({
  link,
  problem,
  close,
  name,
}: {
  readonly link: IssuedLink | undefined
  readonly problem: unknown
  close(): void
  readonly name: string
}) {
  return (
    <Dialog open onOpenChange={close} title={`A link for ${name}`} actions={<Button onClick={close}>Done</Button>}>
      {link === undefined ? <ProblemNote problem={problem} /> : <LinkNote link={link} />}
    </Dialog>
  )
}
