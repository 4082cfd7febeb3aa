import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { WrittenReportSection } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { UnsavedGuard } from '../../components/unsaved-guard.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useControlsChanged } from './queries.ts'
import { Said } from './report-sections.tsx'

const MOST_CHARS = 15_000

/** A section of a draft as somebody writes it, in its place. What somebody else saved meanwhile is never written over unseen. */
export function SectionWriting({
  report,
  section,
  onClose,
}: {
  readonly report: string
  readonly section: WrittenReportSection
  onClose(): void
}) {
  const [base, setBase] = useState(section.text)
  const [text, setText] = useState(section.text ?? '')
  const changed = useControlsChanged()
  const save = useMutation({
    mutationFn: async () =>
      call('PUT /api/v1/control-reports/{id}/sections/{section}', {
        params: { id: report, section: section.id },
        body: { text: text.trim(), was: base === null ? null : await sha256(base) },
      }),
    onSuccess: async () => {
      onClose()
      await changed(`${section.title} is saved`)
    },
    onError: async (error) => {
      if (error instanceof ApiProblem && error.code === 'CONFLICT') await changed()
    },
  })
  const isDirty = text.trim() !== (base ?? '')
  const overtaken = section.text !== base && !save.isSuccess
  const goOnFrom = (theirs: string | null) => {
    setBase(theirs)
    save.reset()
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (isDirty && !overtaken && !save.isPending) save.mutate()
  }
  return (
    <form onSubmit={send} className="flex flex-col gap-3">
      <UnsavedGuard isDirty={isDirty && !save.isSuccess} />
      {overtaken && (
        <div role="alert" className="flex flex-col gap-3 rounded-md border border-watch bg-watch-soft p-3">
          <p>
            <StateMark state="watch">
              {section.by === null ? 'Somebody' : <PersonName id={section.by} />} wrote here meanwhile
            </StateMark>
            . Yours is still below and was not saved. Theirs:
          </p>
          <Said section={section} />
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => goOnFrom(section.text)}>Go on with mine</Button>
            <Button
              look="danger"
              onClick={() => {
                setText(section.text ?? '')
                goOnFrom(section.text)
              }}
            >
              Drop mine, take theirs
            </Button>
          </div>
        </div>
      )}
      <TextArea
        label={section.title}
        hint={section.asks}
        value={text}
        onChange={setText}
        rows={10}
        maxLength={MOST_CHARS}
        autoFocus
      />
      {save.error !== null && !overtaken && <ProblemNote problem={save.error} />}
      <div className="flex flex-wrap items-center justify-end gap-2">
        {isDirty && <StateMark state="watch">not saved</StateMark>}
        <Button onClick={onClose}>{isDirty ? 'Drop what is not saved' : 'Close'}</Button>
        <Button type="submit" look="primary" busy={save.isPending} disabled={!isDirty || overtaken}>
          Save
        </Button>
      </div>
    </form>
  )
}

/** Hex, of the text as UTF-8: names the text that is replaced. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
