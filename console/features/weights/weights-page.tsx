import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Page } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useNow } from '../../components/when.tsx'
import { AskDialog } from './ask-dialog.tsx'
import { BudgetsTab } from './budgets-tab.tsx'
import { CanariesTab } from './canaries-tab.tsx'
import { CopiesTab } from './copies-tab.tsx'
import { DevicesTab } from './devices-tab.tsx'
import { EmergencyTab } from './emergency-tab.tsx'
import { GrantsTab } from './grants-tab.tsx'
import { LockDialog } from './lock-dialog.tsx'
import { Locks } from './locks.tsx'
import { ModelsTab } from './models-tab.tsx'
import { copiesQuery, devicesQuery, grantsQuery, locksQuery, versionsQuery } from './queries.ts'
import { RecertificationTab } from './recertification-tab.tsx'
import type { WeightsTab } from './routes.tsx'
import { bytes } from './words.ts'

/** What is kept, who may open it, and what has become of it. */
export function WeightsPage() {
  const { tab = 'models' } = useSearch({ from: '/shell/weights' })
  const navigate = useNavigate({ from: '/weights' })
  const may = usePermissions()
  const [asking, setAsking] = useState<'lock' | 'access' | null>(null)
  const { data: locks = [] } = useQuery(locksQuery)
  const counts = useCounts()
  return (
    <Page
      title="Weights"
      summary={<Summary />}
      actions={
        <>
          {may('weights.request').may && <Button onClick={() => setAsking('access')}>Ask for access</Button>}
          {may('weights.lock').may && (
            <Button look="danger" onClick={() => setAsking('lock')}>
              Lock
            </Button>
          )}
        </>
      }
    >
      <Locks locks={locks} />
      <Tabs<WeightsTab>
        label="Weights"
        value={tab}
        onChange={(next) => navigate({ search: next === 'models' ? {} : { tab: next } })}
        tabs={[
          { value: 'models', label: 'Models' },
          { value: 'grants', label: 'Access', count: counts.grants },
          { value: 'devices', label: 'Devices', count: counts.devices },
          { value: 'budgets', label: 'Budgets' },
          { value: 'copies', label: 'Copies', count: counts.copies },
          ...(may('weights.canary').may || may('weights.see_canaries').may
            ? [{ value: 'canaries' as const, label: 'Canaries' }]
            : []),
          { value: 'emergency', label: 'Emergency' },
          { value: 'recertification', label: 'Recertification' },
        ]}
      >
        <Shown tab={tab} />
      </Tabs>
      {asking === 'lock' && <LockDialog onClose={() => setAsking(null)} />}
      {asking === 'access' && <AskDialog onClose={() => setAsking(null)} />}
    </Page>
  )
}

function Shown({ tab }: { readonly tab: WeightsTab }) {
  if (tab === 'grants') return <GrantsTab />
  if (tab === 'devices') return <DevicesTab />
  if (tab === 'budgets') return <BudgetsTab />
  if (tab === 'copies') return <CopiesTab />
  if (tab === 'canaries') return <CanariesTab />
  if (tab === 'emergency') return <EmergencyTab />
  if (tab === 'recertification') return <RecertificationTab />
  return <ModelsTab />
}

function Summary() {
  const { data } = useInfiniteQuery(versionsQuery)
  const { data: locks } = useQuery(locksQuery)
  const { grants } = useCounts()
  if (data === undefined || locks === undefined) return <>what is kept, who may open it, and what has become of it</>
  const sealed = data.pages.flatMap(({ items }) => items).filter(({ state }) => state === 'sealed')
  const models = new Set(sealed.map(({ model }) => model)).size
  const size = sealed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return (
    <>
      {count(models, 'model')} in {count(sealed.length, 'version')}, {bytes(size)} ·{' '}
      {grants === 0 ? 'nobody may open them now' : `${count(grants, 'grant')} open`} ·{' '}
      {locks.length === 0 ? 'nothing is locked' : <StateMark state="fails">{count(locks.length, 'lock')}</StateMark>}
    </>
  )
}

/** What the tabs say beside their names. */
function useCounts() {
  const now = useNow()
  const { data: grants } = useInfiniteQuery(grantsQuery({ state: 'active' }))
  const { data: devices = [] } = useQuery(devicesQuery)
  const { data: copies = [] } = useQuery(copiesQuery)
  return {
    grants: grants?.pages.flatMap(({ items }) => items).length ?? 0,
    devices: devices.filter(({ state }) => state === 'pending').length,
    copies: copies.filter(({ state, expiresAt }) => state === 'stands' && Date.parse(expiresAt) <= now).length,
  }
}
