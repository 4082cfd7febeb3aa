import { useMutation, useQuery } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type {
  ControlReportDocument,
  ControlReportDraft,
  ControlReportSummary,
  WrittenReportSection,
} from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useNow } from '../../components/when.tsx'
import { reportDraftQuery, useControlsChanged } from './queries.ts'
import { ReportFrame } from './report-frame.tsx'
import { goneFrom, type Redactable, RedactDialog, Redactions } from './report-redactions.tsx'
import { CompiledPart, Said, WrittenPart } from './report-sections.tsx'
import { SignDialog } from './report-sign-dialog.tsx'
import { rolesOf } from './report-words.ts'
import { SectionWriting } from './report-writing.tsx'

/** What was compiled so long ago the server does not let anybody sign. */
const FRESH_MS = 7 * 86_400_000

/** A draft: what was compiled, the sections that people write, and what stands between it and a signature. */
export function ReportDraft({ report }: { readonly report: ControlReportSummary }) {
  const { may } = usePermissions()('controls.report')
  const { data: draft, error } = useQuery({ ...reportDraftQuery(report.id), enabled: may })
  const [writing, setWriting] = useState<string | null>(null)
  const changed = useControlsChanged()
  const compile = useMutation({
    mutationFn: () => call('POST /api/v1/control-reports', { body: { kind: report.kind, quarter: report.quarter } }),
    onSuccess: () => changed('It is compiled anew', 'What people wrote stays.'),
  })
  const document = draft?.document
  return (
    <ReportFrame
      report={report}
      contents={document === undefined ? [] : [...document.compiled, ...document.written]}
      actions={
        may && (
          <>
            <Button busy={compile.isPending} onClick={() => compile.mutate()}>
              Compile anew
            </Button>
            {draft !== undefined && <Signing report={report} draft={draft} isWriting={writing !== null} />}
          </>
        )
      }
      standing={
        <>
          {compile.error !== null && <ProblemNote problem={compile.error} />}
          <Obstacles report={report} document={document} />
        </>
      }
    >
      {!may ? (
        <p className="text-quiet">It is still being written: those whom it is for open it once it is signed.</p>
      ) : document === undefined ? (
        error === null ? (
          <Skeleton className="h-96" />
        ) : (
          <ProblemNote problem={error} />
        )
      ) : (
        <Parts report={report} document={document} writing={writing} onWriting={setWriting} />
      )}
    </ReportFrame>
  )
}

/** What must be done before it can be signed, or that nothing must. */
function Obstacles({
  report: { missing, signers, compiledAt },
  document,
}: {
  readonly report: ControlReportSummary
  readonly document: ControlReportDocument | undefined
}) {
  const isOld = useNow() - Date.parse(compiledAt) > FRESH_MS
  const titles = new Map(document?.written.map(({ id, title }) => [id, title]))
  const hasGone = document !== undefined && goneFrom(document).length > 0
  return (
    <div className="flex flex-col gap-1 rounded-md border border-line bg-sunken p-3">
      {missing.length === 0 && !hasGone && !isOld ? (
        <p>
          <StateMark state="watch">Waits for a signature</StateMark> of {rolesOf(signers, 'or')}.
        </p>
      ) : (
        <StateMark state="watch">Not ready to be signed</StateMark>
      )}
      {missing.length > 0 && (
        <p>
          People must still write:{' '}
          {missing.map((id, i) => (
            <Fragment key={id}>
              {i > 0 && ', '}
              {titles.has(id) ? (
                <a href={`#${id}`} className={INLINE_LINK}>
                  {titles.get(id)}
                </a>
              ) : (
                id
              )}
            </Fragment>
          ))}
          .
        </p>
      )}
      {hasGone && <p>A redaction names words that are not there any more: take it back, and name others.</p>}
      {isOld && <p>It was compiled more than a week ago: compile it anew.</p>}
    </div>
  )
}

/** For those who hold a role that signs it. */
function Signing({
  report,
  draft,
  isWriting,
}: {
  readonly report: ControlReportSummary
  readonly draft: ControlReportDraft
  readonly isWriting: boolean
}) {
  const { may } = usePermissions()('controls.sign_report')
  const { roles } = useMe()
  const mine = report.signers.filter((role) => roles.includes(role))
  // What is read now, not what it may be by the time that the key is touched.
  const [read, setRead] = useState<ControlReportDraft | null>(null)
  if (!may || mine.length === 0) return null
  return (
    <>
      <Button
        look="primary"
        disabled={isWriting || report.missing.length > 0 || goneFrom(draft.document).length > 0}
        onClick={() => setRead(draft)}
      >
        Sign
      </Button>
      {read !== null && <SignDialog report={report} draft={read} roles={mine} onClose={() => setRead(null)} />}
    </>
  )
}

function Parts({
  report,
  document,
  writing,
  onWriting,
}: {
  readonly report: ControlReportSummary
  readonly document: ControlReportDocument
  readonly writing: string | null
  onWriting(section: string | null): void
}) {
  const [redacting, setRedacting] = useState<Redactable | null>(null)
  const whole = new Set(document.redactions.flatMap(({ section, passage }) => (passage === null ? [section] : [])))
  return (
    <>
      {document.compiled.map((section) => (
        <CompiledPart
          key={section.id}
          section={section}
          actions={
            report.public &&
            !whole.has(section.id) && (
              <Button
                small
                aria-label={`Redact ${section.title}`}
                onClick={() => setRedacting({ id: section.id, title: section.title, text: null, selected: '' })}
              >
                Redact
              </Button>
            )
          }
        />
      ))}
      {document.written.map((section) => (
        <WrittenPart
          key={section.id}
          section={section}
          note={<Need section={section} />}
          actions={
            writing === null && (
              <span className="flex gap-2">
                {report.public && section.text !== null && !whole.has(section.id) && (
                  <Button
                    small
                    aria-label={`Redact ${section.title}`}
                    onClick={() => setRedacting(redactable(section))}
                  >
                    Redact
                  </Button>
                )}
                <Button small aria-label={`Write ${section.title}`} onClick={() => onWriting(section.id)}>
                  Write
                </Button>
              </span>
            )
          }
        >
          {writing === section.id ? (
            <SectionWriting report={report.id} section={section} onClose={() => onWriting(null)} />
          ) : (
            <>
              {section.text === null && <p className="max-w-prose">{section.asks}</p>}
              {section.text !== null && <Said section={section} />}
            </>
          )}
        </WrittenPart>
      ))}
      {report.public && <Redactions document={document} mayTakeBack />}
      {redacting !== null && <RedactDialog report={report.id} section={redacting} onClose={() => setRedacting(null)} />}
    </>
  )
}

function Need({ section: { text, required } }: { readonly section: WrittenReportSection }) {
  if (text !== null) return 'words of people; no software checked them'
  return required ? <StateMark state="watch">to be written</StateMark> : 'may stay empty'
}

/** Whoever selects something in the section means that. */
function redactable({ id, title, text }: WrittenReportSection): Redactable {
  const selected = window.getSelection()?.toString().trim() ?? ''
  return { id, title, text, selected: text?.includes(selected) === true ? selected : '' }
}
