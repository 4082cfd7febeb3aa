import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { useTakeDraft } from './queries.ts'

/** Begins a draft from the newest version, and goes there. */
export function NewDraft() {
  const [open, setOpen] = useState(false)
  const [title, setTitle] = useState('')
  const navigate = useNavigate()
  const takeDraft = useTakeDraft()
  const begin = useMutation({
    mutationFn: () => call('POST /api/v1/policy/drafts', { body: { title: title.trim() } }),
    onSuccess: async (draft) => {
      await takeDraft(draft)
      await navigate({ to: '/policy/drafts/$id', params: { id: draft.id } })
    },
  })
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Icon name="plus" size={14} /> New draft
      </Button>
      <FormDialog
        open={open}
        onOpenChange={setOpen}
        title="Begin a draft"
        description="It starts as the newest version says, and decides nothing until two people publish it."
        submit="Begin"
        busy={begin.isPending}
        ready={title.trim() !== ''}
        onSubmit={() => begin.mutate()}
        problem={begin.error}
      >
        <TextField
          label="What it is about"
          value={title}
          onChange={setTitle}
          maxLength={200}
          autoFocus
          hint="For colleagues; the public never sees it."
        />
      </FormDialog>
    </>
  )
}
