import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReviewExposure } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { count } from '../../components/count.ts'
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { exactly, relative, useNow } from '../../components/when.tsx'
import { exposureQuery, useRefreshQueue } from './queries.ts'

/** How much one has been shown today, and the way out of it. */
export function ExposureStrip({ framed = true }: { readonly framed?: boolean }) {
  const { data } = useQuery(exposureQuery)
  const [leaving, setLeaving] = useState(false)
  if (data === undefined) return null
  return (
    <div
      className={cn(
        'flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-1.5',
        framed && 'rounded-md border border-line',
      )}
    >
      <Budget exposure={data} />
      <span className="grow" />
      <Acknowledge exposure={data} />
      <Button small onClick={() => setLeaving(true)}>
        Take a break
      </Button>
      <BreakConfirm open={leaving} onOpenChange={setLeaving} />
    </div>
  )
}

/** A day's budget in numbers, and as a bar. */
export function Budget({ exposure }: { readonly exposure: ReviewExposure }) {
  const { items, itemsAllowed, weight, weightAllowed, sinceBreak, breakUntil, warning, spent } = exposure
  const due = breakUntil !== null
  const share = Math.min(1, Math.max(items / itemsAllowed, weight / weightAllowed))
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <StateMark state={spent ? 'fails' : due || warning ? 'watch' : 'holds'}>
        {spent ? 'budget spent' : due ? 'a break is due' : warning ? 'budget nearly spent' : 'within budget'}
      </StateMark>
      <svg aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none" className="h-1.5 w-20">
        <rect width="100" height="6" className="fill-sunken" />
        <rect
          width={share * 100}
          height="6"
          className={spent ? 'fill-fails' : warning ? 'fill-watch' : 'fill-accent'}
        />
      </svg>
      <span className="text-quiet">
        {items} of {count(itemsAllowed, 'text')} today · weight {weight} of {weightAllowed} · {sinceBreak} since a break
      </span>
    </span>
  )
}

function Acknowledge({ exposure }: { readonly exposure: ReviewExposure }) {
  const [asking, setAsking] = useState(false)
  const refresh = useRefreshQueue()
  if (!exposure.toAcknowledge) return null
  return (
    <>
      <Button small onClick={() => setAsking(true)}>
        More was allowed…
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="More for today"
        effects={[
          'Somebody who leads this work has allowed you to be shown more today.',
          'It counts only if you agree, and you need not.',
          'That you agreed goes on the ledger.',
        ]}
        confirm="I agree"
        look="primary"
        onConfirm={async () => {
          await call('POST /api/v1/review/exposure/acknowledge')
          await refresh()
        }}
      />
    </>
  )
}

function BreakConfirm({ open, onOpenChange }: { readonly open: boolean; onOpenChange(open: boolean): void }) {
  const take = useTakeBreak()
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Take a break"
      effects={[
        'All cases that you hold go back for others.',
        'What you wrote in them stays on this page until you leave it.',
      ]}
      confirm="Take a break"
      look="primary"
      onConfirm={take}
    />
  )
}

function useTakeBreak(): () => Promise<void> {
  const refresh = useRefreshQueue()
  const navigate = useNavigate()
  const toast = useToast()
  return async () => {
    const { released } = await call('POST /api/v1/review/breaks')
    await refresh()
    toast('Enjoy your break', released === 0 ? undefined : `${count(released, 'case')} went back to the queue.`)
    await navigate({ to: '/queue' })
  }
}

/** Said where nothing more is shown: a break is due, or the budget is spent. What one is reading is read to its end first. */
export function Stop({ exposure }: { readonly exposure: ReviewExposure | undefined }) {
  const now = useNow()
  const [seen, setSeen] = useState<string | null>(null)
  const leave = useMutation({ mutationFn: useTakeBreak() })
  if (exposure === undefined) return null
  const { breakUntil, spent, toAcknowledge } = exposure
  const due = breakUntil !== null && Date.parse(breakUntil) > now
  const why = due ? `break ${breakUntil}` : spent ? `spent ${exposure.day} ${exposure.itemsAllowed}` : null
  return (
    <Dialog
      open={why !== null && seen !== why}
      onOpenChange={(open) => !open && setSeen(why)}
      title={due ? 'A break is due' : 'Today’s budget is spent'}
      description={
        due
          ? `You have read ${count(exposure.sinceBreak, 'text')} without one.`
          : `You have read ${count(exposure.items, 'text')} today. That is enough for one day.`
      }
      actions={
        <>
          <Button onClick={() => setSeen(why)}>Stay on this page</Button>
          <Button look="primary" onClick={() => leave.mutate()}>
            {due ? 'Take the break' : 'Stop for today'}
          </Button>
        </>
      }
    >
      {due && breakUntil !== null ? (
        <p>
          Texts are shown again {relative(Date.parse(breakUntil) - now)}, at {exactly(breakUntil).slice(11, 16)}. What
          you have open stays open, and you can decide what you have read already.
        </p>
      ) : (
        <p>
          {toAcknowledge
            ? 'Somebody has allowed you more; above the case you can agree to it. You need not.'
            : 'Texts are shown again tomorrow. Somebody else who leads this work can allow you more, and it counts only if you agree.'}
        </p>
      )}
      {leave.error !== null && <ProblemNote problem={leave.error} />}
    </Dialog>
  )
}
