import type { TransparencyReport } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { Facts } from '../../components/page.tsx'

/** `2026-q4` as people write it. */
export function quarterName(quarter: string): string {
  return `Q${quarter.slice(6)} ${quarter.slice(0, 4)}`
}

/** What a report comes to, in a dozen lines; the whole of it is on the public page. */
export function Numbers({ report }: { readonly report: TransparencyReport }) {
  const { decisions: d, canaries, enforcement: e, appeals: a, exemptions: x, reports: r, models } = report
  const when = report.state === 'running' ? ' now' : ' at its end'
  const rows: [string, string][] = [
    ['Requests', d.requests.toLocaleString('en')],
    [
      'Refused',
      `${d.refused.toLocaleString('en')}, and ${count(d.cut, 'answer')} cut short${d.tests === 0 ? '' : `; ${d.tests.toLocaleString('en')} more for the harmless test string`}`,
    ],
    ['Passed on', `${d.passedOn.toLocaleString('en')} that would have been refused, where the policy is only observed`],
    ['Not fully checked', `${d.unevaluated.toLocaleString('en')} of those answered`],
    ['Canaries', `${canaries.sent.toLocaleString('en')} sent, ${canaries.missed.toLocaleString('en')} got through`],
    ['Against accounts', `${count(e.actions, 'action')}, ${e.takenBack.toLocaleString('en')} taken back`],
    [
      'Appeals',
      `${a.received.toLocaleString('en')} received, ${a.decided.toLocaleString('en')} decided, ${a.openAtEnd} open${when}`,
    ],
    ['Exemptions', `${x.granted} granted, ${x.inForceAtEnd} in force${when}`],
    [
      'Reports',
      r === null
        ? 'none are taken'
        : `${r.received.toLocaleString('en')} received, ${r.confirmed} confirmed, ${r.open} open`,
    ],
    ['Models', `${count(models.evaluations.length, 'assessment')} concluded, ${count(models.halts.length, 'halt')}`],
  ]
  return <Facts rows={rows} />
}
