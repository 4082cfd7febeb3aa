import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { Framed, TextArea, TextField } from '../../components/field.tsx'
import { useAuditChanged } from './queries.ts'

interface AnswerDialogProps {
  readonly id: string
  readonly control: string | null
  onClose(): void
}

interface Document {
  readonly what: string
  readonly digest: string
}

/** Who holds the role that was asked answers. A document stays where it is: its SHA-256 is made here, and only that is sent. */
export function AnswerDialog({ id, control, onClose }: AnswerDialogProps) {
  const [text, setText] = useState('')
  const [entries, setEntries] = useState('')
  const [controls, setControls] = useState(control ?? '')
  const [documents, setDocuments] = useState<readonly Document[]>([])
  const changed = useAuditChanged()
  const send = useMutation({
    mutationFn: () =>
      call('POST /api/v1/audit/requests/{id}/answers', {
        params: { id },
        body: {
          text: text.trim(),
          entries: partsOf(entries).map(Number),
          controls: partsOf(controls.toUpperCase()),
          documents: [...documents],
        },
      }),
    onSuccess: async () => {
      onClose()
      await changed('The answer is given')
    },
  })
  const wrong = partsOf(entries).some((one) => !/^\d{1,15}$/.test(one))
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Answer"
      description="Your name stands under it; the ledger has the digest of what you say and the entries that you cite."
      submit="Answer"
      busy={send.isPending}
      ready={text.trim() !== '' && !wrong}
      problem={send.error}
      onSubmit={() => send.mutate()}
    >
      <TextArea label="Answer" value={text} onChange={setText} maxLength={8000} rows={5} />
      <TextField
        label="Entries of the ledger"
        value={entries}
        onChange={setEntries}
        placeholder="4112, 4115"
        error={wrong ? 'positions, separated by commas' : null}
        hint="May be empty."
      />
      <TextField
        label="Controls"
        value={controls}
        onChange={setControls}
        hint="How they stand now goes with the answer."
      />
      <Framed label="Documents" hint={told(documents)} error={null}>
        <input
          type="file"
          aria-label="Documents"
          multiple
          className="text-sm text-quiet file:mr-3 file:h-8 file:rounded-md file:border file:border-line file:bg-surface file:px-3 file:text-ink"
          onChange={async ({ currentTarget: { files } }) =>
            setDocuments(await Promise.all([...(files ?? [])].map(digestOf)))
          }
        />
      </Framed>
    </FormDialog>
  )
}

function partsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

function told(documents: readonly Document[]): string {
  if (documents.length === 0)
    return 'They stay with you: only names and SHA-256 are sent. Hand them over on another way.'
  return documents.map(({ what, digest }) => `${what}: ${digest.slice(0, 16)}…`).join(' · ')
}

async function digestOf(file: File): Promise<Document> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return { what: file.name.slice(0, 300), digest: hex }
}
