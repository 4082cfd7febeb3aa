import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { usePermissions } from '../../app/session.ts'
import { count } from '../../components/count.ts'
import { Page } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Tab, Tabs } from '../../components/tabs.tsx'
import { span } from '../../components/when.tsx'
import { CasesTab } from './cases-tab.tsx'
import { DrillsTab } from './drills-tab.tsx'
import { casesQuery, drillsQuery, settingsQuery, watchQuery } from './queries.ts'
import { RiskTab } from './risk-tab.tsx'
import type { InsiderTab } from './routes.tsx'
import { RulesTab } from './rules-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { TuningTab } from './tuning-tab.tsx'

/** What people do at work here, looked at by rules and models; and by people where these find something. */
export function InsiderPage() {
  const search = useSearch({ from: '/shell/insider' })
  const navigate = useNavigate({ from: '/insider' })
  const { may } = usePermissions()('insider.read')
  const { data: cases } = useInfiniteQuery({ ...casesQuery('waiting'), enabled: may })
  const { data: drills = [] } = useQuery(drillsQuery)
  const waiting = cases?.pages.flatMap(({ items }) => items).length
  const tabs: Tab<InsiderTab>[] = [
    ...(may
      ? ([
          { value: 'risk', label: 'Risk' },
          { value: 'cases', label: 'Cases', count: waiting },
          { value: 'rules', label: 'Rules' },
          { value: 'tuning', label: 'Tuning' },
        ] as const)
      : []),
    { value: 'drills', label: 'Drills', count: drills.filter(({ ok }) => ok === false).length },
    ...(may ? [{ value: 'settings' as const, label: 'Settings' }] : []),
  ]
  const [first] = tabs
  const tab = tabs.find(({ value }) => value === search.tab)?.value ?? first?.value ?? 'drills'
  return (
    <Page title="Insider" summary={<Summary waiting={waiting} />}>
      <Tabs<InsiderTab>
        label="Insider"
        value={tab}
        onChange={(next) => navigate({ search: next === first?.value ? {} : { tab: next } })}
        tabs={tabs}
      >
        <Shown tab={tab} />
      </Tabs>
    </Page>
  )
}

function Shown({ tab }: { readonly tab: InsiderTab }) {
  if (tab === 'cases') return <CasesTab />
  if (tab === 'rules') return <RulesTab />
  if (tab === 'tuning') return <TuningTab />
  if (tab === 'drills') return <DrillsTab />
  if (tab === 'settings') return <SettingsTab />
  return <RiskTab />
}

/** Whether it watches at all comes before what it has found. */
function Summary({ waiting }: { readonly waiting: number | undefined }) {
  const { data: watch } = useQuery(watchQuery)
  const { may } = usePermissions()('insider.read')
  const { data: settings } = useQuery({ ...settingsQuery, enabled: may })
  if (watch === undefined) return <>what people do at work here, looked at by rules and models</>
  return (
    <>
      <WatchMark watching={watch} isOn={settings?.watch ?? true} />
      {waiting !== undefined && <> · {waiting === 0 ? 'no case waits' : count(waiting, 'case waits', 'cases wait')}</>}
      {watch.lag > 0 && <> · {count(watch.lag, 'entry', 'entries')} of the ledger not looked at yet</>}
    </>
  )
}

interface WatchMarkProps {
  readonly watching: { readonly held: boolean; readonly unwatchedMs: number; readonly problem: string | null }
  readonly isOn: boolean
}

export function WatchMark({ watching: { held, unwatchedMs, problem }, isOn }: WatchMarkProps) {
  if (!isOn) return <StateMark state="fails">nothing is watched: it is switched off</StateMark>
  if (!held || problem !== null)
    return (
      <StateMark state="fails">
        nobody watches{unwatchedMs > 0 && ` since ${span(unwatchedMs) ?? 'a moment'}`}
        {problem !== null && ` (${problem})`}
      </StateMark>
    )
  return <StateMark state="holds">watches</StateMark>
}
