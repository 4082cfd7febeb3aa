import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { usePermissions, useRefreshSession } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { bootstrapQuery } from './queries.ts'

/** While one administrator may still give roles alone: that it is so, until when, and the way to end it. */
export function Bootstrap() {
  const { data } = useQuery(bootstrapQuery)
  const { may } = usePermissions()('bootstrap.end')
  const [ending, setEnding] = useState(false)
  const client = useQueryClient()
  const refresh = useRefreshSession()
  const toast = useToast()
  if (data?.active !== true || data.endsAt === null) return null
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-watch bg-watch-soft px-3 py-2">
      <p>
        <StateMark state="watch">Bootstrap</StateMark> One administrator may give roles alone; each such decision is
        marked. Ends <When at={data.endsAt} />.
      </p>
      {may && (
        <Button small onClick={() => setEnding(true)}>
          End it now
        </Button>
      )}
      <ConfirmDialog
        open={ending}
        onOpenChange={setEnding}
        title="End the bootstrap?"
        effects={['From now on every sensitive role takes two people.', 'It never begins again.']}
        confirm="End it"
        look="primary"
        onConfirm={async () => {
          await call('DELETE /api/v1/staff/bootstrap')
          await Promise.all([client.invalidateQueries({ queryKey: bootstrapQuery.queryKey }), refresh()])
          toast('The bootstrap has ended')
        }}
      />
    </div>
  )
}
