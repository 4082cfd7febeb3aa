import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { reportQuery } from './queries.ts'
import { ReportDraft } from './report-draft.tsx'
import { ReportSigned } from './report-signed.tsx'

/** One report: a draft to be written and signed, or what was signed, to be opened by those whom it is for. */
export function ReportPage() {
  const { id } = useParams({ from: '/shell/controls/reports/$id' })
  const { data: report } = useSuspenseQuery(reportQuery(id))
  return report.state === 'draft' ? <ReportDraft key={id} report={report} /> : <ReportSigned key={id} report={report} />
}
