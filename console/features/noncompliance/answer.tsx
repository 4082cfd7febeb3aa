import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'

const LONGEST = 20_000

/** Writes to whoever filed it; what was typed stays when it is not taken. */
export function Answer({ id, onChanged }: { readonly id: string; onChanged(): Promise<void> }) {
  const [text, setText] = useState('')
  const send = useMutation({
    mutationFn: () => call('POST /api/v1/noncompliance/{id}/messages', { params: { id }, body: { text: text.trim() } }),
    onSuccess: async () => {
      setText('')
      await onChanged()
    },
  })
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        send.mutate()
      }}
    >
      <TextArea
        label="Answer"
        value={text}
        onChange={setText}
        maxLength={LONGEST}
        hint="They read it with their code, wherever they are. Don’t guess who they are."
      />
      {send.error !== null && <ProblemNote problem={send.error} />}
      <Button className="self-start" look="primary" type="submit" busy={send.isPending} disabled={text.trim() === ''}>
        Send it
      </Button>
    </form>
  )
}
