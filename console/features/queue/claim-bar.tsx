import { useEffect, useRef } from 'react'
import type { ReviewCaseDetail } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { keysAreTaken } from '../decisions/held-key.ts'
import { PersonName } from '../people/person-name.tsx'
import { countdown, type HeldClaim } from './claim.ts'

const SOON_MS = 60_000

interface ClaimBarProps {
  readonly one: ReviewCaseDetail
  readonly claim: HeldClaim
  readonly hasDraft: boolean
}

/** Whose the case is, for how long, and what can be done about that. */
export function ClaimBar({ one, claim, hasDraft }: ClaimBarProps) {
  const me = useMe()
  const held = one.claim !== null && !one.claim.expired ? one.claim : null
  const read = one.readings.some(({ reader }) => reader === me.person.id)
  const withOther = held !== null && held.by !== me.person.id
  const takeable = claim.id === null && !withOther && !read && one.state !== 'decided'
  useEnter(takeable && !claim.busy ? claim.take : null)
  if (one.state === 'decided') return null
  return (
    <div className="flex flex-col gap-2 rounded-t-md bg-sunken px-3 py-2 last:rounded-b-md">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Standing claim={claim} read={read} other={withOther ? held.by : null} />
        <span className="grow" />
        {claim.id !== null && (
          <Button small busy={claim.busy} onClick={() => claim.release()}>
            Release
          </Button>
        )}
        {takeable && (
          <Button look="primary" busy={claim.busy} onClick={() => claim.take()}>
            {claim.lost ? 'Take it again' : 'Take this case'} <kbd>Enter</kbd>
          </Button>
        )}
      </div>
      {claim.id === null && hasDraft && <p>What you chose and wrote is kept for when you take it again.</p>}
      {claim.problem !== null && <ProblemNote problem={claim.problem} />}
    </div>
  )
}

interface StandingProps {
  readonly claim: HeldClaim
  readonly read: boolean
  readonly other: string | null
}

function Standing({ claim: { id, leftMs, lost }, read, other }: StandingProps) {
  if (id !== null)
    return (
      <>
        <StateMark state={leftMs < SOON_MS ? 'watch' : 'holds'}>
          yours, <span className="tabular-nums">{countdown(leftMs)}</span> left
        </StateMark>
        <span className="text-quiet">
          {leftMs < SOON_MS ? 'Move or type to keep it.' : 'It stays yours while you work on this page.'}
        </span>
      </>
    )
  if (other !== null)
    return (
      <StateMark state="watch">
        {lost && 'your claim ran out; '}
        <PersonName id={other} /> holds this case now
      </StateMark>
    )
  if (read) return <span>You have read this case. Nobody reads one twice: it waits for somebody else.</span>
  if (lost) return <StateMark state="fails">your claim ran out: nobody was here for a while</StateMark>
  return <span>Nobody has it. Take it to read what was said and to decide.</span>
}

function useEnter(act: (() => void) | null): void {
  const current = useRef(act)
  current.current = act
  const enabled = act !== null
  useEffect(() => {
    if (!enabled) return
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      const operated = target instanceof HTMLElement && target.closest('a, button, summary') !== null
      if (event.key !== 'Enter' || event.repeat || operated || keysAreTaken(event)) return
      event.preventDefault()
      current.current?.()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [enabled])
}
