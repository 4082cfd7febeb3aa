import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Recovery } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState } from '../../components/page.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from './person-name.tsx'
import { roleName } from './role-names.ts'

const STATES: Record<Recovery['state'], readonly [State, string]> = {
  waiting: ['fails', 'waits for its time'],
  cancelled: ['unknown', 'stopped'],
  done: ['holds', 'done'],
}

/** The slow and loud way out where nobody is left who could agree; anybody with a role stops it. */
export function Recoveries({ recoveries }: { readonly recoveries: readonly Recovery[] }) {
  const { may } = usePermissions()('recovery.cancel')
  const [stopping, setStopping] = useState<Recovery | null>(null)
  const client = useQueryClient()
  const toast = useToast()
  if (recoveries.length === 0)
    return (
      <EmptyState title="No recovery">
        If nobody is left who could agree to give a role, a leader begins a recovery: it waits three days, everybody is
        told, and anybody who holds a role stops it.
      </EmptyState>
    )
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {recoveries.map((recovery) => {
          const [state, words] = STATES[recovery.state]
          return (
            <li key={recovery.id} className="flex flex-wrap items-center justify-between gap-4 py-2">
              <div className="flex flex-col">
                <StateMark state={state}>{words}</StateMark>
                <span>
                  {recovery.grant === null ? (
                    'a new first administrator'
                  ) : (
                    <>
                      {roleName(recovery.grant.role)} for <PersonName id={recovery.grant.personId} />
                    </>
                  )}
                  : “{recovery.reason}”
                </span>
                <span className="text-quiet">
                  begun <When at={recovery.startedAt} /> by{' '}
                  {recovery.startedBy.type === 'staff' ? (
                    <PersonName id={recovery.startedBy.id} />
                  ) : (
                    recovery.startedBy.type
                  )}{' '}
                  · due <When at={recovery.dueAt} />
                </span>
              </div>
              {recovery.state === 'waiting' && may && (
                <Button look="danger" onClick={() => setStopping(recovery)}>
                  Stop it
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      <ConfirmDialog
        open={stopping !== null}
        onOpenChange={() => setStopping(null)}
        title="Stop this recovery?"
        effects={['Nothing of it takes effect.', 'Whoever still needs it begins again, and waits again.']}
        confirm="Stop it"
        onConfirm={async () => {
          if (stopping === null) return
          await call('DELETE /api/v1/staff/recoveries/{id}', { params: { id: stopping.id } })
          await client.invalidateQueries({ queryKey: ['people'] })
          toast('The recovery was stopped')
        }}
      />
    </>
  )
}
