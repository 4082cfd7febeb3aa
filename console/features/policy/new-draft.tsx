import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { useTakeDraft } from './queries.ts'

/** Begins a draft from the newest version, and goes there. */
export function NewDraft() {
  const [open, setOpen] = useState(false)
  const [title, setTitle] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const navigate = useNavigate()
  const takeDraft = useTakeDraft()
  const begin = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const draft = await call('POST /api/v1/policy/drafts', { body: { title: title.trim() } })
      await takeDraft(draft)
      await navigate({ to: '/policy/drafts/$id', params: { id: draft.id } })
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Icon name="plus" size={14} /> New draft
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Begin a draft"
        description="It starts as the newest version says, and decides nothing until two people publish it."
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button look="primary" type="submit" form="new-draft" busy={busy} disabled={title.trim() === ''}>
              Begin
            </Button>
          </>
        }
      >
        <form
          id="new-draft"
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (title.trim() !== '') void begin()
          }}
        >
          <TextField
            label="What it is about"
            value={title}
            onChange={setTitle}
            maxLength={200}
            autoFocus
            hint="For colleagues; the public never sees it."
          />
          {problem !== null && <ProblemNote problem={problem} />}
        </form>
      </Dialog>
    </>
  )
}
