import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReportDetail } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { SubjectLink } from '../accounts/subject-name.tsx'
import { History } from '../ledger/history.tsx'
import { RunbookLink } from '../runbooks/runbook-link.tsx'
import { Acts } from './acts.tsx'
import { CasesSection } from './cases-section.tsx'
import { Chain } from './chain.tsx'
import { ClockLeft } from './clocks.tsx'
import { DisclosureSection } from './disclosure.tsx'
import { ReportClocks } from './duties.tsx'
import { BandMark } from './marks.tsx'
import { reportQuery } from './queries.ts'
import { Reproductions } from './reproductions.tsx'
import { SeveritySection } from './severity.tsx'
import { Similar } from './similar.tsx'
import { CHANNELS, reportTitle, STATES } from './words.ts'
import { Writing } from './writing.tsx'

/** One report: what was written, how grave it is, whether it can be seen again, and what becomes of it. */
export function ReportPage() {
  const { id } = useParams({ from: '/shell/reports/$id' })
  const { data: report } = useSuspenseQuery(reportQuery(id))
  const permissions = usePermissions()
  const { may } = permissions('reports.triage')
  const { may: mayDisclose } = permissions('reports.disclose')
  const [state, words] = STATES[report.state]
  return (
    <Page
      title={reportTitle(report)}
      summary={
        <span className="flex flex-wrap gap-x-2">
          <StateMark state={state}>
            {report.closedAs === null ? words : `closed: ${report.closedAs.replaceAll('_', ' ')}`}
          </StateMark>
          · <BandMark band={report.band} assessed={report.assessed} />
          {report.clock !== null && (
            <>
              · <ClockLeft clock={report.clock} named />
            </>
          )}
        </span>
      }
    >
      <Acts report={report} may={may} />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          <Writing key={report.id} report={report} may={may} />
          <Reproductions report={report} may={may} />
          <Similar report={report} may={may} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <SeveritySection key={`${report.id} ${report.state}`} report={report} may={may} />
          <CasesSection report={report} may={may} />
          <Section title="The chain" note="each link looked up now">
            <Chain links={report.chain} />
          </Section>
          <ReportClocks report={report} may={may} />
          <DisclosureSection report={report} may={mayDisclose} />
          <Section title="About this report">
            <About report={report} />
          </Section>
        </div>
      </div>
      <History id={report.id} />
    </Page>
  )
}

function About({ report }: { readonly report: ReportDetail }) {
  const { id, channel, about, organisationId, anonymous, receivedAt, lastAt, eraseAt } = report
  return (
    <Facts
      rows={[
        ['Report', <Code key="id">{id}</Code>],
        ['Runbook', <RunbookLink key="b" id="jailbreak" about={id} />],
        ['Came by', CHANNELS[channel]],
        ['Reporter', anonymous ? 'left no contact; the receipt is the only way' : 'left a contact'],
        ...(about.model === null ? [] : [['Model', about.model] as const]),
        ...(about.decision === null
          ? []
          : [
              [
                'Decision',
                <AppLink key="d" href={`/decisions/${about.decision}`} inline>
                  {about.decision}
                </AppLink>,
              ] as const,
            ]),
        ...(organisationId === null
          ? []
          : [['Customer', <SubjectLink key="o" subject={{ type: 'organisation', id: organisationId }} />] as const]),
        ['Came', <When key="came" at={receivedAt} />],
        ['Last change', <When key="last" at={lastAt} />],
        ...(eraseAt === null ? [] : [['Its words go', <When key="erase" at={eraseAt} />] as const]),
      ]}
    />
  )
}
