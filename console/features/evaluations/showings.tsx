import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Assessment } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useModelsChanged } from '../scaling/queries.ts'
import { SHOWINGS, type ShowingName } from './words.ts'

/** The case that people make, in four parts, each with who made it. */
export function Showings({
  assessment,
  may,
  onMake,
}: {
  readonly assessment: Assessment
  readonly may: boolean
  onMake(name: ShowingName): void
}) {
  return (
    <ol className="divide-y divide-line border-y border-line">
      {SHOWINGS.map(([name, title, shows]) => {
        const showing = assessment.showings[name]
        return (
          <li key={name} className="flex flex-wrap items-start gap-x-4 gap-y-1 py-2">
            <StateMark state={showing === null ? 'fails' : 'holds'} className="w-36 shrink-0">
              {title}
            </StateMark>
            <div className="min-w-52 flex-1">
              {showing === null ? (
                <span className="text-quiet">Not made: it has to show {shows}.</span>
              ) : (
                <>
                  <p className="line-clamp-4 whitespace-pre-wrap" title={showing.words}>
                    {showing.words}
                  </p>
                  <p className="text-xs text-quiet">
                    <PersonName id={showing.madeBy} /> · <When at={showing.madeAt} />
                    {showing.evidence.length > 0 && ` · ${count(showing.evidence.length, 'digest')} of evidence`}
                  </p>
                </>
              )}
            </div>
            {may && (
              <Button
                small
                aria-label={`${showing === null ? 'Make it' : 'Write it anew'}, ${title}`}
                onClick={() => onMake(name)}
              >
                {showing === null ? 'Make it' : 'Write it anew'}
              </Button>
            )}
          </li>
        )
      })}
    </ol>
  )
}

export function ShowingDialog({
  assessment,
  name,
  onClose,
}: {
  readonly assessment: Assessment
  readonly name: ShowingName
  onClose(): void
}) {
  const before = assessment.showings[name]
  const [words, setWords] = useState(before?.words ?? '')
  const [digests, setDigests] = useState(before?.evidence.join('\n') ?? '')
  const [, title = '', shows = ''] = SHOWINGS.find(([one]) => one === name) ?? []
  const evidence = digests.split(/\s+/).filter((digest) => digest !== '')
  const wrong = evidence.find((digest) => !/^[0-9a-f]{64}$/.test(digest))
  const changed = useModelsChanged()
  const make = useMutation({
    mutationFn: () => {
      const params = { id: assessment.id, showing: name }
      const body = { words: words.trim(), evidence }
      return withFreshKey(() => call('PUT /api/v1/evaluations/assessments/{id}/showings/{showing}', { params, body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('The showing is made')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      wide
      title={`Showing: ${title}`}
      description={`It has to show ${shows}. By your name, and part of the capability report.`}
      submit="Make it"
      busy={make.isPending}
      ready={words.trim() !== '' && wrong === undefined}
      problem={make.error}
      onSubmit={() => make.mutate()}
    >
      <TextArea label="The case" value={words} onChange={setWords} rows={10} maxLength={20_000} />
      <TextArea
        label="Evidence"
        value={digests}
        onChange={setDigests}
        rows={2}
        error={wrong === undefined ? null : 'A SHA-256 has 64 hexadecimal digits, in small letters.'}
        hint="SHA-256 of each file that it rests on, one a line."
      />
    </FormDialog>
  )
}
