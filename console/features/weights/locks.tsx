import { useState } from 'react'
import type { WeightsLock } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { usePending } from '../approvals/pending.ts'
import { PersonName } from '../people/person-name.tsx'
import { AskApproval } from './ask-approval.tsx'

const UNLOCK_ACTION = 'weights.unlock'

/** What nobody may open now, before anything else on the page. */
export function Locks({ locks }: { readonly locks: readonly WeightsLock[] }) {
  if (locks.length === 0) return null
  return (
    <ul aria-label="Locks" className="flex flex-col gap-2">
      {locks.map((lock) => (
        <Standing key={lock.id} lock={lock} />
      ))}
    </ul>
  )
}

function Standing({ lock }: { readonly lock: WeightsLock }) {
  const { may } = usePermissions()('weights.unlock')
  const [asking, setAsking] = useState(false)
  const [pending] = usePending(UNLOCK_ACTION, 'lock', lock.id)
  const what = lock.person ?? lock.model ?? 'all weights'
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-fails bg-fails-soft p-3">
      <p>
        <StateMark state="fails">
          {typeof lock.person === 'string'
            ? `${lock.person} is kept from weights`
            : lock.model === null
              ? 'All weights are locked'
              : `${lock.model} is locked`}
        </StateMark>{' '}
        by {lock.lockedBy === 'insider' ? 'the insider-threat programme' : <PersonName id={lock.lockedBy} />},{' '}
        <When at={lock.lockedAt} />: “{lock.reason}”
      </p>
      {pending !== undefined ? (
        <AppLink href={`/approvals/${pending.id}`} className={INLINE_LINK}>
          Lifting it waits for a second person
        </AppLink>
      ) : (
        may && <Button onClick={() => setAsking(true)}>Ask to lift it</Button>
      )}
      {asking && (
        <AskApproval
          title={`Lift the lock on ${what}`}
          description="A second person must agree. Reads that it ended do not go on by themselves."
          action={UNLOCK_ACTION}
          payload={{ lock: lock.id, model: lock.model, person: lock.person ?? null }}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  )
}
