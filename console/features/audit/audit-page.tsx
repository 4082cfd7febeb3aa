import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { count } from '../../components/count.ts'
import { Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { CriteriaTab } from './criteria-tab.tsx'
import { requestsQuery, samplesQuery } from './queries.ts'
import { RequestsTab } from './requests-tab.tsx'
import type { AuditTab } from './routes.tsx'
import { SamplesTab } from './samples-tab.tsx'

const PANELS: Record<AuditTab, () => React.ReactNode> = {
  requests: RequestsTab,
  samples: SamplesTab,
  criteria: CriteriaTab,
}

/** What an auditor works with: evidence that they ask for, samples that nobody steers, and what other regimes ask for. */
export function AuditPage() {
  const { tab = 'requests' } = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const Panel = PANELS[tab]
  return (
    <Page title="Audit" summary={<Summary />}>
      <Tabs<AuditTab>
        label="Audit"
        value={tab}
        onChange={(next) => navigate({ search: next === 'requests' ? {} : { tab: next } })}
        tabs={[
          { value: 'requests', label: 'Requests' },
          { value: 'samples', label: 'Samples' },
          { value: 'criteria', label: 'Criteria' },
        ]}
      >
        <Panel />
      </Tabs>
    </Page>
  )
}

function Summary() {
  const requests = useQuery(requestsQuery).data
  const samples = useQuery(samplesQuery).data
  if (requests === undefined || samples === undefined) return <>what auditors ask for, and what they test</>
  const waiting = requests.filter(({ state }) => state === 'open').length
  const open = samples.filter(({ state }) => state !== 'closed').length
  return (
    <>
      {count(waiting, 'request')} to be answered · {count(open, 'sample')} to be worked through
    </>
  )
}
