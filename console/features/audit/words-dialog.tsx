import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { useAuditChanged } from './queries.ts'

interface WordsDialogProps {
  readonly title: string
  readonly description?: string
  readonly label: string
  readonly submit: string
  /** Said when it is done. */
  readonly done: string
  readonly required?: boolean
  send(words: string): Promise<unknown>
  onClose(): void
}

/** Some words, and then something is done. */
export function WordsDialog({ label, submit, done, required = false, send, onClose, ...about }: WordsDialogProps) {
  const [words, setWords] = useState('')
  const changed = useAuditChanged()
  const sent = useMutation({
    mutationFn: () => send(words.trim()),
    onSuccess: async () => {
      onClose()
      await changed(done)
    },
  })
  return (
    <FormDialog
      {...about}
      open
      onOpenChange={onClose}
      submit={submit}
      busy={sent.isPending}
      ready={!required || words.trim() !== ''}
      problem={sent.error}
      onSubmit={() => sent.mutate()}
    >
      <TextArea label={label} value={words} onChange={setWords} maxLength={4000} />
    </FormDialog>
  )
}
