import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Role } from '../../app/api/schema.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { roleName } from '../people/role-names.ts'
import { useAuditChanged } from './queries.ts'

const ASKED: readonly Role[] = [
  'rso',
  'ciso',
  'ceo',
  'board',
  'security_engineer',
  'policy_editor',
  'analyst',
  'administrator',
]
const OF_CONTROL = 'control'
const DAY_MS = 86_400_000
const DEFAULT_DAYS = 14

/** An auditor asks a role for something, by a date. */
export function AskDialog({ onClose }: { onClose(): void }) {
  const [title, setTitle] = useState('')
  const [text, setText] = useState('')
  const [control, setControl] = useState('')
  const [owner, setOwner] = useState<Role | typeof OF_CONTROL>(OF_CONTROL)
  const [due, setDue] = useState(() => new Date(Date.now() + DEFAULT_DAYS * DAY_MS).toISOString().slice(0, 10))
  const changed = useAuditChanged()
  const navigate = useNavigate()
  const about = control.trim().toUpperCase()
  const send = useMutation({
    mutationFn: () =>
      call('POST /api/v1/audit/requests', {
        body: {
          ...{ title: title.trim(), text: text.trim(), control: about === '' ? null : about },
          ...(owner === OF_CONTROL ? {} : { owner }),
          dueAt: `${due}T23:59:59Z`,
        },
      }),
    onSuccess: async ({ id }) => {
      onClose()
      await navigate({ to: '/audit/requests/$id', params: { id } })
      await changed('It is asked for')
    },
  })
  const named = owner !== OF_CONTROL || about !== ''
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Ask for evidence"
      description="Who may see audits reads your words; the ledger has their digest, the role and the date."
      submit="Ask for it"
      busy={send.isPending}
      ready={title.trim() !== '' && text.trim() !== '' && due !== '' && named}
      problem={send.error}
      onSubmit={() => send.mutate()}
    >
      <TextField label="What" value={title} onChange={setTitle} maxLength={200} autoFocus />
      <TextArea
        label="In full"
        value={text}
        onChange={setText}
        maxLength={4000}
        hint="What is wanted, and of which period."
      />
      <TextField label="Control" value={control} onChange={setControl} placeholder="SEC-27" hint="May be empty." />
      <SelectField<Role | typeof OF_CONTROL>
        label="Asked of"
        value={owner}
        onChange={setOwner}
        choices={[
          { value: OF_CONTROL, label: 'The role that answers for the control' },
          ...ASKED.map((role) => ({ value: role, label: roleName(role) })),
        ]}
      />
      <TextField label="Due" type="date" value={due} onChange={setDue} hint="By the end of this day, UTC." />
    </FormDialog>
  )
}
