import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call, callFile } from '../../app/api/client.ts'
import type { ReportDetail, ReportWords } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { TextArea } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { When } from '../../components/when.tsx'
import { useHeldKey } from '../decisions/held-key.ts'
import type { SaidBlock } from '../decisions/said.tsx'
import { SaidPanel } from '../decisions/said-panel.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useReportChanged } from './queries.ts'

/** What was written stays sealed until somebody asks, and blurred until they hold it clear; who reads is on record first. */
export function Writing({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const changed = useReportChanged()
  const read = useMutation({
    mutationFn: () => call('POST /api/v1/reports/{id}/read', { params: { id: report.id } }),
    onSuccess: () => changed(),
  })
  const ask = () => {
    if (read.data === undefined && !read.isPending && !report.erased) read.mutate()
  }
  const held = useHeldKey('r', ask)
  return (
    <Section
      title="What was written"
      note={report.messages > 0 ? `${count(report.messages, 'message')} since` : undefined}
    >
      {report.erased ? (
        <p className="text-quiet">It was erased: withdrawn, or kept for as long as was said.</p>
      ) : (
        <SaidPanel
          title={report.encryption === 'none' ? 'The story' : `The story, encrypted with ${report.encryption}`}
          blocks={read.data === undefined ? undefined : blocksOf(read.data)}
          held={held}
          busy={read.isPending}
          onAsk={ask}
          instead={
            <p className="text-quiet">
              Sealed. Hold R, or the button, to read it; that you did is recorded before it is shown.
            </p>
          }
        />
      )}
      {read.error !== null && <ProblemNote problem={read.error} />}
      {read.data !== undefined && <Beside words={read.data} report={report.id} />}
      {may && !report.erased && <Answer id={report.id} onSent={() => read.data !== undefined && read.mutate()} />}
    </Section>
  )
}

function blocksOf({ story, steps, output }: ReportWords): SaidBlock[] {
  const parts = [
    ['what happened', story],
    ['steps to see it again', steps],
    ['what the model answered', output],
  ] as const
  return parts.flatMap(([by, written]) =>
    written === null
      ? []
      : [
          {
            source: by,
            by,
            text: written.text,
            note: written.opened ? null : `encrypted with ${written.encryption}: open it with tools of your own`,
            evidence: [],
            asJudged: [],
          },
        ],
  )
}

/** How to reach who reported, the files, and the conversation. */
function Beside({ words, report }: { readonly words: ReportWords; readonly report: string }) {
  const { contact, credit, files, messages } = words
  return (
    <div className="flex flex-col gap-3">
      {(contact !== null || credit !== null) && (
        <p className="text-quiet">
          {contact !== null && <>Can be reached at {contact}. </>}
          {credit !== null && <>Wants to be thanked as {credit}.</>}
        </p>
      )}
      {files.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {files.map((file) => (
            <File key={file.id} report={report} file={file} />
          ))}
        </ul>
      )}
      {messages.length > 0 && (
        <ol className="flex flex-col gap-2" aria-label="Conversation">
          {messages.map(({ from, by, at, text, opened }) => (
            <li
              key={`${at} ${from}`}
              className={from === 'staff' ? 'ml-8 rounded-md bg-accent-soft p-2.5' : 'mr-8 rounded-md bg-sunken p-2.5'}
            >
              <p className="text-xs text-quiet">
                {from === 'staff' ? by === null ? 'staff' : <PersonName id={by} /> : 'who reported'} · <When at={at} />
                {!opened && ' · encrypted'}
              </p>
              <p className="break-words whitespace-pre-wrap" dir="auto">
                {text}
              </p>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

/** Never shown here, whatever it is: it comes from a stranger, and goes to a machine of one's own. */
function File({ report, file }: { readonly report: string; readonly file: ReportWords['files'][number] }) {
  const open = useMutation({
    mutationFn: () => callFile('POST /api/v1/reports/{id}/files/{file}', { params: { id: report, file: file.id } }),
    onSuccess: (blob) => {
      const url = URL.createObjectURL(blob)
      const link = document.createElement('a')
      link.href = url
      link.download = `${file.name}.untrusted`
      link.click()
      URL.revokeObjectURL(url)
    },
  })
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-1.5">
      <span className="min-w-0 break-all">
        {file.name}{' '}
        <span className="text-quiet">
          {file.type}, {Math.max(1, Math.round(file.sizeBytes / 1024)).toLocaleString('en')} KiB
        </span>
      </span>
      <Button small busy={open.isPending} onClick={() => open.mutate()}>
        Take it along
      </Button>
      {open.error !== null && <ProblemNote problem={open.error} className="basis-full" />}
    </li>
  )
}

function Answer({ id, onSent }: { readonly id: string; readonly onSent: () => void }) {
  const [text, setText] = useState('')
  const changed = useReportChanged()
  const send = useMutation({
    mutationFn: () => call('POST /api/v1/reports/{id}/answers', { params: { id }, body: { text: text.trim() } }),
    onSuccess: async () => {
      setText('')
      await changed('Sent', 'Who reported reads it under their receipt.')
      onSent()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <TextArea
        label="Answer"
        value={text}
        onChange={setText}
        rows={3}
        maxLength={5000}
        hint="Who reported reads exactly this under their receipt, and can write back."
      />
      {send.error !== null && <ProblemNote problem={send.error} />}
      <Button type="submit" className="self-end" busy={send.isPending} disabled={text.trim() === ''}>
        Send
      </Button>
    </form>
  )
}
