import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ControlReportDocument, ReportRedaction } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useControlsChanged } from './queries.ts'
import { REASONS } from './report-words.ts'

type Reason = ReportRedaction['reason']

/** A section from which something is taken out. */
export interface Redactable {
  readonly id: string
  readonly title: string
  /** What people wrote, of which a passage can be taken out; null: only the whole section can. */
  readonly text: string | null
  /** What was selected in it. */
  readonly selected: string
}

/** Takes a passage, or a whole section, out of the public edition. */
export function RedactDialog({
  report,
  section: { id, title, text, selected },
  onClose,
}: {
  readonly report: string
  readonly section: Redactable
  onClose(): void
}) {
  const [what, setWhat] = useState<'passage' | 'section'>(text === null ? 'section' : 'passage')
  const [passage, setPassage] = useState(selected)
  const [reason, setReason] = useState<Reason>('safety')
  const [explanation, setExplanation] = useState('')
  const changed = useControlsChanged()
  const send = useMutation({
    mutationFn: () =>
      call('POST /api/v1/control-reports/{id}/redactions', {
        params: { id: report },
        body: {
          section: id,
          passage: what === 'section' ? null : passage.trim(),
          reason,
          explanation: explanation.trim(),
        },
      }),
    onSuccess: async () => {
      onClose()
      await changed('Left out of the public edition')
    },
  })
  const words = passage.trim()
  const isThere = what === 'section' || (words !== '' && text?.includes(words) === true)
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={`Redact ${title}`}
      description="It is taken out of the public edition, which names the reason in its register. What is signed keeps every word."
      submit="Redact"
      busy={send.isPending}
      ready={isThere && explanation.trim() !== ''}
      problem={send.error}
      onSubmit={() => send.mutate()}
    >
      {text !== null && (
        <SelectField<'passage' | 'section'>
          label="What is taken out"
          value={what}
          onChange={setWhat}
          choices={[
            { value: 'passage', label: 'A passage' },
            { value: 'section', label: 'The whole section' },
          ]}
        />
      )}
      {what === 'passage' && (
        <TextArea
          label="Passage"
          value={passage}
          onChange={setPassage}
          maxLength={2000}
          hint="Exactly as it stands; wherever it stands in the section it is taken out."
          error={words !== '' && !isThere ? 'These words stand nowhere in the section.' : null}
        />
      )}
      <SelectField<Reason>
        label="Reason"
        value={reason}
        onChange={setReason}
        choices={(Object.keys(REASONS) as Reason[]).map((one) => ({ value: one, label: REASONS[one] }))}
      />
      <TextArea
        label="Explanation"
        value={explanation}
        onChange={setExplanation}
        maxLength={1000}
        hint="Public: says why, and not what."
      />
    </FormDialog>
  )
}

/** What the public edition leaves out, and why. */
export function Redactions({
  document,
  mayTakeBack,
}: {
  readonly document: ControlReportDocument
  readonly mayTakeBack: boolean
}) {
  const changed = useControlsChanged()
  const takeBack = useMutation({
    mutationFn: (redaction: string) =>
      call('DELETE /api/v1/control-reports/{id}/redactions/{redaction}', { params: { id: document.id, redaction } }),
    onSuccess: () => changed('The redaction is taken back'),
  })
  const gone = new Set(goneFrom(document))
  const titles = new Map([...document.compiled, ...document.written].map(({ id, title }) => [id, title]))
  return (
    <Section title="Redactions" note="left out of the public edition">
      {takeBack.error !== null && <ProblemNote problem={takeBack.error} />}
      {document.redactions.length === 0 ? (
        <p className="text-quiet">None: the public edition has every word.</p>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {document.redactions.map(({ id, section, passage, reason, explanation, by, at }) => (
            <li key={id} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-1 py-2">
              <div className="flex min-w-0 flex-col gap-0.5">
                <span className="font-medium">
                  {titles.get(section) ?? section}
                  {passage === null && ', the whole section'} · {REASONS[reason]}
                </span>
                {passage !== null && (
                  <span dir="auto" className="border-l-2 border-edge pl-2 whitespace-pre-wrap wrap-anywhere">
                    {passage}
                  </span>
                )}
                <bdi className="text-quiet">{explanation}</bdi>
                {gone.has(id) && (
                  <StateMark state="watch">it names words that are not there any more: take it back</StateMark>
                )}
                <span className="text-xs text-quiet">
                  <PersonName id={by} link /> · <When at={at} />
                </span>
              </div>
              {mayTakeBack && (
                <Button small busy={takeBack.isPending} onClick={() => takeBack.mutate(id)}>
                  Take it back
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

/** Redactions that take nothing out, since somebody wrote otherwise after they were made: with one of them a report can't be signed. */
export function goneFrom({ written, redactions }: Pick<ControlReportDocument, 'written' | 'redactions'>): string[] {
  const texts = new Map(written.map(({ id, text }) => [id, text ?? '']))
  return redactions.flatMap(({ id, section, passage }) => {
    const text = texts.get(section)
    return text === undefined || (passage === null ? text !== '' : text.includes(passage)) ? [] : [id]
  })
}
