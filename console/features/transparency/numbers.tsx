import type { TransparencyReport } from '../../app/api/schema.ts'
import { Facts } from '../../components/page.tsx'

/** `2026-q4` as people write it. */
export function quarterName(quarter: string): string {
  return `Q${quarter.slice(6)} ${quarter.slice(0, 4)}`
}

/** What a report comes to, in a dozen lines; the whole of it is on the public page. */
export function Numbers({ report }: { readonly report: TransparencyReport }) {
  const { decisions: d, canaries, enforcement: e, appeals: a, exemptions: x, reports: r, models } = report
  const rows: [string, string][] = [
    ['Requests', d.requests.toLocaleString()],
    ['Refused', `${d.refused.toLocaleString()}, and ${d.cut.toLocaleString()} answers cut short`],
    ['Passed on', `${d.passedOn.toLocaleString()} that would have been refused, where the policy is only observed`],
    ['Not fully checked', `${d.unevaluated.toLocaleString()} of those answered`],
    ['Canaries', `${canaries.sent.toLocaleString()} sent, ${canaries.missed.toLocaleString()} got through`],
    ['Against accounts', `${e.actions.toLocaleString()} actions, ${e.takenBack.toLocaleString()} taken back`],
    ['Appeals', `${a.received.toLocaleString()} received, ${a.decided.toLocaleString()} decided, ${a.openAtEnd} open`],
    ['Exemptions', `${x.granted} granted, ${x.inForceAtEnd} in force`],
    [
      'Reports',
      r === null
        ? 'none are taken'
        : `${r.received.toLocaleString()} received, ${r.confirmed} confirmed, ${r.open} open`,
    ],
    ['Models', `${models.evaluations.length} assessments concluded, ${models.halts.length} halts`],
  ]
  return <Facts rows={rows} />
}
