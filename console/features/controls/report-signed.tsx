import { useMutation } from '@tanstack/react-query'
import { call, callFile } from '../../app/api/client.ts'
import type { ControlReportDocument, ControlReportSummary } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button, buttonLook } from '../../components/button.tsx'
import { downloadBlob } from '../../components/export.ts'
import { Icon } from '../../components/icons.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useControlsChanged } from './queries.ts'
import { ReportFrame } from './report-frame.tsx'
import { Redactions } from './report-redactions.tsx'
import { CompiledPart, Said, WrittenPart } from './report-sections.tsx'
import { nextOf, rolesOf } from './report-words.ts'

const FORMATS = [
  ['html', 'HTML'],
  ['markdown', 'Markdown'],
] as const
type Format = (typeof FORMATS)[number][0]

/** What was signed. It is read only by opening it, which for those who must receive it is the receipt. */
export function ReportSigned({ report }: { readonly report: ControlReportSummary }) {
  const changed = useControlsChanged()
  const { roles } = useMe()
  const { may, roles: others } = usePermissions()('controls.open_report')
  const owed = report.waitsFor.filter((role) => roles.includes(role))
  const open = useMutation({
    mutationFn: () => call('POST /api/v1/control-reports/{id}/open', { params: { id: report.id } }),
    onSuccess: () => (owed.length === 0 ? changed() : changed('Your receipt is on record')),
  })
  const document = open.data?.document
  return (
    <ReportFrame
      report={report}
      contents={document === undefined ? [] : [...document.compiled, ...document.written]}
      actions={
        <>
          {report.public && <PublicLinks id={report.id} />}
          {document !== undefined && <Downloads report={report} />}
        </>
      }
      standing={<Standing report={report} />}
    >
      {open.error !== null && <ProblemNote problem={open.error} />}
      {document !== undefined ? (
        <Parts report={report} document={document} />
      ) : may ? (
        <div className="flex flex-col items-start gap-3 rounded-md border border-dashed border-line px-4 py-6">
          <p className="max-w-prose">
            {owed.length === 0
              ? 'What was signed is read by opening it.'
              : `You are to receive it as ${rolesOf(owed)}. Opening it is your receipt, recorded before you read; it says that you were given the report, not that you agree with it.`}
          </p>
          <Button look="primary" busy={open.isPending} onClick={() => open.mutate()}>
            Open it
          </Button>
        </div>
      ) : (
        <p className="text-quiet">What was signed is read by {rolesOf(others, 'or')}.</p>
      )}
    </ReportFrame>
  )
}

function Standing({ report }: { readonly report: ControlReportSummary }) {
  const next = nextOf(report)
  return (
    <p className="rounded-md border border-line bg-sunken p-3">
      {next === null ? (
        <>
          <StateMark state="holds">Delivered</StateMark>: each of those whom it is for has opened it.
        </>
      ) : (
        <>
          <StateMark state="watch">Signed</StateMark>, {next}.
        </>
      )}
    </p>
  )
}

function Parts({
  report,
  document,
}: {
  readonly report: ControlReportSummary
  readonly document: ControlReportDocument
}) {
  return (
    <>
      {document.compiled.map((section) => (
        <CompiledPart key={section.id} section={section} />
      ))}
      {document.written.map((section) => (
        <WrittenPart key={section.id} section={section}>
          <Said section={section} />
        </WrittenPart>
      ))}
      {report.public && <Redactions document={document} mayTakeBack={false} />}
    </>
  )
}

/** As files, of what was opened here. */
function Downloads({ report: { id, kind, quarter, edition } }: { readonly report: ControlReportSummary }) {
  const take = useMutation({
    mutationFn: async (format: Format) => {
      const file = await callFile('POST /api/v1/control-reports/{id}/open', { params: { id }, query: { format } })
      downloadBlob(`${kind}-${quarter}-edition-${edition}.${format === 'html' ? 'html' : 'md'}`, file)
    },
  })
  return (
    <>
      {take.error !== null && <ProblemNote problem={take.error} />}
      {FORMATS.map(([format, label]) => (
        <Button key={format} busy={take.isPending} onClick={() => take.mutate(format)}>
          <Icon name="download" size={14} /> {label}
        </Button>
      ))}
    </>
  )
}

/** The public edition as a page to read and print, and as a file. */
function PublicLinks({ id }: { readonly id: string }) {
  return FORMATS.map(([format, label]) => (
    <a
      key={format}
      href={`/api/v1/control-reports/${encodeURIComponent(id)}/public?format=${format}`}
      target="_blank"
      rel="noreferrer"
      aria-label={`Public edition, ${label}, opens beside this page`}
      className={buttonLook()}
    >
      {format === 'html' ? 'Public edition' : `Public edition, ${label}`}
    </a>
  ))
}
