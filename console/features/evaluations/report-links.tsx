import { buttonLook } from '../../components/button.tsx'

const FORMATS = [
  ['html', 'Report'],
  ['markdown', 'Markdown'],
  ['json', 'JSON'],
] as const

/** The capability report as a page to read and print, and as files. */
export function ReportLinks({ id }: { readonly id: string }) {
  return FORMATS.map(([format, label]) => (
    <a
      key={format}
      href={`/api/v1/evaluations/assessments/${encodeURIComponent(id)}/report?format=${format}`}
      target="_blank"
      rel="noreferrer"
      aria-label={`${label}, opens beside this page`}
      className={buttonLook()}
    >
      {label}
    </a>
  ))
}
