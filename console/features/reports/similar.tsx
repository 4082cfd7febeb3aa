import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReportDetail } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { When } from '../../components/when.tsx'
import { SaidPanel } from '../decisions/said-panel.tsx'
import { BandMark } from './marks.tsx'
import { useReportChanged } from './queries.ts'
import { percent, reportTitle, STATES } from './words.ts'

type Near = ReportDetail['near'][number]

/** Reports whose words are like these. The words are compared side by side, each reading on record, before one is called a duplicate. */
export function Similar({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const [compared, setCompared] = useState<Near | null>(null)
  if (report.near.length === 0 && report.duplicates.length === 0 && report.duplicateOf === null) return null
  return (
    <Section title="Like it" note="by how much of their words they share">
      {report.duplicateOf !== null && (
        <p>
          A duplicate of{' '}
          <AppLink href={`/reports/${report.duplicateOf}`} inline>
            …{report.duplicateOf.slice(-6)}
          </AppLink>
          , whose sender keeps the credit.
        </p>
      )}
      <ul className="divide-y divide-line border-y border-line">
        {report.near.map((one) => (
          <li key={one.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 py-1.5">
            <span className="w-10 text-right font-medium tabular-nums">{percent(one.likeness)}</span>
            <AppLink href={`/reports/${one.id}`} inline>
              {reportTitle(one)}
            </AppLink>
            <BandMark band={one.band} assessed={one.assessed} />
            <span className="text-quiet">
              {report.duplicates.includes(one.id) ? 'a duplicate of this' : STATES[one.state][1]} ·{' '}
              <When at={one.receivedAt} />
            </span>
            <span className="grow" />
            {may && (
              <Button small onClick={() => setCompared(one)}>
                Side by side
              </Button>
            )}
          </li>
        ))}
      </ul>
      {compared !== null && <Compare report={report} other={compared} onClose={() => setCompared(null)} />}
    </Section>
  )
}

function Compare({
  report,
  other,
  onClose,
}: {
  readonly report: ReportDetail
  readonly other: Near
  readonly onClose: () => void
}) {
  const changed = useReportChanged()
  const [later, earlier] = report.id > other.id ? [report, other] : [other, report]
  const merge = useMutation({
    mutationFn: () =>
      call('POST /api/v1/reports/{id}/acts', { params: { id: later.id }, body: { act: 'duplicate', of: earlier.id } }),
    onSuccess: async () => {
      await changed('Closed as a duplicate', 'Who sent it is told; the first keeps the credit.')
      onClose()
    },
  })
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`Alike to ${percent(other.likeness)}`}
      description="Of what was written, each reading is recorded."
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            look="primary"
            busy={merge.isPending}
            disabled={later.state === 'closed'}
            onClick={() => merge.mutate()}
          >
            Close the later one as a duplicate
          </Button>
        </>
      }
    >
      <div className="grid gap-3 md:grid-cols-2">
        <Words id={earlier.id} title="The earlier one" />
        <Words id={later.id} title="The later one" />
      </div>
      {merge.error !== null && <ProblemNote problem={merge.error} />}
    </Dialog>
  )
}

function Words({ id, title }: { readonly id: string; readonly title: string }) {
  const read = useMutation({ mutationFn: () => call('POST /api/v1/reports/{id}/read', { params: { id } }) })
  const parts =
    read.data === undefined
      ? []
      : ([
          ['story', read.data.story],
          ['steps', read.data.steps],
        ] as const)
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <SaidPanel
        title={title}
        held={false}
        busy={read.isPending}
        onAsk={() => read.data === undefined && !read.isPending && read.mutate()}
        blocks={
          read.data === undefined
            ? undefined
            : parts.flatMap(([by, written]) =>
                written === null
                  ? []
                  : [{ source: by, by, text: written.text, note: null, evidence: [], asJudged: [] }],
              )
        }
      />
      {read.error !== null && <ProblemNote problem={read.error} />}
    </div>
  )
}
