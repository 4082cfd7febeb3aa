import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { count } from '../../components/count.ts'
import { Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { ComparisonsTab } from './comparisons-tab.tsx'
import { DatasetsTab } from './datasets-tab.tsx'
import { EvaluationsTab } from './evaluations-tab.tsx'
import { datasetsQuery, evaluationsQuery, runsQuery } from './queries.ts'
import { RedTeamTab } from './red-team-tab.tsx'
import type { RefusalTab } from './routes.tsx'

const PANELS: Record<RefusalTab, () => React.ReactNode> = {
  evaluations: EvaluationsTab,
  'red-team': RedTeamTab,
  datasets: DatasetsTab,
  comparisons: ComparisonsTab,
}

/** Whether models refuse what they should and no more, how that holds against attackers, and the data that teaches it. */
export function RefusalPage() {
  const { tab = 'evaluations' } = useSearch({ from: '/shell/refusal' })
  const navigate = useNavigate({ from: '/refusal' })
  const Panel = PANELS[tab]
  return (
    <Page title="Refusal" summary={<Summary />}>
      <Tabs<RefusalTab>
        label="Refusal"
        value={tab}
        onChange={(next) => navigate({ search: next === 'evaluations' ? {} : { tab: next } })}
        tabs={[
          { value: 'evaluations', label: 'Evaluations' },
          { value: 'red-team', label: 'Red team' },
          { value: 'datasets', label: 'Datasets' },
          { value: 'comparisons', label: 'Comparisons' },
        ]}
      >
        <Panel />
      </Tabs>
    </Page>
  )
}

function Summary() {
  const evaluations = useInfiniteQuery(evaluationsQuery).data?.pages.flatMap(({ items }) => items)
  const runs = useInfiniteQuery(runsQuery).data?.pages.flatMap(({ items }) => items)
  const datasets = useInfiniteQuery(datasetsQuery).data?.pages.flatMap(({ items }) => items)
  if (evaluations === undefined || runs === undefined || datasets === undefined)
    return <>whether models refuse what they should, and no more</>
  const parts = [
    count(evaluations.length, 'evaluation'),
    count(runs.length, 'red-team run'),
    count(datasets.length, 'dataset'),
  ]
  return <>{parts.join(' · ')}</>
}
