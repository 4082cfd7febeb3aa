export { documentDigest } from './document.ts'
export type { ReportSources } from './facts.ts'
export { CONTROL_REPORT_STYLE_HASH, controlReportHtml, controlReportMarkdown } from './render.ts'
export { ControlReports, type ControlReportsDeps } from './reports.ts'
export {
  ControlReportId,
  NewControlReport,
  NewReportRedaction,
  type Reader,
  ReportDocument,
  ReportKind,
  ReportSigning,
  ReportSummary,
  ReportWriting,
} from './schema.ts'
