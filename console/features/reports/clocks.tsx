import type { ReportClock } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, span, useNow, When } from '../../components/when.tsx'

const SOON_MS = 2 * 86_400_000

const NAMES: Record<string, string> = {
  first_answer: 'first answer',
  triage: 'triage',
  mitigation: 'mitigation',
  disclosure: 'disclosure',
}

/** How long is left, or how late it is. */
export function ClockLeft({ clock, named = false }: { readonly clock: ReportClock; readonly named?: boolean }) {
  const left = Date.parse(clock.dueAt) - useNow()
  const words = span(Math.abs(left)) ?? 'a moment'
  const name = named ? `${NAMES[clock.id] ?? 'duty'}, ` : ''
  if (clock.state === 'met' && clock.metAt !== null)
    return (
      <StateMark state="holds">
        in time, <When at={clock.metAt} />
      </StateMark>
    )
  if (clock.state === 'late') return <StateMark state="fails">done, too late</StateMark>
  if (clock.state === 'moot') return <span className="text-quiet">no longer owed</span>
  if (left <= 0 || clock.state === 'overdue') return <StateMark state="fails">{`${name}${words} late`}</StateMark>
  if (left < SOON_MS) return <StateMark state="watch">{`${name}${words} left`}</StateMark>
  return <span className="sm:whitespace-nowrap">{`${name}${words} left`}</span>
}

/** Everything that is promised, and what the law asks for where somebody has said so. */
export function Clocks({ clocks }: { readonly clocks: readonly ReportClock[] }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {clocks.map((clock) => (
        <li key={clock.id} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
          <span className="min-w-48 flex-1">
            {clock.title}
            <span className="block text-xs text-quiet">
              {clock.basis} · until <time dateTime={clock.dueAt}>{exactly(clock.dueAt)}</time>
            </span>
          </span>
          <ClockLeft clock={clock} />
        </li>
      ))}
    </ul>
  )
}
