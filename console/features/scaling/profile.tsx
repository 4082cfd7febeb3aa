import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { day } from '../../components/when.tsx'
import { profileQuery, useModelsChanged } from './queries.ts'

const MONTHS = { 'rsp-1.0': 3, 'rsp-2.2': 6 } as const

/** By which edition of the policy evaluations fall due, and the way to another one, which takes two people. */
export function Profile() {
  const { data } = useQuery(profileQuery)
  const { may } = usePermissions()('training.resume')
  const [asking, setAsking] = useState(false)
  const changed = useModelsChanged()
  const navigate = useNavigate()
  if (data === undefined) return null
  const other = data.profile === 'rsp-2.2' ? 'rsp-1.0' : 'rsp-2.2'
  return (
    <div className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-3">
      <p className="text-quiet">
        Profile {data.profile ?? 'of your own'}: one is due every {data.months} months at the latest,{' '}
        {data.since === null ? 'as configured' : `as two people agreed on ${day(data.since)}`}.
      </p>
      {may && <Button onClick={() => setAsking(true)}>Switch to {other}</Button>}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Switch to ${other}?`}
        look="primary"
        effects={[
          `Evaluations fall due every ${MONTHS[other]} months instead of every ${data.months}, once a second person has agreed.`,
          'What has fallen due stays due; shorter ones make nothing due before the switch.',
        ]}
        confirm="Ask for it"
        reasonLabel="Reason, which is part of what is signed"
        onConfirm={async (reason) => {
          const body = { profile: other, reason } as const
          const { approval } = await withFreshKey(() => call('POST /api/v1/response/profile/requests', { body }))
          await changed()
          await navigate({ to: '/approvals/$id', params: { id: approval } })
        }}
      />
    </div>
  )
}
