import type { TransparencyReport } from './schema.ts'
import type { Breakdown } from './small-counts.ts'

const HEADER = 'part,figure,of,value,least,most\r\n'
type Row = readonly [part: string, figure: string, of: string, value: string | number, least?: number, most?: number]

/**
 * The report as a table (RFC 4180: lines end with CR LF): one figure a line. A cell of a breakdown stands with the least and the most
 * that it may be.
 */
export function toCsv(report: TransparencyReport): string {
  return HEADER + rowsOf(report).map(line).join('')
}

function rowsOf(report: TransparencyReport): Row[] {
  const { decisions, canaries, enforcement, appeals, exemptions, reports, models, policies, cards } = report
  const about: Row[] = (
    ['format', 'organisation', 'quarter', 'from', 'until', 'state', 'edition', 'compiledAt', 'countedFrom'] as const
  ).map((figure) => ['report', figure, '', report[figure] ?? ''])
  return [
    ...about,
    ...figures('decisions', decisions),
    ...figures('canaries', canaries),
    ...figures('enforcement', enforcement),
    ...figures('appeals', appeals),
    ...figures('exemptions', exemptions),
    ...(reports === null ? [] : figures('reports', reports)),
    ...models.evaluations.map(
      (one): Row => ['evaluations', one.verdict, `${one.model} ${one.checkpoint}`, one.concludedAt],
    ),
    ...models.halts.map((one): Row => ['halts', one.closedAt === null ? 'open' : 'closed', one.model, one.openedAt]),
    ...policies.map((one): Row => ['policies', one.version, one.digest, one.effectiveAt]),
    ...(cards ?? []).map((one): Row => ['cards', `${one.model} ${one.version}`, one.digest, one.publishedAt]),
  ]
}

type Figure = number | Breakdown | { readonly median: number; readonly p90: number } | null

function figures(part: string, values: Readonly<Record<string, Figure>>): Row[] {
  return Object.entries(values).flatMap(([figure, value]): Row[] => {
    if (value === null) return [[part, figure, '', '']]
    if (typeof value === 'number') return [[part, figure, '', value]]
    if ('median' in value)
      return [
        [part, figure, 'median', value.median],
        [part, figure, 'p90', value.p90],
      ]
    return value.cells.map(({ key, least, most }): Row => {
      if (least === null || most === null) return [part, figure, key, 'withheld']
      // A spreadsheet would take a band such as 5-9 for a date.
      return [part, figure, key, least === most ? least : '', least, most]
    })
  })
}

function line(row: Row): string {
  return `${row.map((value) => field(value ?? '')).join(',')}\r\n`
}

/** What a spreadsheet would take for a formula gets an apostrophe before it. */
function field(value: string | number): string {
  const text = String(value)
  const inert = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
