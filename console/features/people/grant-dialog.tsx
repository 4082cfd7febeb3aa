import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { PersonView, Role } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useRefreshSession } from '../../app/session.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { useToast } from '../../components/toast.tsx'
import { ALL_ROLES, roleName, rolePurpose } from './role-names.ts'

/** Roles that one administrator gives alone; all others take a second person. The server decides, this only says so before. */
const ALONE: ReadonlySet<Role> = new Set<Role>(['analyst', 'external_reviewer'])

interface GrantProps {
  readonly person: PersonView
  readonly bootstrap: boolean
  readonly open: boolean
  onOpenChange(open: boolean): void
}

/** Asks for a role for somebody: carried out at once, or when a second person has agreed. */
export function GrantDialog({ person, bootstrap, open, onOpenChange }: GrantProps) {
  const held = new Set(person.assignments.filter(({ state }) => state !== 'ended').map(({ role }) => role))
  const [role, setRole] = useState<Role>(ALL_ROLES.find((one) => one === 'analyst' && !held.has(one)) ?? 'rso')
  const [until, setUntil] = useState('')
  const [reason, setReason] = useState('')
  const client = useQueryClient()
  const refresh = useRefreshSession()
  const navigate = useNavigate()
  const toast = useToast()
  const ask = useMutation({
    mutationFn: () => {
      const expiresAt = until === '' ? null : new Date(`${until}T23:59:59`).toISOString()
      const payload = { personId: person.id, role, expiresAt, deputyFor: null }
      return withFreshKey(() =>
        call('POST /api/v1/approvals', { body: { action: 'staff.grant_role', payload, reason: reason.trim() } }),
      )
    },
    onSuccess: async (approval) => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ['people'] }),
        client.invalidateQueries({ queryKey: ['approvals'] }),
        refresh(),
      ])
      onOpenChange(false)
      setReason('')
      if (approval.state === 'executed') toast(`${person.displayName} is ${roleName(role)} now`)
      else await navigate({ to: '/approvals/$id', params: { id: approval.id } })
    },
  })
  const effect = ALONE.has(role)
    ? 'Takes effect at once.'
    : bootstrap
      ? 'Takes effect at once while the bootstrap lasts, and is marked as decided alone.'
      : 'Takes effect when a second person has agreed.'
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Give ${person.displayName} a role`}
      description="Nobody gives themselves a role."
      submit="Ask for it"
      busy={ask.isPending}
      ready={reason.trim() !== '' && !held.has(role)}
      onSubmit={() => ask.mutate()}
      problem={ask.error}
    >
      <SelectField<Role>
        label="Role"
        value={role}
        onChange={setRole}
        choices={ALL_ROLES.map((value) => ({
          value,
          label: roleName(value),
          note: held.has(value) ? 'held already' : rolePurpose(value),
          disabled: held.has(value),
        }))}
        hint={effect}
      />
      <TextField
        label="Until (optional)"
        type="date"
        value={until}
        onChange={setUntil}
        hint="Left empty, it lasts; training and review still come due."
      />
      <TextArea
        label="Reason"
        value={reason}
        onChange={setReason}
        required
        maxLength={2000}
        hint="Part of what the second person signs."
      />
    </FormDialog>
  )
}
